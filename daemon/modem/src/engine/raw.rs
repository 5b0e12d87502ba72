//! AT commands that operators type.

use super::ask::Ask;
use super::modem::Modem;
use super::out::Consequence;
use crate::event::Event;
use at::{Expects, Reply, Request};
use std::collections::VecDeque;
use std::time::Duration;

/// Commands that may wait; one more is refused at once.
pub(super) const MAX_WAITING: usize = 8;
/// `AT+COPS=?` searches all bands: 3 min on many modems.
const DEADLINE: Duration = Duration::from_mins(3);

/// Commands that wait for their turn.
#[derive(Debug, Default)]
pub(super) struct Raw {
    waiting: VecDeque<(u64, String)>,
}

impl Raw {
    /// [`Input::Raw`](crate::Input::Raw)
    pub(super) fn take(&mut self, id: u64, command: &str, running: bool, modem: &mut Modem) {
        let usable = running && self.waiting.len() < MAX_WAITING;
        let clean = !command.is_empty() && !command.chars().any(char::is_control);
        if !usable {
            end(id, Vec::new(), "the modem is not ready", modem);
        } else if !clean {
            let why = "one line without control characters, please";
            end(id, Vec::new(), why, modem);
        } else {
            self.waiting.push_back((id, command.to_owned()));
        }
    }

    pub(super) fn begin(&mut self, modem: &mut Modem) -> Option<Ask<u64>> {
        let (id, command) = self.waiting.pop_front()?;
        if sends_ussd(&command) {
            modem.out.then(Consequence::UssdSent);
        }
        if may_change_charset(&command) {
            modem.out.then(Consequence::CharsetUnsure);
        }
        let request = Request {
            wire: format!("{command}\r").into_bytes(),
            payload: None,
            expects: Expects::Anything,
            deadline: DEADLINE,
        };
        Some(Ask {
            purpose: id,
            request,
        })
    }

    /// A command ended, or was not answered in time.
    #[expect(clippy::unused_self, reason = "the answer is its own")]
    pub(super) fn done(&self, id: u64, reply: Option<&Reply>, modem: &mut Modem) {
        match reply {
            Some(reply) => end(id, reply.lines.clone(), &reply.end.to_string(), modem),
            None => end(id, Vec::new(), "no answer in time", modem),
        }
        // It may have changed what we rely on.
        modem.out.then(Consequence::RoutingUnsure);
        modem.out.then(Consequence::MemoryUnsure);
    }

    /// Nobody will answer the one in flight, nor what waits.
    pub(super) fn abandon(&mut self, in_flight: Option<u64>, modem: &mut Modem) {
        let waiting = self.waiting.drain(..).map(|(id, _)| id);
        for id in in_flight.into_iter().chain(waiting) {
            end(id, Vec::new(), "the modem went away", modem);
        }
    }
}

fn end(id: u64, lines: Vec<String>, end: &str, modem: &mut Modem) {
    let end = end.to_owned();
    modem.out.event(Event::Raw { id, lines, end });
}

/// `AT+CUSD=1,...`, or a code that is dialled.
fn sends_ussd(command: &str) -> bool {
    let command = command.to_ascii_uppercase();
    let sends = ["+CUSD=1,", "ATD*", "ATD#"];
    sends.iter().any(|part| command.contains(part))
}

/// `AT+CSCS`, and `ATZ` and `AT&F`, which set everything back.
fn may_change_charset(command: &str) -> bool {
    let command = command.to_ascii_uppercase();
    ["+CSCS", "&F", "ATZ", ";Z"]
        .iter()
        .any(|part| command.contains(part))
}
