//! The hub port that a modem hangs on: sysfs can switch it off where the hub can (Linux 6.0).

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::Access;

use super::{PowerError, Target};
use crate::ports::{SYSFS, UsbPath};
use crate::threads::Threads;

/// Hub ports that are off at a time; a switch that is asked for beyond them waits.
static THREADS: Threads = Threads::new("hub", 64);

/// Switches hub ports.
#[derive(Clone, Debug)]
pub struct UsbPort {
    sysfs: PathBuf,
    off: Duration,
}

impl UsbPort {
    pub(super) fn new(off: Duration) -> Self {
        Self {
            sysfs: PathBuf::from(SYSFS),
            off,
        }
    }

    /// Whether the hub has a switch there that we may use; root may use all. Many hubs have none.
    pub(super) fn can_switch(&self, usb: &UsbPath) -> bool {
        let file = usb.disable(&self.sysfs);
        file.is_some_and(|file| rustix::fs::access(file, Access::WRITE_OK).is_ok())
    }

    pub(super) async fn cycle(&self, target: &Target) -> Result<(), PowerError> {
        let usb = target.usb.as_ref().ok_or(PowerError::NotUsb)?;
        let file = usb.disable(&self.sysfs).ok_or(PowerError::NotUsb)?;
        let off = self.off;
        // On a thread that ends by itself: a task that is dropped while the port is off, at a
        // stop, would leave the modem dark.
        let done = THREADS.run(move || switch(&file, off)).await;
        done.unwrap_or_else(|error| Err(PowerError::Failed(error.to_string())))
    }
}

fn switch(file: &Path, off: Duration) -> Result<(), PowerError> {
    let write = |value: &str| {
        // Without creating: a file that is not there is a hub that cannot do it.
        let opened = std::fs::OpenOptions::new().write(true).open(file);
        opened.and_then(|mut file| io::Write::write_all(&mut file, value.as_bytes()))
    };
    let failed = |error: io::Error| {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => ": the kernel or the hub cannot switch this port",
            io::ErrorKind::PermissionDenied => ": the daemon's user may not write it",
            _ => "",
        };
        PowerError::Failed(format!("{}: {error}{hint}", file.display()))
    };
    write("1").map_err(failed)?;
    std::thread::sleep(off);
    write("0").map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(usb: Option<&str>) -> Target {
        Target {
            imei: "356938035643809".parse().unwrap(),
            port: "/dev/ttyUSB2".to_owned(),
            usb: usb.map(|device| UsbPath {
                device: device.to_owned(),
                interface: None,
            }),
        }
    }

    fn hub(root: &Path) -> UsbPort {
        UsbPort {
            sysfs: root.to_owned(),
            off: Duration::ZERO,
        }
    }

    #[tokio::test]
    async fn the_port_is_on_again_afterwards() {
        let root = tempfile::tempdir().unwrap();
        let port = root.path().join("bus/usb/devices/1-1:1.0/1-1-port4");
        std::fs::create_dir_all(&port).unwrap();
        // Written to and never truncated, the file shows what sysfs was told last.
        std::fs::write(port.join("disable"), "-").unwrap();
        let (hub, target) = (hub(root.path()), target(Some("1-1.4")));
        assert!(hub.can_switch(target.usb.as_ref().unwrap()));
        hub.cycle(&target).await.unwrap();
        assert_eq!(std::fs::read_to_string(port.join("disable")).unwrap(), "0");
    }

    #[tokio::test]
    async fn a_hub_that_cannot_is_told_of() {
        let root = tempfile::tempdir().unwrap();
        let hub = hub(root.path());
        assert!(!hub.can_switch(target(Some("1-1.4")).usb.as_ref().unwrap()));
        let error = hub.cycle(&target(Some("1-1.4"))).await.unwrap_err();
        assert!(error.to_string().contains("cannot switch"), "{error}");
        assert!(!root.path().join("bus").exists(), "nothing is made up");
        assert_eq!(hub.cycle(&target(None)).await, Err(PowerError::NotUsb));
    }
}
