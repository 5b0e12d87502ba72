//! USSD: a code goes out, the network answers by a URC, perhaps with a question.

mod coding;

use super::Engine;
use super::flight::{Flight, Purpose};
use super::state::State;
use crate::event::{Event, UssdError, UssdReply};
use crate::profile::UssdCoding;
use at::commands::{Cusd, CusdCancel};
use at::urc::UssdMode;
use at::{FinalCode, Reply};
use std::time::{Duration, Instant};

/// How long the network may take. Menus answer in seconds; the modem itself gives up after a
/// minute or two, not all of them with a word.
const NETWORK_WAIT: Duration = Duration::from_secs(90);
/// How long after a code was sent the network may still refuse it, whatever became of the dialogue
/// meanwhile. The modem gives up after two minutes at the most.
const REFUSAL_WAIT: Duration = Duration::from_mins(3);
/// A USSD string has 182 characters at most (TS 23.038 5).
const MAX_CODE: usize = 182;
/// The codings, for those that are tried after the profile's was refused.
const CODINGS: [UssdCoding; 3] = [UssdCoding::Text, UssdCoding::PackedHex, UssdCoding::Ucs2];

/// How a coding is told.
fn name(coding: UssdCoding) -> &'static str {
    match coding {
        UssdCoding::Text => "text",
        UssdCoding::PackedHex => "packed-hex",
        UssdCoding::Ucs2 => "ucs2",
    }
}

/// The exchange going on.
#[derive(Debug, Default)]
pub(super) struct Ussd {
    /// Waits for its turn.
    waiting: Option<(u64, String)>,
    /// Was sent; its answer is awaited.
    asked: Option<Asked>,
    /// The network waits for a reply.
    open: bool,
    cancel: bool,
    /// Until then the network may refuse the code that was sent last, an operator's too.
    refused_until: Option<Instant>,
    /// The coding that this modem took, when it is not the profile's.
    learnt: Option<UssdCoding>,
}

#[derive(Debug)]
struct Asked {
    id: u64,
    code: String,
    until: Instant,
    /// Codings not tried yet, the next one last.
    others: Vec<UssdCoding>,
    coding: UssdCoding,
}

impl Ussd {
    pub(super) fn until(&self) -> Option<Instant> {
        self.asked.as_ref().map(|asked| asked.until)
    }

    pub(super) fn forget_modem(&mut self) {
        self.learnt = None;
    }

    /// A code goes out.
    pub(super) fn sent(&mut self, now: Instant) {
        self.refused_until = Some(now + REFUSAL_WAIT);
    }
}

impl Engine {
    /// [`Input::Ussd`](crate::Input::Ussd)
    pub(super) fn ussd_ask(&mut self, id: u64, code: &str) {
        let error = if self.state != State::Running {
            UssdError::NotReady
        } else if self.ussd.waiting.is_some() || self.ussd.asked.is_some() {
            UssdError::Busy
        } else if code.is_empty()
            || code.chars().count() > MAX_CODE
            || code.chars().any(|c| c.is_control() || c == '"')
        {
            UssdError::BadCode
        } else {
            self.ussd.waiting = Some((id, code.to_owned()));
            return;
        };
        self.ussd_end(id, Err(error));
    }

    /// [`Input::UssdCancel`](crate::Input::UssdCancel)
    pub(super) fn ussd_cancel(&mut self) {
        if let Some((id, _)) = self.ussd.waiting.take() {
            self.ussd_end(id, Err(UssdError::Cancelled));
        }
        if let Some(asked) = self.ussd.asked.take() {
            self.ussd.cancel = true;
            self.ussd_end(asked.id, Err(UssdError::Cancelled));
        }
        self.ussd.cancel |= std::mem::take(&mut self.ussd.open);
    }

    fn ussd_end(&mut self, id: u64, result: Result<UssdReply, UssdError>) {
        self.event(Event::Ussd { id, result });
    }

    pub(super) fn ussd_begin(&mut self, now: Instant) -> bool {
        if std::mem::take(&mut self.ussd.cancel) {
            self.ask(now, Purpose::UssdCancel, &CusdCancel);
            return true;
        }
        let Some((id, code)) = self.ussd.waiting.take() else {
            return false;
        };
        let coding = self.ussd_coding();
        let others = CODINGS
            .into_iter()
            .filter(|other| *other != coding)
            .rev()
            .collect();
        self.ussd.asked = Some(Asked {
            id,
            code,
            until: now + NETWORK_WAIT,
            others,
            coding,
        });
        self.ussd_send(now)
    }

    fn ussd_coding(&self) -> UssdCoding {
        self.ussd.learnt.unwrap_or(self.profile.ussd)
    }

    /// Writes the code in its coding.
    fn ussd_send(&mut self, now: Instant) -> bool {
        let Some(asked) = &self.ussd.asked else {
            return false;
        };
        let Some((text, dcs)) = coding::encode(&asked.code, asked.coding, self.charset) else {
            let id = asked.id;
            self.ussd.asked = None;
            self.ussd_end(id, Err(UssdError::BadCode));
            return false;
        };
        let command = Cusd {
            text,
            dcs: Some(dcs),
        };
        self.ussd.sent(now);
        self.ask(now, Purpose::Ussd, &command);
        true
    }

    /// Whether an error that comes now may be the network's refusal of a code, not the end of the
    /// command in flight.
    pub(super) fn ussd_may_fail(&self, now: Instant) -> bool {
        let own = |flight: &Flight| matches!(flight.purpose, Purpose::Ussd | Purpose::UssdCancel);
        let awaited = self.ussd.open || self.ussd.refused_until.is_some_and(|until| now < until);
        awaited && !self.flight.as_ref().is_some_and(own)
    }

    /// The network refused the code, after the modem had taken it (field notes A 33).
    pub(super) fn ussd_failed(&mut self, code: &FinalCode) {
        self.ussd.refused_until = None;
        self.ussd.open = false;
        if let Some(asked) = self.ussd.asked.take() {
            self.ussd_end(asked.id, Err(UssdError::Refused(code.to_string())));
        }
    }

    /// `AT+CUSD` ended; the answer itself is a URC, before or after.
    pub(super) fn ussd_done(&mut self, now: Instant, reply: Option<&Reply>) {
        let Some(asked) = &mut self.ussd.asked else {
            return;
        };
        match reply {
            Some(reply) if reply.end.is_ok() => self.ussd.learnt = Some(asked.coding),
            Some(reply) => match asked.others.pop() {
                Some(other) if self.ussd.learnt.is_none() => {
                    asked.coding = other;
                    self.ussd_send(now);
                }
                _ => self.ussd_failed(&reply.end),
            },
            // Whether it went out is not known; the URC may still come, or the time run out.
            None => {}
        }
    }

    /// `+CUSD:` from the network.
    pub(super) fn ussd_heard(&mut self, mode: UssdMode, text: Option<&str>, dcs: Option<u8>) {
        let coding = match &self.ussd.asked {
            Some(asked) => asked.coding,
            None => self.ussd_coding(),
        };
        let text = text.map(|text| coding::decode(text, dcs, coding, self.charset));
        self.ussd.open = mode == UssdMode::Open;
        self.ussd.refused_until = None;
        let reply = match (mode, text) {
            (UssdMode::NotSupported, _) => Err(UssdError::NotSupported),
            (UssdMode::Timeout, _) => Err(UssdError::Timeout),
            // Some end the session with the text of the answer.
            (UssdMode::Ended | UssdMode::OtherClient, None) => Err(UssdError::Ended),
            (_, text) => Ok(UssdReply {
                text: text.unwrap_or_default(),
                open: self.ussd.open,
                coding: name(coding),
            }),
        };
        match (self.ussd.asked.take(), reply) {
            (Some(asked), reply) => self.ussd_end(asked.id, reply),
            (None, Ok(reply)) => self.event(Event::UssdNotice(reply)),
            (None, Err(_)) => {}
        }
    }

    pub(super) fn ussd_expire(&mut self, now: Instant) {
        if self.ussd.until().is_some_and(|until| until <= now)
            && let Some(asked) = self.ussd.asked.take()
        {
            self.ussd.cancel = true;
            self.ussd_end(asked.id, Err(UssdError::Timeout));
        }
    }

    /// The modem went away, and with it the session.
    pub(super) fn ussd_abandon(&mut self) {
        let waiting = self.ussd.waiting.take().map(|(id, _)| id);
        let asked = self.ussd.asked.take().map(|asked| asked.id);
        for id in waiting.into_iter().chain(asked) {
            self.ussd_end(id, Err(UssdError::NotReady));
        }
        self.ussd.open = false;
        self.ussd.cancel = false;
        self.ussd.refused_until = None;
    }
}
