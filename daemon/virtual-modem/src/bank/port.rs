//! A pty that stands for a modem's serial port.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, QueueSelector};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Octets kept for a client that does not read; what comes beyond is lost, as on a line without flow control.
const UNREAD: usize = 65_536;
/// The most that is read at once.
const READ: usize = 4_096;

/// A pty with a stable name. Dropped, it is gone for its clients, as a pulled USB device is.
#[derive(Debug)]
pub(super) struct Port {
    master: AsyncFd<OwnedFd>,
    /// Kept open, so that a client that closes the port does not end it.
    slave: OwnedFd,
    device: PathBuf,
    link: PathBuf,
    unsent: Vec<u8>,
    buffer: Vec<u8>,
}

impl Port {
    /// Opens a pty and puts a symbolic link to it at `link`.
    pub(super) fn open(link: PathBuf) -> io::Result<Self> {
        let master =
            rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let name = rustix::pty::ptsname(&master, Vec::new())?;
        let device = PathBuf::from(std::ffi::OsString::from_vec(name.into_bytes()));
        let slave = rustix::pty::ioctl_tiocgptpeer(
            &master,
            OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC,
        )?;
        rustix::io::ioctl_fionbio(&master, true)?;
        let master = super::watched(master, Interest::READABLE | Interest::WRITABLE)?;
        let port = Self {
            master,
            slave,
            device,
            link,
            unsent: Vec::new(),
            buffer: vec![0; READ],
        };
        port.make_raw()?;
        port.make_link()?;
        Ok(port)
    }

    /// The slave's device file.
    pub(super) fn device(&self) -> &Path {
        &self.device
    }

    fn make_raw(&self) -> io::Result<()> {
        let mut termios = rustix::termios::tcgetattr(&self.slave)?;
        termios.make_raw();
        rustix::termios::tcsetattr(&self.slave, OptionalActions::Now, &termios)?;
        Ok(())
    }

    /// Replaces a link that an earlier bank left; anything else at its place is an error.
    fn make_link(&self) -> io::Result<()> {
        if fs::symlink_metadata(&self.link).is_ok_and(|there| there.is_symlink()) {
            fs::remove_file(&self.link)?;
        }
        std::os::unix::fs::symlink(&self.device, &self.link)
    }

    /// The last client has closed the port: what it did to the line does not concern the next one.
    /// What it did not read is lost unless it is kept.
    pub(super) fn client_left(&mut self, keep_unread: bool) {
        // A port that a client claimed for itself would stay claimed, since the slave stays open here.
        let _ = rustix::termios::ioctl_tiocnxcl(&self.slave);
        let _ = self.make_raw();
        if keep_unread {
            return;
        }
        self.unsent.clear();
        let _ = rustix::termios::tcflush(&self.slave, QueueSelector::IFlush);
    }

    /// Waits for bytes of a client and reads them, or for room and writes what is left; `None` when it wrote.
    pub(super) async fn transfer(&mut self) -> io::Result<Option<usize>> {
        let Self {
            master,
            unsent,
            buffer,
            ..
        } = self;
        tokio::select! {
            read = read(master, buffer) => read.map(Some),
            written = write(master, unsent), if !unsent.is_empty() => {
                unsent.drain(..written?);
                Ok(None)
            }
        }
    }

    /// The first octets of what was read last.
    pub(super) fn read(&self, count: usize) -> &[u8] {
        &self.buffer[..count.min(self.buffer.len())]
    }

    /// Writes what the client has room for and keeps the rest.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        let room = UNREAD.saturating_sub(self.unsent.len());
        self.unsent
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.flush();
    }

    fn flush(&mut self) {
        while !self.unsent.is_empty() {
            match rustix::io::write(self.master.get_ref(), &self.unsent) {
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }
}

async fn read(master: &AsyncFd<OwnedFd>, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        let mut ready = master.readable().await?;
        match ready.try_io(|master| rustix::io::read(master, &mut *buffer).map_err(Into::into)) {
            Ok(result) => return result,
            Err(_would_block) => {}
        }
    }
}

async fn write(master: &AsyncFd<OwnedFd>, bytes: &[u8]) -> io::Result<usize> {
    loop {
        let mut ready = master.writable().await?;
        match ready.try_io(|master| rustix::io::write(master, bytes).map_err(Into::into)) {
            Ok(result) => return result,
            Err(_would_block) => {}
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        if fs::read_link(&self.link).is_ok_and(|target| target == self.device) {
            let _ = fs::remove_file(&self.link);
        }
    }
}
