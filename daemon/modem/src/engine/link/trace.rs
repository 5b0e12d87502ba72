//! Every line that goes over the port, for the ring of AT lines that operators see.

use crate::event::TraceLine;
use at::{Heard, Meaning, Urc};
use std::time::{Duration, Instant};

/// A PDU is longer than any other run of hex digits on the line: the shortest has 10 octets or so.
const SHORTEST_PDU: usize = 18;

/// Lines of no interest that are told in a second. A stick says thousands (field notes A 3), and
/// they would push out of the ring what a person looks for.
const MOST_CHATTER: u32 = 10;

/// Lines of no interest in the second that began at `since`.
#[derive(Debug, Default)]
pub(super) struct Chatter {
    since: Option<Instant>,
    lines: u32,
}

impl Chatter {
    /// Counts a line; whether it is one too many.
    fn is_too_much(&mut self, now: Instant) -> bool {
        let over = |since: Instant| now.duration_since(since) >= Duration::from_secs(1);
        if self.since.is_none_or(over) {
            self.since = Some(now);
            self.lines = 0;
        }
        self.lines = self.lines.saturating_add(1);
        self.lines > MOST_CHATTER
    }

    /// What was heard; `None` for nothing, and for chatter that is too much.
    pub(super) fn heard(&mut self, now: Instant, heard: &Heard) -> Option<TraceLine> {
        let chatter = matches!(heard.meaning, Meaning::Urc(Urc::Vendor(_)));
        if heard.line.is_empty() || chatter && self.is_too_much(now) {
            return None;
        }
        Some(traced(false, &heard.line))
    }
}

/// What was written.
pub(super) fn sent(bytes: &[u8]) -> TraceLine {
    let line = String::from_utf8_lossy(bytes);
    traced(true, line.trim_end_matches(['\r', '\n']))
}

fn traced(sent: bool, line: &str) -> TraceLine {
    let text = printable(line);
    let secret = is_secret(&text);
    TraceLine { sent, text, secret }
}

/// Control characters in caret notation, as terminals show them: Ctrl-Z is `^Z`, ESC is `^[`.
fn printable(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        match u8::try_from(c) {
            Ok(byte @ 0..0x20) => {
                out.push('^');
                out.push(char::from(byte + 0x40));
            }
            _ => out.push(c),
        }
    }
    out
}

/// Whether a line holds a PDU, a PIN, a USSD text or a subscriber's number.
fn is_secret(line: &str) -> bool {
    let hex = line.trim_end_matches("^Z");
    let pdu = hex.len() >= SHORTEST_PDU && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    // ICCID, IMSI and IMEI are runs of digits too, and no longer than 20.
    let identity = hex.len() <= 20 && hex.bytes().all(|byte| byte.is_ascii_digit());
    (pdu && !identity) || at::private_from(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_and_numbers_are_secret_and_commands_are_not() {
        assert!(is_secret("0011000B91947122436587F90000AA05E8329BFD06^Z"));
        assert!(is_secret("+CUSD: 0,\"Balance 5\",15"));
        assert!(is_secret("+CLIP: \"+84901234567\",145"));
        // With echo on, what was secret when written comes back.
        for line in [
            "AT+CPIN=1234",
            "AT+CLCK=\"SC\",1,\"1234\"",
            "AT+CMEE=1;+CPIN=1234",
        ] {
            assert!(is_secret(line), "{line}");
        }
        assert!(!is_secret("AT+CMGS=22"));
        assert!(!is_secret("89840012345678901234"));
        assert!(!is_secret("+CREG: 0,1"));
    }

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(printable("00AA\u{1a}"), "00AA^Z");
        assert_eq!(printable("\u{1b}"), "^[");
    }
}
