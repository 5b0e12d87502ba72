//! Which daemon, and with which key.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Client, Failure};

/// Options that all clients of the API share.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Address of the daemon.
    #[arg(
        long,
        env = "SIMGATE_URL",
        default_value = "http://127.0.0.1:8080",
        value_name = "URL"
    )]
    url: String,

    /// API key. Other users of this machine can see the command line: prefer the variable or the file.
    #[arg(long, env = "SIMGATE_KEY", hide_env_values = true, value_name = "KEY")]
    key: Option<String>,

    /// File with the API key in its first line.
    #[arg(
        long,
        env = "SIMGATE_KEY_FILE",
        value_name = "PATH",
        conflicts_with = "key"
    )]
    key_file: Option<PathBuf>,
}

impl Connection {
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let key = match &self.key_file {
            Some(path) => Some(first_line(path)?),
            None => self.key.as_deref().map(str::trim).map(str::to_owned),
        };
        Client::new(&self.url, key.filter(|key| !key.is_empty()))
    }
}

fn first_line(path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}
