//! Serial adapters that the configuration does not name. What hangs on one nobody knows, so none is opened unasked.

use std::path::Path;

use model::Time;

use super::roster::{PortRow, PortState};
use crate::ports::{SYSFS, Unclaimed, UsbPath};

/// A row for each adapter that is none of the ports in use.
pub fn offered(unclaimed: &[Unclaimed], used: &[PortRow]) -> Vec<PortRow> {
    let device = |port: &Path| port.canonicalize().ok();
    let used: Vec<_> = used
        .iter()
        .filter_map(|row| device(Path::new(&row.port)))
        .collect();
    let adapters = unclaimed.iter().filter_map(|found| match found {
        Unclaimed::Adapter { maker, link } => Some((maker, link)),
        _ => None,
    });
    adapters
        .filter(|(_, link)| device(link).is_some_and(|device| !used.contains(&device)))
        .map(|(maker, link)| row(maker, link))
        .collect()
}

fn row(maker: &str, link: &Path) -> PortRow {
    let (port, usb) = (link.display(), UsbPath::of(Path::new(SYSFS), link));
    let came = link.symlink_metadata().and_then(|link| link.modified());
    let came = came
        .ok()
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let came = came.and_then(|since| i64::try_from(since.as_millis()).ok());
    PortRow {
        port: port.to_string(),
        usb_path: usb.as_ref().map(ToString::to_string),
        state: PortState::Offered,
        imei: None,
        detail: Some(format!(
            "a serial adapter ({maker}); if a modem hangs on it, name it in simgate.toml: [modems] ports = [\"auto\", \"{port}\"]"
        )),
        since: came.map_or(Time::ZERO, Time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_is_offered_until_it_is_used_by_whatever_name() {
        let dir = tempfile::tempdir().unwrap();
        let (tty, link) = (dir.path().join("ttyUSB0"), dir.path().join("serial-00"));
        std::fs::write(&tty, "").unwrap();
        std::os::unix::fs::symlink(&tty, &link).unwrap();
        let gone = dir.path().join("serial-01");
        let adapter = |link: &Path| Unclaimed::Adapter {
            maker: "Chip".to_owned(),
            link: link.to_owned(),
        };
        let disk = Unclaimed::Disk {
            name: "Stick 190".to_owned(),
            usb: "1-3".to_owned(),
        };
        let unclaimed = [adapter(&link), adapter(&gone), disk];
        let rows = offered(&unclaimed, &[]);
        let [only] = &rows[..] else {
            panic!("{rows:?}");
        };
        assert_eq!(only.port, link.display().to_string());
        assert!(only.since > Time::ZERO && only.detail.as_ref().unwrap().contains(&only.port));
        let used = PortRow {
            port: tty.display().to_string(),
            ..only.clone()
        };
        assert!(offered(&unclaimed, &[used]).is_empty());
    }
}
