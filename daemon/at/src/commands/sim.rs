//! Who the SIM is: ICCID, IMSI, own numbers.

use super::identity::{Text, text_that};
use super::{Answer, read, write_line};
use crate::command::{Command, Unreadable, lines};
use crate::header::after_name;
use crate::params::Params;
use crate::request::Expects;
use atat::AtatCmd;
use atat::atat_derive::AtatCmd;

/// `AT+CIMI` (TS 27.007 5.6): IMSI.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CIMI", Text, timeout_ms = 5_000, parse = imsi)]
pub struct Cimi;

/// 6 to 15 digits (TS 23.003 2.2).
fn imsi(answer: &[u8]) -> Result<Text, Unreadable> {
    text_that(answer, |line| {
        (6..=15).contains(&line.len()) && line.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The command that tells the ICCID; none is in TS 27.007 but `+CCID` (8.62) since release 11.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IccidVia {
    /// `AT+CCID`
    Ccid,
    /// `AT+CCID?`
    CcidRead,
    /// `AT+ICCID`
    Iccid,
    /// `AT+CICCID`
    Ciccid,
    /// `AT^ICCID?`
    CaretIccid,
    /// `AT+QCCID`
    Qccid,
    /// `AT#CCID`
    HashCcid,
    /// `AT!ICCID?`
    BangIccid,
    /// `AT^SCID`
    CaretScid,
    /// `AT+ZGETICCID`
    Zgeticcid,
    /// `AT+CRSM=176,12258,0,0,10`: `EF_ICCID` read from the SIM (TS 27.007 8.18, TS 31.102 4.2.2).
    Crsm,
}

impl IccidVia {
    /// All ways, the most common first.
    pub const ALL: &'static [Self] = &[
        Self::Ccid,
        Self::Iccid,
        Self::Ciccid,
        Self::Qccid,
        Self::CaretIccid,
        Self::HashCcid,
        Self::CcidRead,
        Self::BangIccid,
        Self::CaretScid,
        Self::Zgeticcid,
        Self::Crsm,
    ];

    const fn command(self) -> &'static str {
        match self {
            Self::Ccid => "AT+CCID\r",
            Self::CcidRead => "AT+CCID?\r",
            Self::Iccid => "AT+ICCID\r",
            Self::Ciccid => "AT+CICCID\r",
            Self::CaretIccid => "AT^ICCID?\r",
            Self::Qccid => "AT+QCCID\r",
            Self::HashCcid => "AT#CCID\r",
            Self::BangIccid => "AT!ICCID?\r",
            Self::CaretScid => "AT^SCID\r",
            Self::Zgeticcid => "AT+ZGETICCID\r",
            Self::Crsm => "AT+CRSM=176,12258,0,0,10\r",
        }
    }
}

/// Names seen in front of an ICCID.
const ICCID_NAMES: &[&str] = &[
    "+CCID",
    "+ICCID",
    "+CICCID",
    "+QCCID",
    "^ICCID",
    "^SCID",
    "#CCID",
    "!ICCID",
    "+ZGETICCID",
    "ICCID",
];

/// An ICCID as printed on the card: 18 to 20 digits, `89` first (ITU-T E.118). Some issuers put
/// hexadecimal digits into the account number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Iccid(pub String);

impl Iccid {
    /// Reads the value as modems write it: in quotes or not, with filler `F`, with the digits of
    /// each octet swapped as the SIM stores them.
    pub fn parse(value: &str) -> Result<Self, Unreadable> {
        let value = value.trim().trim_matches('"').trim();
        let plain = if value.starts_with("98") {
            swapped(value)
        } else {
            value.to_owned()
        };
        let digits = plain.trim_end_matches(['F', 'f']).to_ascii_uppercase();
        let ok = digits.starts_with("89")
            && (18..=20).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        ok.then_some(Self(digits)).ok_or(Unreadable)
    }
}

/// Swaps the digits of each pair (TS 31.102 4.2.2).
fn swapped(value: &str) -> String {
    let mut digits: Vec<char> = value.chars().collect();
    for pair in digits.chunks_exact_mut(2) {
        pair.swap(0, 1);
    }
    digits.into_iter().collect()
}

fn iccid(answer: &[u8]) -> Result<Iccid, Unreadable> {
    let read = |line| {
        let named = ICCID_NAMES.iter().find_map(|name| after_name(line, name));
        // A second parameter follows on one family: `+CCID: "8944...",""`.
        Iccid::parse(Params::parse(named.unwrap_or(line)).text(0)?).ok()
    };
    lines(answer).find_map(read).ok_or(Unreadable)
}

/// `+CRSM: <sw1>,<sw2>[,<response>]` (TS 27.007 8.18).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimResponse {
    /// Status word of the SIM, first octet: 144 (90 hex) and 145 are success (TS 51.011 9.4).
    pub sw1: u8,
    /// Second octet.
    pub sw2: u8,
    /// What was read, in hexadecimal.
    pub data: String,
}

impl SimResponse {
    /// Reads what stands behind `+CRSM:`.
    pub fn parse(rest: &str) -> Option<Self> {
        let params = Params::parse(rest);
        Some(Self {
            sw1: params.number(0)?,
            sw2: params.number(1)?,
            data: params.text(2).unwrap_or("").to_owned(),
        })
    }

    /// Whether the SIM did what it was asked.
    pub const fn is_success(&self) -> bool {
        matches!(self.sw1, 144 | 145)
    }
}

fn crsm(answer: &[u8]) -> Result<Iccid, Unreadable> {
    let rest = super::only_line(answer, &["+CRSM"])?;
    let response = SimResponse::parse(rest).ok_or(Unreadable)?;
    if !response.is_success() {
        return Err(Unreadable);
    }
    Iccid::parse(&response.data)
}

impl AtatCmd for IccidVia {
    type Response = Iccid;
    const MAX_TIMEOUT_MS: u32 = 5_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        write_line(buffer, self.command())
    }

    fn parse(&self, answer: Answer<'_>) -> Result<Iccid, atat::Error> {
        match self {
            Self::Crsm => read(answer, crsm),
            _ => read(answer, iccid),
        }
    }
}

impl Command for IccidVia {
    fn expects(&self) -> Expects {
        match self {
            Self::Crsm => Expects::Line(&["+CRSM"]),
            _ => Expects::Text(ICCID_NAMES),
        }
    }
}

/// `AT+CNUM` (TS 27.007 7.1): the numbers the operator wrote on the SIM, often none.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CNUM", OwnNumbers, timeout_ms = 10_000, parse = own_numbers)]
pub struct Cnum;

/// One number of the subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnNumber {
    /// As the SIM has it; may be empty.
    pub number: String,
    /// Type of address octet: 145 = international.
    pub type_of_address: Option<u8>,
}

/// The lines of `+CNUM: [<alpha>],<number>,<type>`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnNumbers(pub Vec<OwnNumber>);

fn own_numbers(answer: &[u8]) -> Result<OwnNumbers, Unreadable> {
    let numbers = lines(answer).map(|line| {
        let params = Params::parse(after_name(line, "+CNUM").ok_or(Unreadable)?);
        Ok(OwnNumber {
            number: params.text(1).unwrap_or("").to_owned(),
            type_of_address: params.number(2),
        })
    });
    numbers.collect::<Result<_, _>>().map(OwnNumbers)
}
