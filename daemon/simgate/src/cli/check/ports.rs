//! The serial ports that the configuration names.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{Config, Outcome};
use gateway::ports::{Udev, holder, modem_manager_runs};

pub(super) fn check(config: &Config, outcomes: &mut Vec<Outcome>) {
    let mut all = Vec::new();
    for pattern in config.modems.ports.globs() {
        let found: Vec<PathBuf> = match glob::glob(pattern) {
            Ok(paths) => paths.filter_map(Result::ok).collect(),
            Err(error) => {
                outcomes.push(Outcome::fail("port", format!("{pattern}: {error}")));
                continue;
            }
        };
        if found.is_empty() {
            outcomes.push(Outcome::warn(
                "port",
                format!("{pattern} matches nothing at the moment"),
            ));
        }
        outcomes.extend(found.iter().map(|path| port(path)));
        all.extend(found);
    }
    if modem_manager_runs() {
        outcomes.push(beside_modem_manager(&all));
    }
}

fn beside_modem_manager(ports: &[PathBuf]) -> Outcome {
    let udev = Udev::default();
    let open = ports
        .iter()
        .find(|port| !udev.keeps_modem_manager_off(port));
    let told = |rest| format!("ModemManager runs on this machine{rest}");
    match open {
        None => Outcome::ok("ports", told("; udev keeps it off the modems".to_owned())),
        Some(port) => Outcome::warn(
            "ports",
            told(format!(
                ", and udev does not keep it off {}: systemctl disable --now ModemManager",
                port.display()
            )),
        ),
    }
}

fn port(path: &Path) -> Outcome {
    let name = path.display();
    // First: opening a port moves its control lines. And root gets past another's exclusive lock,
    // which some programs do not even take.
    if let Some(holder) = holder(path) {
        return Outcome::warn("port", format!("{name} is in use by {holder}"));
    }
    match open(path) {
        Ok(()) => Outcome::ok("port", format!("{name} can be opened")),
        Err(error) if error.raw_os_error() == Some(Errno::BUSY.raw_os_error()) => Outcome::warn(
            "port",
            format!("{name} is in use by another user's program"),
        ),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Outcome::fail(
            "port",
            format!(
                "{name}: {error}; the daemon's user must be in the group that owns it (dialout)"
            ),
        ),
        Err(error) => Outcome::fail("port", format!("{name}: {error}")),
    }
}

/// Opens and closes it: without waiting for a carrier, and not as our terminal.
fn open(path: &Path) -> io::Result<()> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let port = rustix::fs::open(path, flags, Mode::empty())?;
    if rustix::termios::isatty(&port) {
        Ok(())
    } else {
        Err(io::Error::other("not a serial port"))
    }
}
