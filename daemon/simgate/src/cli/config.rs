//! `simgate config`: the file of the daemon, and what operators set in it while it runs.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::client::{Ask, Client, Connection, items};
use super::input::text_of;
use super::{Failure, output};
use crate::config::Config;

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate config default > simgate.toml
  simgate config export --output gateway.json
  simgate config export --output gateway.json --passphrase-file passphrase.txt
  simgate config import gateway.json --dry-run
  simgate config import gateway.json --passphrase-file passphrase.txt

export writes routes, SIMs, uplinks, webhooks, templates, keys and users, without their secrets or with
these sealed under a passphrase. import makes and changes what the file names, all of it or nothing.";

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print the documented simgate.toml with every default in it.
    Default,
    /// Write what operators have set as one JSON file.
    Export {
        /// File to write, for its owner alone. Left out: standard output.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// File with a passphrase in its first line, 12 characters or more, which seals the secrets;
        /// - reads standard input. Left out: the secrets are left out.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Make and change what a file from export names; what it does not name stays as it is.
    Import {
        /// As export wrote it; - reads standard input.
        file: PathBuf,
        /// Only print what would change.
        #[arg(long)]
        dry_run: bool,
        /// File with the passphrase of the sealed secrets in its first line. Left out: they are not looked at.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        ask: Ask,
    },
}

impl ConfigCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Default => output::print(&Config::default_file()),
            Self::Export {
                output,
                passphrase_file,
                connection,
            } => {
                let passphrase = passphrase_file.as_deref().map(first_line).transpose()?;
                export(
                    &connection.client()?,
                    output.as_deref(),
                    passphrase.as_deref(),
                )
            }
            Self::Import {
                file,
                dry_run,
                passphrase_file,
                ask,
            } => {
                let configuration: Value =
                    serde_json::from_str(&text_of(&file)?).map_err(|error| {
                        Failure::Usage(format!("{}: not JSON: {error}", file.display()))
                    })?;
                let passphrase = passphrase_file.as_deref().map(first_line).transpose()?;
                let wish = json!({
                    "configuration": configuration, "passphrase": passphrase, "dry_run": dry_run,
                });
                let imported = ask.client()?.post("/config/import", &wish)?;
                if ask.json {
                    output::json(&imported)
                } else {
                    output::print(&told(&imported))
                }
            }
        }
    }
}

fn first_line(path: &Path) -> Result<String, Failure> {
    let text = text_of(path)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn export(client: &Client, path: Option<&Path>, passphrase: Option<&str>) -> Result<(), Failure> {
    let document = client.post("/config/export", &json!({ "passphrase": passphrase }))?;
    let text = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
    let Some(path) = path else {
        return output::print(&text);
    };
    let about = |error: std::io::Error| Failure::refused(format!("{}: {error}", path.display()));
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let mut part = NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(about)?;
    part.write_all(text.as_bytes()).map_err(about)?;
    part.as_file().sync_all().map_err(about)?;
    part.persist(path).map_err(|error| about(error.error))?;
    output::line(&path.display().to_string())
}

/// What was done, line by line.
fn told(imported: &Value) -> String {
    let mut lines = Vec::new();
    let (made, changed) = if imported["dry_run"] == true {
        ("would make", "would change")
    } else {
        ("made", "changed")
    };
    for change in items(&imported["changes"]) {
        let verb = if change["is_new"] == true {
            made
        } else {
            changed
        };
        let mut line = format!("{verb} {}", output::cell(&change["entry"]));
        if !items(&change["fields"]).is_empty() {
            let _ = write!(line, ": {}", output::cell(&change["fields"]));
        }
        if let Some(secret) = change["secret"].as_str() {
            let secret = output::plain(secret);
            let _ = write!(line, "  (new secret, shown this once: {secret})");
        }
        lines.push(line);
    }
    lines.push(format!(
        "{} as before",
        output::cell(&imported["unchanged"])
    ));
    for pointer in items(&imported["secrets_missing"]) {
        lines.push(format!("still to be set: {}", output::cell(pointer)));
    }
    for name in items(&imported["settings_that_differ"]) {
        lines.push(format!("differs in simgate.toml: {}", output::cell(name)));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_told_line_by_line() {
        let imported = json!({
            "dry_run": false,
            "changes": [
                {"entry": "uplinks/primary", "is_new": false, "fields": ["host", "port"]},
                {"entry": "keys/crm", "is_new": true, "fields": [], "secret": "sg_x"},
            ],
            "unchanged": 3,
            "secrets_missing": ["/sims/8984011234567890123/pin"],
            "settings_that_differ": ["defaults.country"],
        });
        let expected = "changed uplinks/primary: host,port\n\
            made keys/crm  (new secret, shown this once: sg_x)\n3 as before\n\
            still to be set: /sims/8984011234567890123/pin\ndiffers in simgate.toml: defaults.country\n";
        assert_eq!(told(&imported), expected);
        let dry = json!({"dry_run": true, "changes": [{"entry": "routes", "is_new": false, "fields": []}], "unchanged": 0});
        assert_eq!(told(&dry), "would change routes\n0 as before\n");
    }
}
