//! The streams of events that are open: so many of one key or user, and so many in all. They last as
//! long as their clients like.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::KeyId;

use crate::problem::{Kind, Problem};

/// Of one key, or of one user.
const OF_ONE: usize = 64;
/// Half of the connections.
const IN_ALL: u32 = 512;
/// For each that is open, a stream rests for so long after it was given what there was: all together
/// are given something a thousand times a second at most.
const REST: Duration = Duration::from_millis(1);
/// When a client may try again, in seconds.
const RETRY: u32 = 10;
/// The metric of how many are open.
const OPEN: &str = "simgate_event_streams";

/// Those that are open.
#[derive(Clone, Default)]
pub(super) struct Streams(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    of: HashMap<KeyId, usize>,
    all: u32,
}

/// A stream's place, given back when dropped.
pub(super) struct Place {
    streams: Streams,
    of: KeyId,
}

impl Streams {
    /// A place for one more stream of a key.
    pub(super) fn open(&self, of: KeyId) -> Result<Place, Problem> {
        let mut open = self.lock();
        let why = if open.of.get(&of).is_some_and(|count| *count >= OF_ONE) {
            format!("{OF_ONE} streams are open already. End one of them.")
        } else if open.all >= IN_ALL {
            "As many streams are open as there may be.".to_owned()
        } else {
            *open.of.entry(of).or_default() += 1;
            open.all += 1;
            metrics::gauge!(OPEN).increment(1.0);
            let streams = self.clone();
            return Ok(Place { streams, of });
        };
        drop(open);
        metrics::counter!("simgate_event_streams_refused_total").increment(1);
        Err(Problem::new(Kind::TooManyRequests, why).retry_after(RETRY))
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// How long its stream rests now.
    pub(super) fn rest(&self) -> Duration {
        REST * self.streams.lock().all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        open.all -= 1;
        if let Some(count) = open.of.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                open.of.remove(&self.of);
            }
        }
        metrics::gauge!(OPEN).decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_so_many_and_all_together_have_so_many() {
        let streams = Streams::default();
        let open = |key, count: usize| {
            let places = (0..count).map(|_| streams.open(KeyId(key)));
            places.filter_map(Result::ok).collect::<Vec<_>>()
        };
        let mut first = open(1, OF_ONE + 10);
        assert_eq!(first.len(), OF_ONE);
        first.pop();
        assert_eq!(open(1, 2).len(), 1);
        let others: Vec<_> = (2..20).map(|key| open(key, OF_ONE)).collect();
        let count: usize = others.iter().map(Vec::len).sum();
        assert_eq!(count, IN_ALL as usize - (OF_ONE - 1));
        assert_eq!(others[0][0].rest(), Duration::from_millis(512));
        assert!(streams.open(KeyId(99)).is_err());
        drop((first, others));
        let open = streams.lock();
        assert!(open.of.is_empty() && open.all == 0);
    }
}
