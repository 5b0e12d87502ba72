//! What the modem says goes to the part that it concerns.

use super::Engine;
use super::link::{Ended, Expired, Said};
use super::purpose::Purpose;
use super::state::State;
use super::step::Step;
use super::submit::{self, FINAL_WAIT};
use crate::trouble::Trouble;
use at::{FinalCode, Reply, Wary};
use std::time::Instant;

impl Engine {
    /// Bytes came from the port.
    pub(super) fn bytes(&mut self, now: Instant, bytes: &[u8]) {
        if self.is_closed() {
            // What a dead port still gives belongs to nobody (field notes A 16).
            return;
        }
        if let State::Resync { resync, .. } = &mut self.state {
            resync.heard(now);
        }
        self.link.feed(now, bytes);
        self.hear(now);
    }

    /// Nothing more comes of a quoted string that is not closed.
    pub(super) fn close_quote(&mut self, now: Instant) {
        self.link.close_quote();
        self.hear(now);
    }

    /// Takes what the modem has said.
    fn hear(&mut self, now: Instant) {
        while let Some(said) = self.link.hear(now, self.wary(now), &mut self.modem.out) {
            match said {
                Said::Done(ended, reply) => self.answered(now, ended, &reply),
                Said::Answer(line) => self.answer_line(now, &line),
                Said::Prompt(payload) => self.prompted(now, payload),
                Said::Urc(urc) => self.urc(now, urc),
                Said::Stray(line) => self.stray(now, &line),
                Said::Doubtful(code) => self.link.doubt(now, code),
                Said::Echo => self.echo_heard(),
            }
        }
    }

    /// To what else than the command in flight a final code that comes now may belong.
    fn wary(&self, now: Instant) -> Wary {
        let own = matches!(self.link.purpose(), Some(Purpose::Ussd(_)));
        Wary {
            ussd: !own && self.ussd.may_fail(now),
            submit: self.submits.may_be_refused_late(),
        }
    }

    /// A line of the answer came.
    fn answer_line(&mut self, now: Instant, line: &str) {
        if self.link.purpose().is_some_and(Purpose::is_message) {
            self.submits.take_answer(line);
            self.link.end_by(now + FINAL_WAIT);
        }
    }

    /// A line that answers nothing in flight: perhaps late.
    fn stray(&mut self, now: Instant, line: &str) {
        let Some(end) = FinalCode::parse(line) else {
            if self.submits.late_answer(line, &mut self.modem) {
                self.listened_enough(now);
            }
            return;
        };
        self.listened_enough(now);
        match self.link.purpose() {
            // The line with the reference was lost on the way, or this firmware has none.
            Some(purpose)
                if purpose.is_message() && end.is_ok() && self.submits.is_ok_the_end() =>
            {
                let wait = self.submits.ok_alone();
                self.link.end_by(now + wait);
            }
            None if end.may_be_ussds() => self.ussd.failed(&end, &mut self.modem),
            _ => self.submits.late_end(&end, &mut self.modem),
        }
    }

    /// The modem repeats a command.
    fn echo_heard(&mut self) {
        match self.link.purpose() {
            Some(Purpose::Submit(submit::Purpose::Message)) if self.setup.boot.is_echo_off() => {
                self.submits.echoed();
            }
            Some(purpose) if purpose.is_message() => {}
            Some(Purpose::Setup(Step::EchoOff | Step::EchoAgain)) | None => {}
            Some(_) => self.setup.boot.echoed(),
        }
    }

    /// The time of the command in flight has come.
    pub(super) fn flight_expired(&mut self, now: Instant) {
        if self.submits.is_held_at_prompt() {
            return self.held_too_long(now);
        }
        match self.link.expire(now) {
            Some(Expired::Lost(then)) => self.resync(now, then),
            Some(Expired::Over(ended, complete)) => {
                // On the air it may have been the end of something else all the same.
                let on_air = ended.purpose.is_message() && self.submits.is_handed_over();
                let doubtful = ended.doubtful.filter(|_| !on_air);
                let reply = complete.or(doubtful.map(Reply::bare));
                self.finish(now, ended.purpose, reply.as_ref());
            }
            None => {}
        }
    }

    /// The final code of a command came.
    fn answered(&mut self, now: Instant, ended: Ended, reply: &Reply) {
        if !ended.echoed && self.setup.boot.no_echo() {
            self.booted();
        }
        if let Some(code) = &ended.doubtful {
            // It was not the command's own.
            if code.is_networks() {
                self.submits.late_end(code, &mut self.modem);
            } else {
                self.ussd.failed(code, &mut self.modem);
            }
        }
        if let Purpose::Setup(step) = ended.purpose
            && step != Step::Pin
            && self
                .submits
                .answers_earlier_run(&reply.end, &mut self.modem)
        {
            // The answer to `step` is still to come, and those after it would be out of step.
            return self.resync_late(now, step);
        }
        if self.state == State::Running {
            self.link.forget_failures();
        }
        self.finish(now, ended.purpose, Some(reply));
        if self.setup.boot.take_forgot() {
            self.started_anew(now);
        }
    }

    /// A command ended, or with `None` was not answered in time: its part is told.
    fn finish(&mut self, now: Instant, purpose: Purpose, reply: Option<&Reply>) {
        match purpose {
            Purpose::Probe => return self.probe_done(now, reply),
            Purpose::Restart => return self.restart_done(now),
            Purpose::Setup(step) => return self.setup_done(now, step, reply),
            Purpose::Submit(submit::Purpose::Message) => {
                self.submits.allow_errands(self.inbox.storage.is_tight());
                self.submits.done(reply, &mut self.modem);
                self.status.quiet(now);
                return self.settle(now);
            }
            Purpose::Submit(submit::Purpose::Escape { .. }) => return self.escape_done(now, reply),
            Purpose::Submit(submit::Purpose::KeepLink) => {
                self.submits.keep_link_done(reply, &mut self.modem);
            }
            Purpose::Inbox(purpose) => {
                let ask = self.inbox.done(purpose, reply, &mut self.modem);
                self.settle(now);
                if let Some(ask) = ask {
                    self.begin(now, ask.of(Purpose::Inbox));
                }
            }
            Purpose::Poll(poll) => {
                if let Some(reply) = reply {
                    self.status.done(poll, reply, &mut self.modem);
                }
            }
            Purpose::Ussd(purpose) => {
                let ask = self.ussd.done(purpose, reply, &mut self.modem);
                if let Some(ask) = ask {
                    self.begin(now, ask.of(Purpose::Ussd));
                }
            }
            Purpose::Raw(id) => self.raw.done(id, reply, &mut self.modem),
        }
        self.settle(now);
        // Liveness is that commands are answered, whatever else the modem says (field notes B.1).
        if reply.is_none() && matches!(self.state, State::Running) {
            self.unanswered(now, Trouble::NoAnswer);
        }
    }
}
