//! What udev tells of USB devices that are no ports, and another program that takes ports for itself.

use serde_json::json;

use super::code::{Code, Severity};
use super::facts::Facts;
use super::item::Finding;
use crate::modems::{PortRow, PortState};
use crate::ports::Unclaimed;
use crate::settings::AttentionLimits;

/// A modem turns from a disk into a modem within seconds, where a program makes it.
const SWITCH_SECONDS: u32 = 30;

pub(super) fn of(facts: &Facts, _: &AttentionLimits) -> Vec<Finding> {
    let devices = facts.unclaimed.iter().filter_map(device);
    devices
        .chain(modem_manager(&facts.open_to_modem_manager))
        .collect()
}

fn device(unclaimed: &Unclaimed) -> Option<Finding> {
    let (code, name, usb, sentence) = match unclaimed {
        Unclaimed::Adapter { .. } => return None,
        Unclaimed::Disk { name, usb } => {
            let helps = "Install the package usb-modeswitch and plug it in again; where that does not help, it needs \
                another firmware";
            (
                Code::ModemAsDisk,
                name,
                usb,
                format!(
                    "The modem at the USB port {usb} ({name}) shows itself as a disk. {helps}."
                ),
            )
        }
        Unclaimed::Network { name, usb } => {
            let helps = "It needs another firmware, or take another modem";
            (
                Code::ModemWithoutPort,
                name,
                usb,
                format!(
                    "The modem at the USB port {usb} ({name}) is a network card only and takes no SMS. {helps}."
                ),
            )
        }
    };
    let found = Finding::new(code, sentence).about(usb, Some(name.clone()));
    Some(
        found
            .params(json!({"usb_path": usb}))
            .after_seconds(SWITCH_SECONDS),
    )
}

/// `open`: ports that are open to it; none where it does not run.
fn modem_manager(open: &[PortRow]) -> Option<Finding> {
    let names: Vec<_> = open.iter().map(|row| row.port.as_str()).collect();
    let first = names.first()?;
    let which = match names.len() {
        1 => (*first).to_owned(),
        n => format!("{n} ports, such as {first}"),
    };
    let taken = open.iter().any(|row| row.state == PortState::InUse);
    let sentence = format!(
        "ModemManager runs on this machine, and no rule keeps it off {which}. Stop it: systemctl disable --now ModemManager. \
         Or have udev set ID_MM_DEVICE_IGNORE for the device."
    );
    let found = Finding::new(Code::ModemManager, sentence)
        .params(json!({"ports": names.len(), "port": first}));
    Some(if taken {
        found.severity(Severity::Warning)
    } else {
        found
    })
}

#[cfg(test)]
mod tests {
    use model::Time;

    use super::*;

    fn row(state: PortState) -> PortRow {
        PortRow {
            port: "/dev/ttyUSB0".to_owned(),
            usb_path: None,
            state,
            imei: None,
            detail: None,
            since: Time::ZERO,
        }
    }

    #[test]
    fn a_disk_and_a_network_card_are_told_of_and_an_adapter_is_not() {
        let (name, usb) = (|| "Stick 190".to_owned(), || "1-1.4".to_owned());
        let facts = Facts {
            unclaimed: vec![
                Unclaimed::Disk {
                    name: name(),
                    usb: usb(),
                },
                Unclaimed::Network {
                    name: name(),
                    usb: usb(),
                },
                Unclaimed::Adapter {
                    maker: name(),
                    link: usb().into(),
                },
            ],
            ..Facts::default()
        };
        let found = of(&facts, &AttentionLimits::default());
        let codes: Vec<_> = found.iter().map(|found| found.item.code).collect();
        assert_eq!(codes, [Code::ModemAsDisk, Code::ModemWithoutPort]);
        for found in found {
            let sentence = &found.item.sentence;
            assert!(
                sentence.contains("1-1.4") && sentence.contains("Stick 190"),
                "{sentence}"
            );
        }
    }

    #[test]
    fn modem_manager_is_told_of_where_it_may_take_a_port() {
        let found = |rows: &[PortRow]| modem_manager(rows).map(|found| found.item.severity);
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[row(PortState::Modem)]), Some(Severity::Notice));
        let taken = [row(PortState::Modem), row(PortState::InUse)];
        assert_eq!(found(&taken), Some(Severity::Warning));
    }
}
