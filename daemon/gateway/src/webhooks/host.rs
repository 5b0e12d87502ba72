//! How a host answers, and so how much it is given at a time.

use std::time::Duration;

use model::{Backoff, RowId};
use tokio::time::Instant;

/// Between two tries of a host that does not answer.
pub(super) const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(15),
};
/// Posts at a time. Each may last as long as its times allow.
pub(super) const AT_ONCE: usize = 32;
/// Of these to hosts that do not answer or are slow to.
const SLOW_AT_ONCE: usize = AT_ONCE / 2;
/// Of these to hosts that have not answered yet. Who may send can name as many of them as there are.
pub(super) const UNTRIED_AT_ONCE: usize = AT_ONCE / 4;
/// Posts to one host at a time; to one that does not answer, or has not yet and is in no webhook, there is one.
pub(super) const EACH: usize = 4;
/// A host whose last answer took longer shares its places with the others of its kind.
const SLOW: Duration = Duration::from_secs(1);
/// Until what could not be written is looked at again.
const UNWRITTEN: Duration = Duration::from_mins(1);

/// A host for which something waits or is under way, or that has answered.
#[derive(Default)]
pub(super) struct Host {
    pub(super) at_work: Vec<RowId>,
    /// How many webhooks wait for it, as far as is known.
    pub(super) lines: usize,
    /// An operator has named it, in the address of a webhook.
    pub(super) is_named: bool,
    pub(super) answered_at: Option<Instant>,
    /// Posts in a row that it did not answer.
    failures: u16,
    /// Its last answer, or none, was long in coming.
    is_slow: bool,
    pub(super) rests_until: Option<Instant>,
}

/// What a host has shown of itself, by which it gets its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    /// It has not answered yet, and no operator has named it.
    Untried,
    Slow,
}

impl Standing {
    /// Posts at a time to all hosts of this kind. Some places are left for the good ones.
    pub(super) fn at_once(self) -> usize {
        match self {
            Self::Good => AT_ONCE,
            Self::Untried => UNTRIED_AT_ONCE,
            Self::Slow => SLOW_AT_ONCE,
        }
    }
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
        let is_known = self.is_named || self.answered_at.is_some();
        let most = if self.failures == 0 && is_known {
            EACH
        } else {
            1
        };
        most.saturating_sub(self.at_work.len())
    }

    pub(super) fn standing(&self) -> Standing {
        if self.is_slow || self.failures > 0 {
            Standing::Slow
        } else if self.is_named || self.answered_at.is_some() {
            Standing::Good
        } else {
            Standing::Untried
        }
    }

    /// Whether nothing waits for it or is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.lines == 0 && self.at_work.is_empty()
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
                self.answered_at = Some(now);
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
        host.note(Outcome::Answered, Duration::ZERO, now);
        assert_eq!(host.room(), EACH);
        none(&mut host, now);
        let until = host.rests_until.unwrap();
        none(&mut host, now);
        assert_eq!((host.failures, host.rests_until), (1, Some(until)));
        assert_eq!((host.room(), host.standing()), (1, Standing::Slow));
        none(&mut host, until);
        assert!(host.rests_until.unwrap() - until > until - now);
        host.note(Outcome::Answered, Duration::ZERO, until);
        assert_eq!((host.room(), host.rests_until), (EACH, None));
        assert_eq!(host.standing(), Standing::Good);
    }

    #[test]
    fn a_host_that_takes_its_time_is_slow_until_it_does_not() {
        let (mut host, now) = (Host::default(), Instant::now());
        host.note(Outcome::Answered, SLOW * 2, now);
        assert_eq!((host.standing(), host.room()), (Standing::Slow, EACH));
        host.note(Outcome::Answered, SLOW / 2, now);
        assert_eq!(host.standing(), Standing::Good);
    }

    #[test]
    fn a_host_is_good_when_an_operator_names_it_or_it_answers() {
        let (mut host, now) = (Host::default(), Instant::now());
        assert_eq!((host.standing(), host.room()), (Standing::Untried, 1));
        host.is_named = true;
        assert_eq!((host.standing(), host.room()), (Standing::Good, EACH));
        host.is_named = false;
        host.note(Outcome::Answered, Duration::ZERO, now);
        assert_eq!((host.standing(), host.room()), (Standing::Good, EACH));
        let shared = Standing::Untried.at_once() + Standing::Slow.at_once();
        assert!(shared < Standing::Good.at_once());
    }
}
