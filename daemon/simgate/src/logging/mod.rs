//! Where log lines go. What is logged is the callers' business, with one rule for all of them: no
//! message text, PIN, API key or whole number at any level.

mod journal;

use std::io::{self, IsTerminal as _};

use systemd_journal_logger::{JournalLog, connected_to_journal};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, reload};

use crate::config::{Log, LogFormat};
use journal::JournalLayer;

/// What decides which lines are logged, while the process runs.
pub(crate) struct Filter(reload::Handle<EnvFilter, Registry>);

impl Filter {
    /// Goes by these settings from now on. `RUST_LOG`, where set, still wins.
    pub(crate) fn set(&self, settings: &Log) -> Result<(), String> {
        let filter = filter(settings)?;
        self.0.reload(filter).map_err(|error| error.to_string())
    }
}

/// Starts logging for the rest of the process. A journal that cannot be reached is no reason not to
/// start: the lines then go to standard error as text.
pub(crate) fn start(settings: &Log) -> Result<Filter, String> {
    let wants_journal = match settings.format {
        LogFormat::Journal => true,
        LogFormat::Auto => connected_to_journal(),
        LogFormat::Text | LogFormat::Json => false,
    };
    let journal = wants_journal.then(JournalLog::new);
    let (output, failed) = match journal {
        Some(Ok(journal)) => (JournalLayer::new(journal).boxed(), None),
        Some(Err(error)) => (text(), Some(error)),
        None if settings.format == LogFormat::Json => (json(), None),
        None => (text(), None),
    };
    let (filter, handle) = reload::Layer::new(filter(settings)?);
    // Also takes what dependencies say through the `log` crate.
    tracing_subscriber::registry()
        .with(output.with_filter(filter))
        .try_init()
        .map_err(|error| error.to_string())?;
    if let Some(error) = failed {
        tracing::warn!(%error, "the journal cannot be reached; logging to standard error");
    }
    Ok(Filter(handle))
}

fn text() -> Box<dyn Layer<Registry> + Send + Sync> {
    tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .boxed()
}

fn json() -> Box<dyn Layer<Registry> + Send + Sync> {
    tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .json()
        .flatten_event(true)
        .boxed()
}

/// `RUST_LOG`, or the level of the configuration for our own crates and at most `info` for others. What
/// a stranger's handshake lacks is no news: a metric counts it.
fn filter(settings: &Log) -> Result<EnvFilter, String> {
    match std::env::var("RUST_LOG") {
        Ok(directives) if !directives.trim().is_empty() => {
            EnvFilter::try_new(&directives).map_err(|error| format!("RUST_LOG: {error}"))
        }
        _ => EnvFilter::try_new(directives(settings)).map_err(|error| error.to_string()),
    }
}

fn directives(settings: &Log) -> String {
    const OURS: [&str; 9] = [
        "simgate",
        "api",
        "gateway",
        "store",
        "smpp",
        "modem",
        "at",
        "tpdu",
        "virtual_modem",
    ];
    let level = settings.level;
    let others = if level.is_chatty() {
        "info"
    } else {
        level.as_str()
    };
    OURS.iter()
        .fold(format!("{others},rustls=error"), |all, name| {
            format!("{all},{name}={}", level.as_str())
        })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::LogLevel;

    /// The lines of this workspace's sources that log something in Rust's debug form.
    fn debug_forms(dir: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                debug_forms(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for call in text.split("tracing::").skip(1) {
                    let is_line = ["error!(", "warn!(", "info!(", "debug!("];
                    let end = call.find(");").unwrap_or(call.len());
                    let call = &call[..end];
                    let forms = ["(?", " ?", ":?}"];
                    if is_line.iter().any(|name| call.starts_with(name))
                        && forms.iter().any(|form| call.contains(form))
                    {
                        found.push(format!("{}: {call}", path.display()));
                    }
                }
            }
        }
    }

    #[test]
    fn no_line_has_a_debug_form() {
        let daemon = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut found = Vec::new();
        for crate_dir in [
            "api",
            "at",
            "gateway",
            "model",
            "modem",
            "simgate",
            "smpp",
            "store",
            "tpdu",
            "virtual-modem",
        ] {
            debug_forms(&daemon.join(crate_dir).join("src"), &mut found);
        }
        // This test itself names the forms.
        found.retain(|line| !line.contains("logging/mod.rs"));
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn debug_is_for_our_own_crates() {
        let log = Log {
            level: LogLevel::Debug,
            ..Log::default()
        };
        let shown = directives(&log);
        assert!(
            shown.starts_with("info,rustls=error,simgate=debug,"),
            "{shown}"
        );
        assert!(shown.contains(",modem=debug,"), "{shown}");
        assert!(EnvFilter::try_new(shown).is_ok());
        assert!(
            directives(&Log {
                level: LogLevel::Warn,
                ..log
            })
            .starts_with("warn,")
        );
    }
}
