//! Getting in step with a modem that may be at a prompt, on the air, asleep or not there.
//!
//! A modem keeps its state when we die: read before you write, then ESC and CR to leave a prompt,
//! drain, AT, drain again (field notes B.0).

use super::Engine;
use super::flight::Purpose;
use super::setup::Step;
use super::state::{Phase, Resync, State};
use crate::event::Event;
use crate::io::Output;
use crate::state::Reason;
use crate::submitted::Uncertainty;
use crate::trouble::{Recovery, Trouble};
use at::commands::At;
use at::{Command, FinalCode, Reply};
use std::time::{Duration, Instant};

/// Quiet this long after ESC CR means that nothing more comes of it.
const QUIET: Duration = Duration::from_millis(60);
/// A modem that babbles is not waited for longer than this.
const QUIET_LIMIT: Duration = Duration::from_secs(1);
/// After the first OK: room for another one that belonged to the ESC, or to an earlier command.
const SETTLE: Duration = Duration::from_millis(40);
/// The same when an answer is late, and the next one will be as late.
const SETTLE_LATE: Duration = Duration::from_secs(1);
/// A modem that babbles is not waited for longer than this.
const SETTLE_LIMIT: Duration = Duration::from_secs(5);
/// How long each AT may take, in ms. In all 20 s, which a module needs that boots (field notes B.6).
const ASK_WAITS: &[u64] = &[500, 500, 1_000, 1_000, 2_000, 2_000, 3_000, 5_000, 5_000];
/// How long AT may take, and how long it is not asked again, while the modem may be on the air or
/// booting.
const PATIENT_ASK: Duration = Duration::from_secs(2);
const PATIENT_PAUSE: Duration = Duration::from_secs(3);
/// After the answer that was listened for: its `OK` may follow.
const LISTENED: Duration = Duration::from_millis(100);
/// This many unanswered commands or messages in a row, AT in between answered each time, are a
/// modem that needs more than that.
const MOST_FAILURES: u8 = 4;
/// After giving up, with the port still open: the owner has been asked to open it again, and if it
/// does not, we try by ourselves.
const RETRY_AFTER: Duration = Duration::from_mins(1);

impl Engine {
    /// The port was opened: nothing is known.
    pub(super) fn opened(&mut self, now: Instant) {
        self.abandon(now, &Uncertainty::PortClosed);
        self.dialogue.reset();
        self.boot.opened();
        self.pins.opened();
        self.failures = 0;
        self.patience = self.settings.on_air_until.max(self.submits.on_air_until());
        self.submits.opened();
        self.listen(now + self.settings.listen_first, Step::FIRST);
    }

    /// Reads before anything is written.
    fn listen(&mut self, until: Instant, then: Step) {
        self.enter(State::Resync(Resync {
            phase: Phase::Listening { until },
            tries: 0,
            then,
        }));
    }

    fn is_patient(&self, now: Instant) -> bool {
        self.patience.is_some_and(|until| now < until)
    }

    /// What the modem owed has come, so that there is nothing left to listen for.
    pub(super) fn listened_enough(&mut self, now: Instant) {
        if let State::Resync(Resync {
            phase: Phase::Listening { until },
            ..
        }) = &mut self.state
        {
            *until = (*until).min(now + LISTENED);
        }
    }

    /// The port went away.
    pub(super) fn closed(&mut self, now: Instant) {
        self.abandon(now, &Uncertainty::PortClosed);
        self.dialogue.reset();
        self.enter(State::Down {
            reason: Reason::PortClosed,
            retry_at: None,
        });
    }

    /// Cancels whatever the modem may be in the middle of and asks for a sign of life.
    pub(super) fn resync(&mut self, now: Instant, then: Step) {
        self.cancel(now, then, 0);
    }

    /// The same where an answer is on its way that belongs to another command.
    pub(super) fn resync_late(&mut self, now: Instant, then: Step) {
        self.cancel(now, then, 1);
    }

    fn cancel(&mut self, now: Instant, then: Step, tries: usize) {
        self.write(b"\x1b\r".to_vec());
        // An answer to AT must be heard whatever the modem was in the middle of.
        self.close_quote(now);
        self.enter(State::Resync(Resync {
            phase: Phase::Cancelling {
                quiet_at: now + QUIET,
                end: now + QUIET_LIMIT,
            },
            tries,
            then,
        }));
    }

    /// Bytes came: the line is not quiet.
    pub(super) fn resync_heard(&mut self, now: Instant) {
        let State::Resync(resync) = &mut self.state else {
            return;
        };
        match &mut resync.phase {
            Phase::Cancelling { quiet_at, .. } => *quiet_at = now + QUIET,
            Phase::Settling {
                quiet, quiet_at, ..
            } => *quiet_at = now + *quiet,
            Phase::Listening { .. } | Phase::Asking => {}
        }
    }

    /// A phase of the resynchronisation ended by itself.
    pub(super) fn resync_expired(&mut self, now: Instant, resync: Resync) {
        let Resync { phase, tries, then } = resync;
        match phase {
            Phase::Listening { .. } => self.cancel(now, then, tries),
            Phase::Cancelling { .. } => {
                let mut request = At.request();
                request.deadline = if self.is_patient(now) {
                    PATIENT_ASK
                } else {
                    Duration::from_millis(ASK_WAITS.get(tries).copied().unwrap_or(1_000))
                };
                self.state = State::Resync(Resync {
                    phase: Phase::Asking,
                    tries: tries + 1,
                    then,
                });
                self.send(now, Purpose::Probe, request);
            }
            Phase::Settling { .. } => self.enter(State::Setup(then)),
            Phase::Asking => {}
        }
    }

    /// AT was answered, in whatever way, or not.
    pub(super) fn probe_done(&mut self, now: Instant, reply: Option<&Reply>) {
        let State::Resync(Resync { tries, then, .. }) = self.state else {
            return;
        };
        // More than one lost command: a modem that is only deaf for a moment hears this.
        if reply.is_none() && tries == 1 && self.pace.is_careful() {
            self.event(Event::Trouble {
                step: Recovery::Resync,
                reason: Trouble::NoAnswer,
            });
        }
        if let Some(reply) = reply {
            self.late_end(&reply.end);
            self.submits.modem_spoke();
            self.patience = None;
            // Where something went unanswered, this may have been the answer to that.
            let in_step =
                tries <= 1 && then == Step::FIRST && !matches!(reply.end, FinalCode::Cms(_));
            let quiet = if in_step { SETTLE } else { SETTLE_LATE };
            self.state = State::Resync(Resync {
                phase: Phase::Settling {
                    quiet,
                    quiet_at: now + quiet,
                    end: now + SETTLE_LIMIT,
                },
                tries,
                then,
            });
        } else if self.is_patient(now) {
            self.listen(now + PATIENT_PAUSE, then);
        } else if tries < ASK_WAITS.len() {
            self.cancel(now, then, tries);
        } else {
            self.give_up(now, Reason::NoReply);
        }
    }

    /// A command of running operation was not answered: in step again, or at the end of that.
    pub(super) fn unanswered(&mut self, now: Instant, reason: Trouble) {
        self.event(Event::Trouble {
            step: Recovery::Resync,
            reason,
        });
        self.failures = self.failures.saturating_add(1);
        if self.failures.max(self.submits.unanswered) < MOST_FAILURES {
            self.resync(now, Step::AGAIN);
        } else {
            self.give_up(now, Reason::KeepsFailing);
        }
    }

    /// The modem is beyond what commands can do: have the port opened again.
    pub(super) fn give_up(&mut self, now: Instant, reason: Reason) {
        self.abandon(now, &Uncertainty::Silence);
        self.failures = 0;
        self.submits.unanswered = 0;
        self.down(now, reason);
        self.out.push_back(Output::Reopen(reason));
    }

    /// Not usable; tried again by itself if nobody helps.
    pub(super) fn down(&mut self, now: Instant, reason: Reason) {
        self.enter(State::Down {
            reason,
            retry_at: Some(now + RETRY_AFTER),
        });
    }

    /// Everybody who waits for something from this modem is told that it will not come.
    pub(super) fn abandon(&mut self, now: Instant, why: &Uncertainty) {
        let purpose = self.drop_flight();
        self.raw_abandon(purpose.as_ref());
        self.submits_abandon(purpose, why);
        self.ussd_abandon();
        self.unlock_given_up();
        self.pins.forget_proof();
        self.calls_abandon();
        self.inbox_abandon(now);
        self.network.forget();
    }
}
