//! Which SIM is in the modem.

use super::Engine;
use super::state::State;
use super::step::Step;
use crate::state::DownReason;
use crate::submitted::Uncertainty;
use at::commands::PinState;
use at::urc::Progress;
use std::time::Instant;

impl Engine {
    /// `+CPIN:` that nobody asked for.
    pub(super) fn sim_said(&mut self, state: &PinState) {
        match (&self.state, state) {
            (State::Waiting { step, .. }, PinState::Ready) => self.enter(State::Setup(*step)),
            (State::NoSim { .. } | State::Locked { .. }, PinState::Ready | PinState::SimPin) => {
                self.sim_changed();
            }
            (State::Running, PinState::NotInserted | PinState::SimPin | PinState::SimPuk) => {
                self.check_sim();
            }
            _ => {}
        }
    }

    /// The SIM may be another one by now.
    pub(super) fn check_sim(&mut self) {
        self.inbox.doubt_all();
        self.status.check_sim();
    }

    /// A milestone of a start.
    pub(super) fn progress(&mut self, now: Instant, progress: Progress) {
        match (progress, &self.state) {
            (Progress::Started, State::Resync { then, .. }) if *then != Step::AGAIN => {
                self.booted();
                self.listened_enough(now);
            }
            (Progress::Started, State::Down { reason, .. })
                if *reason == DownReason::PortClosed => {}
            (Progress::Started, _) => self.started_anew(now),
            (Progress::SimReady | Progress::SmsReady, State::Waiting { step, .. }) => {
                self.enter(State::Setup(*step));
            }
            (
                Progress::SimChanged | Progress::SimReady,
                State::NoSim { .. } | State::Locked { .. },
            ) => {
                self.sim_changed();
            }
            // Some tell it with every registration, so only look.
            (Progress::SimChanged, State::Running) => self.check_sim(),
            _ => {}
        }
    }

    /// Another SIM, or the same one anew: everything about it is to be read again.
    pub(super) fn sim_changed(&mut self) {
        self.modem.iccid = None;
        self.setup.pins.forget_sim();
        self.enter(State::Setup(Step::SimState));
    }

    /// The SIM is gone, or it is another one.
    pub(super) fn sim_lost(&mut self, now: Instant) {
        self.abandon(now, &Uncertainty::Rebooted);
        self.modem.iccid = None;
        self.setup.pins.forget_sim();
        self.resync(now, Step::SimState);
    }
}
