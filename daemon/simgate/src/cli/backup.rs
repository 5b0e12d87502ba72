//! `simgate backup`.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use clap::Subcommand;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::client::{Ask, Client, Connection, items, segment};
use super::output::Column;
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate backup make
  simgate backup list
  simgate backup download simgate-20261129T033000.000Z.db --output /mnt/usb/simgate.db

The daemon makes them by itself where [backup] has a schedule. `simgate restore` takes one back.";

/// Between two looks how far a backup is.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Debug, Subcommand)]
pub(super) enum BackupCommand {
    /// Copy the database while the daemon goes on, and wait until the copy is complete and looked through.
    Make(Ask),
    /// List the backups that are there, newest first.
    #[command(mut_arg("json", |json| json.help("Print one JSON object for each backup")))]
    List(Ask),
    /// Download a backup, where the daemon's configuration has backup.download.
    Download {
        /// As list prints it.
        name: String,
        /// File to write, for its owner alone. Left out: a file of that name in this directory.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        connection: Connection,
    },
}

impl BackupCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Make(ask) => make(&ask.client()?, ask.json),
            Self::List(ask) => ask.list("/backups", COLUMNS),
            Self::Download {
                name,
                output,
                connection,
            } => {
                let path = output.unwrap_or_else(|| PathBuf::from(&name));
                download(&connection.client()?, &name, &path)
            }
        }
    }
}

const COLUMNS: &[Column] = &[
    ("MADE", "made_at"),
    ("OCTETS", "size_bytes"),
    ("NAME", "name"),
];

fn make(client: &Client, as_json: bool) -> Result<(), Failure> {
    let begun = client.post("/backup", &json!({}))?;
    let status = loop {
        let status = client.get("/backups", &[])?;
        if status["running"]["started_at"] != begun["started_at"] {
            break status;
        }
        thread::sleep(LOOK);
    };
    let is_it = |file: &&Value| file["made_at"] == begun["started_at"];
    let made = items(&status["items"]).iter().find(is_it);
    match (made, status["last_failure"]["reason"].as_str()) {
        (Some(file), _) if as_json => output::json(file),
        (Some(file), _) => output::line(&output::cell(&file["name"])),
        (None, Some(reason)) => Err(Failure::refused(output::plain(reason))),
        (None, None) => Err(Failure::refused(
            "no backup was made; the daemon's log says why",
        )),
    }
}

/// The file is there when it is whole.
fn download(client: &Client, name: &str, path: &Path) -> Result<(), Failure> {
    let about = |error: std::io::Error| Failure::refused(format!("{}: {error}", path.display()));
    let mut content = client.download(&format!("/backups/{}", segment(name)))?;
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let mut part = NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(about)?;
    std::io::copy(&mut content, &mut part).map_err(about)?;
    part.as_file().sync_all().map_err(about)?;
    part.persist_noclobber(path)
        .map_err(|error| about(error.error))?;
    output::line(&path.display().to_string())
}
