//! Opening a port for this process alone.

use std::path::Path;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_serial::{ClearBuffer, ErrorKind, SerialPort as _, SerialPortBuilderExt, SerialStream};

use crate::threads::Threads;

/// Why a port is not open.
#[derive(Debug, PartialEq, Eq)]
pub enum OpenError {
    /// It is not there, or not any more.
    Gone,
    /// Another program has it.
    InUse,
    /// The daemon may not open it, or it is no serial port: nothing that a modem could help.
    Unusable(String),
    /// The device does not do what is asked.
    Failed(String),
}

/// How long a port may take to close: with bytes that the modem does not take, the kernel waits
/// for up to 30 s.
const CLOSING: Duration = Duration::from_secs(35);

/// A device that hangs holds up whoever opens or closes it for seconds: as many ports may hang as
/// a box can have.
static THREADS: Threads = Threads::new("port", 256);

/// Opens a port with `TIOCEXCL` and `flock`, so that a second program is refused by the one or
/// the other: root gets past the first, and not everybody asks for the second (field notes A 18).
pub async fn open(path: &Path, baud: u32) -> Result<SerialStream, OpenError> {
    let path = path.to_owned();
    let runtime = Handle::current();
    let opened = THREADS.run(move || {
        let _inside = runtime.enter();
        tokio_serial::new(path.to_string_lossy(), baud)
            .exclusive(true)
            .open_native_async()
            .map_err(|error| open_error(&error, path.exists()))
    });
    opened
        .await
        .unwrap_or_else(|error| Err(OpenError::Failed(error.to_string())))
}

/// Closes it: what the modem has not taken is thrown away.
pub async fn close(stream: SerialStream) {
    let closed = THREADS.run(move || {
        let _ = stream.clear(ClearBuffer::Output);
        drop(stream);
    });
    if tokio::time::timeout(CLOSING, closed).await.is_err() {
        tracing::warn!("a port does not close");
    }
}

fn open_error(error: &tokio_serial::Error, exists: bool) -> OpenError {
    use std::io::ErrorKind as Io;
    match error.kind() {
        _ if !exists => OpenError::Gone,
        // What the crate makes of EBUSY and of a lock that another holds.
        ErrorKind::NoDevice => OpenError::InUse,
        ErrorKind::Io(Io::NotFound) => OpenError::Gone,
        ErrorKind::Io(Io::PermissionDenied) => OpenError::Unusable(format!(
            "{error}; the daemon's user must be in the group that owns it (dialout)"
        )),
        // ENODEV and ENXIO: the device is gone, its node not yet (field notes A 16). The crate
        // leaves nothing of them but their text.
        _ if error.to_string().starts_with("No such device") => OpenError::Gone,
        _ if error.to_string() == "Not a typewriter" => {
            OpenError::Unusable("not a serial port".to_owned())
        }
        _ => OpenError::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rustix::fs::{FlockOperation, Mode, OFlags};
    use rustix::pty::OpenptFlags;

    use super::*;

    const BAUD: u32 = 115_200;

    /// A pty; the port is its slave.
    fn pty() -> (rustix::fd::OwnedFd, PathBuf) {
        let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        rustix::pty::grantpt(&master).unwrap();
        rustix::pty::unlockpt(&master).unwrap();
        let name = rustix::pty::ptsname(&master, Vec::new()).unwrap();
        let path = PathBuf::from(name.into_string().unwrap());
        (master, path)
    }

    fn open_plainly(path: &Path) -> rustix::io::Result<rustix::fd::OwnedFd> {
        rustix::fs::open(path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())
    }

    #[tokio::test]
    async fn a_second_opener_is_refused() {
        let (_master, path) = pty();
        let first = open(&path, BAUD).await.unwrap();
        assert_eq!(open(&path, BAUD).await.unwrap_err(), OpenError::InUse);
        // Root may open it all the same; then the lock is what tells.
        match open_plainly(&path) {
            Err(error) => assert_eq!(error, rustix::io::Errno::BUSY),
            Ok(second) => {
                let lock = rustix::fs::flock(&second, FlockOperation::NonBlockingLockExclusive);
                assert_eq!(lock, Err(rustix::io::Errno::WOULDBLOCK));
            }
        }
        close(first).await;
        assert!(open(&path, BAUD).await.is_ok(), "free again");
    }

    #[tokio::test]
    async fn one_that_another_program_has_locked_is_in_use() {
        let (_master, path) = pty();
        let other = open_plainly(&path).unwrap();
        rustix::fs::flock(&other, FlockOperation::LockExclusive).unwrap();
        assert_eq!(open(&path, BAUD).await.unwrap_err(), OpenError::InUse);
    }

    #[tokio::test]
    async fn what_is_no_port_is_told_from_what_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("modem0");
        assert_eq!(open(&file, BAUD).await.unwrap_err(), OpenError::Gone);
        std::fs::write(&file, "").unwrap();
        let error = open(&file, BAUD).await.unwrap_err();
        assert!(matches!(error, OpenError::Unusable(_)), "{error:?}");
    }

    #[test]
    fn errors_of_a_device_that_is_leaving() {
        let error = |kind, text: &str| tokio_serial::Error::new(kind, text);
        let unknown = |text| open_error(&error(ErrorKind::Unknown, text), true);
        assert_eq!(unknown("No such device or address"), OpenError::Gone);
        assert_eq!(unknown("No such device"), OpenError::Gone);
        assert!(matches!(unknown("I/O error"), OpenError::Failed(_)));
        let denied = std::io::ErrorKind::PermissionDenied;
        let denied = open_error(&error(ErrorKind::Io(denied), "Permission denied"), true);
        assert!(matches!(denied, OpenError::Unusable(text) if text.contains("dialout")));
    }
}
