//! Posts a message's state changes to the address that its sender gave (`callback_url`).
//!
//! The queue is in the store, so that a restart loses none. Posts wait by host: one that does not
//! answer holds up no other. Those of one message keep their order.

mod post;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Bus;
use model::{Backoff, RowId, Time};
pub use post::Posted;
use post::{Client, Failure};
use store::{Admin, Callback, StoreError, clock};

/// Between two tries of a host that does not answer.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(15),
};
/// Posts at a time, each on a thread: a host may take its time.
const AT_ONCE: usize = 32;
/// Of them to one host; to one that does not answer there is one.
const EACH: usize = 4;
/// After this a state change is given up: the client can still ask for the message.
const GIVE_UP: Duration = Duration::from_hours(24);
/// How many are given up in one commit.
const STEP: usize = 500;
/// Between two looks, should an event have been missed.
const LONGEST: Duration = Duration::from_mins(1);
/// So that many changes cost one look.
const SHORTEST: Duration = Duration::from_millis(50);

/// Runs until the bus closes.
pub async fn post_callbacks(store: Admin, bus: Bus) {
    let mut changes = bus.subscribe(None).live;
    let mut poster = Poster::new(store);
    let mut look_at = Instant::now();
    loop {
        tokio::select! {
            Some(ended) = poster.posts.join_next() => {
                look_at = look_at.min(poster.ended(ended.ok()).await);
            }
            changed = changes.recv() => match changed {
                Err(RecvError::Closed) => return,
                // Any event may be a state change.
                Ok(_) | Err(RecvError::Lagged(_)) => {
                    look_at = look_at.min(Instant::now() + SHORTEST);
                }
            },
            () = tokio::time::sleep_until(look_at) => look_at = poster.look().await,
        }
    }
}

struct Poster {
    store: Admin,
    client: Client,
    /// Those for which something waits or is under way.
    hosts: HashMap<String, Host>,
    posts: JoinSet<Ended>,
    /// The host that was given something last: the next one in turn goes first.
    last: String,
}

#[derive(Default)]
struct Host {
    at_work: Vec<RowId>,
    /// Posts in a row that it did not answer.
    failures: u16,
    rests_until: Option<Instant>,
}

impl Host {
    fn room(&self) -> usize {
        let most = if self.failures > 0 { 1 } else { EACH };
        most.saturating_sub(self.at_work.len())
    }

    /// Posts that were under way together and were not answered count as one.
    fn note(&mut self, outcome: &Outcome, now: Instant) {
        let rests = self.rests_until.is_some_and(|until| until > now);
        match outcome {
            Outcome::Answered => {
                self.failures = 0;
                self.rests_until = None;
            }
            Outcome::Unanswered if rests => {}
            Outcome::Unanswered => {
                self.failures = self.failures.saturating_add(1);
                self.rests_until = Some(now + BACKOFF.spread(self.failures.into(), rand::random()));
            }
            Outcome::Unwritten => self.rests_until = Some(now + LONGEST),
        }
    }
}

/// A post that is over, and recorded if the store took it.
struct Ended {
    host: String,
    row: RowId,
    outcome: Outcome,
}

enum Outcome {
    Answered,
    Unanswered,
    /// What became of it could not be written.
    Unwritten,
}

impl Poster {
    fn new(store: Admin) -> Self {
        Self {
            store,
            client: Client::new(),
            hosts: HashMap::new(),
            posts: JoinSet::new(),
            last: String::new(),
        }
    }

    /// Begins what is due, host by host; when to look again.
    async fn look(&mut self) -> Instant {
        self.start_due().await.unwrap_or_else(|error| {
            tell(&error);
            Instant::now() + LONGEST
        })
    }

    async fn start_due(&mut self) -> Result<Instant, StoreError> {
        let mut waiting = self.store.callback_hosts().await?;
        self.hosts.retain(|name, host| {
            !host.at_work.is_empty() || waiting.iter().any(|(waits, _)| waits == name)
        });
        let turn = waiting.partition_point(|(host, _)| *host <= self.last);
        waiting.rotate_left(turn);
        let (now, wall) = (Instant::now(), clock::now());
        let mut look_at = now + LONGEST;
        for (name, due_at) in waiting {
            let rests = self.hosts.get(&name).and_then(|host| host.rests_until);
            let ready_at = rests.unwrap_or(now).max(now + wall.until(due_at));
            if ready_at > now {
                look_at = look_at.min(ready_at);
            } else {
                self.start(&name).await?;
            }
        }
        Ok(look_at)
    }

    /// Begins what is due for this host, as far as there is room.
    async fn start(&mut self, name: &str) -> Result<(), StoreError> {
        let host = self.hosts.entry(name.to_owned()).or_default();
        let room = host.room().min(AT_ONCE.saturating_sub(self.posts.len()));
        if room == 0 {
            return Ok(());
        }
        let limit = room + host.at_work.len();
        let due = self
            .store
            .due_callbacks(name.to_owned(), clock::now(), limit)
            .await?;
        let new = due
            .into_iter()
            .filter(|callback| !host.at_work.contains(&callback.row));
        let new: Vec<_> = new.take(room).collect();
        for callback in new {
            host.at_work.push(callback.row);
            name.clone_into(&mut self.last);
            let (store, client) = (self.store.clone(), self.client.clone());
            let host = name.to_owned();
            self.posts.spawn(async move {
                let row = callback.row;
                let outcome = attempt(&store, &client, &host, callback).await;
                Ended { host, row, outcome }
            });
        }
        Ok(())
    }

    /// A post is over: its place is for the next. When to look again.
    async fn ended(&mut self, ended: Option<Ended>) -> Instant {
        let now = Instant::now();
        // A post that panicked is found again by the next look.
        let Some(Ended {
            host: name,
            row,
            outcome,
        }) = ended
        else {
            return now;
        };
        let was_full = self.posts.len() + 1 >= AT_ONCE;
        let host = self.hosts.entry(name.clone()).or_default();
        host.at_work.retain(|at_work| *at_work != row);
        host.note(&outcome, now);
        if was_full {
            // Others may have waited for a place.
            return now;
        }
        if let Some(until) = host.rests_until {
            return until;
        }
        match self.start(&name).await {
            Ok(()) => now + LONGEST,
            Err(error) => {
                tell(&error);
                now + LONGEST
            }
        }
    }
}

/// Posts, and records what became of it.
async fn attempt(store: &Admin, client: &Client, host: &str, callback: Callback) -> Outcome {
    let posted = client.post(callback.clone()).await;
    let outcome = match &posted {
        Ok(()) | Err(Failure::Refused(_)) => Outcome::Answered,
        Err(Failure::Unanswered(_)) => Outcome::Unanswered,
    };
    match record(store, host, &callback, posted).await {
        Ok(()) => outcome,
        Err(error) => {
            tell(&error);
            Outcome::Unwritten
        }
    }
}

async fn record(
    store: &Admin,
    host: &str,
    callback: &Callback,
    posted: Result<(), Failure>,
) -> Result<(), StoreError> {
    let Err(failure) = posted else {
        return store.callback_done(callback.row).await;
    };
    let (message, now) = (callback.id, clock::now());
    let is_late = callback.since.until(now) > GIVE_UP;
    if is_late && clock::is_trusted() {
        tracing::error!(%message, host, %failure, "a callback failed for a day; given up");
        store.callback_done(callback.row).await?;
    } else {
        let attempts = callback.attempts.saturating_add(1);
        tracing::info!(%message, host, attempts, %failure, "a callback failed; trying again later");
        let next_at = now.after(BACKOFF.spread(attempts.into(), rand::random()));
        store.callback_failed(callback.row, next_at).await?;
    }
    match failure {
        Failure::Unanswered(_) if clock::is_trusted() => give_up(store, host, now).await,
        Failure::Unanswered(_) | Failure::Refused(_) => Ok(()),
    }
}

/// Gives up what has waited for a day for a host that does not answer: each post of it would take
/// a try of its own, and there is one try every few minutes.
async fn give_up(store: &Admin, host: &str, now: Time) -> Result<(), StoreError> {
    let day = i64::try_from(GIVE_UP.as_millis()).unwrap_or(i64::MAX);
    let before = Time(now.0.saturating_sub(day));
    loop {
        let given_up = store
            .give_up_callbacks(host.to_owned(), before, STEP)
            .await?;
        if given_up > 0 {
            tracing::error!(
                host,
                given_up,
                "callbacks to a host that did not answer for a day"
            );
        }
        if given_up < STEP {
            return Ok(());
        }
    }
}

fn tell(error: &StoreError) {
    if !error.is_told() {
        tracing::error!(%error, "cannot look after what is to be posted; trying again");
    }
}
