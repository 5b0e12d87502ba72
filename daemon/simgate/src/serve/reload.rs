//! SIGHUP: what can be read again while the gateway runs is read again.

use std::path::PathBuf;

use api::http::Certificates;
use tokio::signal::unix::Signal;
use tokio::sync::{mpsc, oneshot};

use crate::config::Config;
use crate::logging::Filter;
use crate::systemd;

/// The file of the configuration, and what of it can change.
pub(crate) struct Reload {
    path: PathBuf,
    running: Config,
    filter: Filter,
}

impl Reload {
    /// `running`: what was read from `path` at the start.
    pub(crate) fn new(path: PathBuf, running: Config, filter: Filter) -> Self {
        Self {
            path,
            running,
            filter,
        }
    }

    /// The level of the log is taken over; of other settings it is said that they are not. A file that is
    /// wrong changes nothing.
    fn read(&mut self) {
        let config = match Config::load(&self.path) {
            Ok(config) => config,
            Err(error) => {
                tracing::warn!(%error, "the configuration cannot be read again; all stays as it is");
                return;
            }
        };
        if config.log.level != self.running.log.level {
            match self.filter.set(&config.log) {
                Ok(()) => self.running.log.level = config.log.level,
                Err(error) => tracing::warn!(error, "the level of the log stays as it is"),
            }
        }
        let level = self.running.log.level.as_str();
        let waiting = self.running.differs_in(&config).join(", ");
        if waiting.is_empty() {
            tracing::info!(level, "configuration read again");
        } else {
            tracing::warn!(
                level,
                waiting,
                "configuration read again; these settings take a restart"
            );
        }
    }
}

/// Keeps the certificate, where there is one, and answers each SIGHUP. Runs for ever.
pub(super) async fn keep(
    mut again: Signal,
    certificates: Option<Certificates>,
    mut reload: Option<Reload>,
) {
    let (ask, asked) = mpsc::channel(1);
    let has_certificate = certificates.is_some();
    let keeper = async {
        match certificates {
            Some(certificates) => certificates.keep(asked).await,
            None => std::future::pending().await,
        }
    };
    let signals = async {
        while again.recv().await.is_some() {
            systemd::reloading();
            if let Some(reload) = &mut reload {
                reload.read();
            }
            if has_certificate {
                let (read, done) = oneshot::channel();
                let _ = ask.send(read).await;
                let _ = done.await;
            }
            systemd::ready();
        }
    };
    tokio::join!(keeper, signals);
}
