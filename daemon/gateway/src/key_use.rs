//! When keys were last used, to the minute.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::{KeyId, Time};

/// Uses are written so long after the first of them: one commit for all, and none for each request.
pub(crate) const WRITTEN_AFTER: Duration = Duration::from_mins(1);
const MINUTE_MS: i64 = 60_000;

#[derive(Default)]
pub(crate) struct KeyUse(Mutex<Noted>);

/// Only keys that exist are noted, so it is no longer than their table.
#[derive(Default)]
struct Noted {
    /// The minute in which each key was noted last.
    minutes: HashMap<KeyId, Time>,
    /// Those that are not written.
    waiting: HashMap<KeyId, Time>,
}

impl KeyUse {
    /// Notes a use; true where it is the first that waits to be written.
    pub(crate) fn note(&self, key: KeyId, now: Time) -> bool {
        let minute = Time(now.0 - now.0.rem_euclid(MINUTE_MS));
        let mut noted = self.lock();
        if noted.minutes.insert(key, minute) == Some(minute) {
            return false;
        }
        let first = noted.waiting.is_empty();
        noted.waiting.insert(key, minute);
        first
    }

    /// What is to be written.
    pub(crate) fn take(&self) -> Vec<(KeyId, Time)> {
        std::mem::take(&mut self.lock().waiting)
            .into_iter()
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_s_uses_are_one_and_all_keys_are_written_together() {
        let (used, [crm, shop]) = (KeyUse::default(), [KeyId(1), KeyId(2)]);
        assert!(used.note(crm, Time(60_000)));
        assert!(!used.note(crm, Time(119_999)));
        assert!(!used.note(shop, Time(61_000)));
        assert!(!used.note(crm, Time(120_000)));
        let mut written = used.take();
        written.sort_unstable();
        assert_eq!(written, [(crm, Time(120_000)), (shop, Time(60_000))]);
        assert!(!used.note(crm, Time(121_000)), "it is written already");
        assert!(used.take().is_empty());
        assert!(used.note(crm, Time(180_000)));
    }
}
