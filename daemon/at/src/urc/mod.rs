//! Unsolicited result codes: what a modem says without being asked.

mod parse;
#[cfg(test)]
mod tests;
pub(crate) mod two_line;
mod vendor;

use crate::commands::{PinState, RegistrationStatus};

/// An unsolicited result code, a two-line one with its PDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Urc {
    /// `+CMTI`: a message was stored (TS 27.005 3.4.1).
    Cmti(Stored),
    /// `+CDSI`: a status report was stored.
    Cdsi(Stored),
    /// `+CBMI`: a cell broadcast message was stored.
    Cbmi(Stored),
    /// `+CMT`: a message routed to us, not stored. With `+CSMS=1` it waits for `+CNMA`.
    Cmt(Routed),
    /// `+CDS`: a status report routed to us.
    Cds(Routed),
    /// `+CBM`: a cell broadcast page; its PDU has no SMSC address.
    Cbm(Routed),
    /// A URC that cannot be read: its PDU is missing, cut, or in text mode. What it announced is
    /// to be looked for in the memories.
    Damaged {
        /// The first line.
        header: String,
        /// The line taken for its PDU, if one came.
        body: Option<String>,
    },
    /// `+CUSD`: a USSD answer or a question from the network (TS 27.007 7.15).
    Cusd {
        /// What the network expects now.
        mode: UssdMode,
        /// The string, still in the character set of `+CSCS` or packed.
        text: Option<String>,
        /// Cell broadcast data coding scheme, TS 23.038 5.
        dcs: Option<u8>,
    },
    /// `RING`, `+CRING`: a call comes in.
    Ring,
    /// `+CLIP`: who calls; `None` when withheld.
    Clip {
        /// The number as the modem writes it.
        number: Option<String>,
        /// Type of address octet (TS 24.008 10.5.4.7): 145 = international.
        type_of_address: Option<u8>,
    },
    /// `NO CARRIER` after a `RING`: the caller hung up.
    CallEnded,
    /// `+CREG`
    Creg(RegistrationStatus),
    /// `+CGREG`
    Cgreg(RegistrationStatus),
    /// `+CEREG`
    Cereg(RegistrationStatus),
    /// `+C5GREG`
    C5greg(RegistrationStatus),
    /// `+CPIN`: the state of the SIM changed.
    Cpin(PinState),
    /// A message memory is full; its name if the modem tells.
    MemoryFull(Option<String>),
    /// The modem has just started, is on its way up, or changed its state.
    Progress(Progress),
    /// The supply voltage is too low (or too high).
    Voltage(String),
    /// One of the many that mean nothing to us, or one not known.
    Vendor(String),
}

/// Where a message was stored: `"SM",0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// `<mem>`: `SM`, `ME`, `SR`, ...
    pub memory: String,
    /// `<index>`; some modems count from 0.
    pub index: u16,
}

/// A PDU that came with its notice; its length was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routed {
    /// `<length>`: octets of the TPDU, without the SMSC address in front of it.
    pub length: u16,
    /// Hexadecimal digits, SMSC address first.
    pub pdu: String,
}

/// `<m>` of `+CUSD` (TS 27.007 7.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UssdMode {
    /// 0: done.
    Final,
    /// 1: the network waits for an answer.
    Open,
    /// 2: ended by the network.
    Ended,
    /// 3: another local client has answered.
    OtherClient,
    /// 4: not supported.
    NotSupported,
    /// 5: the network did not answer in time.
    Timeout,
    /// Another value.
    Other(u8),
}

/// Milestones of a start, and its reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Progress {
    /// The modem has just started: everything set before is lost.
    Started,
    /// The SIM can be read.
    SimReady,
    /// The message service can be used.
    SmsReady,
    /// Calls can be made.
    CallReady,
    /// The phonebook can be read; the last step on some modems.
    PhonebookReady,
    /// The SIM was put in or taken out.
    SimChanged,
    /// The modem switches off.
    PowerDown,
}

impl Urc {
    /// Reads a one-line URC of the standards or of the table of known ones; `None` for a line that
    /// is not one. Two-line URCs are joined by [`crate::Dialogue`].
    pub fn parse(line: &str) -> Option<Self> {
        parse::parse(line)
    }
}

impl atat::AtatUrc for Urc {
    fn parse(resp: &[u8]) -> Option<Self> {
        Self::parse(std::str::from_utf8(resp).ok()?)
    }
}

impl UssdMode {
    /// From `<m>`.
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Final,
            1 => Self::Open,
            2 => Self::Ended,
            3 => Self::OtherClient,
            4 => Self::NotSupported,
            5 => Self::Timeout,
            other => Self::Other(other),
        }
    }
}
