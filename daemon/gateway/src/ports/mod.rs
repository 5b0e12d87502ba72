//! Which ports there are: the files that match the configured globs, watched as they come and go.

mod holder;
mod open;
mod udev;
mod usb;
mod watch;

use std::collections::BTreeSet;
use std::path::PathBuf;

pub use holder::{culprit, find_modem_manager, holder, modem_manager_runs};
pub use open::{OpenError, close, open};
pub use udev::{Udev, Unclaimed};
pub use usb::{SYSFS, UsbPath};
pub use watch::watch;

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortEvent {
    Found(PathBuf),
    Gone(PathBuf),
}

/// The paths that match any of the globs now. A link whose target is gone does not count.
pub fn matching(globs: &[String]) -> BTreeSet<PathBuf> {
    globs
        .iter()
        .filter_map(|pattern| glob::glob(pattern).ok())
        .flatten()
        .flatten()
        .filter(|path| path.exists())
        .collect()
}

/// What a look has found, and what it has missed though it is there, or may be: without a free
/// descriptor no directory can be read, and a modem must not be let go for that.
fn still_there(before: &BTreeSet<PathBuf>, mut found: BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let missed = before.difference(&found);
    let missed = missed.filter(|path| !matches!(path.try_exists(), Ok(false)));
    let missed: Vec<_> = missed.cloned().collect();
    found.extend(missed);
    found
}

/// What changed from one set of ports to the next: first what went, then what came.
fn changes(before: &BTreeSet<PathBuf>, after: &BTreeSet<PathBuf>) -> Vec<PortEvent> {
    let gone = before.difference(after).cloned().map(PortEvent::Gone);
    gone.chain(after.difference(before).cloned().map(PortEvent::Found))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_is_told_before_what_came() {
        let set = |names: &[&str]| names.iter().map(PathBuf::from).collect::<BTreeSet<_>>();
        let events = changes(&set(&["a", "b"]), &set(&["b", "c"]));
        assert_eq!(
            events,
            [PortEvent::Gone("a".into()), PortEvent::Found("c".into())]
        );
    }

    #[test]
    fn a_look_that_fails_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let [there, gone, hidden] =
            ["modem0", "modem1", "file/modem2"].map(|name| dir.path().join(name));
        std::fs::write(&there, "").unwrap();
        // What is asked for below a file gives an error other than "not found".
        std::fs::write(dir.path().join("file"), "").unwrap();
        let before = BTreeSet::from([there.clone(), gone, hidden.clone()]);
        let after = still_there(&before, BTreeSet::new());
        assert_eq!(after, BTreeSet::from([there, hidden]));
    }

    #[test]
    fn a_link_to_nothing_is_no_port() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("modem0"), "").unwrap();
        std::os::unix::fs::symlink("/nowhere", dir.path().join("modem1")).unwrap();
        let glob = dir.path().join("modem*").display().to_string();
        assert_eq!(matching(&[glob]).len(), 1);
    }
}
