//! What a carrier has in hand: messages, and of each the part at work. A SIM has one message at most, an
//! uplink as many as its window has room for.

use std::collections::HashMap;

use model::{Carrier, Priority, Queued, RowId};
use tokio::time::Instant;

use crate::carriers::{JobId, LetOut, Part, PartOutcome, Parts};
use crate::schedule::handle::InHand;

/// What all carriers have.
pub(in crate::schedule) struct Hand {
    pub(in crate::schedule) carrier: Carrier,
    jobs: HashMap<RowId, Job>,
    /// Whose the parts are that the carrier has, by the names under which it has them.
    submissions: HashMap<JobId, RowId>,
    /// Turn of its last message; 0 = none yet.
    pub(in crate::schedule) last_turn: u64,
    /// Since when it has had no modem, or its session is not bound.
    pub(super) down_since: Option<Instant>,
    /// It is left alone until then.
    pub(super) rest_until: Instant,
}

/// A message in a carrier's hands.
pub(in crate::schedule) struct Job {
    pub(in crate::schedule) queued: Queued,
    pub(in crate::schedule) parts: Parts,
    /// 1-based: the part at work.
    pub(in crate::schedule) part: u16,
    /// Set while the carrier has that.
    pub(in crate::schedule) given: Option<Given>,
}

/// A part that a carrier has.
pub(in crate::schedule) struct Given {
    pub(in crate::schedule) id: JobId,
    /// Since when it has the part, or may send it.
    pub(in crate::schedule) since: Instant,
    /// Lets the part out, once its `sending` is on disk; none = it is out. Dropped before that, it has
    /// the modem give the part up.
    let_out: Option<LetOut>,
    /// What came of the part before it was let out.
    early: Option<Answered>,
}

/// What a carrier says of a part; whether it had its octets.
pub(in crate::schedule) type Answered = (PartOutcome, bool);

/// Whose part it was.
pub(in crate::schedule) enum Heard {
    /// Nobody's that is at work.
    Nobodys,
    /// Of one that is not let out: nothing was sent, and the store does not know yet that anything was
    /// to be.
    Early,
    Of(RowId, Given),
}

/// What came of letting a part out.
pub(in crate::schedule) enum LetGo {
    Out,
    /// Its carrier had done with it before.
    Early(JobId, Answered),
    /// Its carrier has it no more.
    Lost,
}

impl Given {
    pub(in crate::schedule) fn new(id: JobId, let_out: Option<LetOut>) -> Self {
        Self {
            id,
            since: Instant::now(),
            let_out,
            early: None,
        }
    }

    pub(in crate::schedule) fn is_held(&self) -> bool {
        self.let_out.is_some()
    }
}

impl Job {
    /// A message whose next part is to be given.
    pub(in crate::schedule) fn new(queued: Queued, parts: Parts) -> Self {
        Self {
            part: queued.next_part,
            queued,
            parts,
            given: None,
        }
    }

    pub(in crate::schedule) fn in_hand(&self) -> InHand {
        InHand {
            message: self.queued.id,
            part: self.part,
            parts: self.parts.count(),
        }
    }

    pub(in crate::schedule) fn is_last(&self) -> bool {
        self.part >= self.parts.count()
    }

    pub(in crate::schedule) fn priority(&self) -> Priority {
        self.queued.lane.priority
    }

    /// Parts of it were sent since it was claimed.
    pub(in crate::schedule) fn has_begun(&self) -> bool {
        self.part > self.queued.next_part
    }

    /// Parts that are not sent yet, with the one at work.
    pub(super) fn parts_left(&self) -> u32 {
        let sent = self.part.saturating_sub(1);
        self.parts.count().saturating_sub(sent).into()
    }

    /// What is to be given; `more`: something follows at once.
    pub(super) fn part_at_work(&self, more: bool) -> Option<Part> {
        self.parts.part(self.part, more)
    }

    /// Parts that are out bind the rest to this carrier.
    pub(in crate::schedule) fn is_bound(&self) -> bool {
        self.part > 1
    }
}

impl Hand {
    pub(super) fn new(carrier: Carrier) -> Self {
        Self {
            carrier,
            jobs: HashMap::new(),
            submissions: HashMap::new(),
            last_turn: 0,
            down_since: None,
            rest_until: Instant::now(),
        }
    }

    pub(in crate::schedule) fn is_up(&mut self) {
        self.down_since = None;
    }

    pub(in crate::schedule) fn is_down(&mut self) {
        self.down_since = Some(Instant::now());
    }

    pub(in crate::schedule) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Claimed, and not yet with the carrier.
    pub(super) fn waiting(&self) -> usize {
        self.jobs.len().saturating_sub(self.submissions.len())
    }

    pub(in crate::schedule) fn job(&self, row: RowId) -> Option<&Job> {
        self.jobs.get(&row)
    }

    pub(in crate::schedule) fn job_mut(&mut self, row: RowId) -> Option<&mut Job> {
        self.jobs.get_mut(&row)
    }

    /// All of them, in no order.
    pub(in crate::schedule) fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values()
    }

    pub(in crate::schedule) fn put(&mut self, job: Job) {
        self.jobs.insert(job.queued.row, job);
    }

    /// Takes a message out of it. A carrier that holds its part gives that up.
    pub(in crate::schedule) fn take(&mut self, row: RowId) -> Option<Job> {
        let mut job = self.jobs.remove(&row)?;
        if let Some(given) = job.given.take() {
            self.submissions.remove(&given.id);
        }
        Some(job)
    }

    /// The message that had no row has got its own.
    pub(in crate::schedule) fn number(&mut self, before: RowId, row: RowId) -> Option<&mut Job> {
        let mut job = self.jobs.remove(&before)?;
        job.queued.row = row;
        if let Some(given) = &job.given {
            self.submissions.insert(given.id, row);
        }
        Some(self.jobs.entry(row).or_insert(job))
    }

    /// The carrier has the part at work.
    pub(super) fn give(&mut self, row: RowId, given: Given) {
        if let Some(job) = self.jobs.get_mut(&row) {
            self.submissions.insert(given.id, row);
            job.given = Some(given);
        }
    }

    /// Lets a part out that the carrier has.
    pub(in crate::schedule) fn let_out(&mut self, row: RowId) -> LetGo {
        let job = self.jobs.get_mut(&row);
        let Some(given) = job.and_then(|job| job.given.as_mut()) else {
            return LetGo::Lost;
        };
        given.since = Instant::now();
        let held = given.let_out.take();
        if let Some(early) = given.early.take() {
            return LetGo::Early(given.id, early);
        }
        match held.map(|held| held.send(())) {
            Some(Err(())) => LetGo::Lost,
            Some(Ok(())) | None => LetGo::Out,
        }
    }

    /// What came of a part; it is the carrier's no more, unless it was not let out yet.
    pub(in crate::schedule) fn heard(&mut self, id: JobId, answered: &Answered) -> Heard {
        let row = self.submissions.get(&id).copied();
        let job = row.and_then(|row| self.jobs.get_mut(&row));
        let Some(job) = job else {
            return Heard::Nobodys;
        };
        match &mut job.given {
            Some(given) if given.is_held() => {
                given.early.get_or_insert_with(|| answered.clone());
                Heard::Early
            }
            given => {
                self.submissions.remove(&id);
                let row = job.queued.row;
                given
                    .take()
                    .map_or(Heard::Nobodys, |given| Heard::Of(row, given))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Reason;
    use tokio::sync::oneshot;

    const ROW: RowId = RowId(7);

    /// A hand with one message, whose part is held under this name.
    fn holding(id: u64) -> (Hand, oneshot::Receiver<()>) {
        let mut hand = Hand::new(Carrier::Uplink("up".parse().unwrap()));
        hand.put(Job::new(Queued::sample(ROW.0), Parts::Pdus(Vec::new())));
        let (let_out, go) = oneshot::channel();
        hand.give(ROW, Given::new(JobId(id), Some(let_out)));
        (hand, go)
    }

    fn answered() -> Answered {
        (PartOutcome::NotTaken(Reason::read("busy", "busy")), false)
    }

    #[test]
    fn what_comes_early_waits_for_the_part_to_be_let_out() {
        let (mut hand, mut go) = holding(1);
        assert!(matches!(hand.heard(JobId(2), &answered()), Heard::Nobodys));
        assert!(matches!(hand.heard(JobId(1), &answered()), Heard::Early));
        assert!(matches!(hand.let_out(ROW), LetGo::Early(JobId(1), _)));
        assert!(go.try_recv().is_err(), "it is not let out any more");
        assert!(matches!(
            hand.heard(JobId(1), &answered()),
            Heard::Of(ROW, _)
        ));
        assert!(matches!(hand.heard(JobId(1), &answered()), Heard::Nobodys));
        assert_eq!((hand.len(), hand.waiting()), (1, 1));
    }

    #[test]
    fn what_is_taken_out_of_it_is_held_no_more() {
        let (mut hand, mut go) = holding(1);
        assert_eq!(hand.waiting(), 0);
        let row = RowId(8);
        assert!(hand.number(ROW, row).is_some());
        assert!(hand.job(ROW).is_none() && hand.job(row).is_some());
        assert!(hand.take(row).is_some());
        assert!(go.try_recv().is_err());
        assert!(matches!(hand.heard(JobId(1), &answered()), Heard::Nobodys));
        assert!(hand.is_empty());
    }
}
