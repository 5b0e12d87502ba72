//! Which command goes out next.

use super::Engine;
use super::ask::Ask;
use super::purpose::Purpose;
use super::state::State;
use std::time::Instant;

impl Engine {
    /// Starts the next command when none is in flight.
    ///
    /// The order is the engine's whole policy: the network waits for acknowledgements; then comes
    /// the next message; reading what arrived and serving operators goes between two messages, a
    /// few commands at a time; polls only when nothing else is to do.
    pub(super) fn advance(&mut self, now: Instant) {
        if self.link.paused_until(now).is_some() {
            return;
        }
        // Steps without a command lead to others; each goes forward, so this ends.
        while self.link.is_free()
            && let State::Setup(step) = self.state
        {
            self.setup_begin(now, step);
        }
        if !self.link.is_free() || self.state != State::Running {
            return;
        }
        let _ = self.again_begin(now)
            || self.condemned_begin(now)
            || self.acknowledge_begin(now)
            || self.errand_begin(now)
            || self.submit_begin(now)
            || self.idle_begin(now);
    }

    /// Tells the network that a message was taken.
    fn acknowledge_begin(&mut self, now: Instant) -> bool {
        let ask = self.inbox.acknowledge();
        self.begin_if(now, ask, Purpose::Inbox)
    }

    /// Polls.
    fn idle_begin(&mut self, now: Instant) -> bool {
        let ask = self.status.begin(now, &self.modem);
        self.begin_if(now, ask, Purpose::Poll)
    }

    /// Work that goes between two messages: bounded while a message waits, so that neither
    /// starves the other.
    fn errand_begin(&mut self, now: Instant) -> bool {
        if self.submits.is_waiting() && self.submits.errands_left == 0 {
            return false;
        }
        let again = self.status.route_again(&self.modem);
        let begun = self.begin_if(now, again, Purpose::Poll)
            || self.operator_begin(now)
            || self.inbox_begin(now)
            || self.recheck_begin(now);
        if begun {
            self.submits.count_errand();
        }
        begun
    }

    /// Deletes, reads or lists.
    fn inbox_begin(&mut self, now: Instant) -> bool {
        let ask = self.inbox.begin(now, &self.modem);
        self.begin_if(now, ask, Purpose::Inbox)
    }

    /// Looks whether the modem still tells what arrives.
    fn recheck_begin(&mut self, now: Instant) -> bool {
        let ask = self.status.recheck(now, &self.modem);
        self.begin_if(now, ask, Purpose::Poll)
    }

    /// Deletes what was just read.
    fn condemned_begin(&mut self, now: Instant) -> bool {
        let ask = self.inbox.delete_condemned(&mut self.modem);
        self.settle(now);
        if ask.is_some() {
            self.submits.count_errand();
        }
        self.begin_if(now, ask, Purpose::Inbox)
    }

    /// What an operator asked for.
    fn operator_begin(&mut self, now: Instant) -> bool {
        let ussd = self.ussd.begin(&mut self.modem);
        if self.begin_if(now, ussd, Purpose::Ussd) {
            return true;
        }
        let raw = self.raw.begin(&mut self.modem);
        self.settle(now);
        self.begin_if(now, raw, Purpose::Raw)
    }

    /// Starts the submit that waits.
    fn submit_begin(&mut self, now: Instant) -> bool {
        let in_step = !self.link.is_owed();
        let ask = self.submits.begin(&self.modem, in_step);
        self.begin_if(now, ask, Purpose::Submit)
    }

    /// Writes what a part asks for, if it does.
    fn begin_if<P>(
        &mut self,
        now: Instant,
        ask: Option<Ask<P>>,
        whose: impl FnOnce(P) -> Purpose,
    ) -> bool {
        ask.map(|ask| self.begin(now, ask.of(whose))).is_some()
    }

    /// Writes again what seemed to be lost.
    pub(super) fn again_begin(&mut self, now: Instant) -> bool {
        let Some(ask) = self.link.pace.again.take() else {
            return false;
        };
        if matches!(ask.purpose, Purpose::Submit(_)) {
            self.submits.begin_again(!self.link.is_owed());
        }
        self.begin(now, ask);
        true
    }
}
