//! How a host answers, and so how much it is given at a time.

use std::time::Duration;

use model::{Backoff, RowId};
use tokio::time::Instant;

/// Between two tries of a host that does not answer.
pub(super) const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(15),
};
/// Posts to one host at a time; to one that does not answer there is one.
pub(super) const EACH: usize = 4;
/// A host whose last answer took longer shares its places with the others of its kind.
const SLOW: Duration = Duration::from_secs(1);
/// Until what could not be written is looked at again.
const UNWRITTEN: Duration = Duration::from_mins(1);

/// A host for which something waits or is under way.
#[derive(Default)]
pub(super) struct Host {
    pub(super) at_work: Vec<RowId>,
    /// How many webhooks wait for it, as far as is known.
    pub(super) lines: usize,
    /// Posts in a row that it did not answer.
    failures: u16,
    /// Its last answer, or none, was long in coming.
    is_slow: bool,
    pub(super) rests_until: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered,
    Unanswered,
    /// It was no event, which says nothing about the host.
    NotPosted,
    /// What became of it could not be written.
    Unwritten,
}

impl Host {
    pub(super) fn room(&self) -> usize {
        let most = if self.failures > 0 { 1 } else { EACH };
        most.saturating_sub(self.at_work.len())
    }

    pub(super) fn is_slow(&self) -> bool {
        self.is_slow || self.failures > 0
    }

    /// Posts that were under way together and were not answered count as one.
    pub(super) fn note(&mut self, outcome: Outcome, took: Duration, now: Instant) {
        let rests = self.rests_until.is_some_and(|until| until > now);
        self.is_slow = match outcome {
            Outcome::NotPosted => self.is_slow,
            _ => took > SLOW,
        };
        match outcome {
            Outcome::Answered => {
                self.failures = 0;
                self.rests_until = None;
            }
            Outcome::NotPosted => {}
            Outcome::Unanswered if rests => {}
            Outcome::Unanswered => {
                self.failures = self.failures.saturating_add(1);
                self.rests_until = Some(now + BACKOFF.spread(self.failures.into(), rand::random()));
            }
            Outcome::Unwritten => self.rests_until = Some(now + UNWRITTEN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_does_not_answer_is_tried_by_one_post_after_a_rest() {
        let (mut host, now) = (Host::default(), Instant::now());
        let none = |host: &mut Host, now| host.note(Outcome::Unanswered, Duration::ZERO, now);
        assert_eq!(host.room(), EACH);
        none(&mut host, now);
        let until = host.rests_until.unwrap();
        none(&mut host, now);
        assert_eq!((host.failures, host.rests_until), (1, Some(until)));
        assert!(host.is_slow());
        assert_eq!(host.room(), 1);
        none(&mut host, until);
        assert!(host.rests_until.unwrap() - until > until - now);
        host.note(Outcome::Answered, Duration::ZERO, until);
        assert_eq!((host.room(), host.rests_until), (EACH, None));
        assert!(!host.is_slow());
    }

    #[test]
    fn a_host_that_takes_its_time_is_slow_until_it_does_not() {
        let (mut host, now) = (Host::default(), Instant::now());
        host.note(Outcome::Answered, SLOW * 2, now);
        assert_eq!((host.is_slow(), host.room()), (true, EACH));
        host.note(Outcome::Answered, SLOW / 2, now);
        assert!(!host.is_slow());
    }
}
