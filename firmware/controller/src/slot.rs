//! One slot: its lines, and the state that they are in.

use bank_wire::{Fault, Power, Refusal, SlotState, SlotStatus, Timing};
use embedded_hal::digital::{InputPin, OutputPin};

use crate::limits::FAULT_HOLD_MS;
use crate::lines::{LineFailed, Lines, is_low, set, set_some};

type Done = Result<(), Refusal>;

/// Where a slot is, with the time at which it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Off,
    Waiting {
        since: u64,
    },
    /// Has power, which settles.
    Settling {
        until: u64,
    },
    /// PWRKEY is pressed to start the modem.
    Starting {
        until: u64,
    },
    Booting {
        until: u64,
    },
    On,
    Key {
        until: u64,
    },
    Reset {
        until: u64,
    },
    /// PWRKEY is pressed to end the modem.
    Ending {
        until: u64,
    },
    Farewell {
        until: u64,
    },
    Dark {
        until: u64,
    },
    Fault(Fault),
}

impl Phase {
    /// When it goes on by itself.
    fn until(self) -> Option<u64> {
        match self {
            Self::Settling { until }
            | Self::Starting { until }
            | Self::Booting { until }
            | Self::Key { until }
            | Self::Reset { until }
            | Self::Ending { until }
            | Self::Farewell { until }
            | Self::Dark { until } => Some(until),
            Self::Off | Self::Waiting { .. } | Self::On | Self::Fault(_) => None,
        }
    }

    fn has_power(self) -> bool {
        !matches!(
            self,
            Self::Off | Self::Waiting { .. } | Self::Dark { .. } | Self::Fault(_)
        )
    }
}

#[derive(Debug)]
pub(crate) struct Slot<O, I> {
    lines: Lines<O, I>,
    phase: Phase,
    wanted: bool,
    sim: u8,
    timing: Timing,
    /// Since when the fault input is active.
    fault_since: Option<u64>,
    lit: bool,
}

impl<O: OutputPin, I: InputPin> Slot<O, I> {
    /// Everything off. What was on before is not known, so the slot begins dark.
    pub(crate) fn new(now: u64, lines: Lines<O, I>, timing: Timing) -> Self {
        let mut slot = Self {
            lines,
            phase: Phase::Off,
            wanted: false,
            sim: 0,
            timing,
            fault_since: None,
            lit: false,
        };
        let safe = slot.cut(now, 0).and_then(|()| slot.connect(0));
        let safe = safe.and_then(|()| set_some(&mut slot.lines.lamp, false));
        slot.check(safe);
        slot
    }

    pub(crate) fn lines(&self) -> &Lines<O, I> {
        &self.lines
    }

    pub(crate) fn set_timing(&mut self, timing: Timing) {
        self.timing = timing;
    }

    pub(crate) fn has_power(&self) -> bool {
        self.phase.has_power()
    }

    pub(crate) fn is_faulted(&self) -> bool {
        matches!(self.phase, Phase::Fault(_))
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Since when it waits for its turn.
    pub(crate) fn waits_since(&self) -> Option<u64> {
        match self.phase {
            Phase::Waiting { since } => Some(since),
            _ => None,
        }
    }

    pub(crate) fn next(&self) -> Option<u64> {
        self.phase.until()
    }

    pub(crate) fn status(&self, slot: u8) -> SlotStatus {
        let state = match self.phase {
            Phase::Off => SlotState::Off,
            Phase::Waiting { .. } => SlotState::Waiting,
            Phase::Settling { .. } | Phase::Starting { .. } | Phase::Booting { .. } => {
                SlotState::Rising
            }
            Phase::On => SlotState::On,
            Phase::Key { .. } => SlotState::Key,
            Phase::Reset { .. } => SlotState::Reset,
            Phase::Ending { .. } | Phase::Farewell { .. } => SlotState::Falling,
            Phase::Dark { .. } => SlotState::Dark,
            Phase::Fault(fault) => SlotState::Fault(fault),
        };
        SlotStatus {
            slot,
            state,
            wanted: self.wanted,
            sim: self.sim,
            fault_input: self.fault_since.is_some(),
        }
    }

    pub(crate) fn power(&mut self, now: u64, to: Power) -> Done {
        match to {
            Power::On => self.want(now),
            Power::Off => {
                self.wanted = false;
                let done = self.say_farewell(now);
                self.check(done);
                Ok(())
            }
            Power::Cut => {
                self.wanted = false;
                if self.has_power() {
                    let done = self.cut(now, 0);
                    self.check(done);
                } else if self.waits_since().is_some() {
                    self.phase = Phase::Off;
                }
                Ok(())
            }
        }
    }

    pub(crate) fn cycle(&mut self, now: u64, dark_ms: u16) -> Done {
        if self.has_power() {
            let done = self.cut(now, dark_ms);
            self.check(done);
        }
        self.want(now)
    }

    fn want(&mut self, now: u64) -> Done {
        if let Phase::Fault(fault) = self.phase {
            return Err(Refusal::Faulted(fault));
        }
        self.wanted = true;
        if self.phase == Phase::Off {
            self.phase = Phase::Waiting { since: now };
        }
        Ok(())
    }

    fn say_farewell(&mut self, now: u64) -> Result<(), LineFailed> {
        match self.phase {
            Phase::Waiting { .. } => self.phase = Phase::Off,
            Phase::On | Phase::Key { .. } | Phase::Reset { .. }
                if self.timing.key_off_ms > 0 && self.lines.key.is_some() =>
            {
                set_some(&mut self.lines.reset, false)?;
                set_some(&mut self.lines.key, true)?;
                let until = now + u64::from(self.timing.key_off_ms);
                self.phase = Phase::Ending { until };
            }
            Phase::Ending { .. } | Phase::Farewell { .. } => {}
            _ if self.has_power() => self.cut(now, 0)?,
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn key(&mut self, now: u64) -> Done {
        let press = self.timing.key_on_ms;
        if press == 0 || self.lines.key.is_none() {
            return Err(Refusal::CannotDo);
        }
        self.must_be_on()?;
        let done = set_some(&mut self.lines.key, true);
        self.phase = Phase::Key {
            until: now + u64::from(press),
        };
        self.check(done);
        Ok(())
    }

    pub(crate) fn reset(&mut self, now: u64) -> Done {
        let pull = self.timing.reset_ms;
        if pull == 0 || self.lines.reset.is_none() {
            return Err(Refusal::CannotDo);
        }
        self.must_be_on()?;
        let done = set_some(&mut self.lines.reset, true);
        self.phase = Phase::Reset {
            until: now + u64::from(pull),
        };
        self.check(done);
        Ok(())
    }

    fn must_be_on(&self) -> Done {
        match self.phase {
            Phase::On => Ok(()),
            Phase::Fault(fault) => Err(Refusal::Faulted(fault)),
            _ => Err(Refusal::NotOn),
        }
    }

    pub(crate) fn choose_sim(&mut self, sim: u8, sims: u8) -> Done {
        if sim >= sims {
            return Err(Refusal::NoSim);
        }
        if sim == self.sim {
            return Ok(());
        }
        if self.phase != Phase::Off {
            return Err(Refusal::NotOff);
        }
        let done = self.connect(sim);
        self.check(done);
        Ok(())
    }

    fn connect(&mut self, sim: u8) -> Result<(), LineFailed> {
        for (bit, line) in self.lines.sim.iter_mut().enumerate() {
            set_some(line, sim >> bit & 1 == 1)?;
        }
        self.sim = sim;
        Ok(())
    }

    pub(crate) fn clear_fault(&mut self, now: u64) -> Done {
        if !self.is_faulted() {
            return Ok(());
        }
        if is_low(&mut self.lines.fault) {
            return Err(Refusal::FaultPersists);
        }
        // A line that could not be set is tried again.
        let done = self.cut(now, 0);
        self.check(done);
        Ok(())
    }

    /// Its turn has come. Whether it took power.
    pub(crate) fn rise(&mut self, now: u64) -> bool {
        if is_low(&mut self.lines.fault) {
            self.trip(Fault::BeforePower);
            return false;
        }
        let done = set(&mut self.lines.power, true);
        self.phase = Phase::Settling {
            until: now + u64::from(self.timing.settle_ms),
        };
        self.check(done);
        self.has_power()
    }

    /// Looks at the fault input, and goes on where the time has come.
    pub(crate) fn tick(&mut self, now: u64) {
        let since = self.fault_since.unwrap_or(now);
        self.fault_since = is_low(&mut self.lines.fault).then_some(since);
        if self.has_power() && self.fault_since.is_some() && now >= since + FAULT_HOLD_MS {
            self.trip(Fault::Overcurrent);
        }
        while self.phase.until().is_some_and(|until| now >= until) {
            let done = self.go_on(now);
            self.check(done);
        }
    }

    /// The next phase begins now, not when the last one should have ended: a late call makes
    /// pulses and pauses longer, never shorter.
    fn go_on(&mut self, now: u64) -> Result<(), LineFailed> {
        let in_ms = |ms: u16| now + u64::from(ms);
        let Timing {
            key_on_ms,
            boot_ms,
            farewell_ms,
            ..
        } = self.timing;
        match self.phase {
            Phase::Settling { .. } if key_on_ms > 0 && self.lines.key.is_some() => {
                set_some(&mut self.lines.key, true)?;
                self.phase = Phase::Starting {
                    until: in_ms(key_on_ms),
                };
            }
            Phase::Settling { .. } | Phase::Starting { .. } => {
                set_some(&mut self.lines.key, false)?;
                self.phase = Phase::Booting {
                    until: in_ms(boot_ms),
                };
            }
            Phase::Booting { .. } => self.phase = Phase::On,
            Phase::Key { .. } => {
                set_some(&mut self.lines.key, false)?;
                self.phase = Phase::On;
            }
            Phase::Reset { .. } => {
                set_some(&mut self.lines.reset, false)?;
                self.phase = Phase::On;
            }
            Phase::Ending { .. } => {
                set_some(&mut self.lines.key, false)?;
                self.phase = Phase::Farewell {
                    until: in_ms(farewell_ms),
                };
            }
            Phase::Farewell { .. } => self.cut(now, 0)?,
            Phase::Dark { .. } if self.wanted => self.phase = Phase::Waiting { since: now },
            Phase::Dark { .. } => self.phase = Phase::Off,
            Phase::Off | Phase::Waiting { .. } | Phase::On | Phase::Fault(_) => {}
        }
        Ok(())
    }

    /// Power first: a line that fails behind it must not keep the modem on.
    fn cut(&mut self, now: u64, dark_ms: u16) -> Result<(), LineFailed> {
        self.phase = Phase::Dark {
            until: now + u64::from(dark_ms.max(self.timing.dark_ms)),
        };
        let power = set(&mut self.lines.power, false);
        let key = set_some(&mut self.lines.key, false);
        let reset = set_some(&mut self.lines.reset, false);
        power.and(key).and(reset)
    }

    /// Off, until somebody clears it.
    pub(crate) fn trip(&mut self, fault: Fault) {
        // What cannot be set now is tried again when the fault is cleared.
        let _ = self.cut(0, 0);
        self.phase = Phase::Fault(fault);
        self.wanted = false;
    }

    fn check(&mut self, done: Result<(), LineFailed>) {
        if done.is_err() {
            self.trip(Fault::Line);
        }
    }

    pub(crate) fn light(&mut self, lit: bool) {
        if lit != self.lit {
            self.lit = lit;
            // A lamp that fails is no reason to keep a modem off.
            let _ = set_some(&mut self.lines.lamp, lit);
        }
    }
}
