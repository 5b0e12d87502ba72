//! What is taken out of texts that leave the gateway for whoever helps its owner: numbers, PDUs, keys.

mod settings;

pub use settings::{assignment, settings};

/// In place of what is not shown.
pub const MASK: &str = "…";

/// Digits that make a run of them a subscriber's number or an IMSI.
const NUMBER: usize = 7;
/// Hexadecimal digits that may be a piece of a PDU. A cell's identity has 8 at most.
const PDU: usize = 9;
/// How an API key begins.
const KEY: &str = "sg_";

/// A subscriber's number or IMSI: its last three digits, and none of a short one.
pub fn number(text: &str) -> String {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let mut masked = MASK.to_owned();
    if digits >= NUMBER {
        let skipped = text.chars().count().saturating_sub(3);
        masked.extend(text.chars().skip(skipped));
    }
    masked
}

/// A text without numbers, runs of hexadecimal digits, API keys, and what follows an AT command or
/// answer that is private. ICCIDs stay, by their form, and UUIDs, and what is in `keep`: an IMEI looks
/// like an IMSI.
pub fn text(text: &str, keep: &[&str]) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        let Some(from) = at::private_from(line) else {
            return without_digits(line, keep);
        };
        let end = if line.ends_with('\n') { "\n" } else { "" };
        format!("{}{MASK}{end}", without_digits(&line[..from], keep))
    });
    lines.collect()
}

fn without_digits(text: &str, keep: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let begins = !out.ends_with(|c: char| c.is_ascii_alphanumeric());
        if begins && let Some(uuid) = uuid(rest) {
            out.push_str(uuid);
            rest = &rest[uuid.len()..];
        } else if let Some(secret) = rest.strip_prefix(KEY) {
            out.push_str(KEY);
            out.push_str(MASK);
            rest = secret.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        } else if first.is_ascii_hexdigit() {
            let end = rest.find(|c: char| !c.is_ascii_hexdigit());
            let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
            out.push_str(&digits(run, keep));
            rest = after;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// A run of hexadecimal digits.
fn digits(run: &str, keep: &[&str]) -> String {
    let decimal = run.bytes().all(|b| b.is_ascii_digit());
    if keep.contains(&run) || is_iccid(run) {
        run.to_owned()
    } else if decimal && run.len() >= NUMBER {
        number(run)
    } else if run.len() >= PDU {
        MASK.to_owned()
    } else {
        run.to_owned()
    }
}

/// 89 for telecommunications (ITU-T E.118), 18 to 20 digits, perhaps filled up with F. A number
/// has 15 at most.
fn is_iccid(run: &str) -> bool {
    let digits = run.trim_end_matches(['F', 'f']);
    run.len() <= 20
        && (18..=20).contains(&digits.len())
        && digits.starts_with("89")
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The UUID that a text begins with.
fn uuid(text: &str) -> Option<&str> {
    const LENGTH: usize = 36;
    let candidate = text.get(..LENGTH)?;
    let is_uuid = candidate.bytes().enumerate().all(|(at, b)| match at {
        8 | 13 | 18 | 23 => b == b'-',
        _ => b.is_ascii_hexdigit(),
    });
    let ends = !text[LENGTH..].starts_with(|c: char| c.is_ascii_hexdigit());
    (is_uuid && ends).then_some(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits() {
        assert_eq!(number("+84901234567"), "…567");
        assert_eq!(number("452011234567890"), "…890");
        assert_eq!(number("12345"), "…");
        assert_eq!(number("Viettel"), "…");
    }

    #[test]
    fn what_names_a_person_goes_and_what_names_a_thing_stays() {
        let imei = "356938035643809";
        let cases = [
            ("+CSCA: \"+84980200030\",145", "+CSCA: \"+…030\",145"),
            ("452011234567890", "…890"),
            ("356938035643809", imei),
            ("8984011234567890123", "8984011234567890123"),
            ("898401123456789012F", "898401123456789012F"),
            (
                "+CREG: 2,1,\"1A2B\",\"00C3D4E5\",7",
                "+CREG: 2,1,\"1A2B\",\"00C3D4E5\",7",
            ),
            ("x0B919409214365F7y", "x…y"),
            ("0B9194\u{fffd}09214365F7", "0B9194\u{fffd}…"),
            (
                "id 0192f0c4-7b1e-7c3a-9fbb-012345678901,",
                "id 0192f0c4-7b1e-7c3a-9fbb-012345678901,",
            ),
            ("Bearer sg_Ab12xyz done", "Bearer sg_… done"),
            ("2026-11-25T13:55:15.123456Z", "2026-11-25T13:55:15.123456Z"),
            ("AT+CMGS=22", "AT+CMGS=22"),
            ("ran AT+CLCK=\"SC\",1,\"1234\"", "ran AT+CLCK=…"),
            ("at+cpin=1234\nOK", "at+cpin=…\nOK"),
            ("đ + 84901234567", "đ + …567"),
        ];
        for (given, masked) in cases {
            assert_eq!(text(given, &[imei]), masked, "{given}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_run_of_digits_is_left(given in ".{0,60}") {
            let masked = text(&given, &[]);
            let runs = masked.split(|c: char| !c.is_ascii_digit());
            for run in runs {
                proptest::prop_assert!(run.len() < NUMBER || is_iccid(run), "{masked}");
            }
        }
    }
}
