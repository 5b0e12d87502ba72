//! The SIM's lock: its state, the PIN, the tries that are left.

use super::basic::no_answer;
use super::{Answer, NoAnswer, read, write_line};
use crate::command::{Command, Unreadable, lines};
use crate::header::{after_name, name_of};
use crate::params::Params;
use crate::request::Expects;
use atat::AtatCmd;
use atat::atat_derive::AtatCmd;

/// `+CPIN: <code>` (TS 27.007 8.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinState {
    /// `READY`: nothing is asked for.
    Ready,
    /// `SIM PIN`
    SimPin,
    /// `SIM PUK`
    SimPuk,
    /// `SIM PIN2`
    SimPin2,
    /// `SIM PUK2`
    SimPuk2,
    /// `PH-SIM PIN` and the other locks of the phone to a SIM, network or provider.
    PhoneLock(String),
    /// `NOT INSERTED`, `REMOVED`
    NotInserted,
    /// `NOT READY`, `BUSY`: the SIM is starting.
    NotReady,
    /// Anything else.
    Other(String),
}

impl PinState {
    /// Reads `<code>`, in quotes or not.
    pub fn parse(code: &str) -> Self {
        let code = code.trim().trim_matches('"');
        match code.to_ascii_uppercase().as_str() {
            "READY" => Self::Ready,
            "SIM PIN" => Self::SimPin,
            "SIM PUK" => Self::SimPuk,
            "SIM PIN2" => Self::SimPin2,
            "SIM PUK2" => Self::SimPuk2,
            "NOT INSERTED" | "SIM NOT INSERTED" | "REMOVED" | "SIM REMOVED" => Self::NotInserted,
            "NOT READY" | "SIM NOT READY" | "BUSY" | "SIM BUSY" => Self::NotReady,
            upper if upper.starts_with("PH-") => Self::PhoneLock(code.to_owned()),
            _ => Self::Other(code.to_owned()),
        }
    }

    /// Whether a line without `+CPIN:` in front is such a code, as one old modem writes it.
    pub(crate) fn is_bare(line: &str) -> bool {
        name_of(line).is_none() && !matches!(Self::parse(line), Self::Other(_))
    }
}

/// `AT+CPIN?`. Some firmware leaves out the `OK`. 5 s as EC25's manual has it.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CPIN?", PinState, timeout_ms = 5_000, parse = pin_state)]
pub struct CpinRead;

fn pin_state(answer: &[u8]) -> Result<PinState, Unreadable> {
    let line = lines(answer).next().ok_or(Unreadable)?;
    Ok(PinState::parse(after_name(line, "+CPIN").unwrap_or(line)))
}

/// `AT+CPIN="<pin>"`. The SIM counts a wrong one: never send the same twice. 20 s, since a SIM
/// that takes longer than the usual second must not be thought silent and asked again.
#[derive(Clone, AtatCmd)]
#[at_cmd("+CPIN", NoAnswer, timeout_ms = 20_000, parse = no_answer)]
pub struct Cpin {
    /// Four to eight digits.
    #[at_arg(position = 0)]
    pub pin: heapless::String<8>,
}

impl std::fmt::Debug for Cpin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cpin(****)")
    }
}

/// `AT+CPIN="<puk>","<new pin>"`: unblocks a SIM that asks for its PUK. As long as [`Cpin`].
#[derive(Clone, AtatCmd)]
#[at_cmd("+CPIN", NoAnswer, timeout_ms = 20_000, parse = no_answer)]
pub struct CpinUnblock {
    /// Eight digits.
    #[at_arg(position = 0)]
    pub puk: heapless::String<8>,
    /// Four to eight digits.
    #[at_arg(position = 1)]
    pub new_pin: heapless::String<8>,
}

impl std::fmt::Debug for CpinUnblock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CpinUnblock(****)")
    }
}

/// A SIM tells them in four bits (`63 CX`, ISO 7816-4 7.5.1); more is a garbled line.
const MOST_TRIES: u8 = 15;

/// The command that tells the tries left; only the first is a standard's (TS 27.007 8.65).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PinTriesVia {
    /// `AT+CPINR`: `+CPINR: <code>,<left>[,<default>]`, one line a code.
    Cpinr,
    /// `AT^CPIN?`: `^CPIN: <code>,[<left>],<puk>,<pin>,<puk2>,<pin2>`
    CaretCpin,
    /// `AT+UPINCNT`: `+UPINCNT: <pin>,<pin2>,<puk>,<puk2>`
    Upincnt,
    /// `AT#PCT`: `#PCT: <left>` of what is asked for now.
    Pct,
    /// `AT+QPINC?`: `+QPINC: "SC",<pin>,<puk>`, one line a lock.
    Qpinc,
    /// `AT+SPIC`: `+SPIC: <pin>,<pin2>,<puk>,<puk2>`
    Spic,
    /// `AT^SPIC`: `^SPIC: <left>` of what is asked for now.
    CaretSpic,
    /// `AT+CPINC?`: `+CPINC: <pin>,<pin2>,<puk>,<puk2>`
    Cpinc,
    /// `AT+ZPINPUK=?`: `+ZPINPUK: <pin>,<puk>`
    Zpinpuk,
}

/// Tries left before the SIM locks itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PinTries {
    /// For the PIN; for the PUK if [`PinState::SimPuk`] is asked for and the modem tells one
    /// number only.
    pub pin: Option<u8>,
    /// For the PUK.
    pub puk: Option<u8>,
}

impl PinTriesVia {
    const fn command(self) -> &'static str {
        match self {
            Self::Cpinr => "AT+CPINR\r",
            Self::CaretCpin => "AT^CPIN?\r",
            Self::Upincnt => "AT+UPINCNT\r",
            Self::Pct => "AT#PCT\r",
            Self::Qpinc => "AT+QPINC?\r",
            Self::Spic => "AT+SPIC\r",
            Self::CaretSpic => "AT^SPIC\r",
            Self::Cpinc => "AT+CPINC?\r",
            Self::Zpinpuk => "AT+ZPINPUK=?\r",
        }
    }

    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Cpinr => &["+CPINR"],
            Self::CaretCpin => &["^CPIN"],
            Self::Upincnt => &["+UPINCNT"],
            Self::Pct => &["#PCT"],
            Self::Qpinc => &["+QPINC"],
            Self::Spic => &["+SPIC"],
            Self::CaretSpic => &["^SPIC"],
            Self::Cpinc => &["+CPINC"],
            Self::Zpinpuk => &["+ZPINPUK"],
        }
    }

    fn parse(self, answer: &[u8]) -> Result<PinTries, Unreadable> {
        let mut tries = PinTries::default();
        for line in lines(answer) {
            let rest = self.names().iter().find_map(|name| after_name(line, name));
            let params = Params::parse(rest.ok_or(Unreadable)?);
            self.add(&params, &mut tries);
        }
        tries.pin = tries.pin.filter(|left| *left <= MOST_TRIES);
        tries.puk = tries.puk.filter(|left| *left <= MOST_TRIES);
        let told = tries.pin.is_some() || tries.puk.is_some();
        told.then_some(tries).ok_or(Unreadable)
    }

    fn add(self, params: &Params<'_>, tries: &mut PinTries) {
        match self {
            Self::Cpinr => match params.text(0) {
                Some("SIM PIN") => tries.pin = params.number(1),
                Some("SIM PUK") => tries.puk = params.number(1),
                _ => {}
            },
            Self::CaretCpin => {
                tries.puk = params.number(2);
                tries.pin = params.number(3);
            }
            Self::Qpinc => {
                if params.text(0) == Some("SC") {
                    tries.pin = params.number(1);
                    tries.puk = params.number(2);
                }
            }
            Self::Upincnt | Self::Spic | Self::Cpinc => {
                tries.pin = params.number(0);
                tries.puk = params.number(2);
            }
            Self::Pct | Self::CaretSpic => tries.pin = params.number(0),
            Self::Zpinpuk => {
                tries.pin = params.number(0);
                tries.puk = params.number(1);
            }
        }
    }
}

impl AtatCmd for PinTriesVia {
    type Response = PinTries;
    const MAX_TIMEOUT_MS: u32 = 5_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        write_line(buffer, self.command())
    }

    fn parse(&self, answer: Answer<'_>) -> Result<PinTries, atat::Error> {
        read(answer, |answer| PinTriesVia::parse(*self, answer))
    }
}

impl Command for PinTriesVia {
    fn expects(&self) -> Expects {
        Expects::Lines(self.names())
    }
}
