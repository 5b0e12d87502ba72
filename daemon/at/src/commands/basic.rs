//! Attention, echo, result codes, character set, functionality.

use super::{Answer, only_line, read};
use crate::command::Unreadable;
use crate::ranges::Ranges;
use atat::AtatCmd;
use atat::atat_derive::{AtatCmd, AtatResp};
use heapless::String;

/// For commands answered by a final code alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AtatResp)]
pub struct NoAnswer;

/// All is in the final code; there are no lines.
pub(super) fn no_answer(answer: &[u8]) -> Result<NoAnswer, Unreadable> {
    answer.is_empty().then_some(NoAnswer).ok_or(Unreadable)
}

/// `AT`: is anybody there? Any modem that lives answers in well under a second; 2 s leave room for
/// one that is waking.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("", NoAnswer, timeout_ms = 2_000, parse = no_answer, value_sep = false)]
pub struct At;

/// `ATE<n>` (V.250 6.2.4): echo off (0) or on (1).
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("E", NoAnswer, timeout_ms = 2_000, parse = no_answer, value_sep = false)]
pub struct Ate {
    /// 0 = off, 1 = on.
    #[at_arg(position = 0)]
    pub echo: u8,
}

/// `AT+CMEE=<n>` (TS 27.007 9.1): 1 = errors as numbers, 2 = as text.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CMEE", NoAnswer, timeout_ms = 2_000, parse = no_answer)]
pub struct Cmee {
    /// 0, 1 or 2.
    #[at_arg(position = 0)]
    pub mode: u8,
}

/// `AT+CMEE?`. Its answer cannot be taken for another command's, which makes it the probe to
/// resynchronise with: what comes before `+CMEE:` belongs to an earlier command.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CMEE?", CmeeMode, timeout_ms = 5_000, parse = error_codes)]
pub struct CmeeRead;

/// `+CMEE: <n>`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CmeeMode {
    /// 0, 1 or 2.
    pub mode: u8,
}

fn error_codes(answer: &[u8]) -> Result<CmeeMode, Unreadable> {
    let mode = super::only_params(answer, "+CMEE")?.number(0);
    mode.map(|mode| CmeeMode { mode }).ok_or(Unreadable)
}

/// `AT+CMGF=<mode>` (TS 27.005 3.2.3): 0 = PDU mode.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CMGF", NoAnswer, timeout_ms = 5_000, parse = no_answer)]
pub struct Cmgf {
    /// 0 = PDU, 1 = text.
    #[at_arg(position = 0)]
    pub mode: u8,
}

/// What `AT+CFUN` is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CfunMode {
    /// 0: minimum, the SIM is off on many modems.
    Minimum,
    /// 1: full.
    Full,
    /// 4: radio off.
    Airplane,
    /// `1,1`: full, after a reset. The port disappears on USB modems.
    Reset,
}

/// `AT+CFUN=<fun>[,<rst>]` (TS 27.007 8.2). 15 s as EC25's manual has it; a modem that resets may
/// not answer at all.
#[derive(Debug, Clone, Copy)]
pub struct Cfun(pub CfunMode);

impl AtatCmd for Cfun {
    type Response = NoAnswer;
    const MAX_TIMEOUT_MS: u32 = 15_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        let line = match self.0 {
            CfunMode::Minimum => "AT+CFUN=0\r",
            CfunMode::Full => "AT+CFUN=1\r",
            CfunMode::Airplane => "AT+CFUN=4\r",
            CfunMode::Reset => "AT+CFUN=1,1\r",
        };
        super::write_line(buffer, line)
    }

    fn parse(&self, answer: Answer<'_>) -> Result<NoAnswer, atat::Error> {
        read(answer, |_| Ok(NoAnswer))
    }
}

/// `AT+CFUN?`: the level of functionality, `<fun>`.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CFUN?", Functionality, timeout_ms = 5_000, parse = functionality)]
pub struct CfunRead;

/// `+CFUN: <fun>[,...]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Functionality {
    /// `<fun>`: 0 minimum, 1 full, 4 radio off; others are the maker's.
    pub fun: u8,
}

fn functionality(answer: &[u8]) -> Result<Functionality, Unreadable> {
    let fun = super::only_params(answer, "+CFUN")?.number(0);
    Ok(Functionality {
        fun: fun.ok_or(Unreadable)?,
    })
}

/// `AT+CSCS=<chset>` (TS 27.007 5.5).
#[derive(Debug, Clone, AtatCmd)]
#[at_cmd("+CSCS", NoAnswer, timeout_ms = 5_000, parse = no_answer)]
pub struct Cscs {
    /// `UCS2`, `GSM`, `IRA`, ...
    #[at_arg(position = 0)]
    pub charset: String<16>,
}

/// `AT+CSCS?`
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CSCS?", CharsetName, timeout_ms = 5_000, parse = charset_name)]
pub struct CscsRead;

/// `+CSCS: <chset>`, as the modem names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharsetName(pub std::string::String);

fn charset_name(answer: &[u8]) -> Result<CharsetName, Unreadable> {
    let params = super::only_params(answer, "+CSCS")?;
    Ok(CharsetName(params.text(0).ok_or(Unreadable)?.to_owned()))
}

/// `AT+CSCS=?`
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CSCS=?", Charsets, timeout_ms = 5_000, parse = charsets)]
pub struct CscsTest;

/// The character sets a modem offers, by its own names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charsets(pub Vec<std::string::String>);

fn charsets(answer: &[u8]) -> Result<Charsets, Unreadable> {
    let list = Ranges::parse(only_line(answer, &["+CSCS"])?);
    Ok(Charsets(list.words().map(str::to_owned).collect()))
}

/// `AT+CLIP=<n>` (TS 27.007 7.6): 1 = show who calls. 15 s: the standard lets it ask the network.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CLIP", NoAnswer, timeout_ms = 15_000, parse = no_answer)]
pub struct Clip {
    /// 0 or 1.
    #[at_arg(position = 0)]
    pub mode: u8,
}
