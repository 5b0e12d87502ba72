//! The last AT lines of a modem, for several to see.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::Imei;
use modem::TraceLine;

use super::dialogue::dialogue;
use super::trace::{Trace, TraceRow};

/// A trace that the port's task writes and the API reads.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedTrace(Arc<Mutex<Trace>>);

impl SharedTrace {
    pub(super) fn add(&self, line: TraceLine) {
        self.lock().add(line);
    }

    pub(super) fn rows(&self) -> Vec<TraceRow> {
        self.lock().rows()
    }

    /// The last lines, masked, as they may be kept and handed on.
    pub(super) fn dialogue(&self, imei: Option<&Imei>) -> String {
        // Copied first: the port's task waits for the lock, not for the masking.
        let rows = self.lock().rows();
        dialogue(&rows, imei.map(Imei::as_str))
    }

    fn lock(&self) -> MutexGuard<'_, Trace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
