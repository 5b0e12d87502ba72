//! Disk space kept aside, for what must go on when the disk is full.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use crate::machine::files::private;

/// Room for what is taken in already: given up when the disk is full, so that messages accepted
/// before are sent and what the network brings is stored; taken back when there is space again.
pub(crate) struct Reserve {
    path: PathBuf,
    held: bool,
    /// New messages found no room, though the reserve is held.
    refused: bool,
    tried_at: Instant,
}

impl Reserve {
    /// Once the log has been moved into the database, which takes a part of it, the log's own
    /// space is used again and again: enough for tens of thousands of messages.
    const SIZE: u64 = 32 << 20;
    /// What must be free beside the reserve for new messages to be welcome again.
    const PROBE: u64 = 4 << 20;
    /// Between two tries to get it back.
    pub(crate) const RETRY: Duration = Duration::from_secs(1);

    /// Sets the space aside if there is any.
    pub(crate) fn new(dir: &Path) -> Self {
        let path = dir.join("simgate.reserve");
        let held = allocate(&path, Self::SIZE).is_ok();
        Self {
            path,
            held,
            refused: false,
            tried_at: Instant::now(),
        }
    }

    /// False while the space is spent: new messages are refused without a try.
    pub(crate) fn is_held(&self) -> bool {
        self.held
    }

    /// True while new messages are refused, or were a moment ago.
    pub(crate) fn is_short(&self) -> bool {
        self.refused || !self.held
    }

    /// New messages found no room. However often: only the first puts the next look off.
    pub(crate) fn refused(&mut self, now: Instant) {
        if !self.is_short() {
            self.tried_at = now;
        }
        self.refused = true;
    }

    /// Gives the space up; false when it had been already.
    pub(crate) fn release(&mut self, now: Instant) -> bool {
        let had = self.held && std::fs::remove_file(&self.path).is_ok();
        if self.held {
            self.tried_at = now;
        }
        self.held = false;
        had
    }

    /// Sees whether there is space again, once in a while.
    pub(crate) fn restore(&mut self, now: Instant) {
        let rested = now.saturating_duration_since(self.tried_at);
        if !self.is_short() || rested < Self::RETRY {
            return;
        }
        self.tried_at = now;
        self.held = self.held || allocate(&self.path, Self::SIZE).is_ok();
        let probe = self.path.with_extension("probe");
        if self.held && allocate(&probe, Self::PROBE).is_ok() {
            self.refused = false;
            let _ = std::fs::remove_file(&probe);
        }
    }
}

/// Makes a file of this size for which the disk has given the space.
fn allocate(path: &Path, size: u64) -> std::io::Result<()> {
    let file = private().open(path)?;
    match fallocate(&file, FallocateFlags::empty(), 0, size) {
        // A file system without it has no way to set space aside: do without.
        Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        Err(error) => {
            let _ = std::fs::remove_file(path);
            Err(error.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reserve for which there was no room at the start, and is now.
    fn short() -> (tempfile::TempDir, Reserve) {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("data");
        let reserve = Reserve::new(&dir);
        assert!(!reserve.is_held());
        std::fs::create_dir(&dir).unwrap();
        (parent, reserve)
    }

    #[test]
    fn refusals_do_not_put_off_the_look_for_space() {
        let (_dir, mut reserve) = short();
        let begun = reserve.tried_at;
        for step in 0..=20 {
            let now = begun + Reserve::RETRY * step / 10;
            reserve.restore(now);
            if reserve.is_short() {
                reserve.refused(now);
            }
        }
        assert!(reserve.is_held() && !reserve.is_short());
    }

    #[test]
    fn nor_do_jobs_that_go_on_without_a_reserve() {
        let (_dir, mut reserve) = short();
        let begun = reserve.tried_at;
        for step in 0..10 {
            assert!(!reserve.release(begun + Reserve::RETRY * step / 10));
        }
        reserve.restore(begun + Reserve::RETRY);
        assert!(reserve.is_held());
    }
}
