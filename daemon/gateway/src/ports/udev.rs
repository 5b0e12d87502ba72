//! What udev knows of USB devices by the rules of this program (`udev/70-simgate.rules`).
//!
//! Read from its database, files whose form `sd-device` and libudev share: `S:` a link below /dev, `E:` a property.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Where udev keeps what it knows.
const DATABASE: &str = "/run/udev";
/// On all that the rules found.
const TAG: &str = "simgate";
/// Says of a port that `ModemManager` does not touch it.
const IGNORED: &str = "ID_MM_DEVICE_IGNORE";

/// What udev knows.
#[derive(Clone, Debug)]
pub struct Udev(PathBuf);

/// A device that the rules know, and behind which no modem is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unclaimed {
    /// A serial adapter: anything may hang on it.
    Adapter { maker: String, link: PathBuf },
    /// A modem that shows itself as a disk.
    Disk { name: String, usb: String },
    /// One whose firmware has no AT port.
    Network { name: String, usb: String },
}

/// What it keeps of one device.
#[derive(Default)]
struct Entry {
    link: Option<PathBuf>,
    properties: HashMap<String, String>,
}

impl Default for Udev {
    fn default() -> Self {
        Self(PathBuf::from(DATABASE))
    }
}

impl Udev {
    /// All that there are now; none where udev does not run.
    pub fn unclaimed(&self) -> Vec<Unclaimed> {
        let tagged = fs::read_dir(self.0.join("tags").join(TAG));
        let tagged = tagged.into_iter().flatten().filter_map(Result::ok);
        tagged
            .filter_map(|tag| self.entry(tag.file_name().to_str()?)?.unclaimed())
            .collect()
    }

    /// Whether `ModemManager` leaves this port alone.
    pub fn keeps_modem_manager_off(&self, port: &Path) -> bool {
        let device = port.metadata().map(|port| port.rdev());
        let entry = device.ok().and_then(|device| {
            let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
            self.entry(&format!("c{major}:{minor}"))
        });
        entry.is_some_and(|entry| entry.properties.get(IGNORED).is_some_and(|is| is == "1"))
    }

    fn entry(&self, id: &str) -> Option<Entry> {
        let text = fs::read_to_string(self.0.join("data").join(id)).ok()?;
        let mut entry = Entry::default();
        for line in text.lines() {
            match line.split_once(':') {
                Some(("S", link)) if link.starts_with("simgate/") => {
                    entry.link = Some(Path::new("/dev").join(link));
                }
                Some(("E", property)) => {
                    let (name, value) = property.split_once('=')?;
                    entry.properties.insert(name.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        Some(entry)
    }
}

impl Entry {
    fn unclaimed(mut self) -> Option<Unclaimed> {
        let mut take = |name| self.properties.remove(name);
        if let (Some(maker), Some(link)) = (take("SIMGATE_ADAPTER"), self.link) {
            return Some(Unclaimed::Adapter { maker, link });
        }
        let usb = take("SIMGATE_USB")?;
        match (take("SIMGATE_STORAGE"), take("SIMGATE_NETWORK")) {
            (Some(name), _) => Some(Unclaimed::Disk { name, usb }),
            (None, Some(name)) => Some(Unclaimed::Network { name, usb }),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A database with these devices.
    pub(crate) fn database(root: &Path, devices: &[(&str, &str)]) -> Udev {
        for (id, text) in devices {
            for folder in ["tags/simgate", "data"] {
                fs::create_dir_all(root.join(folder)).unwrap();
            }
            fs::write(root.join("tags/simgate").join(id), "").unwrap();
            fs::write(root.join("data").join(id), text).unwrap();
        }
        Udev(root.to_owned())
    }

    #[test]
    fn what_the_rules_found_is_read() {
        let root = tempfile::tempdir().unwrap();
        let port = "S:simgate/1-1/at\nI:8146\nE:SIMGATE_MODEM=Maker\nE:SIMGATE_PORT=at\nG:simgate\nQ:simgate\nV:1\n";
        let adapter = "S:serial/by-id/usb-Chip-if00\nS:simgate/1-2/serial-00\nE:SIMGATE_ADAPTER=Chip\nG:simgate\n";
        let disk = "E:SIMGATE_STORAGE=Stick 190\nE:SIMGATE_USB=1-3\n";
        let network = "E:SIMGATE_NETWORK=Web stick\nE:SIMGATE_USB=1-4\n";
        let devices = [
            ("c188:0", port),
            ("c188:1", adapter),
            ("c189:3", disk),
            ("c189:4", network),
        ];
        let mut found = database(root.path(), &devices).unclaimed();
        found.sort_by_key(|found| format!("{found:?}"));
        let expected = [
            Unclaimed::Adapter {
                maker: "Chip".to_owned(),
                link: "/dev/simgate/1-2/serial-00".into(),
            },
            Unclaimed::Disk {
                name: "Stick 190".to_owned(),
                usb: "1-3".to_owned(),
            },
            Unclaimed::Network {
                name: "Web stick".to_owned(),
                usb: "1-4".to_owned(),
            },
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn without_udev_nothing_is_known() {
        let root = tempfile::tempdir().unwrap();
        let udev = database(root.path(), &[]);
        assert_eq!(udev.unclaimed(), []);
        assert!(!udev.keeps_modem_manager_off(Path::new("/dev/null")));
    }

    #[test]
    fn a_port_that_modem_manager_leaves_alone_is_known_by_its_number() {
        let root = tempfile::tempdir().unwrap();
        let port = root.path().join("modem0");
        std::os::unix::fs::symlink("/dev/null", &port).unwrap();
        let udev = database(root.path(), &[("c1:3", "E:ID_MM_DEVICE_IGNORE=1\n")]);
        assert!(udev.keeps_modem_manager_off(&port));
        assert!(!udev.keeps_modem_manager_off(Path::new("/dev/zero")));
    }
}
