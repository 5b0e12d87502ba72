//! The recovery ladder of one modem: what is done next when it fails, mildest first.
//!
//! Getting in step again is the engine's own affair; the ladder begins where that has failed.

use model::Backoff;
use std::time::Duration;

/// Openings before the modem is told to boot: a port that was left in a strange state is well
/// after one, and the second is for a modem that was booting by itself.
const REOPENS: u32 = 2;
/// One: a modem that has ignored `AT+CFUN=1,1` will ignore it again.
const RESTARTS: u32 = 1;
/// The second is for a hub that forgot the first.
const POWER_CYCLES: u32 = 2;

const FIRST_REOPEN: Duration = Duration::from_millis(250);
const NEXT_REOPEN: Duration = Duration::from_secs(2);
const BEFORE_RESTART: Duration = Duration::from_secs(1);
const RETRY: Backoff = Backoff {
    first: Duration::from_mins(2),
    longest: Duration::from_mins(30),
};

/// How a modem that fails is helped, from the mildest way up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Rung {
    /// The port is closed and opened again.
    Reopen,
    /// `AT+CFUN=1,1`
    Restart,
    /// The power is cut and given back.
    Power,
    /// Nothing has helped; tried again from time to time.
    Fault,
}

/// Where a modem stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ladder {
    /// Nothing is known against it.
    #[default]
    Well,
    /// It is being helped, for the `tries`th time in this way.
    Helped { step: Rung, tries: u32 },
}

/// What happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// It failed: it does not answer, or keeps failing, or its port is lost and still there.
    Failed,
    /// It booted because its engine asked for that.
    Restarted,
    /// It has worked for a while.
    Worked,
}

/// What is to be done with the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Open,
    /// Open, and boot the modem before it is spoken to.
    OpenAndRestart,
    /// Cut the power, then open.
    CyclePower,
}

impl Rung {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    fn most(self) -> u32 {
        match self {
            Self::Reopen => REOPENS,
            Self::Restart => RESTARTS,
            Self::Power => POWER_CYCLES,
            Self::Fault => u32::MAX,
        }
    }

    fn after(self, hands: bool) -> Self {
        match self {
            Self::Reopen => Self::Restart,
            Self::Restart if hands => Self::Power,
            Self::Restart | Self::Power | Self::Fault => Self::Fault,
        }
    }
}

impl Ladder {
    /// Where it stands after `input`. `hands`: its power can be cut.
    #[must_use]
    pub(super) fn next(self, input: Input, hands: bool) -> Self {
        let first = |step| Self::Helped { step, tries: 1 };
        match (self, input) {
            (_, Input::Worked) => Self::Well,
            (Self::Well, Input::Failed) => first(Rung::Reopen),
            (Self::Helped { step, tries }, Input::Failed) if tries < step.most() => Self::Helped {
                step,
                tries: tries.saturating_add(1),
            },
            (Self::Helped { step, .. }, Input::Failed) => first(step.after(hands)),
            // What comes after a restart is the power, whoever asked for the restart.
            (Self::Well, Input::Restarted) => first(Rung::Restart),
            (Self::Helped { step, .. }, Input::Restarted) if step < Rung::Restart => {
                first(Rung::Restart)
            }
            (helped, Input::Restarted) => helped,
        }
    }

    pub(super) fn step(self) -> Option<Rung> {
        match self {
            Self::Well => None,
            Self::Helped { step, .. } => Some(step),
        }
    }

    /// How long to wait before the help.
    pub(super) fn wait(self) -> Duration {
        match self {
            Self::Well
            | Self::Helped {
                step: Rung::Power, ..
            } => Duration::ZERO,
            Self::Helped {
                step: Rung::Reopen,
                tries: 1,
            } => FIRST_REOPEN,
            Self::Helped {
                step: Rung::Reopen, ..
            } => NEXT_REOPEN,
            Self::Helped {
                step: Rung::Restart,
                ..
            } => BEFORE_RESTART,
            Self::Helped {
                step: Rung::Fault,
                tries,
            } => RETRY.wait(tries),
        }
    }

    /// The help itself. In fault it is the strongest there is.
    pub(super) fn action(self, hands: bool) -> Action {
        match self.step() {
            None | Some(Rung::Reopen) => Action::Open,
            Some(Rung::Power) => Action::CyclePower,
            Some(Rung::Fault) if hands => Action::CyclePower,
            Some(Rung::Restart | Rung::Fault) => Action::OpenAndRestart,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rungs that failure after failure leads to.
    fn climb(hands: bool, failures: usize) -> Vec<(Rung, u32)> {
        let mut ladder = Ladder::Well;
        let mut rungs = Vec::new();
        for _ in 0..failures {
            ladder = ladder.next(Input::Failed, hands);
            if let Ladder::Helped { step, tries } = ladder {
                rungs.push((step, tries));
            }
        }
        rungs
    }

    #[test]
    fn failure_after_failure_climbs() {
        let with_hands = [
            (Rung::Reopen, 1),
            (Rung::Reopen, 2),
            (Rung::Restart, 1),
            (Rung::Power, 1),
            (Rung::Power, 2),
            (Rung::Fault, 1),
            (Rung::Fault, 2),
        ];
        assert_eq!(climb(true, 7), with_hands);
        let without = [
            (Rung::Reopen, 1),
            (Rung::Reopen, 2),
            (Rung::Restart, 1),
            (Rung::Fault, 1),
            (Rung::Fault, 2),
        ];
        assert_eq!(climb(false, 5), without);
    }

    #[test]
    fn working_for_a_while_begins_anew() {
        for failures in 0..10 {
            let mut ladder = Ladder::Well;
            for _ in 0..failures {
                ladder = ladder.next(Input::Failed, true);
            }
            assert_eq!(ladder.next(Input::Worked, true), Ladder::Well);
        }
    }

    #[test]
    fn a_restart_that_the_engine_asked_for_is_that_rung() {
        let restarted = Ladder::Well.next(Input::Restarted, true);
        assert_eq!(restarted.step(), Some(Rung::Restart));
        assert_eq!(
            restarted.next(Input::Failed, true).step(),
            Some(Rung::Power)
        );
        let power = restarted.next(Input::Failed, true);
        assert_eq!(power.next(Input::Restarted, true), power);
    }

    #[test]
    fn the_strongest_help_is_tried_again_in_fault_and_ever_more_rarely() {
        let fault = |tries| Ladder::Helped {
            step: Rung::Fault,
            tries,
        };
        assert_eq!(fault(1).action(true), Action::CyclePower);
        assert_eq!(fault(1).action(false), Action::OpenAndRestart);
        assert_eq!(fault(1).wait(), RETRY.first);
        assert_eq!(fault(3).wait(), RETRY.first * 4);
        assert_eq!(fault(u32::MAX).wait(), RETRY.longest);
        let last = fault(u32::MAX).next(Input::Failed, false);
        assert_eq!(last.step(), Some(Rung::Fault));
    }
}
