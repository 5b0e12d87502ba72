//! Set-up: the commands from the first OK to a modem that sends and receives.
//!
//! Every command but `+CMGF=0` may be refused; what it would have told is then not known, and what
//! it would have set stays as it is. A SIM that is busy is waited for.

mod boot;
mod card;
mod charset;
mod identify;
mod messaging;
mod pin;
mod routing;
mod steps;

pub(super) use charset::charset_again;

use super::modem::Modem;
use super::out::Consequence;
use super::state::State;
use super::step::Step;
use crate::event::{Event, Identity, Sim};
use crate::profile;
use crate::trouble::{Remedy, Trouble};
use at::commands::{CnmiValues, Cpms, Text};
use at::{CmeError, CmsError, FinalCode, Reply, Request};
use boot::Boot;
use pin::Pins;
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

/// How soon a slot is looked at again for a SIM; a URC is faster where the modem has one.
const NO_SIM_RETRY: Duration = Duration::from_secs(20);

/// From the first OK to a modem that sends and receives.
#[derive(Debug, Default)]
pub(super) struct Setup {
    found: Found,
    /// PINs given and PINs tried.
    pub(super) pins: Pins,
    /// What is known of the modem's starts.
    pub(super) boot: Boot,
}

/// What a step begins with.
#[derive(Debug)]
pub(super) enum Begun {
    /// Its command.
    Command(Request),
    /// There is none: where to go on.
    Next(State),
}

/// What set-up found out.
#[derive(Debug)]
struct Found {
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
    routing: Vec<CnmiValues>,
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

impl Setup {
    /// The port was opened: nothing is known, and a start is told anew.
    pub(super) fn opened(&mut self) {
        self.boot.opened();
        self.pins.opened();
    }

    /// The modem started in the middle of things.
    pub(super) fn started_anew(&mut self) {
        self.boot.set_up_anew();
        self.pins.opened();
    }

    /// The modem went away.
    pub(super) fn abandon(&mut self, modem: &mut Modem) {
        self.pins.give_up(modem);
        self.pins.forget_proof();
    }

    /// The command of `step`, or where to go on without one.
    pub(super) fn begin(&mut self, step: Step, modem: &mut Modem) -> Begun {
        if step == Step::FIRST {
            self.found = Found::default();
            self.boot.set_up_anew();
            modem.forget();
        }
        if step == Step::SimState {
            // Whatever was read may be of another SIM.
            self.found.sim = Sim::default();
            self.pins.forget_proof();
        }
        if step == Step::PinTries(0) {
            // Where they cannot be read now, they are not known.
            self.pins.forget_tries();
        }
        if let Some(request) = self.request(step, modem) {
            return Begun::Command(request);
        }
        Begun::Next(match step {
            Step::Done => self.complete(modem),
            Step::PinTries(_) => self.pins.decide(modem),
            Step::EarlyIccid(_) => {
                modem.out.event(Event::SimHidden);
                State::Setup(step.past_list())
            }
            _ => State::Setup(step.past_list()),
        })
    }

    /// A command was not answered: with which step to go on once the modem is in step again, or `None`
    /// where it is beyond that.
    pub(super) fn silent(&mut self, step: Step, modem: &mut Modem) -> Option<Step> {
        self.found.silent += 1;
        modem.out.event(Event::Trouble {
            step: Remedy::Resync,
            reason: Trouble::NoAnswer,
        });
        if self.found.silent > MAX_SILENT {
            return None;
        }
        Some(match step {
            Step::Pin => {
                // It may have been counted, and by now the SIM may be another one.
                self.pins.doubtful(modem.now, false);
                Step::SimState
            }
            Step::EchoAgain | Step::ErrorsAgain | Step::PduAgain => Step::FIRST,
            // The two that nothing works without.
            Step::PduMode | Step::SimState => step,
            _ => step.next(),
        })
    }

    /// A command was answered: where to go on.
    pub(super) fn done(&mut self, step: Step, reply: &Reply, modem: &mut Modem) -> State {
        if step.touches_sim()
            && is_busy(&reply.end)
            && let Some(until) = self.busy_until(modem.now, step, BUSY_LIMIT)
        {
            return State::Waiting { step, until };
        }
        let state = if step.is_about_modem() {
            self.take_identity(step, reply, modem)
        } else if step.is_about_sim() {
            self.take_card(step, reply, modem)
        } else {
            self.take_messaging(step, reply, modem)
        };
        if !matches!(&state, State::Waiting { .. }) {
            self.found.busy = None;
        }
        state
    }

    /// Everything is set: messages may come and go.
    fn complete(&mut self, modem: &mut Modem) -> State {
        modem.tell_capabilities();
        self.pins.settle(modem.iccid.as_ref());
        self.found.silent = 0;
        self.boot.set_up();
        modem.out.then(Consequence::SetUp);
        State::Running
    }

    /// Repeats `step` a little later, or after `limit` goes on with `otherwise`.
    fn wait_or(&mut self, now: Instant, step: Step, limit: Duration, otherwise: State) -> State {
        match self.busy_until(now, step, limit) {
            Some(until) => State::Waiting { step, until },
            None => otherwise,
        }
    }

    /// When to repeat `step`; `None` when it was repeated for `limit`.
    fn busy_until(&mut self, now: Instant, step: Step, limit: Duration) -> Option<Instant> {
        let (since, count) = match self.found.busy {
            Some((same, since, count)) if same == step => (since, count + 1),
            _ => (now, 1),
        };
        if now.duration_since(since) >= limit {
            self.found.busy = None;
            return None;
        }
        self.found.busy = Some((step, since, count));
        Some(now + (BUSY_STEP * count).min(BUSY_STEP_LIMIT))
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
