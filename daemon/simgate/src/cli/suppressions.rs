//! `simgate suppressions`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Value, json};

use super::client::{Ask, Connection, items, segment};
use super::input::octets_of;
use super::output::Column;
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate suppressions list --number +8490
  simgate suppressions add +84901234567 --since 2026-11-01T00:00:00Z --evidence 'letter of 1 November'
  simgate suppressions remove +84901234567
  simgate suppressions import list.csv      # number,date,evidence; the last two may be empty
  simgate suppressions export > list.csv";

/// Octets of a file that are imported in one request: some thousand rows.
const PIECE: usize = 256 * 1024;
/// Wrong rows that are told one by one.
const MOST_TOLD: usize = 100;
/// What is counted of an import.
const COUNTS: [&str; 3] = ["imported", "known", "refused"];

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
            Self::Import { file, ask } => import(&octets_of(&file)?, &ask),
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

/// Imports a file piece by piece: as a whole it may be too long for one request. Rows that are known stay as
/// they are, so that one which was cut off is imported again as a whole.
fn import(mut rest: &[u8], ask: &Ask) -> Result<(), Failure> {
    let client = ask.client()?;
    let (mut counts, mut errors, mut lines) = ([0; 3], Vec::new(), 0);
    loop {
        let (piece, more) = rest.split_at(piece(rest));
        let done = client.post_octets("/suppressions/import", "text/csv", piece)?;
        for (count, name) in counts.iter_mut().zip(COUNTS) {
            *count += done[name].as_u64().unwrap_or(0);
        }
        let told = items(&done["errors"]).iter().map(|error| {
            json!({"row": lines + error["row"].as_u64().unwrap_or(0), "detail": error["detail"]})
        });
        errors.extend(told);
        errors.truncate(MOST_TOLD);
        lines += piece
            .iter()
            .map(|octet| u64::from(*octet == b'\n'))
            .sum::<u64>();
        rest = more;
        if rest.is_empty() {
            break;
        }
    }
    let [imported, known, refused] = counts;
    let done = json!({"imported": imported, "known": known, "refused": refused, "errors": errors});
    tell_import(&done, ask.json)
}

/// The octets of the next piece: whole lines, if there are any.
fn piece(rest: &[u8]) -> usize {
    let Some(head) = rest.get(..PIECE) else {
        return rest.len();
    };
    let end = head.iter().rposition(|octet| *octet == b'\n');
    end.map_or(rest.len(), |end| end + 1)
}

/// Fails where rows were refused.
fn tell_import(done: &Value, as_json: bool) -> Result<(), Failure> {
    if as_json {
        output::json(done)?;
    } else {
        let [imported, known, refused] = COUNTS.map(|name| output::cell(&done[name]));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_lines_and_all_of_the_file() {
        let line = format!("+84900000001,,{}\n", "x".repeat(200));
        let file = line.repeat(3 * PIECE / line.len());
        let (mut rest, mut pieces) = (file.as_bytes(), 0);
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(piece(rest));
            assert!(piece.ends_with(b"\n") && piece.len() <= PIECE);
            (rest, pieces) = (more, pieces + 1);
        }
        assert!((3..=4).contains(&pieces), "{pieces}");
        let endless = "x".repeat(2 * PIECE);
        assert_eq!(piece(endless.as_bytes()), endless.len());
    }
}
