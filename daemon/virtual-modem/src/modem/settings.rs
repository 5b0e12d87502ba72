//! What the DTE has set and `ATZ` sets back.

use std::str::FromStr;

use crate::profile::Profile;

/// The character set of strings (TS 27.007 clause 5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// The default alphabet of TS 23.038, one septet an octet.
    Gsm,
    /// ASCII.
    Ira,
    /// UTF-16 units in hexadecimal.
    Ucs2,
    /// Octets of the message in hexadecimal.
    Hex,
    Utf8,
    Latin1,
}

/// A character set of `AT+CSCS` by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CharsetName(Charset);

impl Default for CharsetName {
    fn default() -> Self {
        Self(Charset::Ira)
    }
}

impl FromStr for CharsetName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = || Charset::ALL.map(|(_, name)| name).join(", ");
        let found = Charset::find(name).map(Self);
        found.ok_or_else(|| format!("known are {}", names()))
    }
}

impl CharsetName {
    pub(super) fn charset(self) -> Charset {
        self.0
    }
}

impl Charset {
    pub(super) const ALL: [(Self, &'static str); 6] = [
        (Self::Ira, "IRA"),
        (Self::Gsm, "GSM"),
        (Self::Ucs2, "UCS2"),
        (Self::Hex, "HEX"),
        (Self::Latin1, "8859-1"),
        (Self::Utf8, "UTF-8"),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == self)
            .map_or("", |(_, name)| name)
    }

    pub(super) fn find(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(name))
            .map(|(charset, _)| *charset)
    }
}

/// Parameters of text mode, `AT+CSMP` (TS 27.005 clause 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextParameters {
    /// First octet of the SMS-SUBMIT.
    pub(super) fo: u8,
    /// TP-VP in relative form.
    pub(super) vp: u8,
    pub(super) pid: u8,
    pub(super) dcs: u8,
}

/// All of it.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// `+CMEE`: 0 plain ERROR, 1 numbers, 2 words.
    pub(super) error_detail: u8,
    pub(super) charset: Charset,
    /// `+CMGF=1`.
    pub(super) text_mode: bool,
    /// `+CSDH=1`.
    pub(super) show_headers: bool,
    pub(super) text: TextParameters,
    /// `+CSMS=1`: deliveries to the DTE are acknowledged.
    pub(super) phase_2_plus: bool,
    /// mode, mt, bm, ds, bfr.
    pub(super) cnmi: [u8; 5],
    /// `+CMMS`.
    pub(super) more_messages: u8,
    /// mem1, mem2, mem3.
    pub(super) memories: [&'static str; 3],
    /// `<n>` of +CREG, +CGREG, +CEREG.
    pub(super) registration_urcs: [u8; 3],
    /// `<format>` of +COPS.
    pub(super) operator_format: u8,
    pub(super) show_caller: bool,
    /// `+CRC=1`: `+CRING: VOICE` for RING.
    pub(super) extended_ring: bool,
    /// `+CUSD=1`.
    pub(super) ussd_urcs: bool,
    pub(super) phonebook: &'static str,
    /// `+CSCB`, as it was written.
    pub(super) cell_broadcast: String,
}

impl Settings {
    pub(super) fn new(profile: &Profile) -> Self {
        Self {
            error_detail: 0,
            charset: Charset::Ira,
            text_mode: false,
            show_headers: false,
            text: TextParameters {
                fo: 0x11,
                vp: 167,
                pid: 0,
                dcs: 0,
            },
            phase_2_plus: false,
            cnmi: profile.cnmi.at_start,
            more_messages: 0,
            memories: profile.memories_at_start,
            registration_urcs: [0; 3],
            operator_format: 0,
            show_caller: false,
            extended_ring: false,
            ussd_urcs: false,
            phonebook: "SM",
            cell_broadcast: "0,\"\",\"\"".to_owned(),
        }
    }
}
