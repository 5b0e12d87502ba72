//! The character set of strings: an earlier program may have left `UCS2` or `HEX` behind, and then
//! operators, numbers and USSD are hexadecimal digits (field notes A 36).

use super::{Engine, Step};
use crate::engine::state::State;
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

impl Engine {
    pub(super) fn take_charset(&mut self, at: u8, reply: &Reply) -> State {
        match WANTED.get(usize::from(at)) {
            Some((_, charset)) if reply.end.is_ok() => {
                self.charset = *charset;
                self.charset_choice = Some(at);
                State::Setup(Step::OwnNumber)
            }
            _ => State::Setup(Step::Charset(at + 1)),
        }
    }

    /// It takes neither: what it has is what its strings are read in.
    pub(super) fn take_charset_read(&mut self, reply: &Reply) -> State {
        let name = CscsRead.answer(reply).ok();
        self.charset = name.map_or(Charset::Plain, |name| Charset::named(&name.0));
        self.charset_choice = None;
        State::Setup(Step::OwnNumber)
    }

    /// The command that sets it again, where it can be set.
    pub(in crate::engine) fn charset_again(&self) -> Option<Cscs> {
        wanted(self.charset_choice?)
    }
}
