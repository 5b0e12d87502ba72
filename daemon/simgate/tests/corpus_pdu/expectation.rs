//! What a vector expects, key by key. A key that stands nowhere here fails the test.

use serde_json::Value;

/// Keys whose value must be the answer's under the same key; objects and lists may have more in
/// them than is expected.
const SAME: &[&str] = &[
    "address",
    "address_digits",
    "address_npi",
    "address_toa",
    "address_ton",
    "class",
    "compressed",
    "concat",
    "data_hex",
    "data_text",
    "dcs",
    "delivered",
    "digits",
    "discharge_time",
    "email_body",
    "email_from",
    "encoded",
    "encoding",
    "flash",
    "gs",
    "joined_text",
    "lang",
    "max_pages",
    "message_code",
    "message_identifier",
    "mms",
    "mr",
    "mwi_store",
    "octet_count",
    "octets_read",
    "page",
    "pid",
    "ports",
    "rd",
    "replace",
    "rp",
    "septet_count",
    "septets",
    "septets_without_header",
    "smsc",
    "smsc_digits",
    "smsc_npi",
    "smsc_toa",
    "smsc_ton",
    "srr",
    "status",
    "text",
    "timestamp",
    "timestamp_digits",
    "timestamp_local",
    "timestamp_utc",
    "ud_octets",
    "udh",
    "udhi",
    "udhl",
    "udl",
    "update_number",
    "vp_absolute",
    "vp_enhanced",
    "vp_raw",
    "vpf",
];

/// Keys that are not about what the PDU says: parts of the question, remarks of the source about
/// an old decoder, and what the source knows from elsewhere.
const NOT_THE_PDU: &[&str] = &[
    "command_sc_address",
    "decode_with_locking_table",
    "decode_with_single_shift_table",
    "fill_bits",
    "source_text_garbled",
    "source_text_latin1",
];

/// The expectations that the answer does not meet.
pub(crate) fn mismatches(vector: &Value, answer: &Value) -> Vec<String> {
    let expect = vector["expect"].as_object().unwrap();
    let mut found: Vec<String> = expect
        .iter()
        .filter_map(|(key, expected)| mismatch(key, expected, vector, answer))
        .collect();
    let error = answer
        .get("error")
        .filter(|_| !expect.contains_key("error"));
    // Beside what could be read of a cut PDU an error may stand.
    if let Some(error) =
        error.filter(|_| expect.is_empty() || answer.as_object().is_some_and(|a| a.len() <= 3))
    {
        found.push(format!("error {error}"));
    }
    if let (Some(expected), Some(is)) = (vector["tpdu_len"].as_u64(), answer["tpdu_len"].as_u64())
        && expected != is
    {
        found.push(format!("tpdu_len is {is}, {expected} expected"));
    }
    found
}

fn mismatch(key: &str, expected: &Value, vector: &Value, answer: &Value) -> Option<String> {
    let is = &answer[key];
    let ok = match key {
        _ if SAME.contains(&key) => covers(is, expected),
        _ if NOT_THE_PDU.contains(&key) => true,
        "error" => answer.get("error").is_some(),
        // The source only says that there is an indication.
        "mwi" if expected == true => is.is_string(),
        "dcs_charset" => {
            let name = match answer["encoding"].as_str() {
                Some("gsm7") => "7bit",
                Some("8bit") => "8bit",
                _ => "ucs2",
            };
            expected == name
        }
        "vp_absolute_naive" => starts_with(&answer["vp_absolute"], expected),
        "discharge_time_local" | "source_date_naive" => {
            let wanted = if key == "source_date_naive" {
                "timestamp_local"
            } else {
                key
            };
            &answer[wanted] == expected
        }
        "text_is_prefix_of" => starts_with(expected, &answer["text"]),
        // Look-alikes are a matter of taste: the encoding test compares them.
        "input_text" => same_length(&answer["text"], expected),
        // A period between two steps is that of the step below.
        "vp_seconds" if vector["assert"] == "encode" => is.as_u64() <= expected.as_u64(),
        "mwi" | "vp_seconds" => is == expected,
        "address_digits_or_text" => {
            let address = answer["address"].as_str().unwrap_or_default();
            Some(address.strip_prefix('+').unwrap_or(address)) == expected.as_str()
        }
        "octets" => vector["pdu"].as_str().map(|pdu| pdu.len() as u64 / 2) == expected.as_u64(),
        "matches_submit_address" => same_subscriber(&answer["address"], expected),
        _ => return Some(format!("key {key} is not known to this test")),
    };
    (!ok).then(|| format!("{key} is {is}, {expected} expected"))
}

/// Whether everything expected is there.
fn covers(is: &Value, expected: &Value) -> bool {
    match (is, expected) {
        (Value::Object(is), Value::Object(expected)) => expected
            .iter()
            .all(|(key, expected)| is.get(key).is_some_and(|is| covers(is, expected))),
        (Value::Array(is), Value::Array(expected)) => {
            is.len() == expected.len()
                && is
                    .iter()
                    .zip(expected)
                    .all(|(is, expected)| covers(is, expected))
        }
        (Value::String(is), Value::String(expected)) if is.is_ascii() && expected.is_ascii() => {
            // Hexadecimal digits come in both cases.
            is == expected || (is.len() > 6 && is.eq_ignore_ascii_case(expected) && is_hex(is))
        }
        _ => is == expected,
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_hexdigit())
}

fn starts_with(whole: &Value, start: &Value) -> bool {
    matches!((whole.as_str(), start.as_str()), (Some(whole), Some(start)) if whole.starts_with(start))
}

fn same_length(a: &Value, b: &Value) -> bool {
    a.as_str().map(|a| a.chars().count()) == b.as_str().map(|b| b.chars().count())
}

/// The last seven digits, as national and international forms share them.
fn same_subscriber(a: &Value, b: &Value) -> bool {
    let tail = |number: &Value| {
        number
            .as_str()
            .map(|number| number[number.len().saturating_sub(7)..].to_owned())
    };
    tail(a) == tail(b)
}
