//! Messages from mobiles.

use proptest::prelude::*;
use tpdu::Alphabet;

use super::*;
use crate::content::Concat;

fn mo_of(data_coding: u8, short_message: &[u8], default_alphabet: TextCoding) -> Mo {
    let style = Style {
        default_alphabet,
        ..Style::default()
    };
    let incoming = Incoming {
        data_coding,
        short_message,
        ..Incoming::default()
    };
    read_mo(&incoming, &style)
}

#[test]
fn texts() {
    use TextCoding::{Gsm7, Latin1};
    let rows: &[(u8, &[u8], TextCoding, &str, Alphabet)] = &[
        (0, &[0x00, 0x1B, 0x65], Gsm7, "@€", Alphabet::Gsm7),
        (0, &[0x40, 0xE9], Latin1, "@é", Alphabet::Gsm7),
        (0, &[0xE7], Latin1, "ç", Alphabet::Ucs2),
        // Above 0x7F: UTF-8, or else Latin-1.
        (0, "é@".as_bytes(), Gsm7, "é@", Alphabet::Gsm7),
        (0, &[0xE9, 0x40], Gsm7, "é@", Alphabet::Gsm7),
        (1, b"a_@", Gsm7, "a_@", Alphabet::Gsm7),
        (3, &[0x40, 0xE9], Gsm7, "@é", Alphabet::Gsm7),
        (6, &[0xBF, 0xEF, 0xF0], Gsm7, "Пя№", Alphabet::Ucs2),
        (
            8,
            &[0x04, 0x1F, 0xD8, 0x3D, 0xDE, 0x00],
            Gsm7,
            "П😀",
            Alphabet::Ucs2,
        ),
        // Half a pair, and half a unit.
        (
            8,
            &[0xD8, 0x3D, 0x00, 0x61, 0x00],
            Gsm7,
            "\u{FFFD}a\u{FFFD}",
            Alphabet::Ucs2,
        ),
        (0x10, &[0x00], Gsm7, "@", Alphabet::Gsm7),
        (0x10, &[0x40], Latin1, "@", Alphabet::Gsm7),
        (0x18, &[0x04, 0x1F], Gsm7, "П", Alphabet::Ucs2),
        (0xC8, &[0x11], Gsm7, "_", Alphabet::Gsm7),
        (0xE0, &[0x04, 0x1F], Gsm7, "П", Alphabet::Ucs2),
        (0xF0, &[0x00], Gsm7, "@", Alphabet::Gsm7),
        (0xF2, &[0x00], Gsm7, "@", Alphabet::Gsm7),
        (0, &[], Gsm7, "", Alphabet::Gsm7),
        // Byte order marks, and NULs that do not belong to the text.
        (8, b"\xFE\xFF\0a\x1E\xC7", Gsm7, "aệ", Alphabet::Ucs2),
        (8, b"\xFF\xFEa\0\xC7\x1E", Gsm7, "aệ", Alphabet::Ucs2),
        (8, b"\xFF\xFE", Gsm7, "", Alphabet::Ucs2),
        (8, b"\x1E\xC7\0\0", Gsm7, "ệ", Alphabet::Ucs2),
        (8, b"\x1E\0", Gsm7, "\u{1E00}", Alphabet::Ucs2),
        (3, b"a\0\0", Gsm7, "a", Alphabet::Gsm7),
        (0, b"a\0", Latin1, "a", Alphabet::Gsm7),
        (0, b"a\0", Gsm7, "a@", Alphabet::Gsm7),
    ];
    for (data_coding, octets, default, text, coding) in rows {
        let mo = mo_of(*data_coding, octets, *default);
        assert_eq!(mo.text.as_deref(), Some(*text), "{data_coding:#X}");
        assert_eq!((mo.coding, mo.data), (*coding, None), "{data_coding:#X}");
    }
}

#[test]
fn data() {
    for data_coding in [2, 4, 5, 7, 9, 0x0A, 0x0D, 0x0E, 0x14, 0x20, 0xF4, 0xF7] {
        let mo = mo_of(data_coding, &[0xFF, 0x00], TextCoding::Gsm7);
        assert_eq!(mo.data, Some(vec![0xFF, 0x00]), "{data_coding:#X}");
        assert_eq!((mo.coding, mo.text), (Alphabet::Octets, None));
    }
}

#[test]
fn the_style_stands_above_the_standard() {
    let style = Style {
        gsm7_data_coding: 1,
        ucs2_data_coding: 0x19,
        ..Style::default()
    };
    for (data_coding, text) in [(1, "@_"), (0x19, "\u{11}")] {
        let incoming = Incoming {
            data_coding,
            short_message: &[0x00, 0x11],
            ..Incoming::default()
        };
        assert_eq!(read_mo(&incoming, &style).text.as_deref(), Some(text));
    }
}

#[test]
fn places_and_ports() {
    let place = |reference, total, sequence| Concat {
        reference,
        total,
        sequence,
    };
    let sar = place(0xABCD, 3, 2);
    let plain = Incoming {
        short_message: b"a",
        sar: Some(sar),
        destination_port: Some(7),
        ..Incoming::default()
    };
    let style = Style::default();
    let mo = read_mo(&plain, &style);
    assert_eq!((mo.concat, mo.port), (Some(sar), Some(7)));

    // The header counts where there is one, with 8 bits, with 16, and with ports.
    let with_header = |short_message| Incoming {
        esm_class: 0x40,
        short_message,
        ..plain
    };
    let mo = read_mo(&with_header(&[5, 0, 3, 0x11, 2, 1, 0x61]), &style);
    let eight = place(0x11, 2, 1);
    assert_eq!((mo.concat, mo.text.as_deref()), (Some(eight), Some("a")));
    let wide = [
        12, 8, 4, 0x12, 0x34, 2, 2, 5, 4, 0x0B, 0x84, 0x23, 0xF0, 0x61,
    ];
    let mo = read_mo(&with_header(&wide), &style);
    let sixteen = place(0x1234, 2, 2);
    assert_eq!((mo.concat, mo.port), (Some(sixteen), Some(2948)));
    assert_eq!((mo.text.as_deref(), mo.octets), (Some("a"), vec![0x61]));

    let nonsense = Incoming {
        sar: Some(place(0xABCD, 3, 4)),
        ..plain
    };
    assert_eq!(read_mo(&nonsense, &style).concat, None);
}

#[test]
fn a_header_may_name_a_national_table() {
    // Element 0x24, the Turkish single shift table: 1B 47 is a capital G with a breve.
    let incoming = Incoming {
        esm_class: 0x40,
        short_message: &[3, 0x24, 1, 1, 0x1B, 0x47],
        ..Incoming::default()
    };
    let mo = read_mo(&incoming, &Style::default());
    assert_eq!(mo.text.as_deref(), Some("Ğ"));
}

#[test]
fn a_header_that_is_none_loses_nothing() {
    let incoming = Incoming {
        esm_class: 0x40,
        short_message: b"Hello",
        ..Incoming::default()
    };
    let mo = read_mo(&incoming, &Style::default());
    assert_eq!(mo.text.as_deref(), Some("Hello"));
}

#[test]
fn the_message_may_be_in_the_payload() {
    let incoming = Incoming {
        message_payload: Some(b"payload"),
        ..Incoming::default()
    };
    let style = Style::default();
    assert_eq!(read_mo(&incoming, &style).text.as_deref(), Some("payload"));
    let both = Incoming {
        short_message: b"short",
        ..incoming
    };
    assert_eq!(read_mo(&both, &style).text.as_deref(), Some("short"));
}

proptest! {
    #[test]
    fn any_octets_are_a_message(
        octets in proptest::collection::vec(any::<u8>(), 0..300), data_coding: u8, esm_class: u8,
    ) {
        for style in styles() {
            let incoming = Incoming { esm_class, data_coding, short_message: &octets, ..Incoming::default() };
            let mo = read_mo(&incoming, &style);
            prop_assert!(mo.text.is_some() != mo.data.is_some());
            prop_assert_eq!(mo.data.is_some(), mo.coding == Alphabet::Octets);
        }
    }
}
