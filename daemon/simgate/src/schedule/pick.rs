//! Which message goes through which SIM: a pure function.

use modem::Iccid;

use super::lanes::Lanes;
use crate::config::Strategy;
use crate::model::{Lane, Queued, RowId, Sender};

/// A SIM that is up, as the choice sees it.
#[derive(Clone, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) iccid: &'a Iccid,
    pub(crate) groups: &'a [String],
    /// It may send now: not on the air, within its gap, window and quotas.
    pub(crate) free: bool,
    /// Parts sent lately; what is long ago weighs less.
    pub(crate) load: f64,
    /// Turn of its last message; 0 = none yet.
    pub(crate) last_turn: u64,
    /// What its quotas leave, in parts or, if they count so, in messages.
    pub(crate) room: u32,
    pub(crate) counts_parts: bool,
}

/// A message and the SIM to send it through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) lane: Lane,
    pub(crate) row: RowId,
    pub(crate) iccid: Iccid,
}

/// The best waiting message that a free SIM may carry, and the best SIM for it.
pub(crate) fn pick(
    waiting: &Lanes,
    sims: &[Candidate<'_>],
    strategy: Strategy,
) -> Option<Assignment> {
    if !sims.iter().any(|sim| sim.free) {
        return None;
    }
    waiting.candidates().find_map(|queued| {
        let sim = choose(queued, sims, strategy)?;
        Some(Assignment {
            lane: queued.lane.clone(),
            row: queued.row,
            iccid: sim.iccid.clone(),
        })
    })
}

fn choose<'a, 'b>(
    queued: &Queued,
    sims: &'a [Candidate<'b>],
    strategy: Strategy,
) -> Option<&'a Candidate<'b>> {
    let free = sims
        .iter()
        .filter(|sim| sim.free && may_carry(sim, queued) && fits(sim, queued));
    let fresh = free.filter(|sim| !refused(sim, queued) || !has_other(queued, sims));
    fresh.min_by(|a, b| match strategy {
        Strategy::Balance => a
            .load
            .total_cmp(&b.load)
            .then(a.last_turn.cmp(&b.last_turn)),
        Strategy::RoundRobin => a.last_turn.cmp(&b.last_turn),
    })
}

fn may_carry(sim: &Candidate<'_>, queued: &Queued) -> bool {
    match (&queued.pinned, &queued.lane.sender) {
        (Some(pinned), _) => pinned == sim.iccid,
        (None, Sender::Any) => true,
        (None, Sender::Sim(iccid)) => iccid == sim.iccid,
        (None, Sender::Group(name)) => sim.groups.contains(name),
    }
}

fn fits(sim: &Candidate<'_>, queued: &Queued) -> bool {
    let left = u32::from(queued.segments.saturating_sub(queued.next_part - 1));
    sim.room >= if sim.counts_parts { left } else { 1 }
}

fn refused(sim: &Candidate<'_>, queued: &Queued) -> bool {
    queued.refused_by.as_ref() == Some(sim.iccid)
}

/// Whether another SIM that is up, busy or not, could carry what one has refused.
fn has_other(queued: &Queued, sims: &[Candidate<'_>]) -> bool {
    sims.iter()
        .any(|sim| may_carry(sim, queued) && !refused(sim, queued))
}

#[cfg(test)]
mod tests;
