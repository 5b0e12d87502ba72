//! Where a serial port sits on the USB, by sysfs.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where sysfs is.
pub const SYSFS: &str = "/sys";

/// A device by the chain of ports that it hangs on, and the interface of it that a port is.
///
/// Unlike the number of a tty it stays the same as long as nobody plugs the cable elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UsbPath {
    /// `1-1.4`: bus 1, port 1 of the root hub, port 4 of the hub there.
    pub device: String,
    /// `1.2` of `1-1.4:1.2`: configuration and interface.
    pub interface: Option<String>,
}

impl UsbPath {
    /// Finds it for a port, or for a link to one; none when it is not a USB device.
    pub fn of(sysfs: &Path, port: &Path) -> Option<Self> {
        let tty = port.canonicalize().ok()?;
        let class = sysfs.join("class/tty").join(tty.file_name()?);
        let place = class.join("device").canonicalize().ok()?;
        let interface = place
            .ancestors()
            .filter_map(|dir| dir.file_name()?.to_str())
            .find_map(|name| name.split_once(':').filter(|(device, _)| is_device(device)));
        let device = place
            .ancestors()
            .filter_map(|dir| dir.file_name()?.to_str())
            .find(|name| is_device(name))?;
        Some(Self {
            device: device.to_owned(),
            interface: interface.map(|(_, interface)| interface.to_owned()),
        })
    }

    /// The hub that the device hangs on, as `uhubctl -l` names it, and the hub's port.
    pub fn hub_port(&self) -> Option<(&str, &str)> {
        self.device
            .rsplit_once('.')
            .or_else(|| self.device.split_once('-'))
    }

    /// The file that switches that port off and on (`Documentation/ABI/testing/sysfs-bus-usb`).
    pub fn disable(&self, sysfs: &Path) -> Option<PathBuf> {
        let (hub, port) = self.hub_port()?;
        let (interface, port) = if hub.contains('-') {
            (format!("{hub}:1.0"), format!("{hub}-port{port}"))
        } else {
            (format!("{hub}-0:1.0"), format!("usb{hub}-port{port}"))
        };
        let hub = sysfs.join("bus/usb/devices").join(interface);
        Some(hub.join(port).join("disable"))
    }
}

impl fmt::Display for UsbPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.device)?;
        match &self.interface {
            Some(interface) => write!(f, ":{interface}"),
            None => Ok(()),
        }
    }
}

/// `1-1.4`: a bus, and a chain of ports.
fn is_device(name: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.split_once('-')
        .is_some_and(|(bus, ports)| number(bus) && ports.split('.').all(number))
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A sysfs with one modem at `device`, whose interface 1.2 is ttyUSB2; returns the port.
    pub(crate) fn sysfs(root: &Path, device: &str) -> PathBuf {
        let usb = root.join("devices/pci0000:00/0000:00:14.0/usb1/1-1");
        let interface = usb.join(device).join(format!("{device}:1.2"));
        let tty = interface.join("ttyUSB2/tty/ttyUSB2");
        std::fs::create_dir_all(&tty).unwrap();
        symlink(interface.join("ttyUSB2"), tty.join("device")).unwrap();
        std::fs::create_dir_all(root.join("class/tty")).unwrap();
        symlink(&tty, root.join("class/tty/ttyUSB2")).unwrap();
        std::fs::write(root.join("ttyUSB2"), "").unwrap();
        let link = root.join("modem0");
        symlink(root.join("ttyUSB2"), &link).unwrap();
        link
    }

    fn path(device: &str) -> UsbPath {
        UsbPath {
            device: device.to_owned(),
            interface: None,
        }
    }

    #[test]
    fn a_port_is_found_through_its_link() {
        let dir = tempfile::tempdir().unwrap();
        let port = sysfs(dir.path(), "1-1.4");
        let found = UsbPath::of(dir.path(), &port).unwrap();
        assert_eq!(found.device, "1-1.4");
        assert_eq!(found.to_string(), "1-1.4:1.2");
    }

    #[test]
    fn what_is_not_on_the_usb_has_no_path() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ttyS0"), "").unwrap();
        assert_eq!(UsbPath::of(dir.path(), &dir.path().join("ttyS0")), None);
        assert_eq!(UsbPath::of(dir.path(), Path::new("/nowhere")), None);
        let serial = dir.path().join("devices/pnp0/00:05/tty/ttyS0");
        std::fs::create_dir_all(&serial).unwrap();
        symlink(dir.path().join("devices/pnp0/00:05"), serial.join("device")).unwrap();
        std::fs::create_dir_all(dir.path().join("class/tty")).unwrap();
        symlink(&serial, dir.path().join("class/tty/ttyS0")).unwrap();
        assert_eq!(UsbPath::of(dir.path(), &dir.path().join("ttyS0")), None);
    }

    #[test]
    fn the_switch_is_at_the_hub() {
        let sysfs = Path::new("/sys");
        let file = |device| path(device).disable(sysfs).unwrap().display().to_string();
        let devices = "/sys/bus/usb/devices";
        assert_eq!(
            file("1-1.4"),
            format!("{devices}/1-1:1.0/1-1-port4/disable")
        );
        assert_eq!(
            file("1-1.4.10"),
            format!("{devices}/1-1.4:1.0/1-1.4-port10/disable")
        );
        assert_eq!(file("2-3"), format!("{devices}/2-0:1.0/usb2-port3/disable"));
        assert_eq!(path("1-1.4").hub_port(), Some(("1-1", "4")));
        assert_eq!(path("2-3").hub_port(), Some(("2", "3")));
    }

    #[test]
    fn names_of_devices() {
        for device in ["1-1", "12-3.4.5"] {
            assert!(is_device(device), "{device}");
        }
        for other in [
            "usb1",
            "1-1:1.0",
            "1-",
            "-1",
            "1-1.",
            "0000:00:14.0",
            "tty-a",
        ] {
            assert!(!is_device(other), "{other}");
        }
    }
}
