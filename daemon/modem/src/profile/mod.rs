//! What modem families need, as data. Vendor names occur here and nowhere else.
//!
//! Every profile overlays [`GENERIC`] and says in a comment beside each difference where it was
//! seen. What a modem tells by `=?` is not repeated here: the engine asks.

mod cinterion;
mod generic;
mod huawei;
mod quectel;
mod sierra;
mod simcom;
mod telit;
mod ublox;
mod wavecom;
mod zte;

pub(crate) use generic::GENERIC;

use at::commands::{IccidVia, PinTriesVia};
use std::time::Duration;

/// How a family of modems differs from the standard.
#[derive(Debug)]
pub(crate) struct Profile {
    /// Shown to operators.
    pub(crate) name: &'static str,
    /// In `+CGMI`, any of these words, in lower case.
    pub(crate) makers: &'static [&'static str],
    /// `+CGMM` holds one of these, in lower case; any model of the maker when empty.
    pub(crate) models: &'static [&'static str],
    /// `+CGMR` starts with one of these; any when empty.
    pub(crate) firmware: &'static [&'static str],
    /// Commands after identification, without `AT`. Each may be refused.
    pub(crate) init: &'static [&'static str],
    /// Commands that read the ICCID, best first.
    pub(crate) iccid: &'static [IccidVia],
    /// Commands that tell how many tries the PIN has left, best first.
    pub(crate) pin_tries: &'static [PinTriesVia],
    /// `<mt>,<ds>` of `+CNMI`, best first; those that `+CNMI=?` does not list are left out.
    pub(crate) cnmi: &'static [(u8, u8)],
    /// Memories for received messages, best first.
    pub(crate) memories: &'static [&'static str],
    /// How the memories are listed, best first.
    pub(crate) listing: &'static [Listing],
    /// How USSD strings are written and read first; the others are tried when it is refused.
    pub(crate) ussd: UssdCoding,
    /// Whether `+CMMS=2` may be tried.
    pub(crate) cmms: bool,
    /// How long the prompt for the PDU may take.
    pub(crate) prompt_wait: Duration,
    /// How long after Ctrl-Z an answer is waited for before the message counts as uncertain.
    pub(crate) submit_wait: Duration,
}

/// How the messages of a memory are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// `AT+CMGL=4`, as the standard has it for PDU mode (TS 27.005 4.1).
    Four,
    /// `AT+CMGL="ALL"`
    All,
    /// `AT+CMGR=<index>` for every index.
    Scan,
}

/// How USSD strings are written in `+CUSD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UssdCoding {
    /// Readable text.
    Text,
    /// Hex of the GSM 7-bit packed octets (TS 23.038 6.1.2.3).
    PackedHex,
    /// Hex of UCS2.
    Ucs2,
}

/// More special ones first.
const PROFILES: &[&Profile] = &[
    &huawei::HUAWEI_TEXT_USSD,
    &huawei::HUAWEI,
    &zte::ZTE,
    &quectel::EC200A,
    &quectel::EP06,
    &quectel::QUECTEL,
    &simcom::SIMCOM,
    &telit::TELIT,
    &ublox::UBLOX,
    &wavecom::WAVECOM,
    &sierra::SIERRA,
    &cinterion::CINTERION,
];

/// The profile for what a modem says it is.
pub(crate) fn choose(maker: &str, model: &str, firmware: &str) -> &'static Profile {
    let maker = maker.to_ascii_lowercase();
    let model = model.to_ascii_lowercase();
    PROFILES
        .iter()
        .find(|profile| {
            let any = |words: &[&str], text: &str| words.iter().any(|word| text.contains(word));
            // Some say their maker only in front of the model.
            (any(profile.makers, &maker) || any(profile.makers, &model))
                && (profile.models.is_empty() || any(profile.models, &model))
                && (profile.firmware.is_empty()
                    || profile
                        .firmware
                        .iter()
                        .any(|start| firmware.starts_with(start)))
        })
        .unwrap_or(&&GENERIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modem_gets_the_most_special_profile() {
        assert_eq!(choose("huawei", "E173", "11.126").name, "huawei");
        assert_eq!(choose("huawei", "E169", "").name, "huawei-text-ussd");
        assert_eq!(choose("Quectel", "EC25", "EC25EFAR06A10").name, "quectel");
        assert_eq!(
            choose("Quectel", "EC200A", "EC200ACNDAR01A24").name,
            "quectel-ec200a"
        );
        assert_eq!(choose("SIMCOM_Ltd", "SIMCOM_SIM800L", "").name, "simcom");
        assert_eq!(choose("Sierra Wireless", "MC7455", "").name, "sierra");
        assert_eq!(
            choose("WAVECOM MODEM", "MULTIBAND 900E 1800", "").name,
            "wavecom"
        );
        assert_eq!(choose("", "Quectel_M95", "").name, "quectel");
        assert_eq!(choose("Nobody", "Nothing", "").name, "generic");
    }

    #[test]
    fn no_submit_timer_is_under_three_minutes() {
        for profile in PROFILES.iter().chain([&&GENERIC]) {
            assert!(
                profile.submit_wait >= Duration::from_mins(3),
                "{}",
                profile.name
            );
            assert!(!profile.listing.is_empty() && !profile.iccid.is_empty());
        }
    }
}
