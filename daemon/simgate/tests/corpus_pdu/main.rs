//! Every PDU vector of the corpus through the real program: `simgate pdu decode` and `encode`.
#![expect(
    clippy::unwrap_used,
    reason = "a corpus that cannot be read fails the test"
)]

mod exceptions;
mod expectation;
mod program;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use exceptions::Exceptions;
use program::ask;

/// The corpus, when it is there: `SIMGATE_CORPUS`, else beside the repository.
fn corpus() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let dir =
        std::env::var_os("SIMGATE_CORPUS").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    if dir.is_dir() {
        return Some(dir);
    }
    println!("skipped: no corpus");
    None
}

/// The JSON lines of a file or of all files of a folder.
fn read_lines(path: &std::path::Path) -> Vec<Value> {
    if path.is_dir() {
        let mut files: Vec<_> = std::fs::read_dir(path)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        return files.iter().flat_map(|file| read_lines(file)).collect();
    }
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn vectors() -> Option<Vec<Value>> {
    let vectors = read_lines(&corpus()?.join("pdu"));
    assert!(vectors.len() > 400, "{} vectors", vectors.len());
    Some(vectors)
}

fn id(vector: &Value) -> &str {
    vector["id"].as_str().unwrap()
}

fn is_component(vector: &Value) -> bool {
    vector["direction"]
        .as_str()
        .unwrap()
        .starts_with("component:")
}

/// Whether the source says the input itself is broken, so that only an answer is wanted.
fn is_broken(vector: &Value) -> bool {
    vector["malformed"] == true || vector["suspect"] == true
}

/// Fails with all findings at once.
fn report(findings: &[String]) {
    let mut text = String::new();
    for finding in findings {
        writeln!(text, "  {finding}").unwrap();
    }
    assert!(findings.is_empty(), "{} findings\n{text}", findings.len());
}

#[test]
fn vectors_decode_to_what_they_say() {
    let Some(vectors) = vectors() else { return };
    let answers = ask("decode", &vectors);
    let mut exceptions = Exceptions::decoding();
    let mut findings = Vec::new();
    for (vector, answer) in vectors.iter().zip(&answers) {
        assert_eq!(answer["id"], vector["id"]);
        // An error on encoding says nothing about the PDU beside it.
        if is_broken(vector) || (vector["assert"] == "encode" && vector["expect"]["error"] == true)
        {
            continue;
        }
        for mismatch in expectation::mismatches(vector, answer) {
            if !exceptions.covers(id(vector)) {
                findings.push(format!("{}: {mismatch}", id(vector)));
            }
        }
    }
    findings.extend(exceptions.unused());
    report(&findings);
}

/// What `decode` says of a TPDU makes the same TPDU again.
#[test]
fn decoded_vectors_encode_to_the_same_octets() {
    let Some(vectors) = vectors() else { return };
    let (vectors, lines): (Vec<_>, Vec<_>) = vectors
        .iter()
        .zip(ask("decode", &vectors))
        .filter(|(vector, fields)| can_be_made_again(vector, fields))
        .map(|(vector, fields)| (vector, with_smsc(fields, vector)))
        .unzip();
    let encoded = ask("encode", &lines);
    let mut exceptions = Exceptions::round_trip();
    let mut findings = Vec::new();
    for (vector, answer) in vectors.iter().zip(&encoded) {
        if !same_digits(&vector["pdu"], &answer["pdu"]) && !exceptions.covers(id(vector)) {
            findings.push(format!("{}: {} became {answer}", id(vector), vector["pdu"]));
        }
    }
    findings.extend(exceptions.unused());
    report(&findings);
}

/// Neither a field on its own nor cut, and with nothing in the vector that the PDU does not have.
fn can_be_made_again(vector: &Value, fields: &Value) -> bool {
    let expect = &vector["expect"];
    !is_component(vector)
        && !is_broken(vector)
        && vector.get("pdus").is_none()
        && fields.get("error").is_none()
        && expect["decode_with_locking_table"].is_null()
}

fn with_smsc(mut fields: Value, vector: &Value) -> Value {
    fields["has_smsc"] = vector["has_smsc"].clone();
    fields
}

fn same_digits(a: &Value, b: &Value) -> bool {
    matches!((a.as_str(), b.as_str()), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b))
}

/// The fields a source gives make its PDU; what it leaves unsaid (flags, TP-VP) is as in the PDU.
#[test]
fn vectors_encode_from_what_they_say() {
    let Some(vectors) = vectors() else { return };
    let vectors: Vec<_> = vectors
        .into_iter()
        .filter(|vector| matches!(vector["assert"].as_str(), Some("encode" | "roundtrip")))
        .collect();
    let decoded = ask("decode", &vectors);
    let lines: Vec<_> = vectors
        .iter()
        .zip(decoded)
        .map(|(vector, fields)| encoding_line(vector, &fields))
        .collect();
    let encoded = ask("encode", &lines);
    let mut exceptions = Exceptions::encoding();
    let mut findings = Vec::new();
    for (vector, answer) in vectors.iter().zip(&encoded) {
        let expect = &vector["expect"];
        let wanted = if expect["encoded"].is_null() {
            &vector["pdu"]
        } else {
            &expect["encoded"]
        };
        let ok = if expect["error"] == true {
            answer.get("error").is_some()
        } else {
            same_digits(wanted, &answer["pdu"])
        };
        if !ok && !exceptions.covers(id(vector)) {
            findings.push(format!("{}: {wanted} wanted, {answer} made", id(vector)));
        }
    }
    findings.extend(exceptions.unused());
    report(&findings);
}

/// The line for `encode`: the vector's fields over those its PDU decodes to.
fn encoding_line(vector: &Value, decoded: &Value) -> Value {
    let on_its_own = is_component(vector) && !decoded["address"].is_string();
    let mut line = if on_its_own {
        Map::new()
    } else {
        decoded.as_object().unwrap().clone()
    };
    line.insert("id".into(), vector["id"].clone());
    line.insert("direction".into(), vector["direction"].clone());
    line.insert("has_smsc".into(), vector["has_smsc"].clone());
    let expect = vector["expect"].as_object().unwrap();
    if expect.contains_key("input_text") {
        line.remove("text");
    }
    // Where the source says it, the PDU's own octets must not.
    for (said, octets) in [
        ("vp_seconds", ["vp_raw", "vp_hex"]),
        ("vp_absolute", ["vp_hex", "vp_seconds"]),
        ("vp_enhanced", ["vp_hex", "vp_seconds"]),
        ("timestamp", ["timestamp_hex", "timestamp_utc"]),
        ("timestamp_digits", ["timestamp", "timestamp_hex"]),
        ("text", ["septets", "data_hex"]),
        ("address", ["address_digits", "address_hex"]),
        ("smsc", ["smsc_digits", "smsc_hex"]),
        ("encoding", ["dcs", "dcs"]),
    ] {
        if expect.contains_key(said) {
            line.retain(|key, _| !octets.contains(&key.as_str()));
        }
    }
    for (key, value) in expect {
        // Their PDU says how, and where their text ends.
        if !matches!(
            key.as_str(),
            "concat" | "ports" | "udh" | "text_is_prefix_of"
        ) {
            let key = if key == "address_digits_or_text" {
                "address"
            } else {
                key
            };
            line.insert(key.into(), value.clone());
        } else if is_component(vector) {
            line.insert(key.clone(), element_width(key, value, vector));
        }
    }
    if vector["note"]
        .as_str()
        .unwrap()
        .contains("encoded with CR padding")
    {
        line.insert("padding".into(), json!("cr"));
    }
    Value::Object(line)
}

/// Ports and references on their own do not say which of their two elements they stand in.
fn element_width(key: &str, value: &Value, vector: &Value) -> Value {
    let mut value = value.clone();
    let iei = vector["pdu"].as_str().unwrap().get(..2);
    if key == "ports" && iei == Some("04") {
        value["width"] = json!(8);
    }
    if key == "concat" && iei == Some("08") {
        value["width"] = json!(16);
    }
    value
}

#[test]
fn groups_join_to_their_text() {
    let Some(vectors) = vectors() else { return };
    let mut groups: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for vector in vectors.iter().filter(|vector| vector["group"].is_string()) {
        groups
            .entry(vector["group"].as_str().unwrap().to_owned())
            .or_default()
            .push(vector);
    }
    assert!(groups.len() >= 5, "{} groups", groups.len());
    let mut findings = Vec::new();
    for (name, parts) in groups {
        let first = parts[0];
        if first["group_text"].is_null() {
            findings.extend(check_data_group(&name, &parts));
            continue;
        }
        let pdus: Vec<_> = parts.iter().rev().map(|part| part["pdu"].clone()).collect();
        let line =
            json!({ "pdus": pdus, "direction": first["direction"], "has_smsc": first["has_smsc"] });
        let answer = &ask("decode", &[line])[0];
        if answer["joined_text"] != first["group_text"] || answer["complete"] != true {
            findings.push(format!("{name}: {answer}"));
        }
    }
    report(&findings);
}

/// A group of 8-bit data, or one whose text the source leaves unsaid.
fn check_data_group(name: &str, parts: &[&Value]) -> Option<String> {
    let lines: Vec<_> = parts.iter().map(|part| (*part).clone()).collect();
    let mut answers = ask("decode", &lines);
    answers.sort_by_key(|answer| answer["concat"]["seq"].as_u64());
    let places: Vec<_> = answers
        .iter()
        .map(|answer| answer["concat"]["seq"].as_u64())
        .collect();
    let wanted: Vec<_> = (1..=parts.len() as u64).map(Some).collect();
    if places != wanted {
        return Some(format!("{name}: places {places:?}"));
    }
    let data: String = answers
        .iter()
        .filter_map(|answer| answer["data_hex"].as_str())
        .collect();
    let group_data = parts[0]["group_data_hex"].as_str()?;
    (!data.eq_ignore_ascii_case(group_data)).then(|| format!("{name}: data {data}"))
}

#[test]
fn texts_take_as_many_segments_as_they_say() {
    let Some(dir) = corpus() else { return };
    let vectors = read_lines(&dir.join("segments/segments.jsonl"));
    let lines: Vec<_> = vectors
        .iter()
        .map(|vector| segment_line(vector, 0))
        .collect();
    let one_more: Vec<_> = vectors
        .iter()
        .map(|vector| segment_line(vector, 1))
        .collect();
    let answers = ask("encode", &lines);
    let beyond = ask("encode", &one_more);
    let mut exceptions = Exceptions::segments();
    let mut findings = Vec::new();
    for ((vector, answer), beyond) in vectors.iter().zip(&answers).zip(&beyond) {
        if let Some(wrong) = segment_mismatch(vector, answer, beyond)
            && !exceptions.covers(id(vector))
        {
            findings.push(format!("{}: {wrong}", id(vector)));
        }
    }
    findings.extend(exceptions.unused());
    report(&findings);
}

fn segment_line(vector: &Value, more: u64) -> Value {
    let text = match (vector["text"].as_str(), vector["repeat_char"].as_str()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(repeated)) => {
            let count = vector["count"].as_u64().unwrap() + more;
            repeated.repeat(usize::try_from(count).unwrap())
        }
        (None, None) => panic!("{vector}"),
    };
    let mut line = json!({ "id": vector["id"], "address": "+84912345678", "text": text });
    line["ref_bits"] = vector.get("ref_bits").cloned().unwrap_or(json!(8));
    line["encoding"] = vector.get("encoding").cloned().unwrap_or(json!("auto"));
    let languages = ["single_shift", "locking"]
        .iter()
        .filter_map(|key| vector.get(*key));
    line["languages"] = languages.cloned().collect();
    line
}

fn segment_mismatch(vector: &Value, answer: &Value, beyond: &Value) -> Option<String> {
    let known = [
        "id",
        "source",
        "text",
        "segments",
        "note",
        "septets",
        "lengths",
        "single_shift",
        "locking",
        "encoding",
        "repeat_char",
        "count",
        "ref_bits",
    ];
    if let Some(key) = vector
        .as_object()
        .unwrap()
        .keys()
        .find(|key| !known.contains(&key.as_str()))
    {
        return Some(format!("key {key} is not known to this test"));
    }
    let pdus: Vec<Value> = match (&answer["pdus"], &answer["pdu"]) {
        (Value::Array(pdus), _) => pdus.clone(),
        (_, Value::String(_)) => vec![answer["pdu"].clone()],
        _ => return Some(answer.to_string()),
    };
    if Some(pdus.len() as u64) != vector["segments"].as_u64() {
        return Some(format!(
            "{} segments, {} said",
            pdus.len(),
            vector["segments"]
        ));
    }
    if vector["repeat_char"].is_string() && beyond.get("error").is_none() {
        return Some("one character more is not refused".to_owned());
    }
    let lines: Vec<_> = pdus.iter().map(|pdu| json!({ "pdu": pdu })).collect();
    let parts = ask("decode", &lines);
    let lengths: Vec<_> = parts
        .iter()
        .map(|part| part["text"].as_str().unwrap().chars().count())
        .collect();
    if vector["lengths"].is_array() && json!(lengths) != vector["lengths"] {
        return Some(format!("lengths {lengths:?}, {} said", vector["lengths"]));
    }
    let text: String = parts
        .iter()
        .map(|part| part["text"].as_str().unwrap())
        .collect();
    (vector["text"].is_string() && text != vector["text"])
        .then(|| format!("the text became {text:?}"))
}
