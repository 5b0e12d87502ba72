//! `AT+CNMI`: what becomes of messages and reports that arrive (TS 27.005 3.4.1).

use super::{Answer, NoAnswer, basic::no_answer, only_line, only_params, read, write_line};
use crate::command::Unreadable;
use crate::ranges::Ranges;
use atat::AtatCmd;
use atat::atat_derive::AtatCmd;

/// `<mode>,<mt>,<bm>,<ds>,<bfr>`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CnmiValues {
    /// 0 buffer, 1 discard while on-line, 2 buffer while on-line, 3 in-band.
    pub mode: u8,
    /// 0 not told, 1 `+CMTI`, 2 `+CMT`, 3 class 3 as `+CMT` and the rest as `+CMTI`.
    pub mt: u8,
    /// 0 not told, 1 `+CBMI`, 2 `+CBM`.
    pub bm: u8,
    /// 0 not told, 1 `+CDS`, 2 `+CDSI`.
    pub ds: u8,
    /// What becomes of the buffer: 0 flushed to us, 1 cleared.
    pub bfr: u8,
}

impl CnmiValues {
    const fn as_array(self) -> [u8; 5] {
        [self.mode, self.mt, self.bm, self.ds, self.bfr]
    }
}

/// `AT+CNMI=<mode>,<mt>,<bm>,<ds>,<bfr>`. Quectel's manuals have 300 ms; it is not saved on most
/// modems, so it is sent again after every start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cnmi(pub CnmiValues);

impl AtatCmd for Cnmi {
    type Response = NoAnswer;
    const MAX_TIMEOUT_MS: u32 = 5_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        let [mode, mt, bm, ds, bfr] = self.0.as_array();
        write_line(buffer, &format!("AT+CNMI={mode},{mt},{bm},{ds},{bfr}\r"))
    }

    fn parse(&self, answer: Answer<'_>) -> Result<NoAnswer, atat::Error> {
        read(answer, no_answer)
    }
}

/// `AT+CNMI?`
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CNMI?", CnmiValues, timeout_ms = 5_000, parse = values)]
pub struct CnmiRead;

fn values(answer: &[u8]) -> Result<CnmiValues, Unreadable> {
    let params = only_params(answer, "+CNMI")?;
    Ok(CnmiValues {
        mode: params.number(0).ok_or(Unreadable)?,
        mt: params.number(1).ok_or(Unreadable)?,
        bm: params.number(2).unwrap_or(0),
        ds: params.number(3).unwrap_or(0),
        bfr: params.number(4).unwrap_or(0),
    })
}

/// `AT+CNMI=?`. A value that is listed may still be refused (field experience with `ds`).
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CNMI=?", CnmiChoices, timeout_ms = 5_000, parse = choices)]
pub struct CnmiTest;

/// The values listed for each parameter of `+CNMI`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CnmiChoices(pub Vec<Ranges>);

impl CnmiChoices {
    /// Whether every value is listed. A parameter without a list allows 0 only.
    pub fn allows(&self, values: CnmiValues) -> bool {
        values.as_array().iter().enumerate().all(|(at, &value)| {
            self.0
                .get(at)
                .filter(|list| !list.is_empty())
                .map_or(value == 0, |list| list.has(value.into()))
        })
    }
}

fn choices(answer: &[u8]) -> Result<CnmiChoices, Unreadable> {
    only_line(answer, &["+CNMI"]).map(|rest| CnmiChoices(Ranges::parse_all(rest)))
}
