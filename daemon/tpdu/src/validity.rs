//! TP-VP: how long the service centre keeps trying (TS 23.040 §9.2.3.12).

use crate::timestamp::{Timestamp, digits, swapped};

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;
const WEEK: u32 = 7 * DAY;

/// TP-VP in one of its three formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValidityPeriod {
    /// One octet, 5 minutes to 63 weeks from when the service centre has it.
    Relative(u8),
    /// Until this time.
    Absolute(Timestamp),
    /// Seven octets: an indicator and what it announces; see [`EnhancedValidity`].
    Enhanced([u8; 7]),
}

impl ValidityPeriod {
    /// The shortest relative period that is not shorter than `seconds`; the
    /// longest there is (63 weeks) when none is long enough.
    pub fn relative_at_least(seconds: u32) -> Self {
        let enough = (0..=u8::MAX).find(|&value| relative_seconds(value) >= seconds);
        Self::Relative(enough.unwrap_or(u8::MAX))
    }

    /// The longest relative period that is not longer than `seconds`; the
    /// shortest there is (5 minutes) when none is short enough.
    pub fn relative_at_most(seconds: u32) -> Self {
        let enough = (0..=u8::MAX)
            .rev()
            .find(|&value| relative_seconds(value) <= seconds);
        Self::Relative(enough.unwrap_or(0))
    }

    /// The period in seconds, where the format is a period and not a date.
    pub fn seconds(&self) -> Option<u32> {
        match self {
            Self::Relative(value) => Some(relative_seconds(*value)),
            Self::Absolute(_) => None,
            Self::Enhanced(octets) => EnhancedValidity::from_octets(*octets).seconds(),
        }
    }

    /// The two bits of TP-VPF that announce this format (§9.2.3.3).
    pub(crate) const fn format_bits(self) -> u8 {
        match self {
            Self::Enhanced(_) => 0b01,
            Self::Relative(_) => 0b10,
            Self::Absolute(_) => 0b11,
        }
    }
}

/// The table of §9.2.3.12.1.
fn relative_seconds(value: u8) -> u32 {
    let value = u32::from(value);
    match value {
        0..=143 => (value + 1) * 5 * MINUTE,
        144..=167 => 12 * HOUR + (value - 143) * 30 * MINUTE,
        168..=196 => (value - 166) * DAY,
        _ => (value - 192) * WEEK,
    }
}

/// The seven octets of the enhanced format, read (§9.2.3.12.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnhancedValidity {
    /// Bit 7: another indicator octet follows; none is defined.
    pub extension: bool,
    /// Bit 6: the service centre tries once only.
    pub single_shot: bool,
    /// What the period is.
    pub format: EnhancedFormat,
}

/// Bits 2 to 0 of the indicator, with the value they announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnhancedFormat {
    /// 000: no validity period.
    None,
    /// 001: one octet as in [`ValidityPeriod::Relative`].
    Relative(u8),
    /// 010: seconds, 1 to 255; 0 is reserved.
    Seconds(u8),
    /// 011: hours, minutes and seconds in semi-octets; given in seconds.
    /// `None`: the octets are no such time.
    HoursMinutesSeconds(Option<u32>),
    /// 100 to 111, with the three bits.
    Reserved(u8),
}

impl EnhancedValidity {
    /// Reads the seven octets. What is reserved is kept as such.
    pub fn from_octets(octets: [u8; 7]) -> Self {
        let indicator = octets[0];
        // An extension would move the value along: octet 1 is not it then.
        let format = match indicator & 0x07 {
            0 => EnhancedFormat::None,
            1 => EnhancedFormat::Relative(octets[1]),
            2 => EnhancedFormat::Seconds(octets[1]),
            3 => EnhancedFormat::HoursMinutesSeconds(hours_minutes_seconds([
                octets[1], octets[2], octets[3],
            ])),
            bits => EnhancedFormat::Reserved(bits),
        };
        Self {
            extension: indicator & 0x80 != 0,
            single_shot: indicator & 0x40 != 0,
            format,
        }
    }

    /// The seven octets, unused ones 0; `None` when the format is reserved or
    /// the time is 100 hours or more.
    pub fn octets(self) -> Option<[u8; 7]> {
        let mut octets = [0; 7];
        octets[0] = u8::from(self.extension) << 7 | u8::from(self.single_shot) << 6;
        match self.format {
            EnhancedFormat::None => {}
            EnhancedFormat::Relative(value) => {
                octets[0] |= 1;
                octets[1] = value;
            }
            EnhancedFormat::Seconds(seconds) => {
                octets[0] |= 2;
                octets[1] = seconds;
            }
            EnhancedFormat::HoursMinutesSeconds(seconds) => {
                octets[0] |= 3;
                let seconds = seconds?;
                for (octet, number) in octets[1..].iter_mut().zip([
                    seconds / HOUR,
                    seconds / MINUTE % 60,
                    seconds % 60,
                ]) {
                    *octet = u8::try_from(number)
                        .ok()
                        .filter(|n| *n < 100)
                        .map(swapped)?;
                }
            }
            EnhancedFormat::Reserved(_) => return None,
        }
        Some(octets)
    }

    /// The period in seconds, when there is one.
    pub fn seconds(self) -> Option<u32> {
        match self.format {
            EnhancedFormat::Relative(value) => Some(relative_seconds(value)),
            EnhancedFormat::Seconds(seconds) => Some(u32::from(seconds)),
            EnhancedFormat::HoursMinutesSeconds(seconds) => seconds,
            EnhancedFormat::None | EnhancedFormat::Reserved(_) => None,
        }
    }
}

fn hours_minutes_seconds(octets: [u8; 3]) -> Option<u32> {
    let [hours, minutes, seconds] = octets.map(|octet| digits(octet).map(u32::from));
    let (hours, minutes, seconds) = (hours?, minutes?, seconds?);
    (minutes < 60 && seconds < 60).then_some(hours * HOUR + minutes * MINUTE + seconds)
}
