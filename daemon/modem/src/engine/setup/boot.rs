//! Whether the modem has started anew since it was last set up.
//!
//! What costs no command tells: what it says when it starts, a PIN that is asked for again, and
//! echo that is back although every set-up switches it off.

/// What is known of this modem's starts.
#[derive(Debug, Default)]
pub(in crate::engine) struct Boot {
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
    pub(in crate::engine) fn had_error_codes(&self) -> bool {
        self.error_codes
    }

    /// Whether echo came back since the last call.
    pub(in crate::engine) fn take_forgot(&mut self) -> bool {
        std::mem::take(&mut self.forgot)
    }

    /// Whether a command that is repeated tells of a start: echo was off.
    pub(in crate::engine) fn is_echo_off(&self) -> bool {
        matches!(self.echo, Echo::Taken | Echo::Off)
    }

    /// The modem repeats a command that does not switch echo off.
    pub(in crate::engine) fn echoed(&mut self) {
        match self.echo {
            Echo::Stubborn => {}
            Echo::Unknown => self.suspected = true,
            Echo::Taken => {
                self.echo = Echo::Stubborn;
                self.suspected = false;
            }
            Echo::Off => self.forgot = true,
        }
    }

    /// A command was answered without being repeated: `ATE0` works here, so that an echo before
    /// it was that of a modem which has started since the last set-up. Whether there was one.
    pub(in crate::engine) fn no_echo(&mut self) -> bool {
        if self.echo != Echo::Taken {
            return false;
        }
        self.echo = Echo::Off;
        std::mem::take(&mut self.suspected)
    }

    /// The modem has started: whether the owner is to be told.
    pub(in crate::engine) fn tell(&mut self) -> bool {
        !std::mem::replace(&mut self.told, true)
    }
}
