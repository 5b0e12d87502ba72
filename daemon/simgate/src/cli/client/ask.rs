//! What the commands share that ask the daemon and print what it answers.

use clap::Args;
use serde_json::Value;

use super::{Client, Connection, Failure};
use crate::cli::output::{self, Column};

/// Which daemon, and how its answer is printed.
#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Ask {
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.connection.client()
    }

    /// The daemon's address as it was typed, where it says more than a host and a port.
    pub(crate) fn typed_path(&self) -> Option<&str> {
        self.connection.typed_path()
    }

    /// Prints what is at `path`.
    pub(crate) fn show(&self, path: &str) -> Result<(), Failure> {
        self.print(&self.client()?.get(path, &[])?)
    }

    /// Prints all items of the list at `path`.
    pub(crate) fn list(&self, path: &str, columns: &[Column]) -> Result<(), Failure> {
        output::list(&self.client()?.all(path)?, self.json, columns)
    }

    pub(crate) fn print(&self, document: &Value) -> Result<(), Failure> {
        output::answer(document, self.json)
    }
}
