//! What concerns all parts: the port comes and goes, the modem is brought in step or starts anew, and what
//! waits for it is given up.

use super::Engine;
use super::purpose::Purpose;
use super::resync::{Next, Resync};
use super::state::State;
use super::step::Step;
use crate::event::Event;
use crate::io::Output;
use crate::settings::RestartHow;
use crate::state::DownReason;
use crate::submitted::Uncertainty;
use crate::trouble::{Remedy, Trouble};
use at::commands::{At, Cfun, CfunMode};
use at::{Command, ESC, FinalCode, Reply};
use std::time::{Duration, Instant};

/// Leaves a prompt that may be open.
const CANCEL: [u8; 2] = [ESC, b'\r'];
/// This many unanswered commands or messages in a row, AT in between answered each time, are a
/// modem that needs more than that.
const MOST_FAILURES: u8 = 4;
/// After giving up, with the port still open: the owner has been asked to open it again, and if it
/// does not, we try by ourselves.
const RETRY_AFTER: Duration = Duration::from_mins(1);
/// How long a modem boots at least. One on USB takes its port away in that time and comes back as
/// another; one on a UART stays and is asked again after this.
const BOOT_WAIT: Duration = Duration::from_secs(5);
/// How long one may boot: until then its silence is no failure.
const BOOT_LIMIT: Duration = Duration::from_mins(1);

impl Engine {
    /// The port was opened: nothing is known.
    pub(super) fn opened(&mut self, now: Instant) {
        self.abandon(now, &Uncertainty::PortClosed);
        self.link.reset();
        self.setup.opened();
        self.link.forget_failures();
        let on_air_until = self.modem.settings.on_air_until;
        self.link
            .be_patient(on_air_until.max(self.submits.on_air_until));
        self.submits.opened();
        self.enter(State::Resync {
            resync: Resync::listening(now + self.modem.settings.listen_first),
            then: Step::FIRST,
        });
    }

    /// The port went away.
    pub(super) fn closed(&mut self, now: Instant) {
        self.abandon(now, &Uncertainty::PortClosed);
        self.link.reset();
        self.enter(State::Down {
            reason: DownReason::PortClosed,
            retry_at: None,
        });
    }

    /// Whether the port is closed.
    pub(super) fn is_closed(&self) -> bool {
        matches!(
            self.state,
            State::Down {
                reason: DownReason::PortClosed,
                ..
            }
        )
    }

    /// What the modem owed has come, so that there is nothing left to listen for.
    pub(super) fn listened_enough(&mut self, now: Instant) {
        if let State::Resync { resync, .. } = &mut self.state {
            resync.listened_enough(now);
        }
    }

    /// Cancels whatever the modem may be in the middle of and asks for a sign of life.
    pub(super) fn resync(&mut self, now: Instant, then: Step) {
        self.cancel(now, Resync::begun(now, false), then);
    }

    /// The same where an answer is on its way that belongs to another command.
    pub(super) fn resync_late(&mut self, now: Instant, then: Step) {
        self.cancel(now, Resync::begun(now, true), then);
    }

    fn cancel(&mut self, now: Instant, resync: Resync, then: Step) {
        self.write(CANCEL.to_vec());
        // An answer to AT must be heard whatever the modem was in the middle of.
        self.close_quote(now);
        self.enter(State::Resync { resync, then });
    }

    /// A phase of the resynchronisation ended by itself.
    pub(super) fn resync_expired(&mut self, now: Instant) {
        let patient = self.link.is_patient(now);
        if let State::Resync { resync, then } = &mut self.state {
            let then = *then;
            let next = resync.expire(patient);
            self.resync_next(now, next, then);
        }
    }

    fn resync_next(&mut self, now: Instant, next: Next, then: Step) {
        match next {
            Next::Cancel => {
                if let State::Resync { resync, .. } = &self.state {
                    self.cancel(now, resync.cancelled(now), then);
                }
            }
            Next::Ask(wait) => {
                let mut request = At.request();
                request.deadline = wait;
                self.send(now, Purpose::Probe, request);
            }
            Next::Wait => {}
            Next::InStep => self.enter(State::Setup(then)),
            Next::NoReply => self.give_up(now, DownReason::NoReply),
        }
    }

    /// AT was answered, in whatever way, or not.
    pub(super) fn probe_done(&mut self, now: Instant, reply: Option<&Reply>) {
        let State::Resync { resync, then } = &mut self.state else {
            return;
        };
        let then = *then;
        if let Some(reply) = reply {
            // Where something went unanswered, this may have been the answer to that.
            let clean = then == Step::FIRST && !matches!(reply.end, FinalCode::Cms(_));
            resync.answered(now, clean);
            self.submits.late_end(&reply.end, &mut self.modem);
            self.submits.modem_spoke();
            self.link.be_patient(None);
            return;
        }
        let deaf = resync.is_first_try() && self.link.pace.is_careful();
        let next = resync.unanswered(now, self.link.is_patient(now));
        // More than one lost command: a modem that is only deaf for a moment hears this.
        if deaf {
            self.trouble(Remedy::Resync, Trouble::NoAnswer);
        }
        self.resync_next(now, next, then);
    }

    pub(super) fn trouble(&mut self, step: Remedy, reason: Trouble) {
        self.modem.out.event(Event::Trouble { step, reason });
    }

    /// A command of running operation was not answered: in step again, or at the end of that.
    pub(super) fn unanswered(&mut self, now: Instant, reason: Trouble) {
        self.trouble(Remedy::Resync, reason);
        if self.link.failed().max(self.submits.unanswered) < MOST_FAILURES {
            self.resync(now, Step::AGAIN);
        } else {
            self.give_up(now, DownReason::KeepsFailing);
        }
    }

    /// The modem is beyond what commands can do: have the port opened again.
    pub(super) fn give_up(&mut self, now: Instant, reason: DownReason) {
        self.abandon(now, &Uncertainty::Silence);
        self.link.forget_failures();
        self.submits.unanswered = 0;
        self.down(now, reason);
        self.modem.out.put(Output::Reopen(reason));
    }

    /// Not usable; tried again by itself if nobody helps.
    pub(super) fn down(&mut self, now: Instant, reason: DownReason) {
        self.enter(State::Down {
            reason,
            retry_at: Some(now + RETRY_AFTER),
        });
    }

    /// No message is taken until the modem has started anew.
    pub(super) fn reference_stuck(&mut self, now: Instant) {
        self.abandon(now, &Uncertainty::Silence);
        self.trouble(Remedy::Restart, Trouble::ReferenceStuck);
        self.down(now, DownReason::ReferenceStuck);
    }

    /// The modem is set up from the beginning: nothing of before is written again.
    pub(super) fn again_abandon(&mut self) {
        if self.link.pace.give_up().is_some() {
            self.submits.abandon(&Uncertainty::Silence, &mut self.modem);
        }
    }

    /// Everybody who waits for something from this modem is told that it will not come.
    pub(super) fn abandon(&mut self, now: Instant, why: &Uncertainty) {
        let purpose = self.link.drop_flight();
        let raw = match purpose {
            Some(Purpose::Raw(id)) => Some(id),
            _ => None,
        };
        self.raw.abandon(raw, &mut self.modem);
        self.submits.abandon(why, &mut self.modem);
        self.ussd.abandon(&mut self.modem);
        self.setup.abandon(&mut self.modem);
        self.calls.over(&mut self.modem);
        self.inbox.abandon(now);
        self.status.network.forget();
    }

    /// [`Input::Restart`](crate::Input::Restart)
    pub(super) fn restart(&mut self, now: Instant, how: RestartHow) {
        if self.is_closed() {
            return;
        }
        match how {
            RestartHow::Resync => {
                // It may go on sending all the same.
                self.link.be_patient(self.submits.on_air_until);
                self.abandon(now, &Uncertainty::Silence);
                self.resync(now, Step::FIRST);
            }
            RestartHow::Soft => {
                self.abandon(now, &Uncertainty::Rebooted);
                self.link.be_patient(Some(now + BOOT_LIMIT));
                self.enter(State::Down {
                    reason: DownReason::Restarting,
                    retry_at: None,
                });
                // An open prompt would swallow the command.
                self.write(CANCEL.to_vec());
                self.ask(now, Purpose::Restart, &Cfun(CfunMode::Reset));
            }
        }
    }

    /// Answered or not: it boots, or cannot be told to.
    pub(super) fn restart_done(&mut self, now: Instant) {
        self.enter(State::Down {
            reason: DownReason::Restarting,
            retry_at: Some(now + BOOT_WAIT),
        });
    }

    /// The modem has started anew: TP-MR may have begun again, and nothing is on the air.
    pub(super) fn booted(&mut self) {
        self.submits.nothing_on_air();
        if self.setup.boot.tell() {
            self.modem.out.event(Event::Booted);
        }
    }

    /// It started in the middle of things: everything is to be set up again.
    pub(super) fn started_anew(&mut self, now: Instant) {
        self.abandon(now, &Uncertainty::Rebooted);
        self.booted();
        self.setup.started_anew();
        self.resync(now, Step::FIRST);
    }
}
