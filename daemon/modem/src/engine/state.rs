//! The engine's state, and the one place where it changes.

use super::Engine;
use super::setup::Step;
use crate::event::Event;
use crate::state::{ModemState, Reason};
use model::Lock;
use std::time::{Duration, Instant};

/// What the engine is doing with the modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Listening, cancelling, or asking for the first sign of life.
    Resync(Resync),
    /// The commands of set-up, one after the other.
    Setup(Step),
    /// The modem was busy: the step is repeated at `until`.
    Waiting {
        /// The step to repeat.
        step: Step,
        /// When.
        until: Instant,
    },
    /// The SIM wants a code; only the owner can help, or a change of SIM.
    Locked {
        /// Which code.
        what: Lock,
        /// Tries left, when the modem can tell.
        tries_left: Option<u8>,
    },
    /// No SIM; looked for again at `until`.
    NoSim {
        /// When to look again.
        until: Instant,
    },
    /// Set up: messages come and go.
    Running,
    /// Not usable.
    Down {
        /// Why.
        reason: Reason,
        /// When to try again without being told to.
        retry_at: Option<Instant>,
    },
}

/// The parts of a resynchronisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resync {
    pub(super) phase: Phase,
    /// How many times AT was asked already.
    pub(super) tries: usize,
    /// Where to go on when the modem answers.
    pub(super) then: Step,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    /// Reading before anything is written.
    Listening { until: Instant },
    /// ESC CR was written; ends when the line has been quiet, and at `end` whatever comes.
    Cancelling { quiet_at: Instant, end: Instant },
    /// AT is in flight.
    Asking,
    /// AT was answered; what is left over drains.
    Settling {
        /// How long the line must be quiet.
        quiet: Duration,
        quiet_at: Instant,
        end: Instant,
    },
}

impl State {
    /// When the state ends by itself.
    pub(super) fn until(&self) -> Option<Instant> {
        match self {
            Self::Resync(resync) => match &resync.phase {
                Phase::Listening { until } => Some(*until),
                Phase::Cancelling { quiet_at, end } | Phase::Settling { quiet_at, end, .. } => {
                    Some(*quiet_at.min(end))
                }
                Phase::Asking => None,
            },
            Self::Waiting { until, .. } | Self::NoSim { until } => Some(*until),
            Self::Down { retry_at, .. } => *retry_at,
            Self::Setup(_) | Self::Locked { .. } | Self::Running => None,
        }
    }
}

impl Engine {
    /// Moves to `state` and tells the owner, if it looks different from outside.
    pub(super) fn enter(&mut self, state: State) {
        let settled = matches!(
            state,
            State::Locked { .. } | State::NoSim { .. } | State::Running | State::Down { .. }
        );
        if matches!(state, State::NoSim { .. }) {
            self.iccid = None;
            self.pins.forget_sim();
        }
        self.state = state;
        self.show();
        if settled {
            self.unlock_given_up();
        }
    }

    /// Tells the owner the state, if it changed.
    pub(super) fn show(&mut self) {
        let shown = match &self.state {
            State::Resync(Resync { then: step, .. })
            | State::Setup(step)
            | State::Waiting { step, .. } => step.shown().unwrap_or_else(|| self.running()),
            State::Locked { what, tries_left } => ModemState::Locked {
                what: *what,
                tries_left: *tries_left,
            },
            State::NoSim { .. } => ModemState::NoSim,
            State::Running => self.running(),
            State::Down { reason, .. } => ModemState::Down(*reason),
        };
        if self.shown != Some(shown) {
            self.shown = Some(shown);
            self.event(Event::State(shown));
        }
    }

    fn running(&self) -> ModemState {
        if self.network.can_send() {
            ModemState::Ready
        } else {
            ModemState::Registering
        }
    }

    /// What `state.until` was waiting for has come.
    pub(super) fn state_expired(&mut self, now: Instant) {
        match self.state.clone() {
            State::Resync(resync) => self.resync_expired(now, resync),
            State::Waiting { step, .. } => self.enter(State::Setup(step)),
            State::NoSim { .. } => self.enter(State::Setup(Step::SimState)),
            State::Down { .. } => self.resync(now, Step::FIRST),
            State::Setup(_) | State::Locked { .. } | State::Running => {}
        }
    }
}
