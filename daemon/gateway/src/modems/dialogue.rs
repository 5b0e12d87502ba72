//! The AT lines of a modem as they may be shown, kept and handed on.

use super::trace::TraceRow;
use crate::mask::{self, MASK};
use model::LONGEST_DIALOGUE;

/// A body follows on the next line. In text mode, in which a modem may be found, it is no PDU, and
/// may have several lines.
const BODIES: [&str; 5] = ["+CMT:", "+CMGR:", "+CMGL:", "+CDS:", "+CBM:"];

/// The last lines that find room in [`LONGEST_DIALOGUE`], oldest first, one a line. `imei` is the
/// modem's own.
pub(super) fn dialogue(rows: &[TraceRow], imei: Option<&str>) -> String {
    let texts = masked(rows, imei).into_iter();
    let lines: Vec<String> = (rows.iter().zip(texts))
        .map(|(row, text)| {
            let arrow = if row.sent { ">>" } else { "<<" };
            format!("{} {arrow} {text}", row.at)
        })
        .collect();
    let mut room = LONGEST_DIALOGUE;
    let fit = lines.iter().rev().take_while(|line| {
        let taken = room.checked_sub(line.len() + 1);
        room = taken.unwrap_or(0);
        taken.is_some()
    });
    let first = lines.len() - fit.count();
    lines[first..].join("\n")
}

/// The text of each line without bodies, PINs and numbers.
pub fn masked(rows: &[TraceRow], imei: Option<&str>) -> Vec<String> {
    let keep: Vec<&str> = imei.into_iter().collect();
    let mut in_body = false;
    rows.iter()
        .map(|row| shown(row, &mut in_body, &keep))
        .collect()
}

fn shown(row: &TraceRow, in_body: &mut bool, keep: &[&str]) -> String {
    let upper = row.text.to_ascii_uppercase();
    let is_answer = upper.starts_with(['+', '^', '*']) || upper == "OK" || upper == "ERROR";
    if row.sent || is_answer {
        *in_body = false;
    }
    let named = at::private_from(&row.text).is_some();
    if (row.secret && !named) || *in_body || row.text.ends_with("^Z") {
        return MASK.to_owned();
    }
    *in_body = !row.sent && BODIES.iter().any(|name| upper.starts_with(name));
    mask::text(&row.text, keep)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Time;

    fn row(line: &str) -> TraceRow {
        let (arrow, text) = line.split_once(' ').unwrap();
        TraceRow {
            at: Time::ZERO,
            sent: arrow == ">>",
            text: text.trim_end_matches('!').to_owned(),
            secret: text.ends_with('!'),
        }
    }

    fn masked(lines: &[&str]) -> Vec<String> {
        let rows: Vec<_> = lines.iter().map(|line| row(line)).collect();
        let text = dialogue(&rows, Some("356938035643809"));
        let without_time = |line: &str| line.split_once(' ').unwrap().1.to_owned();
        text.lines().map(without_time).collect()
    }

    #[test]
    fn nothing_private_is_kept() {
        let lines = masked(&[
            ">> AT+CGSN",
            "<< 356938035643809",
            ">> AT+CIMI",
            "<< 452011234567890",
            "<< OK",
            ">> AT+CMEE=1;+CPIN=1234",
            ">> at+clck=\"SC\",1,\"1234\"",
            "<< +CPIN: READY",
            ">> AT+CMGS=22",
            ">> 0011000B91947122436587F90000AA05E8329BFD06^Z!",
            "<< +CUSD: 0,\"Balance 5\",15",
            "<< +CMS ERROR: 38",
        ]);
        assert_eq!(
            lines,
            [
                ">> AT+CGSN",
                "<< 356938035643809",
                ">> AT+CIMI",
                "<< …890",
                "<< OK",
                ">> AT+CMEE=1;+CPIN=…",
                ">> at+clck=…",
                "<< +CPIN: READY",
                ">> AT+CMGS=22",
                ">> …",
                "<< +CUSD:…",
                "<< +CMS ERROR: 38",
            ]
        );
    }

    #[test]
    fn a_body_in_text_mode_is_masked_to_its_end() {
        let lines = masked(&[
            "<< +CMT: \"+84901234567\",,\"26/11/25\"",
            "<< Meet me",
            "<< at eight",
            "<< +CREG: 1",
            "<< RING",
            ">> hello^Z",
        ]);
        assert_eq!(
            lines,
            [
                "<< +CMT: \"+…567\",,\"26/11/25\"",
                "<< …",
                "<< …",
                "<< +CREG: 1",
                "<< RING",
                ">> …",
            ]
        );
    }

    #[test]
    fn a_long_dialogue_keeps_its_last_whole_lines() {
        let long = format!("<< {}", "z".repeat(390));
        let mut lines = vec![long.as_str(); 200];
        lines.push("<< last");
        let rows: Vec<_> = lines.iter().map(|line| row(line)).collect();
        let text = dialogue(&rows, None);
        assert!(text.len() <= LONGEST_DIALOGUE && text.len() > LONGEST_DIALOGUE - 500);
        assert!(text.starts_with("1970-01-01T") && text.ends_with("<< last"));
    }
}
