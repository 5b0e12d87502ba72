//! What keeps the store from its work: told once when it begins and once when it is over, however
//! many jobs it fails meanwhile.

use std::sync::{Mutex, PoisonError};

use crate::StoreError;

/// Shared by the writer, which finds out, and by whoever asks.
#[derive(Default)]
pub(crate) struct Trouble(Mutex<State>);

#[derive(Default)]
struct State {
    /// The disk takes nothing new: full, or not writable.
    disk: Option<StoreError>,
    /// A part of the file could not be read, or made no sense. Told once a run: what was damaged
    /// is to be looked at, even if that part is not read again.
    damaged: bool,
}

impl Trouble {
    /// Notes an error, and logs it if it is not known.
    pub(crate) fn note(&self, error: &StoreError) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if error.is_damage() {
            metrics::counter!("simgate_store_damage_total").increment(1);
            if !std::mem::replace(&mut state.damaged, true) {
                tracing::error!(%error, "a part of the store cannot be used; the rest goes on");
            }
        } else if error.is_of_disk() {
            let known = state.disk.as_ref();
            if known.is_none_or(|known| !known.is_same_kind(error)) {
                tracing::error!(%error, "new messages are refused");
                state.disk = Some(error.clone());
            }
        }
    }

    /// The disk takes everything again.
    pub(crate) fn disk_works(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.disk.take().is_some() {
            tracing::info!("the disk can be written again: new messages are accepted");
        }
    }

    /// Why new messages are refused.
    pub(crate) fn reason(&self) -> Option<String> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.disk.as_ref().map(StoreError::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_kind_of_trouble_is_told_until_the_disk_works() {
        let trouble = Trouble::default();
        trouble.note(&StoreError::Closed);
        trouble.note(&StoreError::Corrupt("malformed".to_owned()));
        assert_eq!(trouble.reason(), None, "what is damaged refuses no message");
        let read_only = StoreError::Unwritable("read-only".to_owned());
        trouble.note(&StoreError::Full);
        trouble.note(&read_only);
        assert_eq!(trouble.reason(), Some(read_only.to_string()));
        trouble.disk_works();
        assert_eq!(trouble.reason(), None);
    }
}
