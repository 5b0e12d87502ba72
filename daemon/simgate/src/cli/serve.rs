//! `simgate serve`.

use std::path::PathBuf;

use clap::Args;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Failure, arena, local};
use crate::config::DEFAULT_PATH;
use crate::logging;
use crate::serve::{self, Reload};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate serve
  simgate serve --config ./simgate.toml
  RUST_LOG=info,smpp=debug simgate serve    # more about uplinks

SIGTERM and Ctrl-C stop it: what is on the air is waited for, all else stays in the database.
SIGHUP has it read the certificate and the level of the log again.";

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Its configuration.
    #[arg(long, default_value = DEFAULT_PATH, value_name = "FILE")]
    config: PathBuf,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        arena::make_one();
        let config = local::load(&self.config)?;
        let filter = logging::start(&config.log).map_err(Failure::refused)?;
        tracing::info!(path = %self.config.display(), "configuration read");
        config.make_data_dir().map_err(Failure::refused)?;
        runtime()?.block_on(async {
            let stop = Stop::new()?;
            let ready = |_| ();
            let reload = Reload::new(self.config, config.clone(), filter);
            let served = serve::run(config, Some(reload), ready, stop.asked()).await;
            served.map_err(Failure::refused)
        })
    }
}

/// A few threads carry a few hundred modems: they mostly wait.
pub(super) fn runtime() -> std::io::Result<Runtime> {
    const MOST_THREADS: usize = 4;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Builder::new_multi_thread()
        .worker_threads(cores.min(MOST_THREADS))
        // Names of uplinks' hosts are looked up there: all else that blocks has its own threads.
        .max_blocking_threads(16)
        .enable_all()
        .build()
}

/// SIGTERM, as systemd asks, or Ctrl-C.
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Ends when the first of them comes. A second one does not wait for what the first began: the
    /// database is fit for that at any instant.
    pub(super) async fn asked(mut self) {
        self.next().await;
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(130);
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
