use std::io::Cursor;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::direction::{COMPONENTS, WHOLE};
use super::{Fields, decode, encode, stream};

fn object(value: Value) -> Fields {
    let Value::Object(fields) = value else {
        panic!("{value}")
    };
    fields
}

fn decoded(line: Value) -> Fields {
    decode::line(&object(line))
}

fn encoded(line: Value) -> Fields {
    encode::line(&object(line))
}

/// What the stream writes for these lines.
fn answers(lines: &str, answer: fn(&Fields) -> Fields) -> Vec<Fields> {
    let mut written = Vec::new();
    let mut input = Cursor::new(lines.as_bytes());
    stream::each_line(&mut input, answer, |fields| {
        written.push(fields);
        Ok(())
    })
    .unwrap();
    written
}

#[test]
fn bad_lines_are_answered_and_the_next_is_read() {
    let long = "x".repeat(300 * 1024);
    let lines = format!(
        "nonsense\n[1]\n\n{long}\n{{\"pdu\":\"zz\",\"id\":7}}\n{{\"pdu\":\"0001000381 21F30000 00\"}}\n{{}}"
    );
    let answers = answers(&lines, decode::line);
    let numbers: Vec<_> = answers
        .iter()
        .map(|answer| answer["line"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2, 4, 5, 6, 7]);
    assert_eq!(answers[2]["error"]["detail"], "longer than 262144 octets");
    assert_eq!(answers[3]["id"], 7);
    assert_eq!(
        answers[3]["error"],
        json!({"field": "PDU", "offset": 0, "detail": "'z' is not a hexadecimal digit"})
    );
    assert_eq!(answers[5]["error"]["field"], "pdu");
}

#[test]
fn fields_of_the_wrong_type_are_named() {
    for (line, field) in [
        (json!({"address": 12}), "address"),
        (json!({"address": "+84912345678", "mr": 256}), "mr"),
        (
            json!({"address": "+84912345678", "vp_seconds": 10}),
            "vp_seconds",
        ),
        (
            json!({"address": "+84912345678", "encoding": "gsm7", "text": "я"}),
            "text",
        ),
        (
            json!({"address": "+84912345678", "udh": [{"iei": 0}]}),
            "data",
        ),
        (json!({"text": "no address"}), "address"),
        (json!({"direction": "sideways"}), "direction"),
        (
            json!({"direction": "deliver", "address": "1", "timestamp": "soon"}),
            "timestamp",
        ),
    ] {
        let answer = encode::line(&object(line.clone()));
        assert_eq!(answer["error"]["field"], field, "{line}");
    }
}

#[test]
fn what_was_made_is_shown_as_it_was_given() {
    let line = object(json!({
        "direction": "submit", "smsc": "+84980200030", "address": "+84912345678", "text": "Xin chào €",
        "srr": true, "mr": 9, "vp_absolute": "2026-11-22T15:04:05-03:30", "flash": true, "encoding": "ucs2",
    }));
    let made = encode::line(&line);
    let shown = decoded(json!({ "pdu": made["pdu"] }));
    for (key, value) in &line {
        assert_eq!(&shown[key], value, "{key}");
    }
    assert_eq!(shown["tpdu_len"], made["tpdu_len"]);
    assert_eq!(shown["class"], 0);
    let again = encode::line(&shown);
    assert_eq!(again["pdu"], made["pdu"]);
}

#[test]
fn a_long_text_makes_several_pdus() {
    let line = object(
        json!({ "address": "+84912345678", "text": "a".repeat(200), "reference": 300, "ref_bits": 16 }),
    );
    let made = encode::line(&line);
    let parts = made["pdus"].as_array().unwrap();
    assert_eq!(
        (parts.len(), made["tpdu_lens"].as_array().unwrap().len()),
        (2, 2)
    );
    let joined = decoded(json!({ "pdus": parts }));
    assert_eq!(joined["joined_text"], "a".repeat(200));
    assert_eq!(joined["complete"], true);
}

#[test]
fn a_cut_pdu_is_an_error_that_shows_what_there_is() {
    let made = encoded(json!({ "address": "123", "text": "Hello world" }));
    let whole = made["pdu"].as_str().unwrap();
    let cut = decoded(json!({ "pdu": whole[..whole.len() - 4] }));
    assert_eq!(cut["error"]["field"], "TP-UD");
    assert_eq!(cut["error"]["offset"], 10);
    assert_eq!(cut["text"], "Hello wor");
}

#[test]
fn the_kind_must_be_the_one_that_was_said() {
    let made = encoded(json!({ "address": "123", "text": "Hi" }));
    let shown = decoded(json!({ "pdu": made["pdu"], "direction": "deliver" }));
    assert_eq!(shown["error"]["field"], "TP-MTI");
}

/// The last element says 5 octets and has 2 (TS 23.040 §9.2.3.24: then there is no header).
#[test]
fn a_broken_header_is_shown_as_it_stands_on_the_wire() {
    for (pdu, length, septets) in [
        // DELIVER, 8-bit data after 5 octets of header.
        (
            "00440381 21F30004 62112251405082 08 04000501024142 43",
            8,
            false,
        ),
        // SUBMIT, septets.
        ("00410003 8121F30000 0A 040005010290A60A00", 10, true),
    ] {
        let pdu = pdu.replace(' ', "").to_ascii_uppercase();
        let shown = decoded(json!({ "pdu": pdu }));
        assert_eq!(shown.get("error"), None, "{shown:?}");
        assert_eq!(shown["udhi"], true, "{pdu}");
        assert_eq!(shown["udl"], length, "{pdu}");
        let octets: usize = if septets {
            (length * 7_usize).div_ceil(8)
        } else {
            length
        };
        assert_eq!(shown["ud_octets"], octets, "{pdu}");
        assert_eq!(shown.get("udh"), None, "{pdu}");
        assert_eq!(encode::line(&shown)["pdu"], pdu);
    }
}

#[test]
fn a_time_zone_that_is_no_number_leaves_the_local_time() {
    let pdu = "00060703 8121F3 62112251405082 621122514060FF 00".replace(' ', "");
    let shown = decoded(json!({ "pdu": pdu }));
    assert_eq!(shown["discharge_time"], Value::Null);
    assert_eq!(shown["discharge_time_local"], "2026-11-22T15:04:06");
    assert_eq!(shown.get("discharge_time_utc"), None);
    assert_eq!(shown["timestamp"], "2026-11-22T15:04:05+07:00");
    assert_eq!(encode::line(&shown)["pdu"], pdu);
}

#[test]
fn compressed_text_is_refused_where_it_stands() {
    let shown =
        decoded(json!({ "pdu": "00040381 21F30020 62112251405082 024142".replace(' ', "") }));
    let error =
        json!({"field": "TP-UD", "offset": 16, "detail": "compressed user data are not supported"});
    assert_eq!(shown["error"], error);
    assert_eq!(
        (&shown["compressed"], &shown["data_hex"]),
        (&json!(true), &json!("4142"))
    );
}

fn directions() -> Vec<&'static str> {
    let whole = WHOLE.1.iter().map(|(_, name)| *name);
    let components = COMPONENTS.1.iter().map(|(_, name)| *name);
    whole.chain(components).chain(["any"]).collect()
}

proptest! {
    /// Whatever comes in, an object goes out; and what was decoded is taken by `encode`.
    #[test]
    fn any_octets_are_answered(
        octets in proptest::collection::vec(any::<u8>(), 0..60),
        direction in proptest::sample::select(directions()),
        has_smsc: bool,
        count in proptest::option::of(0u32..300),
    ) {
        let line = json!({
            "pdu": hex::encode(&octets), "direction": direction, "has_smsc": has_smsc, "septet_count": count,
        });
        let mut shown = decode::line(&object(line));
        prop_assert!(!shown.is_empty() || octets.is_empty() || direction == "component:udh");
        shown.insert("direction".to_owned(), json!(direction));
        let _ = encode::line(&shown);
    }
}
