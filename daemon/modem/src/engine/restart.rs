//! Starting the modem anew, on its owner's word.

use super::Engine;
use super::flight::Purpose;
use super::setup::Step;
use super::state::State;
use crate::settings::RestartHow;
use crate::state::Reason;
use crate::submitted::Uncertainty;
use at::commands::{Cfun, CfunMode};
use std::time::{Duration, Instant};

/// How long a modem boots at least. One on USB takes its port away in that time and comes back as
/// another; one on a UART stays and is asked again after this.
const BOOT_WAIT: Duration = Duration::from_secs(5);
/// How long one may boot: until then its silence is no failure.
const BOOT_LIMIT: Duration = Duration::from_mins(1);

impl Engine {
    /// [`Input::Restart`](crate::Input::Restart)
    pub(super) fn restart(&mut self, now: Instant, how: RestartHow) {
        if self.is_closed() {
            return;
        }
        match how {
            RestartHow::Resync => {
                // It may go on sending all the same.
                self.patience = self.submits.on_air_until();
                self.abandon(now, &Uncertainty::Silence);
                self.resync(now, Step::FIRST);
            }
            RestartHow::Soft => {
                self.abandon(now, &Uncertainty::Rebooted);
                self.patience = Some(now + BOOT_LIMIT);
                self.enter(State::Down {
                    reason: Reason::Restarting,
                    retry_at: None,
                });
                // Leaves a prompt that may be open, which would swallow the command.
                self.write(b"\x1b\r".to_vec());
                self.ask(now, Purpose::Restart, &Cfun(CfunMode::Reset));
            }
        }
    }

    /// Whether the port is closed.
    pub(super) fn is_closed(&self) -> bool {
        matches!(
            self.state,
            State::Down {
                reason: Reason::PortClosed,
                ..
            }
        )
    }

    /// Answered or not: it boots, or cannot be told to.
    pub(super) fn restart_done(&mut self, now: Instant) {
        self.enter(State::Down {
            reason: Reason::Restarting,
            retry_at: Some(now + BOOT_WAIT),
        });
    }
}
