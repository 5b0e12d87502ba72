//! The character set of strings: an earlier program may have left `UCS2` or `HEX` behind, and then
//! operators, numbers and USSD are hexadecimal digits (field notes A 36).

use super::super::modem::Modem;
use super::super::state::State;
use super::super::step::Step;
use at::commands::{Cscs, CscsRead};
use at::{Charset, Command, Reply};

/// The sets that are asked for, best first: both are read as they stand.
const WANTED: [(&str, Charset); 2] = [("GSM", Charset::Gsm), ("IRA", Charset::Plain)];

/// The command of choice number `at`.
pub(super) fn wanted(at: u8) -> Option<Cscs> {
    let (name, _) = WANTED.get(usize::from(at))?;
    Some(Cscs {
        charset: name.parse().ok()?,
    })
}

/// Choice number `at` was answered.
pub(super) fn take_charset(at: u8, reply: &Reply, modem: &mut Modem) -> State {
    match WANTED.get(usize::from(at)) {
        Some((_, charset)) if reply.end.is_ok() => {
            modem.charset = *charset;
            modem.charset_choice = Some(at);
            State::Setup(Step::OwnNumber)
        }
        _ => State::Setup(Step::Charset(at + 1)),
    }
}

/// It takes neither: what it has is what its strings are read in.
pub(super) fn take_charset_read(reply: &Reply, modem: &mut Modem) -> State {
    let name = CscsRead.answer(reply).ok();
    modem.charset = name.map_or(Charset::Plain, |name| Charset::named(&name.0));
    modem.charset_choice = None;
    State::Setup(Step::OwnNumber)
}

/// The command that sets it again, where it can be set.
pub(in crate::engine) fn charset_again(modem: &Modem) -> Option<Cscs> {
    wanted(modem.charset_choice?)
}
