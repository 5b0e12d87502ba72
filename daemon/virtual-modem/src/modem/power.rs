//! Power-on, power-off and restarts.

use std::time::{Duration, Instant};

use crate::profile::Restart;

use super::dte::Dte;
use super::receive::Reception;
use super::settings::Settings;
use super::{Output, VirtualModem, phone};

/// Whether the modem runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    Off,
    /// Silent until then; the start URCs follow.
    Starting(Instant),
    On,
}

impl VirtualModem {
    pub(super) fn is_running(&self) -> bool {
        self.power == Power::On
    }

    pub(super) fn power_on(&mut self, now: Instant) {
        let wait = match self.setup.profile.restart {
            Restart::Silent(wait) => wait,
            // A port that came back has done its waiting before.
            Restart::Vanish(_) => Duration::ZERO,
        };
        self.boot(now, wait);
    }

    fn boot(&mut self, now: Instant, wait: Duration) {
        let profile = self.setup.profile;
        self.dte = Dte::new(self.dte.line.cleared());
        self.give_up_activity();
        self.settings = Settings::new(profile);
        self.radio.boot();
        self.hushed = false;
        self.noise_at = profile
            .noise
            .iter()
            .map(|(period, _)| now + wait + *period)
            .collect();
        self.power = Power::Starting(now + wait);
    }

    /// The power goes, and with it whatever ailed the modem.
    pub(super) fn power_off(&mut self) {
        self.cured_by_power();
        self.go_down();
    }

    fn go_down(&mut self) {
        if let Some(sim) = &mut self.sim {
            sim.power_off();
        }
        self.leave_network();
        self.reception = Reception::default();
        self.call = phone::Line::default();
        self.commands.clear();
        self.give_up_activity();
        self.power = Power::Off;
    }

    /// Off and on again, as `AT+CFUN=1,1` and some faults want it.
    pub(super) fn restart(&mut self, now: Instant, how: Restart) {
        self.dte.line.transmit(now, &mut self.out);
        self.cured_by_restart();
        self.go_down();
        match how {
            Restart::Silent(wait) => self.boot(now, wait),
            Restart::Vanish(wait) => self.out.push_back(Output::Vanish(wait)),
        }
    }

    pub(super) fn start_if_due(&mut self, now: Instant) {
        if !matches!(self.power, Power::Starting(at) if at <= now) {
            return;
        }
        self.power = Power::On;
        for line in self.setup.profile.start_urcs {
            self.urc(line);
        }
        self.seek_network();
        if self.is_ready() {
            self.say_ready();
        }
        self.boot_faults(now);
    }
}
