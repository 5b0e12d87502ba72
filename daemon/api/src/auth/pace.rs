//! The rates of keys.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::KeyId;

/// Lets so many through in a second. What holds many messages passes as one and is made up for
/// afterwards, or a key with a small rate could never send a batch.
pub(super) struct Pace {
    /// From one to the next.
    gap: Duration,
    /// When all that has passed would have, one gap apart.
    paid_until: Mutex<Option<Instant>>,
}

impl Pace {
    /// None for 0, which is no rate.
    pub(super) fn new(per_second: u32) -> Option<Self> {
        let gap = Duration::from_secs(1).checked_div(per_second)?;
        Some(Self {
            gap,
            paid_until: Mutex::default(),
        })
    }

    /// Lets one through, or says how long it has to wait. A second's worth may come at once.
    pub(super) fn admit(&self, now: Instant) -> Result<(), Duration> {
        let mut paid = self
            .paid_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let until = paid.map_or(now, |until| until.max(now)) + self.gap;
        let wait = until.duration_since(now + Duration::from_secs(1));
        if !wait.is_zero() {
            return Err(wait);
        }
        *paid = Some(until);
        Ok(())
    }

    /// Counts `more` that have passed.
    pub(super) fn charge(&self, more: usize, now: Instant) {
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        let mut paid = self
            .paid_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let until = paid.map_or(now, |until| until.max(now));
        *paid = Some(until + self.gap.saturating_mul(more));
    }
}

/// Paces that were needed lately, one a key: with two secrets it is no faster. At the bound, those that
/// have had a rest begin anew.
#[derive(Default)]
pub(crate) struct Paces(Mutex<HashMap<KeyId, Known>>);

struct Known {
    per_second: u32,
    pace: Arc<Pace>,
    used_at: Instant,
}

impl Paces {
    /// Only keys that exist have one, so guesses take no room.
    const REMEMBERED: usize = 1024;
    /// After that much rest a pace has nothing to make up for, unless it is that of a batch.
    const REST: Duration = Duration::from_secs(1);

    /// The pace of a key; another rate begins another one.
    pub(super) fn of(&self, key: KeyId, per_second: Option<u32>) -> Option<Arc<Pace>> {
        let per_second = per_second?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(known) = known.get_mut(&key)
            && known.per_second == per_second
        {
            known.used_at = now;
            return Some(Arc::clone(&known.pace));
        }
        let pace = Arc::new(Pace::new(per_second)?);
        if known.len() >= Self::REMEMBERED {
            known.retain(|_, known| known.used_at.elapsed() < Self::REST);
        }
        if known.len() < Self::REMEMBERED {
            let pace = Arc::clone(&pace);
            known.insert(
                key,
                Known {
                    per_second,
                    pace,
                    used_at: now,
                },
            );
        }
        Some(pace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_s_worth_passes_and_then_one_a_gap() {
        let (pace, now) = (Pace::new(4).unwrap(), Instant::now());
        let gap = Duration::from_millis(250);
        assert!((0..4).all(|_| pace.admit(now).is_ok()));
        assert_eq!(pace.admit(now), Err(gap));
        assert!(pace.admit(now + gap).is_ok());
        assert!(pace.admit(now + gap).is_err());
        let later = now + Duration::from_mins(1);
        assert!((0..4).all(|_| pace.admit(later).is_ok()));
        assert!(pace.admit(later).is_err(), "nothing is saved up");
        assert!(Pace::new(0).is_none());
    }

    #[test]
    fn a_batch_is_made_up_for() {
        let (pace, now) = (Pace::new(10).unwrap(), Instant::now());
        pace.admit(now).unwrap();
        pace.charge(99, now);
        let wait = pace.admit(now).unwrap_err();
        assert_eq!(wait, Duration::from_millis(9100));
        assert!(pace.admit(now + wait).is_ok());
    }
}
