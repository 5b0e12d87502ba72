//! Deliveries that are stored and whose SMSC has no answer: the commit took longer than that may, or
//! the bind went down before it. They come again, by any bind of the account.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use smpp::{Arrival, DeliverSm};

/// Remembered of an account after their commit; of more the oldest is forgotten, and would be stored
/// twice.
const MOST: usize = 1024;

/// What is expected again, by account; clones share it.
#[derive(Clone, Default)]
pub(super) struct Accounts(Arc<Mutex<HashMap<String, Arc<Mutex<Account>>>>>);

impl Accounts {
    /// One more uplink of an account. `bound_since`: of its bind that is up now, if one is; no other
    /// takes the answers to what that brought.
    pub(super) fn join(
        &self,
        account: String,
        response_timeout: Duration,
        bound_since: impl Fn() -> Option<SystemTime> + Send + 'static,
    ) -> Overdue {
        let account = Arc::clone(lock(&self.0).entry(account).or_default());
        let mut inner = lock(&account);
        let place = inner.next;
        inner.next += 1;
        let bind = Bind {
            response_timeout,
            bound_since: Box::new(bound_since),
            open: VecDeque::new(),
        };
        inner.binds.insert(place, bind);
        drop(inner);
        Overdue { account, place }
    }
}

#[derive(Default)]
struct Account {
    binds: HashMap<u64, Bind>,
    next: u64,
    /// Stored, but not answered.
    late: VecDeque<u64>,
}

struct Bind {
    response_timeout: Duration,
    bound_since: Box<dyn Fn() -> Option<SystemTime> + Send>,
    /// Being stored, in the order in which they came.
    open: VecDeque<(u64, Arrival)>,
}

impl Bind {
    fn is_late(&self, arrival: Arrival) -> bool {
        arrival.since.elapsed() >= self.response_timeout
    }

    /// Whether this is being stored, and its answer will come to nobody who waits for it.
    fn has_lost(&self, hash: u64, bound_since: Option<SystemTime>) -> bool {
        self.open.iter().any(|(open, first)| {
            let cut_off = Some(first.bound_since) != bound_since;
            *open == hash && (cut_off || self.is_late(*first))
        })
    }
}

/// What has to be delivered again, as one uplink sees it.
pub(super) struct Overdue {
    account: Arc<Mutex<Account>>,
    place: u64,
}

impl Overdue {
    /// Whether this was delivered before, by this uplink or another one of the account, and is
    /// expected again.
    pub(super) fn take(&self, deliver: &DeliverSm, arrival: Arrival) -> bool {
        let hash = hash(deliver);
        let mut account = lock(&self.account);
        if let Some(at) = account.late.iter().position(|late| *late == hash) {
            account.late.remove(at);
            return true;
        }
        account.binds.iter().any(|(place, bind)| {
            let own = *place == self.place;
            let up = if own {
                Some(arrival.bound_since)
            } else {
                (bind.bound_since)()
            };
            bind.has_lost(hash, up)
        })
    }

    /// It is being stored from now on.
    pub(super) fn begin(&self, deliver: &DeliverSm, arrival: Arrival) {
        if let Some(bind) = lock(&self.account).binds.get_mut(&self.place) {
            bind.open.push_back((hash(deliver), arrival));
        }
    }

    /// The first that is being stored is. Not `stored`: what comes again is the first for the store.
    pub(super) fn end(&self, stored: bool) {
        let mut account = lock(&self.account);
        let Some(bind) = account.binds.get_mut(&self.place) else {
            return;
        };
        let Some((hash, arrival)) = bind.open.pop_front() else {
            return;
        };
        let unanswered = bind.is_late(arrival) || (bind.bound_since)() != Some(arrival.bound_since);
        if stored && unanswered {
            if account.late.len() == MOST {
                account.late.pop_front();
            }
            account.late.push_back(hash);
        }
    }
}

impl Drop for Overdue {
    fn drop(&mut self) {
        lock(&self.account).binds.remove(&self.place);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hash(deliver: &DeliverSm) -> u64 {
    let mut hasher = DefaultHasher::new();
    deliver.source.addr.hash(&mut hasher);
    deliver.destination.addr.hash(&mut hasher);
    (deliver.esm_class, deliver.data_coding).hash(&mut hasher);
    deliver.short_message.hash(&mut hasher);
    deliver.message_payload.hash(&mut hasher);
    deliver.sar.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(5);

    fn message(text: &str) -> DeliverSm {
        DeliverSm {
            short_message: text.as_bytes().to_vec(),
            ..DeliverSm::default()
        }
    }

    fn arrival(since: Instant) -> Arrival {
        Arrival {
            at: SystemTime::UNIX_EPOCH,
            since,
            bound_since: SystemTime::UNIX_EPOCH,
            sequence: 1,
            counts_on: false,
        }
    }

    fn long_ago() -> Instant {
        Instant::now().checked_sub(TIMEOUT).unwrap()
    }

    /// Since when a bind is up.
    type Up = Arc<Mutex<Option<SystemTime>>>;

    fn joined(accounts: &Accounts, account: &str) -> (Overdue, Up) {
        let up = Arc::new(Mutex::new(Some(SystemTime::UNIX_EPOCH)));
        let seen = Arc::clone(&up);
        let overdue = accounts.join(account.to_owned(), TIMEOUT, move || *lock(&seen));
        (overdue, up)
    }

    #[test]
    fn only_what_was_not_answered_in_time_is_expected_again() {
        let (overdue, up) = joined(&Accounts::default(), "shop");
        let now = Instant::now();
        overdue.begin(&message("quick"), arrival(now));
        assert!(!overdue.take(&message("quick"), arrival(now)));
        overdue.begin(&message("slow"), arrival(long_ago()));
        // Again while the first is being stored still, and once after.
        assert!(overdue.take(&message("slow"), arrival(now)));
        overdue.end(true);
        overdue.end(true);
        assert!(!overdue.take(&message("quick"), arrival(now)));
        assert!(overdue.take(&message("slow"), arrival(now)));
        assert!(!overdue.take(&message("slow"), arrival(now)));
        // Its bind is gone, and so is its right to an answer.
        for bound_since in [None, Some(SystemTime::UNIX_EPOCH + TIMEOUT)] {
            overdue.begin(&message("cut off"), arrival(now));
            *lock(&up) = bound_since;
            overdue.end(true);
            assert!(overdue.take(&message("cut off"), arrival(now)));
            assert!(!overdue.take(&message("cut off"), arrival(now)));
        }
        // What was not stored is new when it comes again.
        overdue.begin(&message("not stored"), arrival(long_ago()));
        overdue.end(false);
        assert!(!overdue.take(&message("not stored"), arrival(now)));
    }

    #[test]
    fn what_one_uplink_of_an_account_could_not_answer_is_expected_by_the_others() {
        let accounts = Accounts::default();
        let ((first, up), (second, _up)) = (joined(&accounts, "shop"), joined(&accounts, "shop"));
        let (stranger, _up) = joined(&accounts, "other");
        let now = Instant::now();
        first.begin(&message("hello"), arrival(now));
        assert!(!second.take(&message("hello"), arrival(now)));
        // While it is being stored still,
        *lock(&up) = None;
        assert!(second.take(&message("hello"), arrival(now)));
        assert!(!stranger.take(&message("hello"), arrival(now)));
        // and once after, also when that uplink is gone.
        first.end(true);
        drop(first);
        assert!(!stranger.take(&message("hello"), arrival(now)));
        assert!(second.take(&message("hello"), arrival(now)));
        assert!(!second.take(&message("hello"), arrival(now)));
    }
}
