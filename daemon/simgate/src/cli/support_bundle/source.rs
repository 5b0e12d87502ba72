//! Where the bundle's content comes from: the daemon, or its data directory when it does not answer.

use std::path::Path;

use serde_json::{Value, json};

use super::super::client::Connection;
use super::super::{Failure, check, local};
use crate::config::Config;
use api::SupportJson;
use gateway::records::Records;
use gateway::{StoreError, Support, mask};

/// What a bundle is made of.
pub(super) struct Gathered {
    /// As `GET /api/v1/support` answers it; an object without fields when nothing could be read.
    pub(super) document: Value,
    /// Where the document is from, and what was tried before, in sentences.
    pub(super) notes: Vec<String>,
    /// Whether the running daemon gave it, so that nothing is missing.
    pub(super) live: bool,
}

/// Asks the daemon, then the data directory. Not to get either is no failure: a configuration that
/// cannot be read is a reason to ask for help.
pub(super) fn gather(connection: &Connection, config: &Path) -> Result<Gathered, Failure> {
    let client = connection.client()?;
    let refused = match client.get("/support", &[]) {
        Ok(document) => {
            let notes = vec!["The running daemon answered.".to_owned()];
            return Ok(Gathered {
                document,
                notes,
                live: true,
            });
        }
        Err(error @ Failure::Usage(_)) => return Err(error),
        Err(error) => mask::text(&error.to_string(), &[]),
    };
    let mut notes = vec![format!("The daemon did not answer: {refused}")];
    let document = match of_data_directory(config) {
        Ok(document) => {
            notes.push(
                "The data directory was read instead: what is so at the moment is missing \
                 (states, signal, traces, metrics)."
                    .to_owned(),
            );
            document
        }
        Err(error) => {
            let error = error
                .to_string()
                .lines()
                .map(mask::assignment)
                .collect::<Vec<_>>();
            notes.push(format!(
                "The data directory could not be read: {}",
                mask::text(&error.join("\n"), &[])
            ));
            json!({})
        }
    };
    Ok(Gathered {
        document,
        notes,
        live: false,
    })
}

fn of_data_directory(path: &Path) -> Result<Value, Failure> {
    let config = Config::load(path).map_err(Failure::refused)?;
    // Opening would make one.
    if !check::has_database(&config.data_dir) {
        let why = format!("{}: there is no database", config.data_dir.display());
        return Err(Failure::refused(why));
    }
    let home = config.home().map_err(Failure::refused)?;
    let document = local::block_on(async {
        let read: Result<_, StoreError> = async {
            let records = Records::open(home)?;
            let document = Support::of_records(&records, config.running()).await;
            records.close().await;
            document
        }
        .await;
        read.map_err(Failure::refused)
    })?;
    serde_json::to_value(SupportJson::from(document)).map_err(Failure::refused)
}
