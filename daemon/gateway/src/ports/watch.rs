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

/// Tells of each port that is there, comes and goes, until the receiver is dropped. `other`: a port that is no modem's,
/// whatever the globs say.
pub async fn watch(globs: Vec<String>, other: Option<PathBuf>, events: mpsc::Sender<PortEvent>) {
    let mut known = BTreeSet::new();
    let mut buffer = [0; 4096];
    loop {
        // Watches are made anew each time, for a directory may have been deleted and made again;
        // and before the look, so that no change falls between the two.
        let watches = start(&globs);
        let mut now = still_there(&known, matching(&globs));
        leave_out(&mut now, other.as_deref());
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

/// Leaves out a device, by whatever name it was found.
fn leave_out(found: &mut BTreeSet<PathBuf>, other: Option<&Path>) {
    if let Some(device) = other.and_then(|other| other.canonicalize().ok()) {
        found.retain(|path| path.canonicalize().ok().as_ref() != Some(&device));
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

/// The directories whose changes may concern the globs: those of the ports, and those above in which one of these may
/// come, up to one that is there by its name.
fn directories(globs: &[String]) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for pattern in globs {
        for above in Path::new(pattern).ancestors().skip(1) {
            let text = above.to_string_lossy();
            found.extend(glob::glob(&text).into_iter().flatten().flatten());
            if !text.contains(['*', '?', '[']) && above.is_dir() {
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_are_to_come_are_watched_for() {
        let root = tempfile::tempdir().unwrap();
        let folder = |name: &str| root.path().join(name);
        let globs = [format!("{}/simgate/*/at*", root.path().display())];
        let watched = || directories(&globs).into_iter().collect::<Vec<_>>();
        assert_eq!(watched(), [root.path()]);
        std::fs::create_dir(folder("simgate")).unwrap();
        assert_eq!(watched(), [folder("simgate")]);
        std::fs::create_dir(folder("simgate/1-1.4")).unwrap();
        assert_eq!(watched(), [folder("simgate"), folder("simgate/1-1.4")]);
    }

    #[test]
    fn the_board_of_a_bank_is_no_modem_by_any_name() {
        let root = tempfile::tempdir().unwrap();
        let [modem, board] = ["ttyACM0", "ttyACM1"].map(|name| root.path().join(name));
        std::fs::write(&modem, "").unwrap();
        std::fs::write(&board, "").unwrap();
        let link = root.path().join("bank");
        let glob = [format!("{}/ttyACM*", root.path().display())];
        let found = |other| {
            let mut found = matching(&glob);
            leave_out(&mut found, other);
            found
        };
        let both = BTreeSet::from([modem.clone(), board.clone()]);
        assert_eq!(found(Some(link.as_path())), both, "it is not there");
        std::os::unix::fs::symlink(&board, &link).unwrap();
        assert_eq!(found(Some(link.as_path())), BTreeSet::from([modem]));
        assert_eq!(found(None), both);
    }

    #[tokio::test]
    async fn a_port_in_a_folder_of_its_own_comes_and_goes() {
        let root = tempfile::tempdir().unwrap();
        let (told, mut events) = mpsc::channel(4);
        let glob = format!("{}/simgate/*/at*", root.path().display());
        let watcher = tokio::spawn(watch(vec![glob], None, told));
        let folder = root.path().join("simgate/1-1.4");
        let port = folder.join("at");
        for _ in 0..2 {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&port, "").unwrap();
            assert_eq!(events.recv().await, Some(PortEvent::Found(port.clone())));
            std::fs::remove_dir_all(root.path().join("simgate")).unwrap();
            assert_eq!(events.recv().await, Some(PortEvent::Gone(port.clone())));
        }
        watcher.abort();
    }
}
