//! The line to the modem: one command at a time goes out, and its answer comes back.
//!
//! The link knows what a command is for only as a [`Purpose`] that it gives back with the end.

mod flight;
mod pace;
mod trace;

pub(super) use flight::Ended;

use super::ask::Ask;
use super::out::Out;
use super::purpose::Purpose;
use super::step::Step;
use crate::event::Event;
use crate::io::Output;
use crate::trouble::{Remedy, Trouble};
use at::{Dialogue, ESC, FinalCode, Heard, Meaning, Reply, Urc, Wary};
use flight::Flight;
use pace::Pace;
use std::time::{Duration, Instant};
use trace::Chatter;

/// How long a quoted string may stay open. The longest USSD answer, in hexadecimal at 9,600 bits a
/// second, takes less than a second (field notes A 35).
const QUOTE_WAIT: Duration = Duration::from_millis(1_500);
/// How long the answer to a command is waited for after an error that may be another's. A submit
/// on the air has its own time.
const DOUBT_WAIT: Duration = Duration::from_secs(2);

/// One port's dialogue, and the command in flight.
#[derive(Debug, Default)]
pub(super) struct Link {
    dialogue: Dialogue,
    /// The command that waits for its final code.
    flight: Option<Flight>,
    /// When a quoted string that is not closed is taken to have ended.
    quote_until: Option<Instant>,
    /// How soon the modem may be spoken to.
    pub(super) pace: Pace,
    chatter: Chatter,
    /// Until then the modem may be on the air or booting: silence is no failure.
    patience: Option<Instant>,
    /// Commands of running operation that were not answered, one after the other.
    failures: u8,
}

/// What the modem says, as far as it concerns others than the link.
#[derive(Debug)]
pub(super) enum Said {
    /// The command in flight was answered.
    Done(Ended, Reply),
    /// A line of its answer.
    Answer(String),
    /// The modem asks for the PDU.
    Prompt(Vec<u8>),
    Urc(Urc),
    /// A line that nobody waits for.
    Stray(String),
    /// An error that may be another's than that of the command in flight, which goes on.
    Doubtful(FinalCode),
    /// The modem repeats what was written.
    Echo,
}

/// What became of a command whose time has come.
#[derive(Debug)]
pub(super) enum Expired {
    /// It seems to be lost: a sign of life, then set-up goes on with this, and the command itself is
    /// written again ([`Link::again`]) if it is none of set-up.
    Lost(Step),
    /// It was not answered, or `Reply` is complete but for an `OK` that may be missing.
    Over(Ended, Option<Reply>),
}

impl Link {
    /// The port is another one: nothing that came before belongs to it.
    pub(super) fn reset(&mut self) {
        self.dialogue.reset();
    }

    /// Writes a command and waits for its end.
    pub(super) fn send(&mut self, now: Instant, ask: Ask<Purpose>, out: &mut Out) {
        let Ask { purpose, request } = ask;
        self.write(request.wire.clone(), out);
        self.flight = Some(Flight {
            lost_at: self.pace.lost_after(now, &purpose, request.deadline),
            is_repeat: self.pace.is_repeat(&purpose),
            written_at: now,
            purpose,
            deadline: now + request.deadline,
            echoed: false,
            doubtful: None,
        });
        self.dialogue.start(request);
    }

    /// Writes bytes that no command accounts for.
    #[expect(clippy::unused_self, reason = "all writing goes by the link")]
    pub(super) fn write(&mut self, bytes: Vec<u8>, out: &mut Out) {
        out.event(Event::Trace(trace::sent(&bytes)));
        out.put(Output::Write(bytes));
    }

    /// Bytes came from the port. Drain [`Link::hear`] then.
    pub(super) fn feed(&mut self, now: Instant, bytes: &[u8]) {
        self.pace.heard(now);
        self.dialogue.feed(bytes);
    }

    /// Nothing more comes of a quoted string that is not closed. Drain [`Link::hear`] then.
    pub(super) fn close_quote(&mut self) {
        self.quote_until = None;
        self.dialogue.close_quote();
    }

    /// What the modem says next. `wary`: what a final code may belong to.
    pub(super) fn hear(&mut self, now: Instant, wary: Wary, out: &mut Out) -> Option<Said> {
        self.dialogue.be_wary(wary);
        while let Some(heard) = self.dialogue.poll() {
            if let Some(line) = self.chatter.heard(now, &heard) {
                out.event(Event::Trace(line));
            }
            if heard.meaning.is_of_command() {
                self.heard_of_flight(now, out);
            }
            if let Some(said) = self.take(now, heard) {
                return Some(said);
            }
        }
        self.quote_until =
            (self.dialogue.has_open_quote()).then(|| self.quote_until.unwrap_or(now + QUOTE_WAIT));
        None
    }

    fn take(&mut self, now: Instant, heard: Heard) -> Option<Said> {
        Some(match heard.meaning {
            Meaning::Done(reply) => {
                self.pace.ended(now);
                Said::Done(self.flight.take()?.end(), reply)
            }
            Meaning::Answer => {
                // Where only a final code may be missing, do not wait the whole deadline for it.
                if let Some(wait) = self.dialogue.ok_wait() {
                    self.end_by(now + wait);
                }
                Said::Answer(heard.line)
            }
            Meaning::Prompt(payload) => Said::Prompt(payload),
            Meaning::Urc(urc) => Said::Urc(urc),
            Meaning::Stray => {
                if heard.line.trim_end() == ">" {
                    self.pace.acquit();
                }
                Said::Stray(heard.line)
            }
            Meaning::Doubtful(code) => Said::Doubtful(code),
            Meaning::Echo => {
                self.flight.as_mut()?.echoed = true;
                Said::Echo
            }
            Meaning::Head | Meaning::Overrun => return None,
        })
    }

    /// The echo, the answer or the prompt of the command in flight came.
    fn heard_of_flight(&mut self, now: Instant, out: &mut Out) {
        let Some(flight) = &mut self.flight else {
            return;
        };
        flight.lost_at = None;
        let time = now.saturating_duration_since(flight.written_at);
        if std::mem::take(&mut flight.is_repeat) && self.pace.repeated(now, time) {
            out.event(Event::Trouble {
                step: Remedy::Pause,
                reason: Trouble::Deaf,
            });
        }
    }

    /// What the command in flight is for.
    pub(super) fn purpose(&self) -> Option<&Purpose> {
        self.flight.as_ref().map(|flight| &flight.purpose)
    }

    pub(super) fn is_free(&self) -> bool {
        self.flight.is_none()
    }

    /// The command in flight ends at `at`, unless it ends sooner.
    pub(super) fn end_by(&mut self, at: Instant) {
        if let Some(flight) = &mut self.flight {
            flight.deadline = flight.deadline.min(at);
        }
    }

    /// An error came that may be the end of the command in flight, if nothing else comes.
    pub(super) fn doubt(&mut self, now: Instant, code: FinalCode) {
        if let Some(flight) = &mut self.flight {
            // A submit has its own time, for the prompt or on the air.
            if !flight.purpose.is_message() {
                flight.deadline = flight.deadline.min(now + DOUBT_WAIT);
            }
            flight.doubtful = Some(code);
        }
    }

    /// The payload that the modem asks for is held back until `until` at most.
    pub(super) fn hold_payload(&mut self, until: Instant) {
        if let Some(flight) = &mut self.flight {
            flight.deadline = until;
        }
        self.dialogue.hold_payload();
    }

    /// Writes the payload; its answer may take until `until`.
    pub(super) fn write_payload(&mut self, payload: Vec<u8>, until: Instant, out: &mut Out) {
        if let Some(flight) = &mut self.flight {
            flight.deadline = until;
        }
        self.dialogue.payload_written();
        self.write(payload, out);
    }

    /// The command in flight is for something else from now on.
    pub(super) fn repurpose(&mut self, purpose: Purpose) {
        if let Some(flight) = &mut self.flight {
            flight.purpose = purpose;
        }
    }

    /// Leaves the prompt by ESC, whose answer ends the command in flight.
    pub(super) fn escape(&mut self, until: Instant, out: &mut Out) {
        if let Some(flight) = &mut self.flight {
            flight.deadline = until;
        }
        self.dialogue.escaped();
        self.write(vec![ESC], out);
    }

    /// Whether the answer to a command that was given up may still come.
    pub(super) fn is_owed(&self) -> bool {
        self.dialogue.is_owed()
    }

    /// When the command in flight ends by itself, or seems to be lost.
    pub(super) fn due(&self) -> Option<Instant> {
        self.flight.as_ref().map(Flight::due)
    }

    pub(super) fn quote_until(&self) -> Option<Instant> {
        self.quote_until
    }

    /// [`Link::due`] has come.
    pub(super) fn expire(&mut self, now: Instant) -> Option<Expired> {
        let flight = self.flight.take()?;
        if now < flight.deadline {
            return self.lose(flight);
        }
        if flight.is_repeat {
            self.pace.not_deaf();
        }
        let complete = self.dialogue.give_up();
        Some(Expired::Over(flight.end(), complete))
    }

    /// Nothing was heard of the command.
    fn lose(&mut self, flight: Flight) -> Option<Expired> {
        let request = self.dialogue.in_flight().cloned()?;
        let _ = self.dialogue.give_up();
        Some(Expired::Lost(self.pace.lose(flight.purpose, request)))
    }

    /// Gives the command in flight up without an answer: what it was for.
    pub(super) fn drop_flight(&mut self) -> Option<Purpose> {
        let _ = self.dialogue.give_up();
        let flying = self.flight.take().map(|flight| flight.purpose);
        // While one waits to be written again, another only brings the modem in step.
        self.pace.give_up().or(flying)
    }

    /// Until when nothing may be written, for a modem that needs a pause.
    pub(super) fn paused_until(&mut self, now: Instant) -> Option<Instant> {
        self.pace.forget_in_time(now);
        self.pace.until().filter(|until| now < *until)
    }

    /// Until then silence is no failure.
    pub(super) fn be_patient(&mut self, until: Option<Instant>) {
        self.patience = until;
    }

    pub(super) fn is_patient(&self, now: Instant) -> bool {
        self.patience.is_some_and(|until| now < until)
    }

    /// A command of running operation was not answered: how many in a row.
    pub(super) fn failed(&mut self) -> u8 {
        self.failures = self.failures.saturating_add(1);
        self.failures
    }

    /// The modem answers again, or is given up.
    pub(super) fn forget_failures(&mut self) {
        self.failures = 0;
    }
}
