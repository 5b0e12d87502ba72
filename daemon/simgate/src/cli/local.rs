//! What the commands share that work on this machine's configuration and data directory.

use std::future::Future;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use gateway::records::Home;

use super::Failure;
use crate::config::{Config, ConfigError, DEFAULT_PATH};

/// Which data directory a command works on.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// Configuration of the daemon; says where its data is.
    #[arg(long, default_value = DEFAULT_PATH, value_name = "FILE")]
    config: PathBuf,
}

impl Place {
    /// The data directory, ready to be worked on as its owner.
    pub(super) fn home(&self) -> Result<Home, Failure> {
        let config = load(&self.config)?;
        become_owner(&config.data_dir)?;
        config.make_data_dir().map_err(Failure::refused)?;
        config.home().map_err(Failure::refused)
    }
}

/// Reads the configuration; a missing default file gets a hint.
pub(super) fn load(path: &Path) -> Result<Config, Failure> {
    Config::load(path).map_err(|error| {
        let missing = matches!(&error, ConfigError::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound);
        let hint = if missing && path == Path::new(DEFAULT_PATH) {
            ". `simgate config default` prints one; `simgate demo` needs none"
        } else {
            ""
        };
        Failure::refused(format!("{error}{hint}"))
    })
}

/// Runs a short job of the store to its end.
pub(super) fn block_on<T>(job: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(job)
}

/// Run as root, begins again as the owner of the data directory: what root would make there, the
/// daemon could not open.
pub(super) fn become_owner(data_dir: &Path) -> Result<(), Failure> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let owner = match std::fs::metadata(data_dir) {
        Ok(metadata) if metadata.uid() != 0 => metadata,
        _ => return Ok(()),
    };
    let error = Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .gid(owner.gid())
        .uid(owner.uid())
        .exec();
    Err(Failure::Io(error))
}
