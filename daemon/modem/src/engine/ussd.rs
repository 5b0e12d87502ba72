//! USSD: a code goes out, the network answers by a URC, perhaps with a question.

mod coding;

use super::ask::Ask;
use super::modem::Modem;
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

/// What a command is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// `AT+CUSD`
    Code,
    /// `AT+CUSD=2`
    Cancel,
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

    /// [`Input::Ussd`](crate::Input::Ussd)
    pub(super) fn take(&mut self, id: u64, code: &str, running: bool, modem: &mut Modem) {
        let error = if !running {
            UssdError::NotReady
        } else if self.waiting.is_some() || self.asked.is_some() {
            UssdError::Busy
        } else if code.is_empty()
            || code.chars().count() > MAX_CODE
            || code.chars().any(|c| c.is_control() || c == '"')
        {
            UssdError::BadCode
        } else {
            self.waiting = Some((id, code.to_owned()));
            return;
        };
        end(id, Err(error), modem);
    }

    /// [`Input::UssdCancel`](crate::Input::UssdCancel)
    pub(super) fn cancel(&mut self, modem: &mut Modem) {
        if let Some((id, _)) = self.waiting.take() {
            end(id, Err(UssdError::Cancelled), modem);
        }
        if let Some(asked) = self.asked.take() {
            self.cancel = true;
            end(asked.id, Err(UssdError::Cancelled), modem);
        }
        self.cancel |= std::mem::take(&mut self.open);
    }

    /// Ends the session, or sends the code that waits.
    pub(super) fn begin(&mut self, modem: &mut Modem) -> Option<Ask<Purpose>> {
        if std::mem::take(&mut self.cancel) {
            return Some(Ask::new(Purpose::Cancel, &CusdCancel));
        }
        let (id, code) = self.waiting.take()?;
        let coding = self.coding(modem);
        let others = CODINGS
            .into_iter()
            .filter(|other| *other != coding)
            .rev()
            .collect();
        self.asked = Some(Asked {
            id,
            code,
            until: modem.now + NETWORK_WAIT,
            others,
            coding,
        });
        self.code(modem)
    }

    fn coding(&self, modem: &Modem) -> UssdCoding {
        self.learnt.unwrap_or(modem.profile.ussd)
    }

    /// The code in its coding.
    fn code(&mut self, modem: &mut Modem) -> Option<Ask<Purpose>> {
        let asked = self.asked.as_ref()?;
        let Some((text, dcs)) = coding::encode(&asked.code, asked.coding, modem.charset) else {
            let id = asked.id;
            self.asked = None;
            end(id, Err(UssdError::BadCode), modem);
            return None;
        };
        let dcs = Some(dcs);
        self.sent(modem.now);
        Some(Ask::new(Purpose::Code, &Cusd { text, dcs }))
    }

    /// Whether an error that comes now may be the network's refusal of a code, not the end of the
    /// command in flight.
    pub(super) fn may_fail(&self, now: Instant) -> bool {
        self.open || self.refused_until.is_some_and(|until| now < until)
    }

    /// The network refused the code, after the modem had taken it (field notes A 33).
    pub(super) fn failed(&mut self, code: &FinalCode, modem: &mut Modem) {
        self.refused_until = None;
        self.open = false;
        if let Some(asked) = self.asked.take() {
            end(asked.id, Err(UssdError::Refused(code.to_string())), modem);
        }
    }

    /// A command ended; the network's answer itself is a URC, before or after.
    pub(super) fn done(
        &mut self,
        purpose: Purpose,
        reply: Option<&Reply>,
        modem: &mut Modem,
    ) -> Option<Ask<Purpose>> {
        // Where nothing is said, whether the code went out is not known; the URC may still come, or
        // the time run out.
        let (Purpose::Code, Some(asked), Some(reply)) = (purpose, &mut self.asked, reply) else {
            return None;
        };
        if reply.end.is_ok() {
            self.learnt = Some(asked.coding);
            return None;
        }
        if self.learnt.is_none()
            && let Some(other) = asked.others.pop()
        {
            asked.coding = other;
            return self.code(modem);
        }
        self.failed(&reply.end, modem);
        None
    }

    /// `+CUSD:` from the network.
    pub(super) fn heard(
        &mut self,
        mode: UssdMode,
        (text, dcs): (Option<&str>, Option<u8>),
        modem: &mut Modem,
    ) {
        let coding = match &self.asked {
            Some(asked) => asked.coding,
            None => self.coding(modem),
        };
        let text = text.map(|text| coding::decode(text, dcs, coding, modem.charset));
        self.open = mode == UssdMode::Open;
        self.refused_until = None;
        let reply = match (mode, text) {
            (UssdMode::NotSupported, _) => Err(UssdError::NotSupported),
            (UssdMode::Timeout, _) => Err(UssdError::Timeout),
            // Some end the session with the text of the answer.
            (UssdMode::Ended | UssdMode::OtherClient, None) => Err(UssdError::Ended),
            (_, text) => Ok(UssdReply {
                text: text.unwrap_or_default(),
                open: self.open,
                coding: name(coding),
            }),
        };
        match (self.asked.take(), reply) {
            (Some(asked), reply) => end(asked.id, reply, modem),
            (None, Ok(reply)) => modem.out.event(Event::UssdNotice(reply)),
            (None, Err(_)) => {}
        }
    }

    pub(super) fn expire(&mut self, modem: &mut Modem) {
        if self.until().is_some_and(|until| until <= modem.now)
            && let Some(asked) = self.asked.take()
        {
            self.cancel = true;
            end(asked.id, Err(UssdError::Timeout), modem);
        }
    }

    /// The modem went away, and with it the session.
    pub(super) fn abandon(&mut self, modem: &mut Modem) {
        let waiting = self.waiting.take().map(|(id, _)| id);
        let asked = self.asked.take().map(|asked| asked.id);
        for id in waiting.into_iter().chain(asked) {
            end(id, Err(UssdError::NotReady), modem);
        }
        self.open = false;
        self.cancel = false;
        self.refused_until = None;
    }
}

fn end(id: u64, result: Result<UssdReply, UssdError>, modem: &mut Modem) {
    modem.out.event(Event::Ussd { id, result });
}
