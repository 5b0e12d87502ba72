//! One change of a thing at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use model::{Iccid, Imei, MessageId};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// What two changes must not touch at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Thing {
    Conversation(String),
    /// The country of national numbers.
    Country,
    /// The configuration as one document.
    Import,
    Message(MessageId),
    Modem(Imei),
    /// The numbers of all SIMs: each is checked against the others.
    Numbers,
    /// Uplinks and routes: each is checked against the other.
    Routing,
    Sim(Iccid),
    Templates,
    Webhooks,
}

/// The things that are being changed. Those that nobody changes take no room.
#[derive(Default)]
pub(super) struct Locks(Mutex<HashMap<Thing, Weak<AsyncMutex<()>>>>);

impl Locks {
    /// Waits until nobody changes this thing, and keeps others from it as long as the guard lives.
    pub(super) async fn alone(&self, thing: Thing) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            locks.retain(|_, lock| lock.strong_count() > 0);
            let known = locks.get(&thing).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let lock = Arc::default();
                locks.insert(thing, Arc::downgrade(&lock));
                lock
            })
        };
        lock.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn one_thing_is_changed_by_one_at_a_time() {
        let locks = Locks::default();
        let first = locks.alone(Thing::Numbers).await;
        let _other = locks.alone(Thing::Routing).await;
        let second = locks.alone(Thing::Numbers);
        tokio::pin!(second);
        let waits = tokio::time::timeout(Duration::from_millis(20), &mut second).await;
        assert!(waits.is_err());
        drop(first);
        second.await;
        drop(locks.alone(Thing::Numbers).await);
        let _last = locks.alone(Thing::Routing);
    }
}
