//! `simgate support-bundle`: one file for whoever helps, with nothing in it that is not theirs to see.

mod archive;
mod contents;
mod log_file;
mod source;

use std::path::PathBuf;

use clap::Args;
use time::OffsetDateTime;
use time::macros::format_description;

use super::client::Connection;
use super::{Failure, output};
use crate::config::DEFAULT_PATH;
use archive::Archive;

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate support-bundle
  simgate support-bundle --output /tmp/bundle.tar.gz --log /var/log/simgate.log
  journalctl -u simgate > simgate.log; simgate support-bundle --log simgate.log
  tar xzOf simgate-support-*.tar.gz --wildcards '*/README.txt'

It asks the daemon, with a key that has the scope admin. Where there is no daemon, or no key, it
reads the data directory. Texts, PINs, keys and whole numbers are left out.";

#[derive(Debug, Args)]
pub(super) struct SupportBundle {
    /// File to write, for its owner alone. Left out: simgate-support-<date>.tar.gz in this directory.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Configuration of the daemon; says where its data is.
    #[arg(long, default_value = DEFAULT_PATH, value_name = "FILE")]
    config: PathBuf,
    /// A log of the daemon to put in: its last 2 MB, with numbers masked.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl SupportBundle {
    pub(super) fn run(self) -> Result<(), Failure> {
        let name = name()?;
        let path = self
            .output
            .unwrap_or_else(|| PathBuf::from(format!("{name}.tar.gz")));
        // A log that cannot be read is a mistake to be told before the work.
        let log = self.log.as_deref().map(log_file::open).transpose()?;
        let gathered = source::gather(&self.connection, &self.config)?;
        if !gathered.live {
            output::error(&format!("simgate: {}", gathered.notes.join("\n")));
        }
        let mut archive = Archive::create(&path, name)?;
        contents::write(&mut archive, &self.config, gathered, log)?;
        archive.finish()?;
        output::line(&path.display().to_string())
    }
}

/// Of the file and of the directory in it.
fn name() -> Result<String, Failure> {
    let date = format_description!("[year][month][day]-[hour][minute][second]");
    let now = OffsetDateTime::now_utc().format(&date);
    let now = now.map_err(Failure::refused)?;
    Ok(format!("simgate-support-{now}"))
}
