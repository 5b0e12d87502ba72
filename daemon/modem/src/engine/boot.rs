//! Whether the modem has started anew since it was last set up.
//!
//! What costs no command tells: what it says when it starts, a PIN that is asked for again, and
//! echo that is back although every set-up switches it off.

use super::Engine;
use super::flight::Purpose;
use super::setup::Step;
use crate::event::Event;
use crate::submitted::Uncertainty;
use std::time::Instant;

/// What is known of this modem's starts.
#[derive(Debug, Default)]
pub(super) struct Boot {
    /// The owner has been told of this start; set-up tells of one start once.
    told: bool,
    /// A command was echoed before echo was switched off.
    suspected: bool,
    echo: Echo,
    /// `AT+CMEE=1` was taken.
    error_codes: bool,
    /// Echo is back: the command in flight ends first.
    forgot: bool,
}

/// What became of `ATE0`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Echo {
    /// Not sent, or refused.
    #[default]
    Unknown,
    /// Taken, and no command was sent since.
    Taken,
    /// A command went by without echo: should it come back, everything else was forgotten too.
    Off,
    /// It echoes all the same, which then says nothing.
    Stubborn,
}

impl Boot {
    /// The port was opened: nothing is known, and a start is told anew.
    pub(super) fn opened(&mut self) {
        *self = Self::default();
    }

    /// Set-up begins from its first step.
    pub(super) fn set_up_anew(&mut self) {
        self.echo = Echo::Unknown;
        self.forgot = false;
    }

    /// Set-up is done: the next start is another one.
    pub(super) fn set_up(&mut self) {
        self.told = false;
        self.suspected = false;
    }

    /// `ATE0` was taken, or not.
    pub(super) fn echo_off(&mut self, taken: bool) {
        self.echo = match (taken, self.echo) {
            (false, _) => Echo::Unknown,
            (true, Echo::Unknown) => Echo::Taken,
            (true, known) => known,
        };
    }

    /// `AT+CMEE=1` was taken, or not.
    pub(super) fn error_codes(&mut self, taken: bool) {
        self.error_codes = taken;
    }

    /// Whether plain errors would mean that the modem has started since.
    pub(super) fn had_error_codes(&self) -> bool {
        self.error_codes
    }

    /// Whether echo came back since the last call.
    pub(super) fn take_forgot(&mut self) -> bool {
        std::mem::take(&mut self.forgot)
    }
}

impl Engine {
    /// The modem repeats a command.
    pub(super) fn echo_heard(&mut self) {
        let Some(flight) = &mut self.flight else {
            return;
        };
        flight.echoed = true;
        let boot = &mut self.boot;
        match (&mut flight.purpose, boot.echo) {
            (Purpose::Submit(flying), Echo::Taken | Echo::Off) => flying.echoed(),
            (Purpose::Submit(_) | Purpose::Setup(Step::EchoOff | Step::EchoAgain), _)
            | (_, Echo::Stubborn) => {}
            (_, Echo::Unknown) => boot.suspected = true,
            (_, Echo::Taken) => {
                boot.echo = Echo::Stubborn;
                boot.suspected = false;
            }
            (_, Echo::Off) => boot.forgot = true,
        }
    }

    /// A command was answered without being repeated: `ATE0` works here, so that an echo before
    /// it was that of a modem which has started since the last set-up.
    pub(super) fn no_echo_heard(&mut self) {
        if self.boot.echo == Echo::Taken {
            self.boot.echo = Echo::Off;
            if std::mem::take(&mut self.boot.suspected) {
                self.booted();
            }
        }
    }

    /// The modem has started anew: TP-MR may have begun again, and nothing is on the air.
    pub(super) fn booted(&mut self) {
        self.submits.nothing_on_air();
        if !std::mem::replace(&mut self.boot.told, true) {
            self.event(Event::Booted);
        }
    }

    /// It started in the middle of things: everything is to be set up again.
    pub(super) fn started_anew(&mut self, now: Instant) {
        self.abandon(now, &Uncertainty::Rebooted);
        self.booted();
        self.boot.set_up_anew();
        self.pins.opened();
        self.resync(now, Step::FIRST);
    }
}
