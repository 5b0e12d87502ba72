//! Messages in the modem's memories: list, read, delete (TS 27.005 3.4.2, 3.4.3, 3.5.4, PDU mode
//! 4.1, 4.2).

use super::basic::no_answer;
use super::{Answer, NoAnswer, read, write_line};
use crate::command::{Unreadable, lines};
use crate::header::after_name;
use crate::params::Params;
use atat::AtatCmd;
use atat::atat_derive::AtatCmd;

/// One stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPdu {
    /// `<index>` in its memory, from 0 or 1; 0 in an answer to `+CMGR`, which does not tell it.
    pub index: u16,
    /// `<stat>`: 0 received unread, 1 received read, 2 stored unsent, 3 stored sent. `None` where
    /// the modem leaves it out.
    pub status: Option<u8>,
    /// Octets of the TPDU as told; may contradict the PDU.
    pub length: Option<u16>,
    /// Hexadecimal digits, SMSC address first; empty for an empty slot.
    pub pdu: String,
}

/// What `+CMGL` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CmglFilter {
    /// `4`: all, in PDU mode.
    All,
    /// `"ALL"`: all, for firmware that wants the text mode word in PDU mode (field
    /// notes A.31).
    AllByWord,
}

/// `AT+CMGL=4`. SIM800's manual has 20 s for 150 messages; a slow SIM of 50 took 10 s.
#[derive(Debug, Clone, Copy)]
pub struct Cmgl(pub CmglFilter);

/// The messages of a memory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing(pub Vec<StoredPdu>);

impl AtatCmd for Cmgl {
    type Response = Listing;
    const MAX_TIMEOUT_MS: u32 = 30_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        let line = match self.0 {
            CmglFilter::All => "AT+CMGL=4\r",
            CmglFilter::AllByWord => "AT+CMGL=\"ALL\"\r",
        };
        write_line(buffer, line)
    }

    fn parse(&self, answer: Answer<'_>) -> Result<Listing, atat::Error> {
        read(answer, |answer| {
            let messages = pairs(answer, "+CMGL", |fields, message| {
                message.index = fields.number(0)?;
                message.status = fields.number(1);
                Some(())
            })?;
            Ok(Listing(messages))
        })
    }
}

/// `AT+CMGR=<index>`. `OK` alone means that nothing is there: `None`.
#[derive(Debug, Clone, Copy)]
pub struct Cmgr(
    /// `<index>`; 0 is valid on some modems.
    pub u16,
);

/// What `+CMGR` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadMessage(pub Option<StoredPdu>);

impl AtatCmd for Cmgr {
    type Response = ReadMessage;
    const MAX_TIMEOUT_MS: u32 = 10_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        write_line(buffer, &format!("AT+CMGR={}\r", self.0))
    }

    fn parse(&self, answer: Answer<'_>) -> Result<ReadMessage, atat::Error> {
        read(answer, |answer| {
            let messages = pairs(answer, "+CMGR", |fields, message| {
                message.index = self.0;
                message.status = fields.number(0);
                Some(())
            })?;
            // A slot that holds nothing is told by some as `+CMGR: 0,,0` and an empty PDU.
            Ok(ReadMessage(
                messages.into_iter().next().filter(|m| !m.pdu.is_empty()),
            ))
        })
    }
}

/// `AT+CMGD=<index>`: delete one. SIM800's manual has 5 s.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CMGD", NoAnswer, timeout_ms = 10_000, parse = no_answer)]
pub struct Cmgd {
    /// `<index>` in the memory chosen with `+CPMS`.
    #[at_arg(position = 0)]
    pub index: u16,
}

/// Joins headers and PDUs. `fields` reads what stands before the length in the header.
fn pairs(
    answer: &[u8],
    name: &str,
    fields: impl Fn(&Params<'_>, &mut StoredPdu) -> Option<()>,
) -> Result<Vec<StoredPdu>, Unreadable> {
    let mut messages: Vec<StoredPdu> = Vec::new();
    for line in lines(answer) {
        let Some(rest) = after_name(line, name) else {
            let message = messages.last_mut().ok_or(Unreadable)?;
            line.trim_end().clone_into(&mut message.pdu);
            continue;
        };
        let (header, pdu) = header_and_pdu(rest);
        let params = Params::parse(header);
        let mut message = StoredPdu {
            index: 0,
            status: None,
            length: body_length(rest),
            pdu: pdu.to_owned(),
        };
        fields(&params, &mut message).ok_or(Unreadable)?;
        messages.push(message);
    }
    Ok(messages)
}

/// Some firmware puts the PDU behind the header on the same line.
fn header_and_pdu(rest: &str) -> (&str, &str) {
    match rest.rsplit_once([' ', ',']) {
        Some((header, pdu)) if pdu.len() > 8 && pdu.bytes().all(|b| b.is_ascii_hexdigit()) => {
            (header, pdu)
        }
        _ => (rest, ""),
    }
}

/// The length told in a header of `+CMGL` or `+CMGR`: its last parameter. `None` when the PDU is
/// on the same line or none follows.
pub(crate) fn body_length(rest: &str) -> Option<u16> {
    let (header, pdu) = header_and_pdu(rest);
    if !pdu.is_empty() {
        return None;
    }
    let params = Params::parse(header);
    params.number(params.count().checked_sub(1)?)
}
