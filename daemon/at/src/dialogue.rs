//! The talk on one port: URCs are taken out first, then a line is an answer only to the command
//! that expects it.

#[cfg(test)]
mod tests;

use crate::exchange::{Exchange, OK_WAIT, is_echo_of};
use crate::final_code::FinalCode;
use crate::framing::{Frame, Framer};
use crate::header::{is_bare_name, name_of};
use crate::reply::Reply;
use crate::request::{Expects, Request};
use crate::urc::Urc;
use crate::urc::two_line::{Head, octets};
use std::collections::VecDeque;
use std::time::Duration;

/// Lines that may stand between the header of a two-line URC and its PDU before the PDU is given
/// up. None should (TS 27.005 3.4.1), but other URCs have been seen there.
const HEAD_PATIENCE: u8 = 3;

/// Names that only ever answer a command: when nobody waits for them they are late.
const ANSWERS_ONLY: &[&str] = &[
    "+CMGS", "+CMSS", "+CMGW", "+CMGR", "+CMGL", "+CNMA", "+CPMS",
];

/// One line from the modem and what it is. Every line is heard exactly once, for a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The line; `>` for a prompt; empty where nothing was said.
    pub line: String,
    /// What it is.
    pub meaning: Meaning,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// The modem repeats what was written.
    Echo,
    /// A line of the answer to the command in flight.
    Answer,
    /// The final code: the command is finished.
    Done(Reply),
    /// Write these bytes now: the PDU and Ctrl-Z.
    Prompt(Vec<u8>),
    /// The first line of a two-line URC.
    Head,
    /// An unsolicited result code, complete.
    Urc(Urc),
    /// Nobody waits for this: a late answer, noise.
    Stray,
    /// A final code that may be another's, as [`Wary`] says. The command in flight goes on; it has
    /// ended so if nothing else comes.
    Doubtful(FinalCode),
    /// A line was too long and is lost. The command in flight goes on, but its reply says so.
    Overrun,
}

impl Meaning {
    /// Whether the modem seems to have heard the command in flight.
    pub fn is_of_command(&self) -> bool {
        matches!(
            self,
            Self::Echo | Self::Answer | Self::Done(_) | Self::Doubtful(_) | Self::Prompt(_)
        )
    }
}

/// To what else than the command in flight a final code may belong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wary {
    /// The network may refuse a USSD code, long after the `OK` of its command (field notes A 33).
    pub ussd: bool,
    /// The submit before may still be refused: while no PDU was written, a refusal of the network
    /// is not of the one in flight.
    pub submit: bool,
}

/// Reads one port.
#[derive(Debug, Default)]
pub struct Dialogue {
    framer: Framer,
    exchange: Option<Exchange>,
    head: Option<(Head, u8)>,
    out: VecDeque<Heard>,
    /// A command was given up: its answer may still come.
    owed: bool,
    /// The last command was echoed, so the next will be.
    echoing: bool,
    /// An answer came that nobody waited for: its `OK` follows.
    late_ok: bool,
    /// What was written before the command in flight.
    previous: Vec<u8>,
    ringing: bool,
    wary: Wary,
}

impl Dialogue {
    /// A dialogue with nothing in flight.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything: the port was opened anew.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// The command to be answered next; the owner writes [`Request::wire`]. A command still in
    /// flight is given up.
    pub fn start(&mut self, request: Request) {
        if self.exchange.is_some() {
            self.give_up();
        }
        self.framer.expect_prompt(request.payload.is_some());
        self.exchange = Some(Exchange::new(request, self.owed));
    }

    /// The command in flight.
    pub fn in_flight(&self) -> Option<&Request> {
        self.exchange.as_ref().map(|exchange| &exchange.request)
    }

    /// Whether the payload of the command in flight has been asked for.
    pub fn prompted(&self) -> bool {
        self.exchange
            .as_ref()
            .is_some_and(|exchange| exchange.prompted)
    }

    /// The payload that was asked for is held back: until [`Dialogue::payload_written`] no line can
    /// be the answer to it.
    pub fn hold_payload(&mut self) {
        if let Some(exchange) = &mut self.exchange {
            exchange.prompted = false;
        }
    }

    /// The payload that was held back is written now.
    pub fn payload_written(&mut self) {
        if let Some(exchange) = &mut self.exchange {
            exchange.prompted = true;
        }
    }

    /// ESC was written in place of the payload: a final code ends the command, `OK` too.
    pub fn escaped(&mut self) {
        if let Some(exchange) = &mut self.exchange {
            exchange.request.expects = Expects::Nothing;
            exchange.request.payload = None;
            exchange.prompted = false;
        }
    }

    /// How long to go on waiting when the answer is there and only an `OK` may follow, which some
    /// firmware leaves out; counted from now. Then call [`Dialogue::give_up`].
    pub fn ok_wait(&self) -> Option<Duration> {
        let exchange = self.exchange.as_ref()?;
        let may_lack = matches!(exchange.request.expects, Expects::LineMaybeWithoutOk(_));
        (may_lack && exchange.has_answer()).then_some(OK_WAIT)
    }

    /// The deadline has passed. `Some` when the answer was complete but for an `OK` that may be
    /// missing; `None` when the command is lost. What comes of it later is [`Meaning::Stray`].
    pub fn give_up(&mut self) -> Option<Reply> {
        let complete = self.ok_wait().is_some();
        let exchange = self.exchange.take()?;
        self.framer.expect_prompt(false);
        if !exchange.echoed {
            self.echoing = false;
        }
        self.previous.clone_from(&exchange.request.wire);
        self.owed = !complete && !exchange.ended;
        complete.then(|| exchange.finish(FinalCode::Ok))
    }

    /// Whether the final code of a command that was given up may still come.
    pub fn is_owed(&self) -> bool {
        self.owed
    }

    /// Whether lines are held back because a quoted string in them is not closed. Where it never
    /// is, [`Dialogue::close_quote`] lets them out (field notes A 35).
    pub fn has_open_quote(&self) -> bool {
        self.framer.has_open_quote()
    }

    /// The quoted string will not be closed: what was held back is heard, as if it had been.
    pub fn close_quote(&mut self) {
        self.framer.close_quote();
    }

    /// What a final code that comes from now on may belong to.
    pub fn be_wary(&mut self, wary: Wary) {
        self.wary = wary;
    }

    /// Takes bytes from the port. Drain [`Dialogue::poll`] before the next.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.framer.feed(bytes);
    }

    /// The next line, with its meaning.
    pub fn poll(&mut self) -> Option<Heard> {
        loop {
            if let Some(heard) = self.out.pop_front() {
                return Some(heard);
            }
            match self.framer.poll()? {
                Frame::Line(line) => self.hear(line),
                Frame::Prompt => self.prompt(),
                Frame::Overrun => self.overrun(),
            }
        }
    }

    fn say(&mut self, line: String, meaning: Meaning) {
        self.out.push_back(Heard { line, meaning });
    }

    fn prompt(&mut self) {
        let payload = self.exchange.as_mut().and_then(|exchange| {
            exchange.prompted = true;
            exchange.request.payload.clone()
        });
        let meaning = payload.map_or(Meaning::Stray, Meaning::Prompt);
        self.say(">".to_owned(), meaning);
    }

    fn overrun(&mut self) {
        if let Some(exchange) = &mut self.exchange {
            exchange.overrun = true;
        }
        self.say(String::new(), Meaning::Overrun);
        if let Some((head, _)) = self.head.take() {
            self.say(String::new(), Meaning::Urc(head.damaged(None)));
        }
    }

    fn hear(&mut self, line: String) {
        let line = self.without_prompt(line);
        let meaning = self.meaning_of(&line);
        self.say(line, meaning);
        self.expire_head();
    }

    /// Takes off a prompt that stands before a line: a second one, or one nobody waits for.
    fn without_prompt(&self, line: String) -> String {
        let typed = self
            .in_flight()
            .is_some_and(|request| request.expects == Expects::Anything);
        match line.strip_prefix('>').map(str::trim_start) {
            Some(rest) if !rest.is_empty() && !typed => rest.to_owned(),
            _ => line,
        }
    }

    fn meaning_of(&mut self, line: &str) -> Meaning {
        if self.take_echo(line) {
            return Meaning::Echo;
        }
        if let Some(urc) = self.take_body(line) {
            return Meaning::Urc(urc);
        }
        if let Some(code) = self.final_code(line) {
            return self.finish(code);
        }
        if let Some(head) = Head::parse(line) {
            return self.take_head(head);
        }
        let in_turn = self.exchange.as_ref().filter(|_| !self.is_before_echo());
        if in_turn.is_some_and(|exchange| exchange.claims(line)) {
            return self.answer(line);
        }
        if let Some(urc) = Urc::parse(line) {
            self.ringing |= matches!(urc, Urc::Ring | Urc::Clip { .. });
            return Meaning::Urc(urc);
        }
        let in_turn = self.exchange.as_ref().filter(|_| !self.is_before_echo());
        if in_turn.is_some_and(|exchange| exchange.accepts(line)) {
            return self.answer(line);
        }
        match name_of(line) {
            Some(name) if ANSWERS_ONLY.contains(&name) => {
                // Unless the command in flight has its answer and is given another.
                let twice = |exchange: &Exchange| exchange.has_lines();
                self.late_ok = !self.exchange.as_ref().is_some_and(twice);
                Meaning::Stray
            }
            Some(_) => Meaning::Urc(Urc::Vendor(line.to_owned())),
            None if is_bare_name(line) => Meaning::Urc(Urc::Vendor(line.to_owned())),
            None => Meaning::Stray,
        }
    }

    fn answer(&mut self, line: &str) -> Meaning {
        if let Some(exchange) = &mut self.exchange {
            exchange.push(line.to_owned());
        }
        Meaning::Answer
    }

    fn take_echo(&mut self, line: &str) -> bool {
        let ours = self.exchange.as_mut().is_some_and(|e| e.take_echo(line));
        ours || is_echo_of(&self.previous, line)
    }

    /// With a late answer on its way and echo on, nothing counts before the echo.
    fn is_before_echo(&self) -> bool {
        self.owed && self.echoing && self.exchange.as_ref().is_some_and(|e| !e.echoed)
    }

    fn final_code(&self, line: &str) -> Option<FinalCode> {
        let numeric = self
            .in_flight()
            .is_some_and(|r| r.expects == Expects::Nothing);
        FinalCode::parse(line).or_else(|| numeric.then(|| FinalCode::parse_numeric(line))?)
    }

    fn finish(&mut self, code: FinalCode) -> Meaning {
        if code == FinalCode::NoCarrier && std::mem::take(&mut self.ringing) {
            return Meaning::Urc(Urc::CallEnded);
        }
        if let Some(exchange) = &self.exchange
            && !exchange.can_end_with(&code)
        {
            return Meaning::Stray;
        }
        let late_ok = std::mem::take(&mut self.late_ok) && code.is_ok();
        if late_ok || self.is_late(&code) {
            self.owed = false;
            return Meaning::Stray;
        }
        if self.is_doubtful(&code) {
            return Meaning::Doubtful(code);
        }
        let Some(exchange) = self.exchange.take() else {
            return Meaning::Stray;
        };
        self.framer.expect_prompt(false);
        self.owed = false;
        self.echoing = exchange.echoed;
        self.previous.clone_from(&exchange.request.wire);
        Meaning::Done(exchange.finish(code))
    }

    /// Whether a final code belongs to a command given up before the one in flight.
    fn is_late(&mut self, code: &FinalCode) -> bool {
        let before_echo = self.is_before_echo();
        let Some(exchange) = &mut self.exchange else {
            return true;
        };
        let early = code.is_ok() && !exchange.has_answer();
        if exchange.is_submit() && early && !exchange.overrun {
            // It may be the end all the same, of firmware that leaves `+CMGS: <mr>` out: then
            // nothing more is to come (field notes A 34).
            exchange.ended |= exchange.prompted && !exchange.out_of_step;
            return true;
        }
        before_echo || (self.owed && early)
    }

    /// Whether a final code may be another's than that of the command in flight.
    fn is_doubtful(&mut self, code: &FinalCode) -> bool {
        let wary = self.wary;
        let Some(exchange) = self.exchange.as_mut().filter(|e| !e.doubted) else {
            return false;
        };
        let before = exchange.is_submit() && !exchange.prompted && code.is_networks();
        exchange.doubted = (wary.ussd && code.may_be_ussds()) || (wary.submit && before);
        exchange.doubted
    }

    fn take_head(&mut self, head: Head) -> Meaning {
        if let Some((old, _)) = self.head.take() {
            self.say(String::new(), Meaning::Urc(old.damaged(None)));
        }
        if head.is_alone() {
            return Meaning::Urc(head.damaged(None));
        }
        self.head = Some((head, HEAD_PATIENCE));
        Meaning::Head
    }

    /// Joins a PDU to the header that waits for it.
    fn take_body(&mut self, line: &str) -> Option<Urc> {
        let (head, patience) = self.head.take()?;
        if head.fits(line) {
            return Some(head.with(line));
        }
        let ours = self.exchange.as_ref().is_some_and(|e| e.awaits(line));
        let cut = octets(line).is_some() && !ours;
        if cut || (head.is_text() && is_plain(line)) {
            return Some(head.damaged(Some(line)));
        }
        self.head = Some((head, patience));
        None
    }

    fn expire_head(&mut self) {
        let Some((head, patience)) = self.head.take() else {
            return;
        };
        if patience == 0 {
            self.say(String::new(), Meaning::Urc(head.damaged(None)));
        } else {
            self.head = Some((head, patience - 1));
        }
    }
}

/// Whether a line can be the text of a message in text mode: nothing else claims it.
fn is_plain(line: &str) -> bool {
    name_of(line).is_none() && FinalCode::parse(line).is_none() && Urc::parse(line).is_none()
}
