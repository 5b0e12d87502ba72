//! Reading the file, and saying what is wrong with it and where.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use gateway::settings::SettingFault;

use super::Config;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value of the wrong type. The text shows the line.
    #[error("{}: {detail}", path.display())]
    Invalid { path: PathBuf, detail: String },
}

pub(super) fn load(path: &Path) -> Result<Config, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    parse(&text).map_err(|detail| ConfigError::Invalid {
        path: path.to_owned(),
        detail,
    })
}

/// Parses and checks; the error is for people, with lines and columns.
pub(super) fn parse(text: &str) -> Result<Config, String> {
    let mut config = typed(text)?;
    if let Some(country) = &mut config.defaults.country {
        country.make_ascii_uppercase();
    }
    let mut findings = Vec::new();
    config.check_ranges("", &mut findings);
    config.check_more(&mut findings);
    if !findings.is_empty() {
        return Err(render(text, &findings));
    }
    Ok(config)
}

/// Reads the file into its types. A value of a wrong type is told by what the table says of its key,
/// since serde would say it in names of Rust's types.
fn typed(text: &str) -> Result<Config, String> {
    let shown = |error: toml::de::Error| error.to_string().trim_end().to_owned();
    let reader = toml::Deserializer::parse(text).map_err(shown)?;
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        let key = path.split('[').next().unwrap_or_default();
        let listing = Config::default().listing();
        if let Some(setting) = listing.find(key) {
            return render(text, &[SettingFault::new(key, setting.rule())]);
        }
        if listing.has_section(key) {
            let detail = format!("must be a section: [{key}] on a line of its own");
            return render(text, &[SettingFault::new(key, detail)]);
        }
        shown(error.into_inner())
    })
}

/// One line for each finding, with the line of the file where the value stands.
fn render(text: &str, findings: &[SettingFault]) -> String {
    let document = DeTable::parse(text).ok();
    let mut shown = String::new();
    for finding in findings {
        let line = document
            .as_ref()
            .and_then(|table| line_of(text, table.get_ref(), &finding.key));
        if !shown.is_empty() {
            shown.push_str("; ");
        }
        if let Some(line) = line {
            let _ = write!(shown, "line {line}: ");
        }
        let _ = write!(shown, "{}: {}", finding.key, finding.detail);
    }
    shown
}

fn line_of(text: &str, table: &DeTable<'_>, key: &str) -> Option<usize> {
    let (first, rest) = key
        .split_once('.')
        .map_or((key, None), |(a, b)| (a, Some(b)));
    let value = table.get(first)?;
    match (rest, value.get_ref()) {
        (Some(rest), DeValue::Table(inner)) => line_of(text, inner, rest),
        _ => Some(text.get(..value.span().start)?.matches('\n').count() + 1),
    }
}
