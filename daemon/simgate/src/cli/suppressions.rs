//! `simgate suppressions`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Value, json};

use super::client::{Ask, Connection, items, segment};
use super::input::text_of;
use super::output::Column;
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate suppressions list --number +8490
  simgate suppressions add +84901234567 --since 2026-11-01T00:00:00Z --evidence 'letter of 1 November'
  simgate suppressions remove +84901234567
  simgate suppressions import list.csv      # number,date,evidence; the last two may be empty
  simgate suppressions export > list.csv";

#[derive(Debug, Subcommand)]
pub(super) enum SuppressionsCommand {
    /// List the numbers that get no messages, those that were added last first.
    #[command(mut_arg("json", |json| json.help("Print one JSON object for each number")))]
    List {
        /// Only those that begin so, such as +8490.
        #[arg(long, value_name = "PREFIX")]
        number: Option<String>,
        /// How many, 500 at most.
        #[arg(long, default_value_t = 50)]
        limit: u16,
        #[command(flatten)]
        ask: Ask,
    },
    /// Have a number get no messages, or change what is said of one that gets none.
    Add(Add),
    /// Have a number get messages again.
    Remove {
        /// E.164 with +, a national number of the configured country, or a short code.
        number: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Have the numbers of a CSV file get no messages; its rows are number, date, evidence.
    Import {
        /// The file; - reads standard input.
        file: PathBuf,
        #[command(flatten)]
        ask: Ask,
    },
    /// Print all of them as CSV.
    Export {
        #[command(flatten)]
        connection: Connection,
    },
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// E.164 with +, a national number of the configured country, or a short code.
    number: String,
    #[command(flatten)]
    put: Put,
    #[command(flatten)]
    ask: Ask,
}

#[derive(Debug, Args, Serialize)]
struct Put {
    /// Since when it wants none (RFC 3339). Left out, now.
    #[arg(long, value_name = "TIME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// What shows that it asked.
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<String>,
    /// For people.
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl SuppressionsCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { number, limit, ask } => {
                let mut query = vec![("limit", limit.to_string())];
                query.extend(number.map(|number| ("number", number)));
                let page = ask.client()?.get("/suppressions", &query)?;
                output::list(items(&page["items"]), ask.json, COLUMNS)
            }
            Self::Add(add) => add.run(),
            Self::Remove { number, connection } => {
                connection.client()?.delete(&path(&number))?;
                output::line(&format!("{}  gets messages again", output::plain(&number)))
            }
            Self::Import { file, ask } => {
                let rows = text_of(&file)?;
                let client = ask.client()?;
                let done = client.post_text("/suppressions/import", "text/csv", &rows)?;
                imported(&done, ask.json)
            }
            Self::Export { connection } => {
                let mut file = connection.client()?.download("/suppressions/export")?;
                std::io::copy(&mut file, &mut std::io::stdout().lock())?;
                Ok(())
            }
        }
    }
}

fn path(number: &str) -> String {
    format!("/suppressions/{}", segment(number))
}

const COLUMNS: &[Column] = &[
    ("NUMBER", "number"),
    ("SINCE", "since"),
    ("SOURCE", "source"),
    ("BY", "by"),
    ("WORD", "word"),
    ("ROUTE", "route"),
    ("EVIDENCE", "evidence"),
    ("NOTE", "note"),
];

/// Fails where rows were refused.
fn imported(done: &Value, as_json: bool) -> Result<(), Failure> {
    if as_json {
        output::json(done)?;
    } else {
        let [imported, known, refused] =
            ["imported", "known", "refused"].map(|name| output::cell(&done[name]));
        output::line(&format!(
            "{imported} imported, {known} known before, {refused} refused"
        ))?;
        for error in items(&done["errors"]) {
            let [row, detail] = ["row", "detail"].map(|name| output::cell(&error[name]));
            output::error(&format!("simgate: row {row}: {detail}"));
        }
    }
    if done["refused"] == json!(0) {
        Ok(())
    } else {
        Err(Failure::Reported)
    }
}

impl Add {
    fn run(&self) -> Result<(), Failure> {
        let put = json!(self.put);
        let now = self.ask.client()?.put(&path(&self.number), &put)?;
        if now.is_null() && !self.ask.json {
            return output::line(&format!("{}  done", output::plain(&self.number)));
        }
        self.ask.print(&now)
    }
}
