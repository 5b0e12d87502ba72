//! The steps of messages as lines of the log, for whoever runs the gateway: one line a step, as
//! long as a person could read them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::{Carrier, Change, Direction, Iccid, MessageId, State};

use crate::mask;
use crate::messages::number;

/// Lines of one kind in one second. More are counted: the journal takes some 300 lines a second of
/// a service, and drops what is beyond.
const MOST: u64 = 100;
const SPAN: Duration = Duration::from_secs(1);

/// What the lines need: how SIMs are called, and how many there were of late.
#[derive(Default)]
pub(super) struct Steps(Mutex<Known>);

#[derive(Default)]
struct Known {
    labels: HashMap<Iccid, String>,
    paces: HashMap<&'static str, Pace>,
}

impl Steps {
    /// This is what the operator calls a SIM; none: nothing.
    pub(super) fn label(&self, iccid: &Iccid, label: Option<&str>) {
        let mut known = self.known();
        match label {
            // One may well write a number there.
            Some(label) => known.labels.insert(iccid.clone(), mask::text(label, &[])),
            None => known.labels.remove(iccid),
        };
    }

    /// A SIM by its label, or its ICCID where it has none; an uplink by its name.
    pub(super) fn named(&self, carrier: &Carrier) -> String {
        let label = |iccid| self.known().labels.get(iccid).cloned();
        match carrier {
            Carrier::Sim(iccid) => label(iccid).unwrap_or_else(|| iccid.to_string()),
            Carrier::Uplink(_) => carrier.to_string(),
        }
    }

    /// What came in one request; `to`: the recipient, where it was one message.
    pub(super) fn accepted(&self, messages: &[(MessageId, State)], to: Option<&str>) {
        match messages {
            [] => {}
            [(id, state)] => {
                if self.may_tell("message accepted") {
                    let (to, state) = (to.map(number::masked), state.as_str());
                    tracing::info!(%id, to, state, "message accepted");
                }
            }
            [(first, _), .., (last, _)] => {
                if self.may_tell("messages accepted") {
                    tracing::info!(count = messages.len(), %first, %last, "messages accepted");
                }
            }
        }
    }

    pub(super) fn changed(&self, change: &Change<'_>) {
        let sentence = match change.state {
            State::Sent => "message sent",
            State::Delivered => "message delivered",
            State::Received if change.test => "test message received",
            State::Received => "message received",
            State::Undelivered => "message not delivered",
            State::Failed => "message failed",
            State::Expired => "message expired",
            State::Cancelled => "message cancelled",
            State::Uncertain => "message uncertain: it may have been sent",
            State::Scheduled | State::Queued | State::Sending => return,
        };
        if !self.may_tell(sentence) {
            return;
        }
        let (id, number) = (change.id, change.number.map(number::masked));
        let (to, from) = match change.state.direction() {
            Direction::Outbound => (number, None),
            Direction::Inbound => (None, number),
        };
        let by = change.carrier.map(|carrier| self.named(carrier));
        let code = change.reason.map(|reason| reason.code.as_str());
        let reason = change.reason.map(|reason| reason.detail.as_str());
        tracing::info!(%id, to, from, by, code, reason, "{sentence}");
    }

    /// Tells how many lines were left out. To be called once a second or so.
    pub(super) fn tell_rest(&self) {
        let mut left_out = Vec::new();
        for (what, pace) in &mut self.known().paces {
            if let Some(count) = pace.rest(Instant::now()) {
                left_out.push((*what, count));
            }
        }
        for (what, count) in left_out {
            tracing::info!(count, what, "more of these than are told one by one");
        }
    }

    fn may_tell(&self, sentence: &'static str) -> bool {
        let mut known = self.known();
        let pace = known.paces.entry(sentence);
        pace.or_insert_with(|| Pace::new(Instant::now()))
            .counts(Instant::now())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many there were of one kind in a second.
struct Pace {
    began_at: Instant,
    count: u64,
    left_out: u64,
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self {
            began_at: now,
            count: 0,
            left_out: 0,
        }
    }

    /// Counts one; whether it is to be told.
    fn counts(&mut self, now: Instant) -> bool {
        if now.duration_since(self.began_at) >= SPAN {
            self.began_at = now;
            self.count = 0;
        }
        self.count += 1;
        if self.count > MOST {
            self.left_out += 1;
        }
        self.count <= MOST
    }

    /// What was left out, once the second is over.
    fn rest(&mut self, now: Instant) -> Option<u64> {
        let over = now.duration_since(self.began_at) >= SPAN;
        let rest = if over {
            std::mem::take(&mut self.left_out)
        } else {
            0
        };
        (rest > 0).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_told_afterwards() {
        let t0 = Instant::now();
        let mut pace = Pace::new(t0);
        let told = (0..MOST + 50).filter(|_| pace.counts(t0)).count();
        assert_eq!(u64::try_from(told).unwrap(), MOST);
        assert_eq!(pace.rest(t0), None);
        assert_eq!(pace.rest(t0 + SPAN), Some(50));
        assert_eq!(pace.rest(t0 + SPAN), None);
        assert!(pace.counts(t0 + SPAN));
    }

    #[test]
    fn a_sim_is_called_by_its_label() {
        let steps = Steps::default();
        let iccid: Iccid = "8984011234567890123".parse().unwrap();
        let carrier = Carrier::Sim(iccid.clone());
        steps.label(&iccid, Some("shop"));
        assert_eq!(steps.named(&carrier), "shop");
        steps.label(&iccid, None);
        assert_eq!(steps.named(&carrier), iccid.to_string());
    }
}
