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
    /// Told when it is to be closed for another, and when its requests begin and end.
    changed: Notify,
}

struct State {
    /// Requests that are being answered.
    requests: usize,
    /// When that changed last.
    since: Instant,
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

    /// Makes room for one more; where there is none, by closing the one that has been without a
    /// request since the longest. None where all have one.
    pub(super) fn admit(&self) -> Option<Place> {
        let mut open = self.open();
        let (next, known) = &mut *open;
        if known.len() >= self.0.at_most {
            let idle = known.iter().filter_map(|(number, connection)| {
                let state = connection.state();
                (state.requests == 0).then_some((state.since, *number))
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
                    if tokio::time::timeout_at(due, changed).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// When it has been without a request for too long; none while it has one.
    fn due(&self) -> Option<Instant> {
        let state = self.state();
        let patience = if state.answered { IDLE } else { FIRST_HEAD };
        (state.requests == 0).then(|| state.since + patience)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::{Body, Bytes};
    use futures_util::{FutureExt as _, stream};

    use super::super::working::Working;
    use super::*;

    #[tokio::test]
    async fn the_one_that_is_idle_longest_makes_room() {
        let connections = Connections::new(2);
        let first = connections.admit().unwrap();
        first.connection().begin();
        let second = connections.admit().unwrap();
        let third = connections.admit().unwrap();
        assert!(second.connection().overdue().now_or_never().is_some());
        assert!(first.connection().overdue().now_or_never().is_none());
        third.connection().begin();
        assert!(connections.admit().is_none(), "both have a request");
        drop(second);
        first.connection().end();
        assert!(connections.admit().is_some());
        assert!(first.connection().overdue().now_or_never().is_some());
    }

    #[test]
    fn heads_and_idle_times_have_an_end_and_answers_do_not() {
        let connection = Connection::new();
        let patience = || Some(connection.due()? - connection.state().since);
        assert_eq!(patience(), Some(FIRST_HEAD));
        connection.begin();
        assert_eq!(patience(), None);
        connection.end();
        assert_eq!(patience(), Some(IDLE));
        connection.begin();
        connection.begin();
        connection.end();
        assert_eq!(patience(), None, "another is being answered");
    }

    #[test]
    fn an_answer_without_an_end_keeps_its_connection() {
        let connection = Arc::new(Connection::new());
        // As `/events` has it: nothing may be written for hours.
        let endless = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let answer = Working::on(Arc::clone(&connection)).until_the_end_of(endless);
        assert_eq!(connection.due(), None);
        drop(answer);
        assert!(connection.due().is_some());
    }

    #[tokio::test]
    async fn one_that_is_due_is_overdue() {
        let connection = Connection::new();
        connection.state().since -= FIRST_HEAD;
        connection.overdue().await;
    }
}
