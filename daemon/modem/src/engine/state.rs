//! The engine's state.

use super::resync::Resync;
use super::step::Step;
use crate::state::DownReason;
use model::Lock;
use std::time::Instant;

/// What the engine is doing with the modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Listening, cancelling, or asking for a sign of life.
    Resync {
        /// How far that is.
        resync: Resync,
        /// Where to go on when the modem answers.
        then: Step,
    },
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
        reason: DownReason,
        /// When to try again without being told to.
        retry_at: Option<Instant>,
    },
}

impl State {
    /// When the state ends by itself.
    pub(super) fn until(&self) -> Option<Instant> {
        match self {
            Self::Resync { resync, .. } => resync.until(),
            Self::Waiting { until, .. } | Self::NoSim { until } => Some(*until),
            Self::Down { retry_at, .. } => *retry_at,
            Self::Setup(_) | Self::Locked { .. } | Self::Running => None,
        }
    }
}
