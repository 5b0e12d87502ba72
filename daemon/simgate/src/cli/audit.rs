//! `simgate audit`: the chain of the data directory itself is looked through, whether or not the daemon
//! runs; the rows are listed by the HTTP API.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use gateway::records::{AuditVerified, verify_audit};
use serde_json::{Value, json};

use super::check::has_database;
use super::client::Ask;
use super::output::Column;
use super::{Failure, local, output};
use crate::config::DEFAULT_PATH;

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate audit verify
  simgate audit verify --contains 5f1c0e...
  simgate audit list --limit 20
  simgate audit list --actor 'user anna' --since 2026-11-22T00:00:00Z

`verify` prints the last row and its hash. Keep that hash elsewhere: `--contains` proves later that
no row up to it was changed or cut off. Whoever can write the database can make the whole chain
anew; only a hash that was kept elsewhere shows that.";

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Look through the chain of the audit; exit code 1 and the first row that does not fit where it is broken.
    Verify(Verify),
    /// List changes, newest first.
    List(List),
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Fail where no row has this hash, as an earlier `verify` printed it.
    #[arg(long, value_name = "HASH", value_parser = hash)]
    contains: Option<Hash>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Configuration of the daemon; says where its data is.
    #[arg(long, default_value = DEFAULT_PATH, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, Args)]
#[command(mut_arg("json", |json| json.help("Print one JSON object for each change, with what was before and after")))]
pub(super) struct List {
    /// Those of one actor, as the list names it: "key crm", "user anna".
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Those whose description has this in it; case does not matter.
    #[arg(long, value_name = "TEXT")]
    q: Option<String>,
    /// At or after this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// At most so many.
    #[arg(short = 'n', long, default_value_t = 50, value_name = "N")]
    limit: usize,
    #[command(flatten)]
    ask: Ask,
}

impl AuditCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Verify(verify) => verify.run(),
            Self::List(list) => list.run(),
        }
    }
}

#[derive(Clone, Debug)]
struct Hash([u8; 32]);

fn hash(text: &str) -> Result<Hash, String> {
    let mut octets = [0; 32];
    hex::decode_to_slice(text, &mut octets).map_err(|_| "expected 64 hexadecimal digits")?;
    Ok(Hash(octets))
}

impl Verify {
    fn run(self) -> Result<(), Failure> {
        let config = local::load(&self.config)?;
        let dir = &config.data_dir;
        local::become_owner(dir)?;
        if !has_database(dir) {
            return Err(Failure::refused(format!(
                "{}: no database there",
                dir.display()
            )));
        }
        let noted = self.contains.map(|Hash(hash)| hash);
        let verified = verify_audit(config.home().map_err(Failure::refused)?, noted)
            .map_err(Failure::refused)?;
        let wrong = match (&verified.broken, verified.has_noted) {
            (Some(broken), _) => Some(broken.to_string()),
            (None, false) => {
                Some("no audit row has that hash: rows were changed or cut off".to_owned())
            }
            (None, true) => None,
        };
        if self.json {
            output::json(&document(&verified, wrong.as_deref()))?;
        } else if wrong.is_none() {
            output::line(&said(&verified))?;
        }
        match wrong {
            Some(_) if self.json => Err(Failure::Reported),
            Some(wrong) => Err(Failure::refused(wrong)),
            None => Ok(()),
        }
    }
}

fn said(verified: &AuditVerified) -> String {
    let forgotten = match verified.forgotten.0 {
        0 => String::new(),
        row => format!("; rows up to {row} are past their retention"),
    };
    let last = verified.last.map_or_else(String::new, |(row, hash)| {
        format!("; the last is row {}, {}", row.0, hex::encode(hash))
    });
    format!("{} rows fit{forgotten}{last}", verified.rows)
}

fn document(verified: &AuditVerified, wrong: Option<&str>) -> Value {
    json!({
        "ok": wrong.is_none(),
        "wrong": wrong,
        "first_wrong_row": verified.broken.as_ref().map(|broken| broken.row.0),
        "rows": verified.rows,
        "forgotten_up_to": verified.forgotten.0,
        "last_row": verified.last.map(|(row, _)| row.0),
        "last_hash": verified.last.map(|(_, hash)| hex::encode(hash)),
    })
}

impl List {
    fn run(&self) -> Result<(), Failure> {
        let filters = [
            ("actor", &self.actor),
            ("q", &self.q),
            ("since", &self.since),
            ("until", &self.until),
        ];
        let given = filters.into_iter();
        let given = given.filter_map(|(name, value)| Some((name, value.clone()?)));
        let filters: Vec<_> = given.collect();
        let rows = self.ask.client()?.some("/audit", &filters, self.limit)?;
        output::list(&rows, self.ask.json, COLUMNS)
    }
}

const COLUMNS: &[Column] = &[
    ("AT", "at"),
    ("WHO", "actor"),
    ("FROM", "from"),
    ("WHAT", "what"),
];
