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

    /// API key. Other users of this machine can see the command line: prefer `SIMGATE_KEY` or the file.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// File with the API key in its first line. What the command line says wins over `SIMGATE_KEY`
    /// and `SIMGATE_KEY_FILE`.
    #[arg(long, value_name = "PATH", conflicts_with = "key")]
    key_file: Option<PathBuf>,
}

impl Connection {
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Client::new(&self.url, self.key()?.filter(|key| !key.is_empty()))
    }

    /// The command line first. Clap's own `env` would take an exported variable for an option that
    /// contradicts the one that was typed.
    fn key(&self) -> Result<Option<String>, Failure> {
        let from_env = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        if let Some(key) = &self.key {
            return Ok(Some(key.trim().to_owned()));
        }
        if let Some(path) = &self.key_file {
            return first_line(path).map(Some);
        }
        if let Some(key) = from_env("SIMGATE_KEY") {
            return Ok(Some(key.to_string_lossy().trim().to_owned()));
        }
        from_env("SIMGATE_KEY_FILE")
            .map(|path| first_line(Path::new(&path)))
            .transpose()
    }
}

fn first_line(path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}
