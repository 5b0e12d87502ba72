//! Set-up: the commands from the first OK to a modem that sends and receives.
//!
//! Every command but `+CMGF=0` may be refused; what it would have told is then not known, and what
//! it would have set stays as it is. A SIM that is busy is waited for.

mod card;
mod charset;
mod identify;
mod messaging;
mod routing;
mod steps;

pub(super) use card::NO_SIM_RETRY;
pub(super) use routing::RoutingChoice;
pub(super) use steps::Step;

use super::Engine;
use super::flight::Purpose;
use super::state::State;
use crate::event::{Event, Identity, Sim};
use crate::profile;
use crate::state::{ModemState, Reason};
use crate::trouble::{Recovery, Trouble};
use at::commands::{Cpms, PinTries, Text};
use at::{CmeError, CmsError, FinalCode, Reply};
use std::time::{Duration, Instant};

/// A busy SIM is asked again after 0.2 s, and each time 0.2 s later (field notes A 24).
const BUSY_STEP: Duration = Duration::from_millis(200);
/// But at least this often.
const BUSY_STEP_LIMIT: Duration = Duration::from_secs(3);
/// A SIM that is busy for longer will not be ready soon: go on without what it did not tell.
const BUSY_LIMIT: Duration = Duration::from_mins(1);
/// Plain `ERROR` says nothing; a modem that is still waking stops giving it within seconds.
const ERROR_LIMIT: Duration = Duration::from_secs(6);
/// Where every third command is not answered, the modem is not usable.
const MAX_SILENT: u8 = 6;

/// What set-up found out.
#[derive(Debug)]
pub(super) struct Found {
    identity: Identity,
    sim: Sim,
    /// The step that is being repeated, since when, and how often.
    busy: Option<(Step, Instant, u32)>,
    /// Commands that were not answered at all.
    silent: u8,
    online_tried: bool,
    /// Memories to choose, best first.
    memories: Vec<Cpms>,
    /// Whether any list of memories names the one for reports; `None` without lists.
    reports_stored: Option<bool>,
    /// `+CNMI` settings, best first.
    pub(super) routing: Vec<RoutingChoice>,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            identity: Identity {
                imei: None,
                manufacturer: String::new(),
                model: String::new(),
                firmware: String::new(),
                profile: profile::GENERIC.name,
            },
            sim: Sim::default(),
            busy: None,
            silent: 0,
            online_tried: false,
            memories: Vec::new(),
            reports_stored: None,
            routing: Vec::new(),
        }
    }
}

impl Engine {
    /// Writes the command of `step`, or moves on where there is none.
    pub(super) fn setup_begin(&mut self, now: Instant, step: Step) {
        if step == Step::FIRST {
            self.again_abandon();
            self.setup = Found::default();
            self.capabilities = crate::event::Capabilities::default();
            self.submits.forget_modem();
            self.boot.set_up_anew();
            self.profile = &profile::GENERIC;
            self.capabilities.submit_wait = self.profile.submit_wait;
        }
        if step == Step::SimState {
            // Whatever was read may be of another SIM.
            self.setup.sim = Sim::default();
            self.pins.forget_proof();
        }
        if step == Step::PinTries(0) {
            // Where they cannot be read now, they are not known.
            self.pins.tries = PinTries::default();
        }
        match self.step_request(step) {
            Some(request) => self.send(now, Purpose::Setup(step), request),
            None if step == Step::Done => self.setup_complete(now),
            None if matches!(step, Step::PinTries(_)) => {
                let state = self.pin_decide(now);
                self.enter(state);
            }
            None if matches!(step, Step::EarlyIccid(_)) => {
                self.event(Event::SimHidden);
                self.enter(State::Setup(step.past_list()));
            }
            None => self.enter(State::Setup(step.past_list())),
        }
    }

    /// A command of set-up ended.
    pub(super) fn setup_done(&mut self, now: Instant, step: Step, reply: Option<&Reply>) {
        let Some(reply) = reply else {
            return self.setup_silent(now, step);
        };
        if step.touches_sim()
            && is_busy(&reply.end)
            && let Some(until) = self.busy_until(now, step, BUSY_LIMIT)
        {
            return self.enter(State::Waiting { step, until });
        }
        let state = self.setup_take(now, step, reply);
        if !matches!(&state, State::Waiting { .. }) {
            self.setup.busy = None;
        }
        self.enter(state);
    }

    fn setup_silent(&mut self, now: Instant, step: Step) {
        self.setup.silent += 1;
        self.event(Event::Trouble {
            step: Recovery::Resync,
            reason: Trouble::NoAnswer,
        });
        if self.setup.silent > MAX_SILENT {
            return self.give_up(now, Reason::NoReply);
        }
        let next = match step {
            Step::Pin => {
                // It may have been counted, and by now the SIM may be another one.
                self.pin_doubtful(now, false);
                Step::SimState
            }
            Step::EchoAgain | Step::ErrorsAgain | Step::PduAgain => Step::FIRST,
            // The two that nothing works without.
            Step::PduMode | Step::SimState => step,
            _ => step.next(),
        };
        self.resync(now, next);
    }

    /// Repeats `step` a little later, or after `limit` goes on with `otherwise`.
    pub(super) fn wait_or(
        &mut self,
        now: Instant,
        step: Step,
        limit: Duration,
        otherwise: State,
    ) -> State {
        match self.busy_until(now, step, limit) {
            Some(until) => State::Waiting { step, until },
            None => otherwise,
        }
    }

    /// When to repeat `step`; `None` when it was repeated for `limit`.
    pub(super) fn busy_until(
        &mut self,
        now: Instant,
        step: Step,
        limit: Duration,
    ) -> Option<Instant> {
        let (since, count) = match self.setup.busy {
            Some((same, since, count)) if same == step => (since, count + 1),
            _ => (now, 1),
        };
        if now.duration_since(since) >= limit {
            self.setup.busy = None;
            return None;
        }
        self.setup.busy = Some((step, since, count));
        Some(now + (BUSY_STEP * count).min(BUSY_STEP_LIMIT))
    }

    /// Takes the answer of a step; returns where to go on.
    fn setup_take(&mut self, now: Instant, step: Step, reply: &Reply) -> State {
        if step.is_about_modem() {
            self.take_identity(step, reply)
        } else if step.is_about_sim() {
            self.take_card(now, step, reply)
        } else {
            self.take_messaging(now, step, reply)
        }
    }

    /// Everything is set: messages may come and go.
    fn setup_complete(&mut self, now: Instant) {
        self.event(Event::Capabilities(self.capabilities.clone()));
        self.pins.settle(self.iccid.as_ref());
        self.inbox.sweep_at(now);
        self.idle.start(now);
        self.setup.silent = 0;
        self.boot.set_up();
        self.enter(State::Running);
    }
}

impl Step {
    /// The state the owner sees during this step; `None` when the modem is as ready as it was.
    pub(super) fn shown(self) -> Option<ModemState> {
        Some(match self {
            Self::EchoAgain | Self::ErrorsAgain | Self::PduAgain => return None,
            Self::EchoOff | Self::ErrorCodes | Self::Functionality | Self::Online => {
                ModemState::Probing
            }
            Self::Manufacturer
            | Self::Model
            | Self::Firmware
            | Self::Serial
            | Self::About
            | Self::Init(_) => ModemState::Identifying,
            _ => ModemState::Starting,
        })
    }
}

/// What says that the SIM is there and only wants time.
fn is_busy(end: &FinalCode) -> bool {
    matches!(
        end,
        FinalCode::Cme(CmeError(14 | 515)) | FinalCode::Cms(CmsError(314 | 515 | 532))
    )
}

fn text(answer: Result<Text, at::Failure>) -> String {
    answer.map(|text| text.0).unwrap_or_default()
}
