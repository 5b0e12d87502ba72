//! Which message goes through which SIM: a pure function.

use modem::Iccid;

use super::awaiting::{Awaiting, recipient};
use super::lanes::Lanes;
use crate::config::Strategy;
use crate::model::{Lane, Queued, RowId, Sender, Time};

/// A SIM that is up, as the choice sees it.
#[derive(Clone, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) iccid: &'a Iccid,
    pub(crate) groups: &'a [String],
    /// It may send now: not on the air, within its gap, window and quotas.
    pub(crate) free: bool,
    /// It can be waited for: free, or at work, and so free soon.
    pub(crate) soon: bool,
    /// Parts sent lately; what is long ago weighs less.
    pub(crate) load: f64,
    /// Turn of its last message; 0 = none yet.
    pub(crate) last_turn: u64,
    /// What its quotas leave, in parts or, if they count so, in messages.
    pub(crate) room: u32,
    pub(crate) counts_parts: bool,
    pub(crate) awaiting: &'a Awaiting,
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
    now: Time,
) -> Option<Assignment> {
    let free: Vec<&Candidate<'_>> = sims.iter().filter(|sim| sim.free).collect();
    if free.is_empty() {
        return None;
    }
    waiting.lines().find_map(|line| {
        // All of a line need the same, so that one look tells of all; only what a SIM's awaited
        // reports keep apart may differ.
        let first = line.front()?;
        let able = |sim: &&Candidate<'_>| is_able(sim, first, sims);
        if !free.iter().any(able) {
            return None;
        }
        line.iter().find_map(|queued| {
            let able = free.iter().copied().filter(able);
            let sim = best(able.filter(|sim| !mixes_up(sim, queued, now)), strategy)?;
            Some(Assignment {
                lane: queued.lane.clone(),
                row: queued.row,
                iccid: sim.iccid.clone(),
            })
        })
    })
}

/// Whether a message that this SIM has refused should be left to another one.
pub(crate) fn has_other(queued: &Queued, iccid: &Iccid, sims: &[Candidate<'_>]) -> bool {
    sims.iter()
        .any(|sim| sim.iccid != iccid && sim.soon && may_carry(sim, queued))
}

fn best<'a, 'b>(
    sims: impl Iterator<Item = &'a Candidate<'b>>,
    strategy: Strategy,
) -> Option<&'a Candidate<'b>>
where
    'b: 'a,
{
    sims.min_by(|a, b| match strategy {
        Strategy::Balance => a
            .load
            .total_cmp(&b.load)
            .then(a.last_turn.cmp(&b.last_turn)),
        Strategy::RoundRobin => a.last_turn.cmp(&b.last_turn),
    })
}

fn is_able(sim: &Candidate<'_>, queued: &Queued, sims: &[Candidate<'_>]) -> bool {
    let refused = queued.refused_by.as_ref() == Some(sim.iccid);
    may_carry(sim, queued) && fits(sim, queued) && !(refused && has_other(queued, sim.iccid, sims))
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
    sim.room
        >= if sim.counts_parts {
            u32::from(left(queued))
        } else {
            1
        }
}

/// Parts still to go.
fn left(queued: &Queued) -> u16 {
    queued
        .segments
        .saturating_sub(queued.next_part.saturating_sub(1))
}

fn mixes_up(sim: &Candidate<'_>, queued: &Queued, now: Time) -> bool {
    queued.status_report
        && !sim.awaiting.is_empty()
        && (sim.awaiting).would_mix_up(recipient(&queued.to), left(queued), now)
}

#[cfg(test)]
mod tests;
