//! The operator and the radio technology.

use super::{Answer, NoAnswer, only_params, read, write_line};
use crate::command::Unreadable;
use atat::AtatCmd;
use atat::atat_derive::AtatCmd;

/// `<AcT>` (TS 27.007 7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccessTechnology {
    /// 0, 1
    Gsm,
    /// 2
    Umts,
    /// 3
    Edge,
    /// 4, 5, 6
    Hspa,
    /// 7
    Lte,
    /// 8
    EcGsmIot,
    /// 9
    NbIot,
    /// 10, 11, 12, 13
    Nr,
    /// Another value.
    Other(u8),
}

impl AccessTechnology {
    /// From `<AcT>`.
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 | 1 => Self::Gsm,
            2 => Self::Umts,
            3 => Self::Edge,
            4..=6 => Self::Hspa,
            7 => Self::Lte,
            8 => Self::EcGsmIot,
            9 => Self::NbIot,
            10..=13 => Self::Nr,
            other => Self::Other(other),
        }
    }
}

/// `AT+COPS?` (TS 27.007 7.3). 15 s: it may wait for a search that is going on.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+COPS?", Operator, timeout_ms = 15_000, parse = operator)]
pub struct Cops;

/// `+COPS: <mode>[,<format>,<oper>[,<AcT>]]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// 0 automatic, 1 manual, 2 deregistered, 4 manual then automatic.
    pub mode: u8,
    /// 0 long name, 1 short name, 2 digits.
    pub format: Option<u8>,
    /// In the character set of `+CSCS`; `None` while not registered.
    pub name: Option<String>,
    /// The technology in use.
    pub technology: Option<AccessTechnology>,
}

fn operator(answer: &[u8]) -> Result<Operator, Unreadable> {
    let params = only_params(answer, "+COPS")?;
    Ok(Operator {
        mode: params.number(0).ok_or(Unreadable)?,
        format: params.number(1),
        name: params
            .text(2)
            .filter(|name| !name.is_empty())
            .map(str::to_owned),
        technology: params.number(3).map(AccessTechnology::from_code),
    })
}

/// `AT+COPS=3,<format>`: how `AT+COPS?` names the operator; does not touch the registration.
#[derive(Debug, Clone, Copy)]
pub struct CopsFormat(
    /// 0 long name, 1 short name, 2 digits.
    pub u8,
);

impl AtatCmd for CopsFormat {
    type Response = NoAnswer;
    const MAX_TIMEOUT_MS: u32 = 15_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        write_line(buffer, &format!("AT+COPS=3,{}\r", self.0))
    }

    fn parse(&self, answer: Answer<'_>) -> Result<NoAnswer, atat::Error> {
        read(answer, |_| Ok(NoAnswer))
    }
}
