//! Who has a port open: inotify on the slaves' device files.
//!
//! A modem without a client drops what it says, as a USB serial device does, instead of keeping it for the next one.

use std::collections::HashMap;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Watches the ports of a bank.
#[derive(Debug)]
pub(super) struct Clients {
    inotify: AsyncFd<OwnedFd>,
    /// Watch descriptor -> port and open file descriptors.
    watched: Mutex<HashMap<i32, Watched>>,
}

#[derive(Debug)]
struct Watched {
    slot: usize,
    port: usize,
    open: usize,
}

/// The clients of a port changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) slot: usize,
    /// Which of its ports.
    pub(super) port: usize,
    /// How many have it open now.
    pub(super) open: usize,
}

impl Clients {
    pub(super) fn new() -> io::Result<Self> {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        Ok(Self {
            inotify: super::watched(inotify, Interest::READABLE)?,
            watched: Mutex::default(),
        })
    }

    /// Begins to watch the device file of a port; its watch ends with the file.
    pub(super) fn watch(&self, slot: usize, port: usize, device: &Path) -> io::Result<()> {
        let flags = WatchFlags::OPEN | WatchFlags::CLOSE_WRITE | WatchFlags::CLOSE_NOWRITE;
        let descriptor = inotify::add_watch(self.inotify.get_ref(), device, flags)?;
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.insert(
            descriptor,
            Watched {
                slot,
                port,
                open: 0,
            },
        );
        Ok(())
    }

    /// Waits for openings and closings, and tells how each port stands after them; that all had left it meanwhile is
    /// told too.
    pub(super) async fn changes(&self) -> io::Result<Vec<Change>> {
        loop {
            let mut ready = self.inotify.readable().await?;
            match ready.try_io(|inotify| self.read(inotify.get_ref())) {
                Ok(changes) => return changes,
                Err(_would_block) => {}
            }
        }
    }

    fn read(&self, inotify: &OwnedFd) -> io::Result<Vec<Change>> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(inotify, &mut buffer);
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changes: Vec<Change> = Vec::new();
        loop {
            let event = reader.next()?;
            if event.events().contains(ReadFlags::IGNORED) {
                watched.remove(&event.wd());
            } else if let Some(port) = watched.get_mut(&event.wd()) {
                let opened = event.events().contains(ReadFlags::OPEN);
                port.open = if opened {
                    port.open + 1
                } else {
                    port.open.saturating_sub(1)
                };
                let change = Change {
                    slot: port.slot,
                    port: port.port,
                    open: port.open,
                };
                changes.retain(|earlier| {
                    (earlier.slot, earlier.port) != (change.slot, change.port) || earlier.open == 0
                });
                changes.push(change);
            }
            if reader.is_buffer_empty() {
                return Ok(changes);
            }
        }
    }
}
