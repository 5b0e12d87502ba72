//! A message gets into the hands of what carries it: chosen, made into the parts that go out, and
//! claimed. How many parts they are is the carrier's matter: an uplink may need more of them than a
//! SIM or fewer, and settings may have changed since the message was accepted.

use model::{Carrier, Queued, Reason, ReasonCode, Time};

use super::Dispatcher;
use crate::carriers::Parts;
use crate::messages::outgoing;
use crate::schedule::breaker::Phase;
use crate::schedule::moment::Moment;
use crate::schedule::pick::pick;
use crate::schedule::slot::{Job, Own, Slot};
use crate::schedule::write::{Fate, Hold, Write};
use store::{Step, clock};

impl Dispatcher {
    /// Puts the best next message, or the next part of one, into the hands of a SIM or an uplink and
    /// says what to write for it.
    pub(super) fn claim_next(&mut self, moment: Moment) -> Option<(Hold, Step)> {
        self.look_at_clock(moment);
        if self.stopping || self.paused_until > moment.steady {
            return None;
        }
        self.claim_best(moment).or_else(|| self.resume(moment))
    }

    fn claim_best(&mut self, moment: Moment) -> Option<(Hold, Step)> {
        loop {
            // Most often one of the two holds, and then looking at each SIM is saved.
            let may_send = self.slots.all().any(Slot::is_idle_sim) || self.slots.has_uplinks();
            if !may_send || self.lanes.has_none_in_memory() {
                return None;
            }
            let next = pick(&self.lanes, &self.scene(moment))?;
            let queued = self.lanes.take(&next.lane, next.row)?;
            if let Some(claim) = self.claim(next.carrier, queued, moment) {
                return Some(claim);
            }
        }
    }

    /// What has one message in hand; the parts that go out are made before it is claimed, since how
    /// many they are is the carrier's matter. None where it cannot go there after all.
    fn claim(&mut self, carrier: Carrier, queued: Queued, moment: Moment) -> Option<(Hold, Step)> {
        let parts = match self.parts_for(&carrier, &queued, moment.wall) {
            Ok(parts) => parts,
            Err(reason) => {
                self.unfit(&queued, carrier, reason);
                return None;
            }
        };
        let count = parts.count();
        if count != queued.segments && !self.is_able_with(count, &queued, &carrier, moment) {
            self.recount(&queued, carrier, count);
            return None;
        }
        self.turn += 1;
        let step = Step::Claim {
            fell_back: self.fell_back(&queued, &carrier, moment),
            row: queued.row,
            part: queued.next_part,
            carrier: carrier.clone(),
            parts: count,
            at: moment.wall,
        };
        let hold = self.take(carrier, (queued, parts), moment.wall)?;
        self.prepare(&hold);
        Some((hold, step))
    }

    /// Where the message that is claimed has fallen back from, and why.
    pub(super) fn fell_back(
        &self,
        queued: &Queued,
        carrier: &Carrier,
        moment: Moment,
    ) -> Option<String> {
        // To look at each SIM again is for those only that have somewhere to fall back to.
        let may = self.router.plan(queued).goals.len() > 1;
        let fell = may.then(|| self.scene(moment).fell_back(queued, carrier))?;
        let why = fell?;
        let (id, by) = (queued.id, self.bus.named(carrier));
        tracing::info!(%id, by, why, "message falls back");
        Some(why)
    }

    /// Puts a message into its carrier's hands.
    pub(super) fn take(
        &mut self,
        carrier: Carrier,
        (queued, parts): (Queued, Parts),
        now: Time,
    ) -> Option<Hold> {
        let slot = self.slots.get_mut(&carrier)?;
        slot.hand.last_turn = self.turn;
        if slot
            .sim()
            .is_some_and(|sim| sim.phase(now) == Phase::HalfOpen)
        {
            tracing::info!(iccid = %carrier, message = %queued.id, "a SIM that rested is tried with one message");
        }
        let row = queued.row;
        slot.hand.put(Job::new(queued, parts));
        Some(Hold { carrier, row })
    }

    /// A message as one carrier takes it.
    pub(super) fn parts_for(
        &self,
        carrier: &Carrier,
        queued: &Queued,
        now: Time,
    ) -> Result<Parts, Reason> {
        let parts = match self.slots.get(carrier).map(|slot| &slot.own) {
            Some(Own::Uplink(uplink)) => {
                let gone = || Reason::new(ReasonCode::UplinkGone, "the uplink went away");
                uplink
                    .session
                    .as_ref()
                    .ok_or_else(gone)?
                    .parts(queued, now)?
            }
            _ => outgoing::parts(queued, &self.languages, now).map(Parts::Pdus)?,
        };
        // What is out already was cut another way: the rest would not fit behind it.
        if queued.next_part > 1 && parts.count() != queued.segments {
            let detail = "the settings have changed since its first parts were sent";
            return Err(Reason::new(ReasonCode::Encoding, detail));
        }
        Ok(parts)
    }

    /// Whether a carrier may take a message of so many parts as it makes of it, by its quotas.
    fn is_able_with(&self, parts: u16, queued: &Queued, carrier: &Carrier, moment: Moment) -> bool {
        let counted = Queued {
            segments: parts,
            ..queued.clone()
        };
        self.scene(moment).is_able(&counted, carrier)
    }

    /// It waits again, as a message of so many parts.
    fn recount(&mut self, queued: &Queued, carrier: Carrier, parts: u16) {
        let step = Step::Recount {
            row: queued.row,
            parts,
        };
        let settled = Fate {
            over: true,
            again: Some((queued.lane.clone(), queued.due_at)),
            ..Fate::of(queued, carrier)
        };
        self.write(Write::settling(vec![step], settled));
    }

    /// Nothing can be made of it that its carrier would take.
    fn unfit(&mut self, queued: &Queued, carrier: Carrier, reason: Reason) {
        metrics::counter!("simgate_messages_failed_total").increment(1);
        let step = Step::Fail {
            row: queued.row,
            part: queued.next_part,
            reason: reason.clone(),
            at: clock::now(),
        };
        let settled = Fate {
            over: true,
            reason: Some(reason),
            ..Fate::of(queued, carrier)
        };
        self.write(Write::settling(vec![step], settled));
    }
}
