//! The message service: level, service centre, link, acknowledgement, bearer.

use super::basic::no_answer;
use super::{Answer, NoAnswer, only_params, read, write_line};
use crate::command::Unreadable;
use crate::number::with_plus;
use crate::text::from_ucs2_hex;
use atat::AtatCmd;
use atat::atat_derive::AtatCmd;

/// `AT+CSMS=<service>` (TS 27.005 3.2.1): 1 = phase 2+, `+CMT` and `+CDS` wait for `+CNMA`.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CSMS", MessageService, timeout_ms = 5_000, parse = supports)]
pub struct Csms {
    /// 0 or 1.
    #[at_arg(position = 0)]
    pub service: u8,
}

/// `+CSMS: [<service>,]<mt>,<mo>,<bm>`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MessageService {
    /// The level in use; only told when read.
    pub service: Option<u8>,
    /// Messages can be received.
    pub mt: bool,
    /// Messages can be sent.
    pub mo: bool,
    /// Cell broadcast can be received.
    pub bm: bool,
}

fn supports(answer: &[u8]) -> Result<MessageService, Unreadable> {
    // Some firmware answers with `OK` alone.
    if answer.is_empty() {
        return Ok(MessageService {
            service: None,
            mt: true,
            mo: true,
            bm: false,
        });
    }
    service_at(answer, 0)
}

fn service(answer: &[u8]) -> Result<MessageService, Unreadable> {
    service_at(answer, 1)
}

fn service_at(answer: &[u8], first: usize) -> Result<MessageService, Unreadable> {
    let params = only_params(answer, "+CSMS")?;
    let flag = |index| params.number(first + index).map(|n: u8| n != 0);
    Ok(MessageService {
        service: if first == 0 { None } else { params.number(0) },
        mt: flag(0).ok_or(Unreadable)?,
        mo: flag(1).unwrap_or(true),
        bm: flag(2).unwrap_or(false),
    })
}

/// `AT+CSMS?`
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CSMS?", MessageService, timeout_ms = 5_000, parse = service)]
pub struct CsmsRead;

/// `AT+CSCA?` (TS 27.005 3.3.1): the service centre. Fails for seconds after the PIN.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CSCA?", ServiceCentre, timeout_ms = 10_000, parse = service_centre)]
pub struct CscaRead;

/// `+CSCA: <sca>[,<tosca>]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCentre {
    /// Digits with a leading `+` when international; read from UCS2 hex where the modem writes it
    /// so. Empty when none is set.
    pub address: String,
    /// Type of address octet: 145 = international.
    pub type_of_address: Option<u8>,
}

fn service_centre(answer: &[u8]) -> Result<ServiceCentre, Unreadable> {
    let params = only_params(answer, "+CSCA")?;
    let field = params.text(0).unwrap_or("");
    let type_of_address = params.number(1);
    let address = with_plus(centre_digits(field), type_of_address);
    Ok(ServiceCentre {
        address,
        type_of_address,
    })
}

/// `002B003800340039...` is a number in UCS2 hex; a plain number of that length does not exist
/// (at most 20 digits), nor one that starts with `00` and has the form of UTF-16 digits.
fn centre_digits(field: &str) -> String {
    let is_number = |text: &String| {
        text.chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '+' | '*' | '#'))
    };
    from_ucs2_hex(field)
        .filter(is_number)
        .unwrap_or_else(|| field.to_owned())
}

/// `AT+CMMS=<n>` (TS 27.005 3.5.6): 2 keeps the radio link between messages, 1 until a pause of 1
/// to 5 s, 0 never. Quectel's EG800Q manual allows 120 s; it does not touch the network, so a modem
/// that takes longer than 10 s is left without it.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CMMS", NoAnswer, timeout_ms = 10_000, parse = no_answer)]
pub struct Cmms {
    /// 0, 1 or 2.
    #[at_arg(position = 0)]
    pub mode: u8,
}

/// `AT+CNMA` (TS 27.005 3.4.4): acknowledge what `+CMT` or `+CDS` brought, else the service centre
/// sends it again. EC25 answers within 300 ms; 5 s, as it goes out over the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cnma {
    /// `AT+CNMA`
    Plain,
    /// `AT+CNMA=0`, the same in PDU mode.
    Zero,
    /// `AT+CNMA=1`: RP-ACK.
    Ack,
    /// `AT+CNMA=2`: RP-ERROR; the service centre keeps the message.
    Refuse,
}

impl AtatCmd for Cnma {
    type Response = NoAnswer;
    const MAX_TIMEOUT_MS: u32 = 5_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        let line = match self {
            Self::Plain => "AT+CNMA\r",
            Self::Zero => "AT+CNMA=0\r",
            Self::Ack => "AT+CNMA=1\r",
            Self::Refuse => "AT+CNMA=2\r",
        };
        write_line(buffer, line)
    }

    fn parse(&self, answer: Answer<'_>) -> Result<NoAnswer, atat::Error> {
        read(answer, no_answer)
    }
}
