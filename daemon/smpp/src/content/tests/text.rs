//! Texts and data to pieces, and back.

use proptest::prelude::*;
use tpdu::{DataOptions, Encoding, Ports, TextOptions};

use super::*;
use crate::content::Concat;

fn text(text: &str, style: &Style, flash: bool) -> Vec<Piece> {
    let wanted = Wanted::Gsm7;
    pieces(&Body::Text { text, wanted }, style, 0x0102, flash).unwrap()
}

/// The first piece: its coding and its octets.
fn first(pieces: &[Piece]) -> (u8, &[u8]) {
    (pieces[0].data_coding, &pieces[0].short_message)
}

fn with(long: Long, text: TextCoding) -> Style {
    Style {
        text,
        long,
        ..Style::default()
    }
}

#[test]
fn gsm7_goes_unpacked_with_its_escapes() {
    let piece = &text("@a€_é", &Style::default(), false)[0];
    assert_eq!(piece.short_message, [0x00, 0x61, 0x1B, 0x65, 0x11, 0x05]);
    assert_eq!((piece.esm_class, piece.data_coding), (0, 0));
    assert_eq!((piece.sar, piece.port, &piece.payload), (None, None, &None));
}

#[test]
fn latin1_goes_as_it_is_and_what_exceeds_it_in_ucs2() {
    let style = with(Long::Udh, TextCoding::Latin1);
    let piece = &text("@a_é{", &style, false)[0];
    assert_eq!(piece.short_message, [0x40, 0x61, 0x5F, 0xE9, 0x7B]);
    assert_eq!(piece.data_coding, 3);
    // In GSM 7-bit and not in Latin-1; in Latin-1 and not in GSM 7-bit.
    for beyond in ["Δ", "ç"] {
        let piece = &text(beyond, &style, false)[0];
        assert_eq!((piece.data_coding, piece.short_message.len()), (8, 2));
    }
}

#[test]
fn what_was_wanted_in_ucs2_goes_in_ucs2() {
    for style in styles() {
        let body = Body::Text {
            text: "a",
            wanted: Wanted::Ucs2,
        };
        let parts = pieces(&body, &style, 1, false).unwrap();
        assert_eq!(first(&parts), (8, &[0, 0x61][..]));
    }
}

#[test]
fn a_character_of_a_national_table_makes_it_ucs2() {
    let parts = text("Ğ", &Style::default(), false);
    assert_eq!(first(&parts), (8, &[0x01, 0x1E][..]));
}

#[test]
fn parts_have_a_raw_header_and_153_unpacked_septets() {
    for coding in [TextCoding::Gsm7, TextCoding::Latin1] {
        let style = with(Long::Udh, coding);
        let parts = text(&"a".repeat(161), &style, false);
        let lengths: Vec<_> = parts.iter().map(|part| part.short_message.len()).collect();
        assert_eq!(lengths, [6 + 153, 6 + 8]);
        let has_header = |part: &Piece| part.esm_class == 0x40 && part.sar.is_none();
        assert!(parts.iter().all(has_header));
        assert_eq!(parts[1].short_message[..7], [5, 0, 3, 0x02, 2, 2, 0x61]);
        assert_eq!(text(&"a".repeat(160), &style, false).len(), 1);
    }
}

#[test]
fn an_escape_pair_is_not_cut() {
    for coding in [TextCoding::Gsm7, TextCoding::Latin1] {
        let message = "a".repeat(152) + "{" + &"a".repeat(20);
        let parts = text(&message, &with(Long::Udh, coding), false);
        assert_eq!(parts[0].short_message.len(), 6 + 152);
    }
}

#[test]
fn sar_has_the_same_parts_without_headers() {
    let parts = text(&"я".repeat(71), &with(Long::Sar, TextCoding::Gsm7), false);
    let lengths: Vec<_> = parts.iter().map(|part| part.short_message.len()).collect();
    assert_eq!(lengths, [134, 8]);
    let sar = Concat {
        reference: 0x0102,
        total: 2,
        sequence: 2,
    };
    assert_eq!((parts[1].sar, parts[1].esm_class), (Some(sar), 0));
    let short = text("я", &with(Long::Sar, TextCoding::Gsm7), false);
    assert_eq!(short[0].sar, None);
}

#[test]
fn a_payload_is_used_for_what_is_long_only() {
    let style = with(Long::Payload, TextCoding::Gsm7);
    let [long] = &text(&"a".repeat(161), &style, false)[..] else {
        panic!("one piece")
    };
    assert_eq!(long.payload.as_deref(), Some(&[0x61; 161][..]));
    assert!(long.short_message.is_empty() && long.sar.is_none() && long.esm_class == 0);
    assert_eq!(text(&"a".repeat(160), &style, false)[0].payload, None);
}

#[test]
fn flash_is_in_the_data_coding() {
    let style = Style::default();
    assert_eq!(text("a", &style, true)[0].data_coding, 0x10);
    assert_eq!(text("я", &style, true)[0].data_coding, 0x18);
    // The default alphabet is what 0x10 means, not the one of other texts.
    let style = with(Long::Udh, TextCoding::Latin1);
    assert_eq!(first(&text("@", &style, true)), (0x10, &[0][..]));
    let data = Body::Data {
        octets: &[1],
        port: None,
    };
    assert_eq!(pieces(&data, &style, 1, true).unwrap()[0].data_coding, 0x14);
}

#[test]
fn data_has_its_port_in_the_header_or_beside_it() {
    let body = Body::Data {
        octets: &[0xAA; 134],
        port: Some(2948),
    };
    let parts = pieces(&body, &Style::default(), 0x0102, false).unwrap();
    assert_eq!(
        parts[0].short_message[..13],
        [11, 0, 3, 2, 2, 1, 5, 4, 0x0B, 0x84, 0x0B, 0x84, 0xAA]
    );
    assert_eq!(
        (parts.len(), parts[0].port, parts[0].data_coding),
        (2, None, 4)
    );
    for long in [Long::Sar, Long::Payload] {
        let parts = pieces(&body, &with(long, TextCoding::Gsm7), 1, false).unwrap();
        let has_none = |part: &Piece| part.port == Some(2948) && part.esm_class == 0;
        assert!(parts.iter().all(has_none));
    }
}

#[test]
fn more_than_255_parts_are_refused_however_they_go() {
    let message = "a".repeat(153 * 255 + 1);
    let body = Body::Text {
        text: &message,
        wanted: Wanted::Gsm7,
    };
    for style in styles() {
        let error = pieces(&body, &style, 1, false).unwrap_err();
        assert_eq!(error.to_string(), "256 parts, at most 255 are possible");
    }
}

/// Texts in which the cuts fall at odd places.
fn any_text() -> impl Strategy<Value = String> {
    let alphabets = [
        "[a-z@_ é\\{€\\[]{0,500}",
        "[ -ÿ]{0,400}",
        "[a-я😀👨\u{200D}\u{301}]{0,300}",
    ];
    prop_oneof![alphabets[0], alphabets[1], alphabets[2], "\\PC{0,300}"]
}

proptest! {
    #[test]
    fn pieces_read_back_as_the_text(
        text in any_text(), flash: bool, ucs2: bool, reference: u16,
    ) {
        let wanted = if ucs2 { Wanted::Ucs2 } else { Wanted::Gsm7 };
        for style in styles() {
            let parts = pieces(&Body::Text { text: &text, wanted }, &style, reference, flash).unwrap();
            let read = read_back(&parts, &style);
            let joined: String = read.iter().filter_map(|mo| mo.text.as_deref()).collect();
            prop_assert_eq!(&joined, &text);
            for (index, (mo, part)) in read.iter().zip(&parts).enumerate() {
                let place = mo.concat.map(|concat| (usize::from(concat.sequence), usize::from(concat.total)));
                prop_assert_eq!(place, (parts.len() > 1).then_some((index + 1, parts.len())));
                prop_assert!(part.short_message.len() <= 160);
            }
        }
    }

    #[test]
    fn there_are_as_many_pieces_as_were_planned(text in any_text()) {
        for encoding in [Encoding::Gsm7, Encoding::Ucs2] {
            let options = TextOptions { encoding, ..TextOptions::default() };
            let Ok(plan) = tpdu::plan(&text, &options) else { continue };
            let wanted = if encoding == Encoding::Ucs2 { Wanted::Ucs2 } else { Wanted::Gsm7 };
            for long in [Long::Udh, Long::Sar] {
                let parts = pieces(&Body::Text { text: &text, wanted }, &with(long, TextCoding::Gsm7), 1, false);
                prop_assert_eq!(parts.unwrap().len(), plan.len());
            }
        }
    }

    #[test]
    fn data_reads_back(octets in proptest::collection::vec(any::<u8>(), 0..700), port: Option<u16>) {
        let ports = port.map(|port| Ports::new(port, port));
        let plan = tpdu::plan_data(&octets, &DataOptions { ports, ..DataOptions::default() }).unwrap();
        for style in styles() {
            let parts = pieces(&Body::Data { octets: &octets, port }, &style, 7, false).unwrap();
            if style.long != Long::Payload {
                prop_assert_eq!(parts.len(), plan.len());
            }
            let read = read_back(&parts, &style);
            let joined: Vec<u8> = read.iter().flat_map(|mo| mo.data.clone().unwrap()).collect();
            prop_assert_eq!(&joined, &octets);
            prop_assert!(read.iter().all(|mo| mo.port == port && mo.text.is_none()));
        }
    }
}
