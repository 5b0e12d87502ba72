//! Watching the directories of the globs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt;
use inotify::{Inotify, WatchMask};
use tokio::sync::mpsc;

use super::{PortEvent, changes, matching, still_there};

/// After a change, for the rest of a burst: a hub brings thirty ports at once.
const SETTLE: Duration = Duration::from_millis(100);
/// A look without any event: for file systems that tell nothing, and directories that are not
/// there yet.
const RESCAN: Duration = Duration::from_secs(5);

/// Tells of each port that is there, comes and goes, until the receiver is dropped.
pub async fn watch(globs: Vec<String>, events: mpsc::Sender<PortEvent>) {
    let mut known = BTreeSet::new();
    let mut buffer = [0; 4096];
    loop {
        // Watches are made anew each time, for a directory may have been deleted and made again;
        // and before the look, so that no change falls between the two.
        let watches = start(&globs);
        let now = still_there(&known, matching(&globs));
        for event in changes(&known, &now) {
            if events.send(event).await.is_err() {
                return;
            }
        }
        known = now;
        match watches.and_then(|watches| watches.into_event_stream(&mut buffer[..])) {
            Ok(mut stream) => {
                if tokio::time::timeout(RESCAN, stream.next()).await.is_ok() {
                    tokio::time::sleep(SETTLE).await;
                }
            }
            Err(error) => {
                tracing::debug!(%error, "cannot watch for ports; looking from time to time");
                tokio::time::sleep(RESCAN).await;
            }
        }
    }
}

fn start(globs: &[String]) -> std::io::Result<Inotify> {
    let inotify = Inotify::init()?;
    let mask = WatchMask::CREATE | WatchMask::DELETE | WatchMask::MOVE | WatchMask::DELETE_SELF;
    for dir in directories(globs) {
        // One that is not there yet is found by the next rescan.
        let _ = inotify.watches().add(dir, mask);
    }
    Ok(inotify)
}

/// The directories whose changes may concern the globs.
fn directories(globs: &[String]) -> BTreeSet<PathBuf> {
    let parents = globs
        .iter()
        .filter_map(|pattern| Path::new(pattern).parent());
    parents
        .flat_map(|parent| {
            glob::glob(&parent.to_string_lossy())
                .into_iter()
                .flatten()
                .flatten()
        })
        .collect()
}
