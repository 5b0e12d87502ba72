//! Receipts in the shapes SMSCs give them.

use proptest::prelude::*;

use crate::content::{DateFields, Incoming, Receipt, ReceiptState, Style, receipt as receipt_as};

/// As an SMSC of the usual words gives it.
fn receipt(incoming: &Incoming<'_>) -> Option<Receipt> {
    receipt_as(incoming, &Style::default())
}

/// A text that is marked as a receipt.
fn marked(short_message: &[u8]) -> Incoming<'_> {
    Incoming {
        esm_class: 0x04,
        short_message,
        ..Incoming::default()
    }
}

fn receipt_of(text: &[u8]) -> Receipt {
    receipt(&marked(text)).expect("marked as a receipt")
}

fn at(hour: u8, minute: u8, second: Option<u8>) -> DateFields {
    DateFields {
        year: 2026,
        month: 11,
        day: 25,
        hour,
        minute,
        second,
    }
}

#[test]
fn appendix_b() {
    let text = b"id:0123456789 sub:001 dlvrd:001 submit date:2611251707 done date:2611251709 \
                 stat:DELIVRD err:000 text:Hello, this is a me";
    let expected = Receipt {
        message_id: "0123456789".to_owned(),
        long_id: None,
        state: ReceiptState::Delivered,
        unknown: None,
        error: None,
        submit_date: Some(at(17, 7, None)),
        done_date: Some(at(17, 9, None)),
        intermediate: false,
    };
    assert_eq!(receipt_of(text), expected);
    assert!(expected.is_final());
}

#[test]
fn a_word_means_what_the_style_says() {
    use ReceiptState::{Accepted, Delivered, Enroute, Rejected, Scheduled, Unknown};
    let style = Style {
        receipt_words: [
            ("0".to_owned(), ReceiptState::Delivered),
            ("accepted".to_owned(), ReceiptState::Delivered),
            ("nok".to_owned(), ReceiptState::Rejected),
        ]
        .into(),
        ..Style::default()
    };
    let of = |text: &str, style: &Style| {
        let receipt = receipt_as(&marked(text.as_bytes()), style).unwrap();
        (receipt.state, receipt.unknown)
    };
    for (word, here, elsewhere, unknown) in [
        ("0", Delivered, Scheduled, None),
        ("Accepted", Delivered, Accepted, None),
        ("NOK", Rejected, Unknown, Some("NOK".to_owned())),
        ("ENROUTE", Enroute, Enroute, None),
    ] {
        let text = format!("id:7 stat:{word} err:000");
        assert_eq!(of(&text, &style), (here, None), "{word}");
        assert_eq!(of(&text, &Style::default()), (elsewhere, unknown), "{word}");
    }
}

#[test]
fn what_is_not_known_is_shown_and_a_receipt_all_the_same() {
    // Not marked as one, and its word says nothing.
    let incoming = Incoming {
        short_message: b"id:7 stat:SPLENDID",
        receipted_message_id: Some("7"),
        ..Incoming::default()
    };
    let read = receipt(&incoming).unwrap();
    assert_eq!(read.state, ReceiptState::Unknown);
    assert_eq!(read.unknown.as_deref(), Some("SPLENDID"));
    let octet = Incoming {
        message_state: Some(42),
        ..marked(b"")
    };
    let read = receipt(&octet).unwrap();
    assert_eq!(read.unknown.as_deref(), Some("message_state 42"));
    // The word for it is no riddle.
    assert_eq!(receipt_of(b"id:7 stat:UNKNOWN").unknown, None);
}

#[test]
fn a_garbled_id_does_not_hide_the_one_in_the_text() {
    let garbled = "9".repeat(80);
    let incoming = Incoming {
        receipted_message_id: Some(&garbled),
        ..marked(b"id:7 stat:DELIVRD err:000")
    };
    let read = receipt(&incoming).unwrap();
    assert_eq!(read.message_id, "7");
    // It may be what a message has for its id since such were taken.
    assert_eq!(read.long_id, Some(garbled));
}

#[test]
fn an_id_too_long_is_read_from_either_place_as_it_was_stored() {
    let stored = format!("ab{}", "4".repeat(80));
    let given = format!("00AB{} ", "4".repeat(80));
    let text = format!("id:{given} stat:DELIVRD err:000");
    let in_text = receipt_of(text.as_bytes());
    assert_eq!(in_text.long_id.as_ref(), Some(&stored));
    let as_parameter = Incoming {
        receipted_message_id: Some(&given),
        message_state: Some(2),
        ..marked(b"")
    };
    assert_eq!(receipt(&as_parameter).unwrap().long_id, Some(stored));
    assert_eq!(receipt_of(b"id:7 stat:DELIVRD").long_id, None);
}

#[test]
fn other_shapes() {
    use ReceiptState::{Accepted, Delivered, Enroute, Expired, Rejected, Undeliverable, Unknown};
    let rows: &[(&str, &str, ReceiptState, Option<&str>)] = &[
        (
            "ID:a1 STAT:UNDELIV ERR:0A1 TEXT:",
            "a1",
            Undeliverable,
            Some("0A1"),
        ),
        ("stat:EXPIRED id:a1", "a1", Expired, None),
        (
            "err:absent stat:Rejected id:a1",
            "a1",
            Rejected,
            Some("absent"),
        ),
        (
            "id:019a-BC-7 stat:delivered err:0",
            "019a-BC-7",
            Delivered,
            None,
        ),
        ("id: 7 stat: ACCEPTD err: text:err", "7", Accepted, None),
        ("id:7,stat:ENROUTE,err:12,text:", "7", Enroute, Some("12")),
        (
            "id:'7' status:\"FAILED\" error:5",
            "7",
            Undeliverable,
            Some("5"),
        ),
        ("id:7 stat:2", "7", Delivered, None),
        ("id:7 sub:1 dlvrd:1", "7", Unknown, None),
        ("id:7 stat:XYZ", "7", Unknown, None),
        ("id:7 stat:DELIVERY_FAILED", "7", Unknown, None),
        ("id:\nstat:DELIVRD", "", Delivered, None),
        ("id:7 stat:DELIVRD\0", "7", Delivered, None),
        // The message itself may say anything.
        (
            "id:7 stat:DELIVRD text:id:8 stat:UNDELIV err:9",
            "7",
            Delivered,
            None,
        ),
        ("id:7 text:stat:UNDELIV err:9", "7", Unknown, None),
        (
            "text:id:8 stat:UNDELIV id:7 stat:DELIVRD",
            "7",
            Delivered,
            None,
        ),
        ("paid:5 grid:6 id:7 stat:DELIVRD", "7", Delivered, None),
        // No keys at all: a receipt, and nobody's.
        ("Message delivered", "", Unknown, None),
        ("", "", Unknown, None),
    ];
    for (text, id, state, error) in rows {
        let receipt = receipt_of(text.as_bytes());
        assert_eq!(receipt.message_id, *id, "{text:?}");
        assert_eq!(receipt.state, *state, "{text:?}");
        assert_eq!(receipt.error.as_deref(), *error, "{text:?}");
    }
}

#[test]
fn any_alphabet() {
    // The text in another alphabet than the keys; all in UCS-2; an underscore in GSM 7-bit.
    let mut mixed = b"id:7 stat:DELIVRD text:".to_vec();
    mixed.extend([0x04, 0x1F, 0xFF, 0x00]);
    assert_eq!(receipt_of(&mixed).message_id, "7");
    let ucs2 = tpdu::codec::encode_ucs2("id:7 stat:DELIVRD err:000 text:Привет");
    assert_eq!(receipt_of(&ucs2).message_id, "7");
    assert_eq!(receipt_of(&ucs2).state, ReceiptState::Delivered);
    assert_eq!(receipt_of(b"id:a\x11b stat:DELIVRD").message_id, "a_b");
    // A header in front, as where the message itself had one.
    let headed = b"\x05\0\x03\x07\x02\x01id:7 stat:DELIVRD";
    assert_eq!(receipt_of(headed).message_id, "7");
}

#[test]
fn dates() {
    let seconds = Some(at(17, 7, Some(9)));
    let rows = [
        ("2611251707", Some(at(17, 7, None))),
        ("261125170709", seconds),
        ("202611251707", Some(at(17, 7, None))),
        ("20261125170709", seconds),
        ("261125170709004+", seconds),
        ("2026-11-25 17:07:09", seconds),
        ("26/11/25 17:07", Some(at(17, 7, None))),
        ("2611251707 123456 stat:DELIVRD", Some(at(17, 7, None))),
        ("2602301707", None),
        ("2600001707", None),
        ("26112524", None),
        ("0000000000", None),
        ("261125170760", None),
        ("99999999999999999999", None),
        ("", None),
    ];
    for (date, expected) in rows {
        for key in ["done date:", "Done Date: ", "done_date:", "donedate:"] {
            let receipt = receipt_of(format!("id:7 {key}{date}").as_bytes());
            assert_eq!(receipt.done_date, expected, "{key}{date}");
        }
    }
}

#[test]
fn parameters_alone_and_against_the_text() {
    let alone = Incoming {
        receipted_message_id: Some("1F\0"),
        message_state: Some(5),
        network_error_code: Some([3, 0x00, 0x1B]),
        ..marked(b"")
    };
    let read = receipt(&alone).unwrap();
    assert_eq!(read.message_id, "1F");
    assert_eq!(read.state, ReceiptState::Undeliverable);
    assert_eq!(read.error.as_deref(), Some("GSM error 27"));

    let both = Incoming {
        short_message: b"id:31 done date:2611251707 stat:DELIVRD err:005",
        ..alone
    };
    let read_both = receipt(&both).unwrap();
    assert_eq!(read_both.done_date, Some(at(17, 7, None)));
    let done_date = None;
    let undated = Receipt {
        done_date,
        ..read_both
    };
    assert_eq!(undated, read);

    // Parameters that say nothing leave it to the text.
    let empty = Incoming {
        receipted_message_id: Some(""),
        message_state: Some(200),
        network_error_code: Some([3, 0, 0]),
        ..both
    };
    let read = receipt(&empty).unwrap();
    assert_eq!(read.message_id, "31");
    assert_eq!(read.state, ReceiptState::Delivered);
    assert_eq!(read.error.as_deref(), Some("005"));
}

#[test]
fn in_the_payload() {
    let incoming = Incoming {
        message_payload: Some(b"id:7 stat:DELIVRD"),
        ..marked(b"")
    };
    assert_eq!(receipt(&incoming).unwrap().message_id, "7");
}

#[test]
fn what_is_a_receipt() {
    let text: &[u8] = b"id:7 stat:DELIVRD";
    let (nothing, reply): (&[u8], &[u8]) = (b"", b"yes, please");
    let rows = [
        (0x04, text, None, None, true),
        (0x44, text, None, None, true),
        (0x20, text, None, None, true),
        (0x03, text, Some("7"), None, true),
        (0x00, nothing, Some("7"), Some(2), true),
        // Anybody can write the text, and a reply may name our message.
        (0x00, text, None, None, false),
        (0x00, text, None, Some(2), false),
        (0x00, text, Some(" "), None, false),
        (0x00, reply, Some("7"), None, false),
        (0x00, reply, Some("7"), Some(2), false),
        (0x00, nothing, Some("7"), None, false),
        // Acknowledgements by the recipient's own equipment or hand (§5.2.12).
        (0x08, text, None, None, false),
        (0x10, text, None, None, false),
        (0x0C, text, None, None, false),
    ];
    for (esm_class, short_message, receipted_message_id, message_state, expected) in rows {
        let incoming = Incoming {
            esm_class,
            short_message,
            receipted_message_id,
            message_state,
            ..Incoming::default()
        };
        assert_eq!(receipt(&incoming).is_some(), expected, "{incoming:?}");
    }
}

#[test]
fn an_intermediate_notification_ends_nothing_but_by_delivery() {
    for (state, esm_class, is_final) in [
        (5, 0x20, false),
        (2, 0x20, true),
        (5, 0x04, true),
        (8, 0x04, true),
        (1, 0x04, false),
        (6, 0x04, false),
        (7, 0x04, false),
    ] {
        let incoming = Incoming {
            esm_class,
            receipted_message_id: Some("7"),
            message_state: Some(state),
            ..Incoming::default()
        };
        let receipt = receipt(&incoming).unwrap();
        assert_eq!(receipt.intermediate, esm_class == 0x20);
        assert_eq!(receipt.is_final(), is_final, "{state} {esm_class:#X}");
    }
}

/// Octets of which many are those of receipts.
fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let keys = ["id:", "stat:", "err:", "text:", "submit date:", "done date"];
    let values = ["DELIVRD", ":", " ", "2611251707", "é", "\0", "12"];
    let word = proptest::sample::select([&keys[..], &values].concat());
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        proptest::collection::vec(word, 0..30).prop_map(|words| words.concat().into_bytes()),
    ]
}

proptest! {
    #[test]
    fn any_octets_are_read(
        body in any_body(), esm_class: u8, state: Option<u8>, id in proptest::option::of("\\PC{0,8}"),
    ) {
        let incoming = Incoming {
            esm_class,
            short_message: &body,
            receipted_message_id: id.as_deref(),
            message_state: state,
            ..Incoming::default()
        };
        if let Some(receipt) = receipt(&incoming) {
            prop_assert!(!receipt.message_id.contains('\0'));
        }
    }

    #[test]
    fn the_order_of_the_fields_does_not_matter(
        fields in Just(["id:7", "stat:EXPIRED", "err:12", "done date:2611251707", "sub:001"]).prop_shuffle(),
    ) {
        let receipt = receipt_of(fields.join(" ").as_bytes());
        prop_assert_eq!(receipt.message_id, "7");
        prop_assert_eq!(receipt.state, ReceiptState::Expired);
        prop_assert_eq!(receipt.error.as_deref(), Some("12"));
        prop_assert_eq!(receipt.done_date, Some(at(17, 7, None)));
    }
}
