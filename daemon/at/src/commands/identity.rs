//! Who made the modem, which model, which firmware, which serial number.

use crate::command::{Unreadable, lines};
use crate::header::{after_name, name_of};
use atat::atat_derive::AtatCmd;

/// A free text answer. Several lines are joined by LF; a name in front and quotes are taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

pub(super) fn text(answer: &[u8]) -> Result<Text, Unreadable> {
    let plain: Vec<&str> = lines(answer).map(plain).collect();
    if plain.is_empty() {
        return Err(Unreadable);
    }
    Ok(Text(plain.join("\n")))
}

/// Like [`text`], but the one line that `fits`: what else stands there is not the answer (field
/// notes A 37).
pub(super) fn text_that(answer: &[u8], fits: impl Fn(&str) -> bool) -> Result<Text, Unreadable> {
    let line = lines(answer).map(plain).find(|line| fits(line));
    line.map(|line| Text(line.to_owned())).ok_or(Unreadable)
}

/// A line without `+CGMM:` in front and without quotes around.
fn plain(line: &str) -> &str {
    let value = name_of(line)
        .and_then(|name| after_name(line, name))
        .unwrap_or(line)
        .trim();
    value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .filter(|value| !value.contains('"'))
        .unwrap_or(value)
}

/// `AT+CGMI` (TS 27.007 5.1): manufacturer.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CGMI", Text, timeout_ms = 5_000, parse = text)]
pub struct Cgmi;

/// `AT+CGMM` (TS 27.007 5.2): model.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CGMM", Text, timeout_ms = 5_000, parse = text)]
pub struct Cgmm;

/// `AT+CGMR` (TS 27.007 5.3): firmware revision.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CGMR", Text, timeout_ms = 5_000, parse = text)]
pub struct Cgmr;

/// `AT+CGSN` (TS 27.007 5.4): serial number, the IMEI on all modems but a few of CDMA.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CGSN", Text, timeout_ms = 5_000, parse = text)]
pub struct Cgsn;

/// `ATI` (V.250 6.1.3): all of it in one answer, on some modems with names in front.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("I", Identification, timeout_ms = 5_000, parse = identification)]
pub struct Ati;

/// The lines of `ATI`. The named fields are those that stand as `Manufacturer: ...`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identification {
    /// Every line as it came.
    pub lines: Vec<String>,
    /// `Manufacturer:`
    pub manufacturer: Option<String>,
    /// `Model:`
    pub model: Option<String>,
    /// `Revision:`
    pub revision: Option<String>,
    /// `IMEI:`
    pub imei: Option<String>,
}

fn identification(answer: &[u8]) -> Result<Identification, Unreadable> {
    let mut out = Identification::default();
    for line in lines(answer) {
        if let Some((key, value)) = line.split_once(':') {
            let field = match key.trim().to_ascii_lowercase().as_str() {
                "manufacturer" => Some(&mut out.manufacturer),
                "model" => Some(&mut out.model),
                "revision" => Some(&mut out.revision),
                "imei" => Some(&mut out.imei),
                _ => None,
            };
            if let Some(field) = field {
                *field = Some(plain(value).to_owned());
            }
        }
        out.lines.push(line.to_owned());
    }
    if out.lines.is_empty() {
        return Err(Unreadable);
    }
    Ok(out)
}
