//! The files of the bundle.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use serde_json::Value;

use super::super::{Failure, check};
use super::archive::Archive;
use super::log_file;
use super::source::Gathered;
use gateway::mask;

const README: &str = "\
What somebody needs who helps with simgate, an SMS gateway.

No message texts, PINs, API keys or whole numbers are in it: numbers, IMSIs and service centres have
their last three digits, message bodies in AT dialogues are an ellipsis. ICCIDs and IMEIs are whole;
they name cards and modems. What an operator wrote into labels and group names is in it, numbers in
it masked.

version.txt     program and system
config.toml     the configuration as read, without comments and secrets
check.txt       what `simgate check` finds
support.json    configuration as it runs, modems, SIMs, queue, counts, AT traces
incidents.json  failures of modems, each with the AT dialogue before it
metrics.txt     counters, in the text format of Prometheus
log.txt         the end of the log, where one was given
";

/// Writes all of it.
pub(super) fn write(
    archive: &mut Archive,
    config: &Path,
    gathered: Gathered,
    log: Option<File>,
) -> Result<(), Failure> {
    let Gathered {
        mut document,
        notes,
        live: _,
    } = gathered;
    let metrics = document["metrics"].take();
    let incidents = document["incidents"].take();
    archive.add("README.txt", &format!("{README}\n{}\n", notes.join("\n")))?;
    archive.add("version.txt", &version(&document))?;
    archive.add("config.toml", &configuration(config))?;
    archive.add("check.txt", &findings(config))?;
    archive.add("incidents.json", &pretty(&incidents))?;
    archive.add("metrics.txt", metrics.as_str().unwrap_or_default())?;
    let imeis: Vec<&str> = imeis(&document);
    if let Some(log) = log {
        archive.add("log.txt", &log_file::end_of(log, &imeis)?)?;
    }
    if let Value::Object(fields) = &mut document {
        fields.remove("metrics");
        fields.remove("incidents");
    }
    archive.add("support.json", &pretty(&document))
}

fn imeis(document: &Value) -> Vec<&str> {
    let modems = document["modems"].as_array().into_iter().flatten();
    modems.filter_map(|modem| modem["imei"].as_str()).collect()
}

fn version(document: &Value) -> String {
    let mut text = format!("simgate {}\n", env!("CARGO_PKG_VERSION"));
    if let (Some(version), Some(uptime)) = (
        document["version"].as_str(),
        document["uptime_seconds"].as_u64(),
    ) {
        let _ = writeln!(text, "daemon {version}, running for {uptime} s");
    }
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let _ = writeln!(
        text,
        "{} {} {}",
        std::env::consts::OS,
        kernel.trim(),
        std::env::consts::ARCH
    );
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    if let Some(name) = name {
        let _ = writeln!(text, "{}", name.trim_matches('"'));
    }
    text
}

/// The file without its comments, which may hold anything, and without secrets. One that is not
/// TOML is not shown: a secret could not be told from the rest.
fn configuration(path: &Path) -> String {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return format!("# {}: {error}\n", path.display()),
    };
    let Ok(mut document) = toml::from_str::<Value>(&text) else {
        return format!("# {} is not TOML\n", path.display());
    };
    mask::settings(&mut document);
    toml::to_string(&document).unwrap_or_else(|error| format!("# {error}\n"))
}

fn findings(path: &Path) -> String {
    let mut text = String::new();
    for line in check::findings(path).lines() {
        // Complaints show the line of the file.
        text.push_str(&mask::text(&mask::assignment(line), &[]));
        text.push('\n');
    }
    text
}

fn pretty(document: &Value) -> String {
    serde_json::to_string_pretty(document).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_shown_without_comments_and_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("simgate.toml");
        let text = "# PIN 4321\nlast = 1\n[sim]\npin = \"4321\"\nnumber = \"+84901234567\"\n\
            [http]\nlisten = \"127.0.0.1:8080\"\ntokens = [\"x\"]\n";
        std::fs::write(&path, text).unwrap();
        let shown = configuration(&path);
        assert!(
            !shown.contains("4321") && !shown.contains("90123"),
            "{shown}"
        );
        assert!(shown.contains("listen = \"127.0.0.1:8080\"") && shown.contains("last = 1"));
        assert!(toml::from_str::<Value>(&shown).is_ok(), "{shown}");

        std::fs::write(&path, "pin = 4321x\n").unwrap();
        assert!(configuration(&path).ends_with("is not TOML\n"));
        let found = findings(&path);
        assert!(found.contains("FAIL") && !found.contains("4321"), "{found}");
    }
}
