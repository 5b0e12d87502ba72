//! Requests that clients have named, so that each is done once.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Refusal;
pub use store::Once;

/// Its name was another request's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This Idempotency-Key was used for another request.")]
pub struct Reused;

impl From<Reused> for Refusal {
    fn from(reused: Reused) -> Self {
        Self::Conflict(reused.to_string())
    }
}

/// What a request has made.
#[derive(Clone, Copy, Debug)]
pub enum Made<T> {
    Now(T),
    /// It was made before, by the same request.
    Before(T),
}

impl<T> Made<T> {
    pub fn map<U>(self, to: impl FnOnce(T) -> U) -> Made<U> {
        match self {
            Self::Now(made) => Made::Now(to(made)),
            Self::Before(made) => Made::Before(to(made)),
        }
    }

    pub fn into_inner(self) -> T {
        let (Self::Now(made) | Self::Before(made)) = self;
        made
    }
}

/// What named requests have made. In memory alone: of a secret that was answered, and of a password that
/// was sent, nothing is written to the disk.
pub(crate) struct Remembered<T>(Mutex<Vec<(Once, T, Instant)>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Remembered<T> {
    /// At the bound the oldest is forgotten.
    const MOST: usize = 64;
    const KEPT: Duration = Duration::from_hours(24);

    /// What this request has made; an error where its name was another one's.
    pub(crate) fn made(&self, once: Option<&Once>) -> Result<Option<T>, Reused> {
        let Some(once) = once else { return Ok(None) };
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = remembered
            .iter()
            .filter(|(.., at)| at.elapsed() < Self::KEPT);
        let mut same = fresh.filter(|(known, ..)| known.key == once.key && known.name == once.name);
        match same.next() {
            None => Ok(None),
            Some((known, made, _)) if known.request == once.request => Ok(Some(made.clone())),
            Some(_) => Err(Reused),
        }
    }

    pub(crate) fn remember(&self, once: Option<Once>, made: &T) {
        let Some(once) = once else { return };
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() == Self::MOST {
            remembered.remove(0);
        }
        remembered.push((once, made.clone(), Instant::now()));
    }

    /// These are not told of again.
    pub(crate) fn forget(&self, which: impl Fn(&T) -> bool) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.retain(|(_, made, _)| !which(made));
    }
}
