//! How the makes of modem differ, as data; every profile overlays [`GENERIC`] alone.

mod cinterion;
mod huawei;
mod quectel;
mod sierra;
mod simcom;
mod telit;
mod ublox;
mod wavecom;
mod zte;

use std::time::Duration;

/// What sets one make of modem apart from the others.
#[derive(Debug)]
pub struct Profile {
    /// The name under which `--profile` knows it.
    pub name: &'static str,
    /// `AT+CGMI`.
    pub manufacturer: &'static str,
    /// `AT+CGMM`.
    pub model: &'static str,
    /// `AT+CGMR`.
    pub revision: &'static str,
    /// Type allocation code, the first 8 digits of the IMEI.
    pub tac: &'static str,
    /// `AT+GCAP`.
    pub capabilities: &'static str,
    /// How it tells the ICCID.
    pub iccid: Query,
    /// How it tells the PIN tries that are left.
    pub pin_tries: Query,
    /// Whether `AT+CPIN?` ends with OK.
    pub cpin_ok: bool,
    /// What `AT+CNMI` accepts, and its value at start.
    pub cnmi: CnmiRanges,
    /// Whether `AT+CSMS=1` (phase 2+, acknowledged deliveries) exists.
    pub phase_2_plus: bool,
    /// Whether an acknowledgement that did not come sets mt and ds of CNMI to 0 (TS 27.005 clause 3.4.1).
    pub missed_cnma_clears_cnmi: bool,
    /// Message memories and their sizes; one named `MT` is the sum of SM and ME.
    pub memories: &'static [(&'static str, usize)],
    /// mem1, mem2, mem3 at start.
    pub memories_at_start: [&'static str; 3],
    /// What the first slot of a memory is called: 0 or 1.
    pub first_index: usize,
    /// What `AT+CMGR` answers for an empty slot.
    pub empty_slot: EmptySlot,
    /// Where status reports go with ds=2.
    pub report_storage: ReportStorage,
    /// Whether `AT+CMGL` in PDU mode wants `"ALL"` where the standard says `4`.
    pub cmgl_pdu_wants_words: bool,
    /// How USSD strings are written.
    pub ussd: UssdCoding,
    /// Whether the clock shows the year in four digits.
    pub four_digit_year: bool,
    /// Said after power-on, in order.
    pub start_urcs: &'static [&'static str],
    /// Said once the SIM can be used.
    pub ready_urcs: &'static [&'static str],
    /// Said again and again, each after its time, until [`Profile::hush`].
    pub noise: &'static [(Duration, &'static str)],
    /// The command that silences [`Profile::noise`].
    pub hush: Option<&'static str>,
    /// Said when a message finds no room, before the network is told.
    pub full_urc: Option<&'static str>,
    /// Standard commands that it does not know.
    pub missing: &'static [&'static str],
    /// Commands of its own, answered with these lines and OK; `None` for OK alone.
    /// A name with `=` or `?` stands for that form alone.
    pub own: &'static [(&'static str, Option<&'static str>)],
    /// What a restart does to the port.
    pub restart: Restart,
}

/// A command that tells something of the SIM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query {
    /// With its prefix; executed or read.
    pub name: &'static str,
    /// The answer, with `{}` where the digits of the ICCID stand, or `{pin}` and `{puk}` where the tries do.
    pub answer: &'static str,
}

impl Query {
    const fn new(name: &'static str, answer: &'static str) -> Self {
        Self { name, answer }
    }
}

/// What `AT+CNMI` accepts (TS 27.005 clause 3.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CnmiRanges {
    /// The values of mode, mt, bm, ds and bfr.
    pub allowed: [&'static [u8]; 5],
    /// Refused although each value is allowed by itself.
    pub refused: &'static [[u8; 5]],
    /// After power-on.
    pub at_start: [u8; 5],
}

/// What reading an empty slot gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptySlot {
    /// OK and nothing else.
    Ok,
    /// `+CMS ERROR: 321`, invalid memory index.
    Error,
}

/// Where a status report is kept with CNMI ds=2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportStorage {
    /// In mem3 like any message, announced there.
    Mem3,
    /// In `SR`, announced there.
    Sr,
    /// In `SR`, but announced as slot 0 of `SM`.
    SrAnnouncedAsSm,
    /// Announced and lost.
    Lost,
}

/// How `AT+CUSD` and `+CUSD` carry a text (TS 27.007 clause 7.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UssdCoding {
    /// In the character set of `AT+CSCS`.
    Charset,
    /// Septets packed into octets, in hexadecimal (TS 23.038 clause 6.1.2.3).
    PackedHex,
}

/// What a restart does to the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// The port stays and is silent for this long.
    Silent(Duration),
    /// The port goes away as a USB device does, and comes back after this long.
    Vanish(Duration),
}

const BITS: &[u8] = &[0, 1];
const MODES: &[u8] = &[0, 1, 2, 3];

/// A modem as the standards describe it, with a large SIM and no surprises.
pub(crate) const GENERIC: Profile = Profile {
    name: "generic",
    manufacturer: "Generic",
    model: "VM1",
    revision: "VM1 1.0",
    tac: "35909306",
    capabilities: "+CGSM,+DS,+ES",
    iccid: Query::new("+CCID", "+CCID: {}"),
    pin_tries: Query::new("+CPINR", "+CPINR: SIM PIN,{pin},3"),
    cpin_ok: true,
    cnmi: CnmiRanges {
        allowed: [MODES, MODES, &[0, 2], &[0, 1, 2], BITS],
        refused: &[],
        at_start: [0, 0, 0, 0, 0],
    },
    phase_2_plus: true,
    missed_cnma_clears_cnmi: true,
    memories: &[("SM", 50), ("ME", 100), ("MT", 150), ("SR", 20)],
    memories_at_start: ["SM", "SM", "SM"],
    first_index: 1,
    empty_slot: EmptySlot::Error,
    report_storage: ReportStorage::Mem3,
    cmgl_pdu_wants_words: false,
    ussd: UssdCoding::Charset,
    four_digit_year: false,
    start_urcs: &[],
    ready_urcs: &[],
    noise: &[],
    hush: None,
    full_urc: None,
    missing: &[],
    own: &[],
    restart: Restart::Silent(Duration::from_secs(2)),
};

const PROFILES: &[&Profile] = &[
    &GENERIC,
    &cinterion::MC75I,
    &huawei::E3372,
    &huawei::E173,
    &quectel::EC25,
    &quectel::EG912,
    &sierra::MC7455,
    &simcom::SIM800,
    &simcom::SIM7600,
    &simcom::A7670,
    &telit::LE910,
    &ublox::SARA_R4,
    &wavecom::FASTRACK,
    &zte::MF190,
];

impl Profile {
    /// The profile of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        PROFILES
            .iter()
            .copied()
            .find(|profile| profile.name == name)
    }

    /// The names of all profiles.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PROFILES.iter().map(|profile| profile.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_agrees_with_itself() {
        let mut names = std::collections::HashSet::new();
        for profile in PROFILES {
            let name = profile.name;
            assert_eq!(profile.tac.len(), 8, "{name}");
            assert!(profile.iccid.answer.contains("{}"), "{name}");
            for memory in profile.memories_at_start {
                assert!(
                    profile.memories.iter().any(|(known, _)| *known == memory),
                    "{name} {memory}"
                );
            }
            for (value, allowed) in profile.cnmi.at_start.iter().zip(profile.cnmi.allowed) {
                assert!(allowed.contains(value), "{name}");
            }
            assert!(names.insert(name), "{name} is there twice");
        }
    }
}
