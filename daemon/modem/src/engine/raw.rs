//! AT commands that operators type.

use super::Engine;
use super::flight::Purpose;
use super::state::State;
use crate::event::Event;
use at::{Expects, Reply, Request};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Commands that may wait; one more is refused at once.
pub(super) const MAX_WAITING: usize = 8;
/// `AT+COPS=?` searches all bands: 3 min on many modems.
const DEADLINE: Duration = Duration::from_mins(3);

/// Commands that wait for their turn.
#[derive(Debug, Default)]
pub(super) struct Waiting(VecDeque<(u64, String)>);

impl Engine {
    /// [`Input::Raw`](crate::Input::Raw)
    pub(super) fn raw_ask(&mut self, id: u64, command: &str) {
        let usable = matches!(self.state, State::Running) && self.raw.0.len() < MAX_WAITING;
        let clean = !command.is_empty() && !command.chars().any(char::is_control);
        if !usable {
            self.raw_end(id, Vec::new(), "the modem is not ready".to_owned());
        } else if !clean {
            self.raw_end(
                id,
                Vec::new(),
                "one line without control characters, please".to_owned(),
            );
        } else {
            self.raw.0.push_back((id, command.to_owned()));
        }
    }

    pub(super) fn raw_begin(&mut self, now: Instant) -> bool {
        let Some((id, command)) = self.raw.0.pop_front() else {
            return false;
        };
        if sends_ussd(&command) {
            self.ussd.sent(now);
        }
        let request = Request {
            wire: format!("{command}\r").into_bytes(),
            payload: None,
            expects: Expects::Anything,
            deadline: DEADLINE,
        };
        self.send(now, Purpose::Raw(id), request);
        if may_change_charset(&command) {
            self.idle.charset_again();
        }
        true
    }

    pub(super) fn raw_done(&mut self, id: u64, reply: Option<&Reply>) {
        match reply {
            Some(reply) => self.raw_end(id, reply.lines.clone(), reply.end.to_string()),
            None => self.raw_end(id, Vec::new(), "no answer in time".to_owned()),
        }
        // It may have changed what we rely on.
        self.idle.recheck_soon();
        self.storage.unsure();
    }

    /// Nobody will answer what waits.
    pub(super) fn raw_abandon(&mut self, in_flight: Option<&Purpose>) {
        let flying = match in_flight {
            Some(Purpose::Raw(id)) => Some(*id),
            _ => None,
        };
        let waiting: Vec<u64> = self.raw.0.drain(..).map(|(id, _)| id).collect();
        for id in flying.into_iter().chain(waiting) {
            self.raw_end(id, Vec::new(), "the modem went away".to_owned());
        }
    }

    fn raw_end(&mut self, id: u64, lines: Vec<String>, end: String) {
        self.event(Event::Raw { id, lines, end });
    }
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
