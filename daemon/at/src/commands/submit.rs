//! `AT+CMGS`: the one command that sends (TS 27.005 3.5.1, PDU mode 4.3).

use super::{Answer, read, write_line};
use crate::command::{Command, Unreadable, lines};
use crate::header::after_name;
use crate::params::Params;
use crate::request::{CTRL_Z, Expects};
use atat::AtatCmd;

/// `AT+CMGS=<length>`, the prompt, the PDU, Ctrl-Z.
///
/// 180 s for the whole: u-blox documents 3 minutes for `+CMGS`, Quectel 120 s for EG800Q, and an
/// error after 135 s was seen. A shorter wait is how messages are sent twice.
#[derive(Clone)]
pub struct Cmgs {
    /// Octets of the TPDU, without the SMSC address in front of it.
    length: u16,
    /// Hexadecimal digits, SMSC address first.
    pdu: String,
}

impl Cmgs {
    /// `pdu` in hexadecimal with the SMSC address in front, of which `length` octets are the TPDU.
    pub fn new(pdu: impl Into<String>, length: u16) -> Self {
        Self {
            length,
            pdu: pdu.into(),
        }
    }
}

// The PDU holds the text.
impl std::fmt::Debug for Cmgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cmgs({})", self.length)
    }
}

/// `+CMGS: <mr>[,<ackpdu>]`; with `+CSMS=1` some modems add `<scts>` instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// TP-MR, 0..=255.
    pub mr: u8,
    /// What follows, as it stands.
    pub rest: Option<String>,
}

impl Submitted {
    /// Reads a line `+CMGS: ...`, also one that comes after its command was given up.
    pub fn parse(line: &str) -> Option<Self> {
        let rest = after_name(line, "+CMGS")?;
        let params = Params::parse(rest);
        Some(Self {
            mr: params.number(0)?,
            rest: rest.split_once(',').map(|(_, rest)| rest.trim().to_owned()),
        })
    }
}

impl AtatCmd for Cmgs {
    type Response = Submitted;
    const MAX_TIMEOUT_MS: u32 = 180_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        write_line(buffer, &format!("AT+CMGS={}\r", self.length))
    }

    fn parse(&self, answer: Answer<'_>) -> Result<Submitted, atat::Error> {
        read(answer, |answer| {
            lines(answer).find_map(Submitted::parse).ok_or(Unreadable)
        })
    }
}

impl Command for Cmgs {
    fn expects(&self) -> Expects {
        Expects::Submit("+CMGS")
    }

    fn payload(&self) -> Option<Vec<u8>> {
        let mut payload = self.pdu.clone().into_bytes();
        payload.push(CTRL_Z);
        Some(payload)
    }
}
