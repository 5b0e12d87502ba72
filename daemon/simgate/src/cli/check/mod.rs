//! `simgate check`: would the daemon start, and would it find its modems?

mod certificate;
mod ports;
mod storage;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::json;

pub(super) use storage::has_database;

use super::{Failure, output};
use crate::config::{Config, DEFAULT_PATH, TlsCertificate};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate check
  simgate check --config ./simgate.toml --json

Nothing is changed. Exit code 0 means that nothing FAILed; a warning is no failure.";

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Configuration to check.
    #[arg(long, default_value = DEFAULT_PATH, value_name = "FILE")]
    config: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    /// It works, but perhaps not as wished.
    Warn,
    /// The daemon would not start, or could not do its work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Outcome {
    level: Level,
    /// `config`, `data`, `database`, `listen`, `tls` or `port`.
    what: &'static str,
    detail: String,
}

impl Outcome {
    fn ok(what: &'static str, detail: impl Into<String>) -> Self {
        Self {
            level: Level::Ok,
            what,
            detail: detail.into(),
        }
    }

    fn warn(what: &'static str, detail: impl Into<String>) -> Self {
        Self {
            level: Level::Warn,
            what,
            detail: detail.into(),
        }
    }

    fn fail(what: &'static str, detail: impl Into<String>) -> Self {
        Self {
            level: Level::Fail,
            what,
            detail: detail.into(),
        }
    }

    fn line(&self) -> String {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "FAIL",
        };
        format!("{level:<4}  {:<8}  {}", self.what, self.detail)
    }
}

/// Everything that is looked at.
fn outcomes(path: &Path) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    match Config::load(path) {
        Ok(config) => {
            outcomes.push(Outcome::ok("config", path.display().to_string()));
            storage::check(&config, &mut outcomes);
            outcomes.push(listen(config.http.listen, &config));
            outcomes.extend(
                config
                    .http
                    .redirect_listen
                    .map(|address| listen(address, &config)),
            );
            certificate::check(&config, &mut outcomes);
            ports::check(&config, &mut outcomes);
        }
        Err(error) => outcomes.push(Outcome::fail("config", error.to_string())),
    }
    outcomes
}

/// The same as a text.
pub(super) fn findings(path: &Path) -> String {
    let lines: Vec<_> = outcomes(path).iter().map(Outcome::line).collect();
    lines.join("\n")
}

impl Check {
    pub(super) fn run(self) -> Result<(), Failure> {
        let outcomes = outcomes(&self.config);
        let failed = outcomes.iter().any(|outcome| outcome.level == Level::Fail);
        self.show(&outcomes, failed)?;
        if failed {
            Err(Failure::Reported)
        } else {
            Ok(())
        }
    }

    fn show(&self, outcomes: &[Outcome], failed: bool) -> Result<(), Failure> {
        if self.json {
            return output::json(&json!({"ok": !failed, "checks": outcomes}));
        }
        for outcome in outcomes {
            let failed = outcome.level == Level::Fail;
            let line = outcome.line();
            // What failed goes where a timer's mail or a script looks for it.
            if failed {
                output::error(&line);
            } else {
                output::line(&line)?;
            }
        }
        Ok(())
    }
}

fn listen(address: SocketAddr, config: &Config) -> Outcome {
    let secured = config.http.tls.certificate != TlsCertificate::None;
    match TcpListener::bind(address) {
        Ok(_) if secured || address.ip().to_canonical().is_loopback() => {
            Outcome::ok("listen", format!("{address} is free"))
        }
        Ok(_) => Outcome::warn(
            "listen",
            format!("{address} can be reached from other hosts, without TLS: put a proxy in front"),
        ),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Outcome::warn(
            "listen",
            format!("{address} is in use: by the running daemon?"),
        ),
        Err(error) => Outcome::fail("listen", crate::serve::cannot_listen(address, &error)),
    }
}
