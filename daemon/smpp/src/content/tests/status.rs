//! The table of refusals.

use crate::content::{Class, classify, command_status};

#[test]
fn every_value_is_found() {
    let found: Vec<_> = (0..0x200).filter_map(command_status).collect();
    assert_eq!(found.len(), 54);
    assert!(found.iter().all(|row| row.name.starts_with("ESME_R")));
    assert!(found.iter().all(|row| !row.meaning.is_empty()));
    assert_eq!(
        command_status(0x58).map(|row| row.name),
        Some("ESME_RTHROTTLED")
    );
}

#[test]
fn classes() {
    for (value, class) in [
        (0x00, Class::Unknown),
        (0x01, Class::Message),
        (0x08, Class::Temporary),
        (0x0A, Class::Message),
        (0x0B, Class::Recipient),
        (0x0F, Class::Uplink),
        (0x14, Class::Temporary),
        (0x45, Class::Temporary),
        (0x58, Class::Throttled),
        (0xC2, Class::Message),
        (0xFF, Class::Unknown),
        (0x103, Class::Uplink),
        (0x400, Class::Unknown),
        (u32::MAX, Class::Unknown),
    ] {
        assert_eq!(classify(value), class, "{value:#X}");
    }
}
