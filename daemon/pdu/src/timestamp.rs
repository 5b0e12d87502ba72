//! Times of lines: ISO 8601 and time stamps.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
use tpdu::Timestamp;

use crate::Fields;
use crate::input::Input;
use crate::problem::Problem;
use crate::shown::Shown as _;

/// Seconds in a step of the time zone.
const QUARTER: i32 = 15 * 60;

/// Shows a time stamp under `key`, in UTC and without its offset too. One whose offset cannot be
/// read is shown as local time alone.
pub(crate) fn show(fields: &mut Fields, key: &str, time: Timestamp) {
    let read = time.fields();
    let shown = read.map(|_| time.to_string());
    if shown.as_deref().map(parse) != Some(Some(time)) {
        fields.put_hex(format!("{key}_hex"), time.octets());
    }
    let has_offset = read.is_some_and(|read| read.offset_quarters.is_some());
    if let Some(shown) = &shown {
        // The offset is the last six characters.
        let offset = if has_offset { 6 } else { 0 };
        let local = &shown[..shown.len().saturating_sub(offset)];
        fields.put(format!("{key}_local"), local);
        fields.put(format!("{key}_digits"), local);
    }
    if let Some(seconds) = time.unix_seconds().filter(|_| has_offset) {
        let utc = OffsetDateTime::from_unix_timestamp(seconds)
            .ok()
            .and_then(|utc| utc.format(&Rfc3339).ok());
        fields.put(format!("{key}_utc"), utc);
    }
    fields.put(key, shown.filter(|_| has_offset));
}

/// The time stamp under `key` in any of the forms [`show`] writes.
pub(crate) fn read(input: Input<'_>, key: &str) -> Result<Option<Timestamp>, Problem> {
    if let Some(octets) = input.octets(&format!("{key}_hex"))? {
        let octets =
            <[u8; 7]>::try_from(octets).map_err(|_| Problem::new(key, "seven octets expected"))?;
        return Ok(Some(Timestamp::from_octets(octets)));
    }
    for suffix in ["", "_digits", "_local", "_utc"] {
        let key = format!("{key}{suffix}");
        if let Some(text) = input.text(&key)? {
            let time = parse(text);
            return time
                .map(Some)
                .ok_or_else(|| Problem::new(&key, "ISO 8601 time of 1970 to 2069 expected"));
        }
    }
    Ok(None)
}

/// The time stamp that must be there.
pub(crate) fn needed(input: Input<'_>, key: &str) -> Result<Timestamp, Problem> {
    read(input, key)?.ok_or_else(|| Problem::missing(key))
}

/// ISO 8601; without an offset it is UTC.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let time = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
        .ok()?;
    let offset: UtcOffset = time.offset();
    let quarters = i8::try_from(offset.whole_seconds() / QUARTER).ok()?;
    Timestamp::from_unix(time.unix_timestamp(), quarters)
}
