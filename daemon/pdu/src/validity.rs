//! TP-VP of lines.

use serde_json::json;
use tpdu::{EnhancedFormat, EnhancedValidity, ValidityPeriod};

use crate::Fields;
use crate::input::Input;
use crate::problem::Problem;
use crate::shown::Shown as _;
use crate::timestamp;

const FIVE_MINUTES: u32 = 300;
const LONGEST: u32 = 63 * 7 * 86_400;

/// Shows `vpf` and what belongs to it.
pub(crate) fn show(fields: &mut Fields, vp: Option<ValidityPeriod>) {
    let Some(vp) = vp else {
        fields.put("vpf", "none");
        return;
    };
    match vp {
        ValidityPeriod::Relative(value) => {
            fields.put("vpf", "relative");
            fields.put("vp_raw", value);
        }
        ValidityPeriod::Absolute(until) => {
            fields.put("vpf", "absolute");
            fields.put_hex("vp_hex", until.octets());
            fields.put("vp_absolute", until.fields().map(|_| until.to_string()));
        }
        ValidityPeriod::Enhanced(octets) => {
            fields.put("vpf", "enhanced");
            fields.put_hex("vp_hex", octets);
            fields.put(
                "vp_enhanced",
                enhanced(EnhancedValidity::from_octets(octets)),
            );
        }
    }
    if let Some(seconds) = vp.seconds() {
        fields.put("vp_seconds", seconds);
    }
}

fn enhanced(read: EnhancedValidity) -> serde_json::Value {
    let mut shown = json!({
        "extension": read.extension,
        "single_shot": read.single_shot,
        "format": match read.format {
            EnhancedFormat::None => "none",
            EnhancedFormat::Relative(_) => "relative",
            EnhancedFormat::Seconds(_) => "relative-integer-seconds",
            EnhancedFormat::HoursMinutesSeconds(_) => "relative-hhmmss",
            EnhancedFormat::Reserved(_) => "reserved",
        },
    });
    match read.format {
        EnhancedFormat::Relative(value) => shown["raw"] = json!(value),
        EnhancedFormat::Reserved(bits) => shown["raw"] = json!(bits),
        _ => {}
    }
    if let Some(seconds) = read.seconds() {
        shown["seconds"] = json!(seconds);
    }
    shown
}

/// TP-VP from any of the forms [`show`] writes.
pub(crate) fn read(input: Input<'_>) -> Result<Option<ValidityPeriod>, Problem> {
    let format = input.text("vpf")?;
    if let Some(octets) = input.octets("vp_hex")? {
        let octets = <[u8; 7]>::try_from(octets)
            .map_err(|_| Problem::new("vp_hex", "seven octets expected"))?;
        return match format {
            Some("absolute") => Ok(Some(ValidityPeriod::Absolute(
                tpdu::Timestamp::from_octets(octets),
            ))),
            Some("enhanced") => Ok(Some(ValidityPeriod::Enhanced(octets))),
            _ => Err(Problem::new(
                "vpf",
                "absolute or enhanced expected beside vp_hex",
            )),
        };
    }
    if let Some(read) = input.object("vp_enhanced")? {
        return read_enhanced(read).map(Some);
    }
    if let Some(until) = timestamp::read(input, "vp_absolute")? {
        return Ok(Some(ValidityPeriod::Absolute(until)));
    }
    if let Some(value) = input.octet("vp_raw")? {
        return Ok(Some(ValidityPeriod::Relative(value)));
    }
    match (input.number("vp_seconds")?, format) {
        (Some(seconds), _) => relative(seconds).map(Some),
        (None, None | Some("none")) => Ok(None),
        (None, Some(_)) => Err(Problem::new("vpf", "the period itself is missing")),
    }
}

/// The longest relative period that is not longer.
pub(crate) fn relative(seconds: u32) -> Result<ValidityPeriod, Problem> {
    if (FIVE_MINUTES..=LONGEST).contains(&seconds) {
        Ok(ValidityPeriod::relative_at_most(seconds))
    } else {
        Err(Problem::new(
            "vp_seconds",
            format!("from {FIVE_MINUTES} to {LONGEST} expected"),
        ))
    }
}

fn read_enhanced(input: Input<'_>) -> Result<ValidityPeriod, Problem> {
    let out_of_range = || Problem::new("vp_enhanced", "value out of range");
    let octet = |number: Option<u32>| {
        number
            .and_then(|n| u8::try_from(n).ok())
            .ok_or_else(out_of_range)
    };
    let format = match input.text("format")? {
        None | Some("none") => EnhancedFormat::None,
        Some("relative") => EnhancedFormat::Relative(match input.octet("raw")? {
            Some(raw) => raw,
            None => match relative(input.number("seconds")?.unwrap_or(0))? {
                ValidityPeriod::Relative(value) => value,
                _ => return Err(out_of_range()),
            },
        }),
        Some("relative-integer-seconds") => {
            EnhancedFormat::Seconds(octet(input.number("seconds")?)?)
        }
        Some("relative-hhmmss") => EnhancedFormat::HoursMinutesSeconds(input.number("seconds")?),
        Some(_) => return Err(Problem::new("vp_enhanced", "unknown format")),
    };
    let written = EnhancedValidity {
        extension: input.flag("extension")?.unwrap_or(false),
        single_shot: input.flag("single_shot")?.unwrap_or(false),
        format,
    };
    written
        .octets()
        .map(ValidityPeriod::Enhanced)
        .ok_or_else(out_of_range)
}
