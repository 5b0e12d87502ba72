//! Disk space kept aside, for what must go on when the disk is full.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use super::files::private;

/// Room for what is taken in already: given up when the disk is full, so that messages accepted
/// before are sent and what the network brings is stored; taken back when there is space again.
pub(super) struct Reserve {
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
    pub(super) const RETRY: Duration = Duration::from_secs(1);

    /// Sets the space aside if there is any.
    pub(super) fn new(dir: &Path) -> Self {
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
    pub(super) fn is_held(&self) -> bool {
        self.held
    }

    /// True while new messages are refused, or were a moment ago.
    pub(super) fn is_short(&self) -> bool {
        self.refused || !self.held
    }

    /// New messages found no room.
    pub(super) fn refused(&mut self) {
        self.refused = true;
        self.tried_at = Instant::now();
    }

    /// Gives the space up; false when it had been already.
    pub(super) fn release(&mut self) -> bool {
        let had = self.held && std::fs::remove_file(&self.path).is_ok();
        self.held = false;
        self.tried_at = Instant::now();
        had
    }

    /// Sees whether there is space again, once in a while.
    pub(super) fn restore(&mut self) {
        if !self.is_short() || self.tried_at.elapsed() < Self::RETRY {
            return;
        }
        self.tried_at = Instant::now();
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
