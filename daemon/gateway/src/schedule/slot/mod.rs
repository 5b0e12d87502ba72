//! A carrier as the scheduler sees it: whether it may send now, and what it has in hand.

mod hand;
mod sim;
mod uplink;

use std::collections::HashMap;
use std::time::Duration;

use model::{Carrier, Iccid, Queued, Reason, ReasonCode, RowId};
use tokio::time::Instant;

use super::moment::Moment;
use super::pick::Candidate;
use super::why::Waiting;
use super::write::Hold;
use crate::carriers::{JobId, NotTaken};

pub(super) use hand::{Answered, Given, Hand, Heard, Job, LetGo};
pub(super) use sim::Sim;
pub(super) use uplink::Uplink;

/// How long a carrier that went away is waited for before a message falls back for that.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// All carriers that were there in this run.
#[derive(Default)]
pub(super) struct Slots(HashMap<Carrier, Slot>);

/// One carrier.
pub(super) struct Slot {
    pub(super) hand: Hand,
    pub(super) own: Own,
}

/// What its kind has of its own.
pub(super) enum Own {
    Sim(Box<Sim>),
    Uplink(Uplink),
}

impl Slots {
    pub(super) fn get(&self, carrier: &Carrier) -> Option<&Slot> {
        self.0.get(carrier)
    }

    pub(super) fn get_mut(&mut self, carrier: &Carrier) -> Option<&mut Slot> {
        self.0.get_mut(carrier)
    }

    pub(super) fn get_or_new(&mut self, carrier: Carrier, own: impl FnOnce() -> Own) -> &mut Slot {
        let new = |carrier: &Carrier| Slot::new(carrier.clone(), own());
        self.0.entry(carrier).or_insert_with_key(new)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Slot> {
        self.0.values()
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.0.values_mut()
    }

    /// The SIMs, each with what it has in hand.
    pub(super) fn sims(&self) -> impl Iterator<Item = (&Iccid, &Hand, &Sim)> {
        self.0.iter().filter_map(|(carrier, slot)| match &slot.own {
            Own::Sim(sim) => Some((carrier.sim()?, &slot.hand, &**sim)),
            Own::Uplink(_) => None,
        })
    }

    pub(super) fn sim_mut(&mut self, iccid: &Iccid) -> Option<&mut Sim> {
        self.0.get_mut(&Carrier::from(iccid.clone()))?.sim_mut()
    }

    pub(super) fn has_uplinks(&self) -> bool {
        self.all().any(|slot| matches!(slot.own, Own::Uplink(_)))
    }

    pub(super) fn job(&self, hold: &Hold) -> Option<&Job> {
        self.get(&hold.carrier)?.hand.job(hold.row)
    }

    /// Takes a message out of its carrier's hands; a modem that is at its prompt for it leaves that.
    pub(super) fn take(&mut self, hold: &Hold) -> Option<Job> {
        self.get_mut(&hold.carrier)?.hand.take(hold.row)
    }
}

impl Slot {
    pub(super) fn new(carrier: Carrier, own: Own) -> Self {
        let mut hand = Hand::new(carrier);
        if matches!(own, Own::Uplink(_)) {
            hand.down_since = Some(Instant::now());
        }
        Self { hand, own }
    }

    pub(super) fn sim(&self) -> Option<&Sim> {
        match &self.own {
            Own::Sim(sim) => Some(sim),
            Own::Uplink(_) => None,
        }
    }

    pub(super) fn sim_mut(&mut self) -> Option<&mut Sim> {
        match &mut self.own {
            Own::Sim(sim) => Some(sim),
            Own::Uplink(_) => None,
        }
    }

    /// The same, with what it has in hand.
    pub(super) fn as_sim_mut(&mut self) -> Option<(&mut Hand, &mut Sim)> {
        match &mut self.own {
            Own::Sim(sim) => Some((&mut self.hand, sim)),
            Own::Uplink(_) => None,
        }
    }

    /// None when it is disabled, or has been away for so long that nothing waits for it.
    pub(super) fn candidate(&self, moment: Moment) -> Option<Candidate<'_>> {
        match &self.own {
            Own::Sim(sim) => sim.candidate(&self.hand, moment),
            Own::Uplink(uplink) => uplink.candidate(&self.hand, moment),
        }
    }

    /// A SIM that has a modem and nothing in hand.
    pub(super) fn is_idle_sim(&self) -> bool {
        self.sim().is_some_and(|sim| sim.is_idle(&self.hand))
    }

    /// What a message would wait for here.
    pub(super) fn obstacle(&self, queued: &Queued, moment: Moment) -> Waiting {
        match &self.own {
            Own::Sim(sim) => sim.obstacle(queued, moment.wall),
            Own::Uplink(uplink) => uplink.obstacle(&self.hand, moment),
        }
    }

    pub(super) fn groups(&self) -> &[String] {
        self.sim().map_or(&[], |sim| &sim.config.groups)
    }

    /// When to look again, while messages wait.
    pub(super) fn look_again_at(&self, moment: Moment) -> Option<Instant> {
        match &self.own {
            Own::Sim(sim) => sim.look_again_at(&self.hand, moment),
            Own::Uplink(uplink) => uplink.look_again_at(&self.hand, moment),
        }
    }

    /// It has messages between two of their parts.
    pub(super) fn has_parked(&self) -> bool {
        self.sim().is_some_and(|sim| !sim.parked.is_empty())
    }

    /// Leaves it alone for so long.
    pub(super) fn rest(&mut self, wait: Duration) {
        self.hand.rest_until = Instant::now() + wait;
    }

    /// Gives it a message's part at work. `follows`: others wait that may be sent next.
    pub(super) fn give(&mut self, row: RowId, id: JobId, follows: bool) -> Result<(), NotTaken> {
        let follows = follows || self.has_parked();
        let job = self.hand.job(row);
        let part = job.and_then(|job| job.part_at_work(!job.is_last() || follows));
        let part = part.ok_or_else(|| {
            NotTaken::Unfit(Reason::new(
                ReasonCode::Encoding,
                "the message has no such part",
            ))
        })?;
        let let_out = match &mut self.own {
            Own::Sim(sim) => {
                let gone = "the modem went away before it was sent";
                let modem = sim.modem.as_ref();
                let modem = modem.ok_or_else(|| busy(ReasonCode::ModemGone, gone))?;
                modem.line.submit(id, part)?
            }
            Own::Uplink(uplink) => {
                let gone = "the uplink went away before it was sent";
                let session = uplink.session.as_ref();
                let session = session.ok_or_else(|| busy(ReasonCode::UplinkGone, gone))?;
                // Where it takes nothing, its session tells what opens it again.
                let submitted = session.submit(id, part);
                uplink.shut |= matches!(submitted, Err(NotTaken::Busy(_)));
                submitted?
            }
        };
        self.hand.give(row, Given::new(id, let_out));
        Ok(())
    }
}

fn busy(code: ReasonCode, detail: &str) -> NotTaken {
    NotTaken::Busy(Reason::new(code, detail))
}
