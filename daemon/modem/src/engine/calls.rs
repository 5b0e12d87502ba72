//! Calls that nobody answers: one event each, when it is over.

use super::modem::Modem;
use crate::event::Event;
use model::Msisdn;
use std::time::{Duration, Instant};

/// A network rings every 5 s or so; without a ring for this long the call is over.
const RING_GAP: Duration = Duration::from_secs(8);

/// The call that is ringing, if any.
#[derive(Debug, Default)]
pub(super) struct Calls {
    ringing: Option<Ringing>,
}

#[derive(Debug)]
struct Ringing {
    from: Option<Msisdn>,
    over_at: Instant,
}

impl Calls {
    pub(super) fn until(&self) -> Option<Instant> {
        self.ringing.as_ref().map(|call| call.over_at)
    }

    /// `RING`, or `+CLIP` with the caller.
    pub(super) fn ring(&mut self, now: Instant, from: Option<Msisdn>) {
        let over_at = now + RING_GAP;
        let call = self.ringing.get_or_insert(Ringing {
            from: None,
            over_at,
        });
        call.over_at = over_at;
        if from.is_some() {
            call.from = from;
        }
    }

    /// The caller hung up, or the port went away: what rang is as good as missed.
    pub(super) fn over(&mut self, modem: &mut Modem) {
        if let Some(call) = self.ringing.take() {
            modem.out.event(Event::MissedCall { from: call.from });
        }
    }

    /// The caller has not rung for long enough.
    pub(super) fn expire(&mut self, modem: &mut Modem) {
        if self.until().is_some_and(|until| until <= modem.now) {
            self.over(modem);
        }
    }
}
