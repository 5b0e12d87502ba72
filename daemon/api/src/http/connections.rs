//! The connections that are open: how many, and which of them may be closed for others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// From the connection to the end of the first request's head.
const FIRST_HEAD: Duration = Duration::from_secs(10);
/// From one answer to the end of the next request's head.
const IDLE: Duration = Duration::from_mins(1);
/// From the last octet of an answer that the client took to the next.
const NOTHING_TAKEN: Duration = Duration::from_mins(1);

/// Those that are open, by their age.
#[derive(Clone)]
pub(super) struct Connections(Arc<Registry>);

struct Registry {
    at_most: usize,
    open: Mutex<(u64, BTreeMap<u64, Arc<Connection>>)>,
}

/// One of them.
pub(super) struct Connection {
    state: Mutex<State>,
    /// Told when it is to be closed for another, when its requests begin and end, and when the
    /// client takes no more.
    changed: Notify,
}

struct State {
    /// Requests that are being answered.
    requests: usize,
    /// When that changed last, or the client took something of an answer.
    since: Instant,
    /// Since when the client takes nothing of what is to be written.
    no_room_since: Option<Instant>,
    answered: bool,
    unwanted: bool,
}

/// A place among the open ones, given back when dropped.
pub(super) struct Place {
    connections: Connections,
    number: u64,
    connection: Arc<Connection>,
}

impl Connections {
    pub(super) fn new(at_most: usize) -> Self {
        Self(Arc::new(Registry {
            at_most,
            open: Mutex::default(),
        }))
    }

    /// Makes room for one more; where there is none, by closing the one that has been idle since the
    /// longest. None where none is.
    pub(super) fn admit(&self) -> Option<Place> {
        let mut open = self.open();
        let (next, known) = &mut *open;
        if known.len() >= self.0.at_most {
            let now = Instant::now();
            let idle = known.iter().filter_map(|(number, connection)| {
                let state = connection.state();
                state.is_idle(now).then_some((state.since, *number))
            });
            let (_, number) = idle.min()?;
            known.remove(&number)?.dismiss();
        }
        *next += 1;
        let connection = Arc::new(Connection::new());
        known.insert(*next, Arc::clone(&connection));
        Some(Place {
            connections: self.clone(),
            number: *next,
            connection,
        })
    }

    fn open(&self) -> MutexGuard<'_, (u64, BTreeMap<u64, Arc<Connection>>)> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Without a request, and with nothing of an answer that is still to be taken: hyper has the rest
    /// of an answer in a buffer, and to it the request is over. Who has taken nothing for too long is
    /// as good as gone.
    fn is_idle(&self, now: Instant) -> bool {
        match self.no_room_since {
            Some(since) => now >= since + NOTHING_TAKEN,
            None => self.requests == 0,
        }
    }
}

impl Place {
    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().1.remove(&self.number);
    }
}

impl Connection {
    fn new() -> Self {
        Self {
            state: Mutex::new(State {
                requests: 0,
                since: Instant::now(),
                no_room_since: None,
                answered: false,
                unwanted: false,
            }),
            changed: Notify::new(),
        }
    }

    pub(super) fn begin(&self) {
        self.change(|state| state.requests += 1);
    }

    pub(super) fn end(&self) {
        self.change(|state| {
            state.requests = state.requests.saturating_sub(1);
            state.answered = true;
        });
    }

    /// The client took something of an answer. Told of each write: what became later is found when
    /// what was due before has come.
    pub(super) fn took(&self) {
        let mut state = self.state();
        state.since = Instant::now();
        state.no_room_since = None;
    }

    /// There is more to write than the client takes.
    pub(super) fn has_no_room(&self) {
        let mut state = self.state();
        if state.no_room_since.is_none() {
            state.no_room_since = Some(Instant::now());
            drop(state);
            self.changed.notify_one();
        }
    }

    fn dismiss(&self) {
        self.change(|state| state.unwanted = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        state.since = Instant::now();
        drop(state);
        self.changed.notify_one();
    }

    /// Ends when the connection is to be closed: for another, or for its slowness.
    pub(super) async fn overdue(&self) {
        while !self.state().unwanted {
            let changed = self.changed.notified();
            match self.due() {
                None => changed.await,
                Some(due) => {
                    let waited = tokio::time::timeout_at(due, changed).await;
                    if waited.is_err() && self.due().is_some_and(|now_due| now_due <= due) {
                        return;
                    }
                }
            }
        }
    }

    /// When it has been without a request for too long, or its client has taken nothing for too
    /// long; none while a request is being answered and all that is written is taken.
    fn due(&self) -> Option<Instant> {
        let state = self.state();
        if let Some(since) = state.no_room_since {
            return Some(since + NOTHING_TAKEN);
        }
        let patience = if state.answered { IDLE } else { FIRST_HEAD };
        (state.requests == 0).then(|| state.since + patience)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
