//! Which daemon, and with which key.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;

use super::here::Here;
use super::tls::{Fingerprint, Trust};
use super::{Client, Failure};

/// Options that all clients of the API share.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Address of the daemon. Left out: the daemon of this machine, as its simgate.toml says.
    #[arg(long, env = "SIMGATE_URL", value_name = "URL")]
    url: Option<String>,

    /// API key. Other users of this machine can see the command line: prefer `SIMGATE_KEY` or the file.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// File with the API key in its first line. What the command line says wins over `SIMGATE_KEY`
    /// and `SIMGATE_KEY_FILE`. Without any of them the daemon of this machine is asked with
    /// /etc/simgate/status.key, where that can be read.
    #[arg(long, value_name = "PATH", conflicts_with = "key")]
    key_file: Option<PathBuf>,

    /// PEM file with the CA of the daemon's certificate, or the certificate itself. Also `SIMGATE_CA`.
    #[arg(long = "ca", value_name = "PATH")]
    daemon_ca: Option<PathBuf>,

    /// SHA-256 of the daemon's certificate, as `simgate check` tells it: this one is trusted and no
    /// other. Also `SIMGATE_FINGERPRINT`.
    #[arg(long, value_name = "HEX", conflicts_with = "daemon_ca")]
    fingerprint: Option<String>,
}

impl Connection {
    /// The daemon's address as it was typed, where it says more than a host and a port.
    pub(super) fn typed_path(&self) -> Option<&str> {
        let url = self.url.as_deref()?;
        let (_, place) = url.split_once("://")?;
        let has_path = place.trim_end_matches('/').contains(['/', '?', '#']);
        let is_exported = from_env("SIMGATE_URL").is_some_and(|exported| exported == url);
        Some(url).filter(|_| has_path && !is_exported)
    }

    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let key = self.key()?.filter(|key| !key.is_empty());
        if let Some(url) = &self.url {
            return Client::trusting(&self.trust(url)?, url, key);
        }
        let here = Here::look()?;
        let mut trust = self.trust(&here.url)?;
        if trust == Trust::System {
            trust = here.trust.unwrap_or(trust);
        }
        Client::trusting(&trust, &here.url, key.or_else(Here::key))
    }

    /// The command line first, as for keys. What is exported for a daemon with TLS does not stop a
    /// command that is told of another one.
    fn trust(&self, url: &str) -> Result<Trust, Failure> {
        let typed = (self.fingerprint.as_deref(), self.daemon_ca.as_deref());
        let fingerprint = |text: &str| {
            let read = Fingerprint::parse(text).ok_or_else(|| {
                Failure::Usage(format!(
                    "{text:?} is no SHA-256 fingerprint: 64 hexadecimal digits"
                ))
            });
            read.map(Trust::Pinned)
        };
        match typed {
            (Some(text), _) => return fingerprint(text),
            (None, Some(path)) => return Ok(Trust::Ca(path.to_owned())),
            (None, None) if url.starts_with("http://") => return Ok(Trust::System),
            (None, None) => {}
        }
        if let Some(text) = from_env("SIMGATE_FINGERPRINT") {
            return fingerprint(&text.to_string_lossy());
        }
        Ok(from_env("SIMGATE_CA").map_or(Trust::System, |path| Trust::Ca(path.into())))
    }

    /// The command line first. Clap's own `env` would take an exported variable for an option that
    /// contradicts the one that was typed.
    fn key(&self) -> Result<Option<String>, Failure> {
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

fn from_env(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn first_line(path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}
