//! The one command in flight: what it is for, until when it may take, what comes of it.

use super::Engine;
use super::held::Escape;
use super::idle::Poll;
use super::inbox::{Place, Read};
use super::setup::Step;
use super::state::State;
use super::submit::Flying;
use crate::io::{Output, ReceiptToken};
use crate::trouble::Trouble;
use at::{Command, FinalCode, Meaning, Reply, Request};
use std::time::{Duration, Instant};

/// How long a quoted string may stay open. The longest USSD answer, in hexadecimal at 9,600 bits a
/// second, takes less than a second (field notes A 35).
const QUOTE_WAIT: Duration = Duration::from_millis(1_500);

/// A command in flight.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) purpose: Purpose,
    /// Absolute: no unsolicited line extends it.
    pub(super) deadline: Instant,
    pub(super) written_at: Instant,
    /// When it seems to be lost, as nothing was heard of it (field notes A 39).
    pub(super) lost_at: Option<Instant>,
    /// It seemed to be lost, and was written again.
    pub(super) is_repeat: bool,
    /// The modem repeated it.
    pub(super) echoed: bool,
    /// An error that may be another's: its end, if nothing else comes.
    pub(super) doubtful: Option<FinalCode>,
}

/// What a command is for.
#[derive(Debug)]
pub(super) enum Purpose {
    /// AT of a resynchronisation.
    Probe,
    /// A step of set-up.
    Setup(Step),
    /// `AT+CMMS=2` before the submit that waits.
    KeepLink,
    /// A submit.
    Submit(Flying),
    /// A submit that was taken back: what ends it, now that its prompt was left or is still to
    /// come.
    Escape(Escape),
    /// `AT+CNMA`
    Acknowledge(ReceiptToken),
    /// `AT+CPMS=<mem1>` before a read, a list or a delete in that memory.
    Select(String),
    /// `AT+CMGR`
    Read(Read),
    /// `AT+CMGL`
    List,
    /// `AT+CMGD`
    Delete(Place),
    /// A status query.
    Poll(Poll),
    /// `AT+CUSD`
    Ussd,
    /// `AT+CUSD=2`
    UssdCancel,
    /// A command of an operator.
    Raw(u64),
    /// `AT+CFUN=1,1`
    Restart,
}

impl Flight {
    /// When it ends by itself, or seems to be lost.
    pub(super) fn due(&self) -> Instant {
        self.lost_at
            .map_or(self.deadline, |at| at.min(self.deadline))
    }
}

impl Purpose {
    /// Whether it is a message that was handed over.
    fn is_on_air(&self) -> bool {
        matches!(self, Self::Submit(flying) if flying.handed_over)
    }
}

impl Engine {
    /// Writes a typed command.
    pub(super) fn ask<C: Command>(&mut self, now: Instant, purpose: Purpose, command: &C) {
        self.send(now, purpose, Request::of(command));
    }

    /// Writes a request and waits for its end.
    pub(super) fn send(&mut self, now: Instant, purpose: Purpose, request: Request) {
        self.write(request.wire.clone());
        self.flight = Some(Flight {
            lost_at: self.lost_after(now, &purpose, &request),
            is_repeat: self.is_repeat(&purpose),
            written_at: now,
            purpose,
            deadline: now + request.deadline,
            echoed: false,
            doubtful: None,
        });
        self.dialogue.start(request);
    }

    /// Writes bytes that no command accounts for.
    pub(super) fn write(&mut self, bytes: Vec<u8>) {
        self.inbox.written();
        self.trace_sent(&bytes);
        self.out.push_back(Output::Write(bytes));
    }

    /// Bytes came from the port.
    pub(super) fn bytes(&mut self, now: Instant, bytes: &[u8]) {
        if self.is_closed() {
            // What a dead port still gives belongs to nobody (field notes A 16).
            return;
        }
        self.resync_heard(now);
        self.pace.heard(now);
        self.dialogue.feed(bytes);
        self.hear(now);
    }

    /// Nothing more comes of a quoted string that is not closed.
    pub(super) fn close_quote(&mut self, now: Instant) {
        self.quote_until = None;
        self.dialogue.close_quote();
        self.hear(now);
    }

    /// Takes what the modem has said.
    fn hear(&mut self, now: Instant) {
        loop {
            self.dialogue.be_wary(self.wary(now));
            let Some(heard) = self.dialogue.poll() else {
                break;
            };
            self.trace_heard(now, &heard);
            if heard.meaning.is_of_command() {
                self.heard_of_flight(now);
            }
            match heard.meaning {
                Meaning::Done(reply) => {
                    self.pace.ended(now);
                    if let Some(flight) = self.flight.take() {
                        self.answered(now, flight, &reply);
                    }
                }
                Meaning::Answer => self.answer_line(now, &heard.line),
                Meaning::Prompt(payload) => self.prompted(now, payload),
                Meaning::Urc(urc) => self.urc(now, urc),
                Meaning::Stray => self.stray(now, &heard.line),
                Meaning::Doubtful(code) => self.doubtful(now, code),
                Meaning::Echo => self.echo_heard(),
                Meaning::Head | Meaning::Overrun => {}
            }
        }
        self.quote_until =
            (self.dialogue.has_open_quote()).then(|| self.quote_until.unwrap_or(now + QUOTE_WAIT));
    }

    /// A line of the answer came: where only a final code may be missing, do not wait the whole
    /// deadline for it.
    fn answer_line(&mut self, now: Instant, line: &str) {
        let ok_wait = self.dialogue.ok_wait();
        let Some(flight) = &mut self.flight else {
            return;
        };
        if let Some(wait) = ok_wait {
            flight.deadline = flight.deadline.min(now + wait);
        }
        if let Purpose::Submit(flying) = &mut flight.purpose {
            flying.take_answer(line);
            flight.deadline = flight.deadline.min(now + super::submit::FINAL_WAIT);
        }
    }

    /// The deadline of the command in flight has passed, or it seems to be lost.
    pub(super) fn flight_expired(&mut self, now: Instant) {
        if self.is_held_at_prompt() {
            return self.held_too_long(now);
        }
        let flight = self.flight.as_ref();
        if flight.is_some_and(|flight| now < flight.deadline) {
            return self.seems_lost(now);
        }
        if flight.is_some_and(|flight| flight.is_repeat) {
            self.pace.not_deaf();
        }
        let complete = self.dialogue.give_up();
        if let Some(flight) = self.flight.take() {
            // On the air it may have been the end of something else all the same.
            let doubtful = flight.doubtful.filter(|_| !flight.purpose.is_on_air());
            let reply = complete.or(doubtful.map(Reply::bare));
            self.finish(now, flight.purpose, reply.as_ref());
        }
    }

    /// The final code of the command in flight came.
    fn answered(&mut self, now: Instant, flight: Flight, reply: &Reply) {
        if !flight.echoed {
            self.no_echo_heard();
        }
        if let Some(code) = &flight.doubtful {
            self.was_anothers(code);
        }
        if let Purpose::Setup(step) = flight.purpose
            && step != Step::Pin
            && self.answers_earlier_run(&reply.end)
        {
            // The answer to `step` is still to come, and those after it would be out of step.
            return self.resync_late(now, step);
        }
        if self.state == State::Running {
            self.failures = 0;
        }
        self.finish(now, flight.purpose, Some(reply));
        if self.boot.take_forgot() {
            self.started_anew(now);
        }
    }

    /// A command ended, or with `None` was not answered in time.
    fn finish(&mut self, now: Instant, purpose: Purpose, reply: Option<&Reply>) {
        let silent = reply.is_none();
        match purpose {
            Purpose::Probe => return self.probe_done(now, reply),
            Purpose::Setup(step) => return self.setup_done(now, step, reply),
            Purpose::KeepLink => self.keep_link_done(reply),
            Purpose::Submit(flying) => return self.submit_done(now, flying, reply),
            Purpose::Escape(_) => return self.escape_done(now, reply),
            Purpose::Acknowledge(token) => self.acknowledge_done(now, token, reply),
            Purpose::Select(memory) => self.select_done(now, memory, reply),
            Purpose::Read(read) => self.read_done(now, read, reply),
            Purpose::List => self.list_done(now, reply),
            Purpose::Delete(place) => self.delete_done(now, &place, reply),
            Purpose::Poll(poll) => self.poll_done(now, poll, reply),
            Purpose::Ussd => self.ussd_done(now, reply),
            Purpose::UssdCancel => {}
            Purpose::Raw(id) => self.raw_done(id, reply),
            Purpose::Restart => return self.restart_done(now),
        }
        // Liveness is that commands are answered, whatever else the modem says (field notes B.1).
        if silent && matches!(self.state, State::Running) {
            self.unanswered(now, Trouble::NoAnswer);
        }
    }

    /// Gives the command in flight up without an answer, and tells who waits for it.
    pub(super) fn drop_flight(&mut self) -> Option<Purpose> {
        let _ = self.dialogue.give_up();
        let flying = self.flight.take().map(|flight| flight.purpose);
        // While one waits to be written again, another only brings the modem in step.
        self.pace.give_up().or(flying)
    }
}
