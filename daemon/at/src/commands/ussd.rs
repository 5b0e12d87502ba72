//! USSD (TS 27.007 7.15). The answer of the network is a URC, [`crate::Urc::Cusd`], before or
//! after the `OK`.

use super::basic::no_answer;
use super::{Answer, NoAnswer, read, write_line};
use atat::AtatCmd;
use atat::atat_derive::{AtatCmd, AtatResp};

/// `AT+CUSD=1,"<str>"[,<dcs>]`. The string must already be in the form the modem wants: plain, UCS2
/// hex or packed hex. 30 s: some answer `OK` only after the network did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cusd {
    /// Without quotes; a quote in it is dropped.
    pub text: String,
    /// Cell broadcast data coding scheme (TS 23.038 5); 15 = GSM 7-bit, language not given.
    pub dcs: Option<u8>,
}

impl AtatCmd for Cusd {
    type Response = NoAnswer;
    const MAX_TIMEOUT_MS: u32 = 30_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        let text: String = self
            .text
            .chars()
            .filter(|c| *c != '"' && !c.is_control())
            .collect();
        let line = match self.dcs {
            Some(dcs) => format!("AT+CUSD=1,\"{text}\",{dcs}\r"),
            None => format!("AT+CUSD=1,\"{text}\"\r"),
        };
        write_line(buffer, &line)
    }

    fn parse(&self, answer: Answer<'_>) -> Result<NoAnswer, atat::Error> {
        read(answer, no_answer)
    }
}

/// `AT+CUSD=2`: end the session.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CUSD=2", NoAnswer, timeout_ms = 10_000, parse = no_answer)]
pub struct CusdCancel;

/// `AT+CUSD?`: whether answers are shown.
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CUSD?", UssdReports, timeout_ms = 5_000)]
pub struct CusdRead;

/// `+CUSD: <n>`
#[derive(Debug, Clone, Copy, PartialEq, Eq, AtatResp)]
pub struct UssdReports {
    /// 1 = answers are shown.
    #[at_arg(position = 0)]
    pub mode: u8,
}
