//! The one place where the engine's state changes, and set-up, which leads from one to the other.

use super::Engine;
use super::purpose::Purpose;
use super::setup::Begun;
use super::state::State;
use super::step::Step;
use crate::event::Event;
use crate::state::{DownReason, ModemState};
use at::Reply;
use std::time::Instant;

impl Engine {
    /// Moves to `state` and tells the owner, if it looks different from outside.
    pub(super) fn enter(&mut self, state: State) {
        let settled = matches!(
            state,
            State::Locked { .. } | State::NoSim { .. } | State::Running | State::Down { .. }
        );
        if matches!(state, State::NoSim { .. }) {
            self.modem.iccid = None;
            self.setup.pins.forget_sim();
        }
        self.state = state;
        self.show();
        if settled {
            // Who wants to unlock a SIM is not left without an answer.
            self.setup.pins.give_up(&mut self.modem);
        }
    }

    pub(super) fn enter_if(&mut self, state: Option<State>) {
        if let Some(state) = state {
            self.enter(state);
        }
    }

    /// Tells the owner the state, if it changed.
    pub(super) fn show(&mut self) {
        let shown = match &self.state {
            State::Resync { then: step, .. } | State::Setup(step) | State::Waiting { step, .. } => {
                step.shown().unwrap_or_else(|| self.running())
            }
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
            self.modem.out.event(Event::State(shown));
        }
    }

    fn running(&self) -> ModemState {
        if self.status.network.can_send() {
            ModemState::Ready
        } else {
            ModemState::Registering
        }
    }

    /// What `state.until` was waiting for has come.
    pub(super) fn state_expired(&mut self, now: Instant) {
        match self.state {
            State::Resync { .. } => self.resync_expired(now),
            State::Waiting { step, .. } => self.enter(State::Setup(step)),
            State::NoSim { .. } => self.enter(State::Setup(Step::SimState)),
            State::Down { .. } => self.resync(now, Step::FIRST),
            State::Setup(_) | State::Locked { .. } | State::Running => {}
        }
    }

    /// Writes the command of `step`, or moves on where there is none.
    pub(super) fn setup_begin(&mut self, now: Instant, step: Step) {
        if step == Step::FIRST {
            self.again_abandon();
            self.submits.forget_modem();
        }
        match self.setup.begin(step, &mut self.modem) {
            Begun::Command(request) => self.send(now, Purpose::Setup(step), request),
            Begun::Next(state) => {
                self.settle(now);
                self.enter(state);
            }
        }
    }

    /// A command of set-up ended.
    pub(super) fn setup_done(&mut self, now: Instant, step: Step, reply: Option<&Reply>) {
        let Some(reply) = reply else {
            return match self.setup.silent(step, &mut self.modem) {
                Some(next) => self.resync(now, next),
                None => self.give_up(now, DownReason::NoReply),
            };
        };
        let state = self.setup.done(step, reply, &mut self.modem);
        self.settle(now);
        self.enter(state);
    }
}
