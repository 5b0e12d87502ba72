//! The commands we use, each with its answer, the lines that are its answer, and its deadline.
//!
//! A deadline bounds the time to the final code, whatever else the modem says meanwhile. Where a
//! maker documents a maximum it is cited; the others are chosen well above what was seen, since a
//! deadline that is too short costs a resynchronisation and one that is too long only a wait.

mod basic;
mod identity;
mod messages;
mod network;
mod operator;
mod pin;
mod registration;
mod routing;
mod service;
mod sim;
mod storage;
mod submit;
#[cfg(test)]
mod tests;
mod ussd;

pub use basic::{
    At, Ate, Cfun, CfunMode, CfunRead, CharsetName, Charsets, Clip, Cmee, CmeeMode, CmeeRead, Cmgf,
    Cscs, CscsRead, CscsTest, Functionality, NoAnswer,
};
pub use identity::{Ati, Cgmi, Cgmm, Cgmr, Cgsn, Identification, Text};
pub use messages::{Cmgd, Cmgl, CmglFilter, Cmgr, Listing, ReadMessage, StoredPdu};
pub use network::{Csq, SignalQuality};
pub use operator::{AccessTechnology, Cops, CopsFormat, Operator};
pub use pin::{Cpin, CpinRead, CpinUnblock, PinState, PinTries, PinTriesVia};
pub use registration::{
    Registration, RegistrationDomain, RegistrationRead, RegistrationReports, RegistrationStatus,
};
pub use routing::{Cnmi, CnmiChoices, CnmiRead, CnmiTest, CnmiValues};
pub use service::{Cmms, Cnma, CscaRead, Csms, CsmsRead, MessageService, ServiceCentre};
pub use sim::{Cimi, Cnum, Iccid, IccidVia, OwnNumber, OwnNumbers, SimResponse};
pub use storage::{Cpms, CpmsRead, CpmsTest, Memories, MemoryLists, MemoryUse};
pub use submit::{Cmgs, Submitted};
pub use ussd::{Cusd, CusdCancel, CusdRead, UssdReports};

pub(crate) use messages::body_length;
pub(crate) use registration::is_solicited;

use crate::command::{Command, Unreadable, lines};
use crate::header::after_name;
use crate::params::Params;
use crate::request::Expects;
use atat::AtatResp;

/// What the answer to each command looks like, where the parameters of the command make no difference.
macro_rules! commands {
    ($($($command:ty),+ => $expected:expr;)+) => {$($(
        impl Command for $command {
            fn expects(&self) -> Expects {
                $expected
            }
        }
    )+)+};
}

commands! {
    At, Ate, Cmee, Cmgf, Cfun, Cscs, Clip, Cmgd, CopsFormat, Cpin, CpinUnblock,
    RegistrationReports, Cnmi, Cmms, Cnma, Cusd, CusdCancel => Expects::Nothing;
    CmeeRead => Expects::Line(&["+CMEE"]);
    CfunRead => Expects::Line(&["+CFUN"]);
    CscsRead, CscsTest => Expects::Line(&["+CSCS"]);
    Cgmi => Expects::Text(&["+CGMI", "+GMI"]);
    Cgmm => Expects::Text(&["+CGMM", "+GMM"]);
    Cgmr => Expects::Text(&["+CGMR", "+GMR"]);
    Cgsn => Expects::Text(&["+CGSN", "+GSN"]);
    // Many add `+GCAP:` (V.250 6.1.9) to it.
    Ati => Expects::TextLines(&["+GCAP"]);
    Cmgl => Expects::Pdus("+CMGL");
    Cmgr => Expects::Pdus("+CMGR");
    Csq => Expects::Line(&["+CSQ"]);
    Cops => Expects::Line(&["+COPS"]);
    CpinRead => Expects::LineMaybeWithoutOk(&["+CPIN"]);
    CnmiRead, CnmiTest => Expects::Line(&["+CNMI"]);
    Csms => Expects::Lines(&["+CSMS"]);
    CsmsRead => Expects::Line(&["+CSMS"]);
    CscaRead => Expects::Line(&["+CSCA"]);
    Cimi => Expects::Text(&["+CIMI"]);
    Cnum => Expects::Lines(&["+CNUM"]);
    Cpms => Expects::Lines(&["+CPMS"]);
    CpmsRead, CpmsTest => Expects::Line(&["+CPMS"]);
    // With a string it is news from the network.
    CusdRead => Expects::Number("+CUSD");
}

/// Answers that a function reads.
macro_rules! answers {
    ($($answer:ty),+) => {$(impl AtatResp for $answer {})+};
}

answers! {
    CmeeMode, Functionality, CharsetName, Charsets, Text, Identification, Listing, ReadMessage,
    SignalQuality, Operator, PinState, PinTries, RegistrationStatus, CnmiValues, CnmiChoices,
    MessageService, ServiceCentre, Iccid, OwnNumbers, Memories, MemoryLists, Submitted
}

/// What [`atat::AtatCmd::parse`] reads.
type Answer<'a> = Result<&'a [u8], atat::InternalError<'a>>;

/// Copies a command line into `buffer`; what does not fit is cut, and the buffer is made to fit.
fn write_line(buffer: &mut [u8], line: &str) -> usize {
    let length = line.len().min(buffer.len());
    buffer[..length].copy_from_slice(&line.as_bytes()[..length]);
    length
}

/// What stands behind the name on the only line that has one of `names`.
fn only_line<'a>(answer: &'a [u8], names: &[&str]) -> Result<&'a str, Unreadable> {
    lines(answer)
        .find_map(|line| names.iter().find_map(|name| after_name(line, name)))
        .ok_or(Unreadable)
}

/// The parameters of the only line named `name`.
fn only_params<'a>(answer: &'a [u8], name: &str) -> Result<Params<'a>, Unreadable> {
    only_line(answer, &[name]).map(Params::parse)
}

/// The second half of a hand-written [`atat::AtatCmd::parse`].
fn read<T>(
    answer: Answer<'_>,
    parse: impl Fn(&[u8]) -> Result<T, Unreadable>,
) -> Result<T, atat::Error> {
    parse(answer?).map_err(|Unreadable| atat::Error::Parse)
}
