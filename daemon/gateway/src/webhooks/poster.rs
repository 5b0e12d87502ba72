//! The task that posts what is due.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use model::{RowId, Time, WebhookConfig, WebhookName, WebhookTls};
use store::{DeliveryLine, DueDelivery, EventAbout, StoreError, Tried, clock};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::host::{BACKOFF, Host, Outcome};
use super::post::Post;
use super::{AT_ONCE, PostAnswer, Unanswered, Webhooks, body};
use crate::events::{Bus, Unheard};
use crate::post_to::Target;

/// Of the posts at a time, those to hosts that do not answer or are slow to.
const SLOW_AT_ONCE: usize = AT_ONCE / 2;
/// After this an event is parked: a person may have it posted again.
const GIVE_UP: Duration = Duration::from_hours(24);
/// How many are parked in one commit.
const STEP: usize = 500;
/// Between two looks, should an event have been missed.
const LONGEST: Duration = Duration::from_mins(1);
/// So that many changes cost one look.
const SHORTEST: Duration = Duration::from_millis(50);
/// Between two looks at the bounds of the queue.
const TIDY: Duration = Duration::from_mins(5);
/// What is said of events that were never tried.
const GIVEN_UP: &str = "not tried for a day: the host does not answer, or the webhook is disabled";

/// Runs until the bus closes.
pub async fn post(webhooks: Webhooks, bus: Bus) {
    let mut changes = bus.subscribe(None);
    let mut tidy = tokio::time::interval(TIDY);
    let mut poster = Poster::new(webhooks.clone());
    let mut look_at = Instant::now();
    loop {
        tokio::select! {
            Some(ended) = poster.posts.join_next() => {
                look_at = look_at.min(poster.ended(ended.ok()).await);
            }
            changed = changes.recv() => match changed {
                Err(Unheard::Closed) => return,
                // Any event may be one to be posted.
                Ok(_) | Err(Unheard::Lost) => {
                    look_at = look_at.min(Instant::now() + SHORTEST);
                }
            },
            () = webhooks.0.changed.notified() => {
                if webhooks.0.forgiven.swap(false, Ordering::Relaxed) {
                    poster.forgive();
                }
                look_at = Instant::now();
            }
            _ = tidy.tick() => poster.tidy().await,
            () = tokio::time::sleep_until(look_at) => look_at = poster.look().await,
        }
    }
}

struct Poster {
    webhooks: Webhooks,
    store: store::Webhooks,
    hosts: HashMap<String, Host>,
    posts: JoinSet<Ended>,
    /// The line that was given something last: the next one in turn goes first.
    last: (String, String),
}

/// A post that is over, and recorded if the store took it.
struct Ended {
    line: DeliveryLine,
    host: String,
    row: RowId,
    outcome: Outcome,
    took: Duration,
}

impl Poster {
    fn new(webhooks: Webhooks) -> Self {
        Self {
            store: webhooks.0.store.clone(),
            webhooks,
            hosts: HashMap::new(),
            posts: JoinSet::new(),
            last: Default::default(),
        }
    }

    /// An operator has changed something: no host rests any more.
    fn forgive(&mut self) {
        for host in self.hosts.values_mut() {
            host.rests_until = None;
        }
    }

    async fn tidy(&self) {
        for (name, _) in self.webhooks.all() {
            if let Err(error) = self.store.tidy(&name).await {
                tell(&error);
            }
        }
    }

    /// Begins what is due, line by line; when to look again.
    async fn look(&mut self) -> Instant {
        self.start_due().await.unwrap_or_else(|error| {
            tell(&error);
            Instant::now() + LONGEST
        })
    }

    async fn start_due(&mut self) -> Result<Instant, StoreError> {
        let mut waiting = self.store.lines().await?;
        let known: Vec<_> = waiting
            .iter()
            .filter_map(|line| self.host_of(line))
            .collect();
        self.hosts.retain(|name, host| {
            host.lines = 0;
            known.contains(name) || !host.at_work.is_empty()
        });
        for name in known {
            self.hosts.entry(name).or_default().lines += 1;
        }
        let turn = waiting.partition_point(|line| key(line) <= self.last);
        waiting.rotate_left(turn);
        let (now, wall) = (Instant::now(), clock::now());
        let mut look_at = now + LONGEST;
        for line in waiting {
            let Some(name) = self.host_of(&line) else {
                self.give_up(&line).await?;
                continue;
            };
            let rests = self.hosts.get(&name).and_then(|host| host.rests_until);
            let ready_at = rests.unwrap_or(now).max(now + wall.until(line.due_at));
            if ready_at > now {
                look_at = look_at.min(ready_at);
            } else {
                look_at = look_at.min(self.start(&line).await?);
            }
        }
        Ok(look_at)
    }

    /// The host that a line's posts go to; none where nothing is posted.
    fn host_of(&self, line: &DeliveryLine) -> Option<String> {
        let config = self
            .webhooks
            .get(&line.webhook)
            .filter(|config| config.enabled)?;
        match &config.url {
            Some(url) => Some(Target::of(url).ok()?.line()),
            None => Some(line.host.clone()),
        }
    }

    /// Places for one more host of its kind.
    fn room(&self, host: &Host) -> usize {
        let all = AT_ONCE.saturating_sub(self.posts.len());
        if !host.is_slow() {
            return all;
        }
        let slow = self.hosts.values().filter(|host| host.is_slow());
        let slow: usize = slow.map(|host| host.at_work.len()).sum();
        all.min(SLOW_AT_ONCE.saturating_sub(slow))
    }

    /// Begins what is due of this line, as far as there is room; when more of it is.
    async fn start(&mut self, line: &DeliveryLine) -> Result<Instant, StoreError> {
        let (now, wall) = (Instant::now(), clock::now());
        let (Some(config), Some(name)) = (self.webhooks.get(&line.webhook), self.host_of(line))
        else {
            return Ok(now + LONGEST);
        };
        let host = self.hosts.entry(name.clone()).or_default();
        let (own, at_work) = (host.room(), host.at_work.len());
        let room = own.min(self.room(&self.hosts[&name]));
        if room == 0 {
            // A post that ends makes some.
            return Ok(now + LONGEST);
        }
        let store = &self.store;
        let due = store
            .due(&line.webhook, &line.host, wall, room + at_work)
            .await?;
        let next_due = store.next_due(line, wall).await?;
        let host = self.hosts.entry(name.clone()).or_default();
        let new: Vec<_> = due
            .into_iter()
            .filter(|due| !host.at_work.contains(&due.row))
            .take(room)
            .collect();
        for due in new {
            host.at_work.push(due.row);
            self.last = key(line);
            let try_it = Attempt {
                webhooks: self.webhooks.clone(),
                line: line.clone(),
                config: Arc::clone(&config),
            };
            let host = name.clone();
            self.posts.spawn(async move {
                let (row, began_at) = (due.row, Instant::now());
                let outcome = try_it.run(due).await;
                Ended {
                    line: try_it.line,
                    host,
                    row,
                    outcome,
                    took: began_at.elapsed(),
                }
            });
        }
        let wait = next_due.map_or(LONGEST, |due_at| wall.until(due_at));
        Ok(now + wait.min(LONGEST))
    }

    /// A post is over: its place is for the next. When to look again.
    async fn ended(&mut self, ended: Option<Ended>) -> Instant {
        let now = Instant::now();
        // A post that panicked is found again by the next look.
        let Some(ended) = ended else {
            return now;
        };
        let was_full = self.posts.len() + 1 >= SLOW_AT_ONCE;
        let host = self.hosts.entry(ended.host).or_default();
        host.at_work.retain(|at_work| *at_work != ended.row);
        host.note(ended.outcome, ended.took, now);
        if was_full || host.lines > 1 {
            // Others may have waited for the place.
            return now;
        }
        if let Some(until) = host.rests_until {
            return until;
        }
        self.start(&ended.line).await.unwrap_or_else(|error| {
            tell(&error);
            now + LONGEST
        })
    }

    async fn give_up(&self, line: &DeliveryLine) -> Result<(), StoreError> {
        give_up(&self.store, line, clock::now()).await
    }
}

fn key(line: &DeliveryLine) -> (String, String) {
    (line.webhook.to_string(), line.host.clone())
}

/// One try of one event.
struct Attempt {
    webhooks: Webhooks,
    line: DeliveryLine,
    config: Arc<WebhookConfig>,
}

impl Attempt {
    /// Posts, and records what became of it.
    async fn run(&self, due: DueDelivery) -> Outcome {
        let posted = self.post(&due).await;
        let outcome = match &posted {
            Ok(_) => Outcome::Answered,
            Err(Unanswered::Event(_)) => Outcome::NotPosted,
            Err(_) => Outcome::Unanswered,
        };
        self.count(&posted);
        match self.record(&due, posted).await {
            Ok(()) => outcome,
            Err(error) => {
                tell(&error);
                Outcome::Unwritten
            }
        }
    }

    async fn post(&self, due: &DueDelivery) -> Result<PostAnswer, Unanswered> {
        let callback_url = match &due.about {
            EventAbout::Message { callback_url, .. } => callback_url.as_deref(),
            EventAbout::Other { .. } | EventAbout::Unreadable => None,
        };
        let own = self.config.url.as_deref();
        let (id, body) = body::of(due, own.is_none())?;
        let post = Post {
            url: own.or(callback_url).ok_or(Unanswered::Address)?,
            id: &id,
            body,
            secrets: self.config.secrets(clock::now()).collect(),
            tls: if own.is_some() {
                &self.config.tls
            } else {
                &BY_THE_SYSTEM
            },
        };
        post.send(&self.webhooks.0.addresses).await
    }

    fn count(&self, posted: &Result<PostAnswer, Unanswered>) {
        let outcome = match posted {
            Ok(answer) if answer.is_success() => "delivered",
            Ok(_) => "refused",
            Err(Unanswered::Event(_)) => "damaged",
            Err(_) => "unanswered",
        };
        let webhook = self.line.webhook.to_string();
        metrics::counter!("simgate_webhook_posts_total", "webhook" => webhook, "outcome" => outcome)
            .increment(1);
    }

    /// Writes down what became of a try.
    async fn record(
        &self,
        due: &DueDelivery,
        posted: Result<PostAnswer, Unanswered>,
    ) -> Result<(), StoreError> {
        let store = &self.webhooks.0.store;
        let (webhook, kind, now) = (&self.line.webhook, &due.kind, clock::now());
        let status = posted.as_ref().ok().map(|answer| answer.status);
        let error = match &posted {
            Ok(answer) => answer.failure(),
            Err(error) => Some(error.to_string()),
        };
        let tried = Tried {
            at: now,
            status,
            error: error.clone(),
        };
        let Some(failure) = error else {
            return store.delivered(due.row, tried).await;
        };
        let host = &self.line.host;
        if let Err(Unanswered::Event(_)) = posted {
            tracing::error!(%webhook, host, row = due.row.0, failure, "an event cannot be posted; parked");
            return store.park(due.row, tried).await;
        }
        if due.since.until(now) > GIVE_UP && clock::is_trusted() {
            tracing::error!(%webhook, host, kind, failure, "an event could not be posted for a day; parked");
            store.park(due.row, tried).await?;
        } else {
            let attempts = due.attempts.saturating_add(1);
            tracing::info!(%webhook, host, kind, attempts, failure, "an event was not posted; trying again later");
            let wait = BACKOFF.spread(attempts.into(), rand::random());
            store.try_later(due.row, now.after(wait), tried).await?;
        }
        if posted.is_err() {
            give_up(&self.webhooks.0.store, &self.line, now).await?;
        }
        Ok(())
    }
}

/// What callbacks go by: the address is the client's, and so is who is behind it.
static BY_THE_SYSTEM: WebhookTls = WebhookTls {
    ca: None,
    fingerprint: None,
};

/// Parks what has waited for a day for a host that does not answer, or for a webhook that is
/// disabled: each post of it would take a try of its own, and there is one try every few minutes.
async fn give_up(
    store: &store::Webhooks,
    line: &DeliveryLine,
    now: Time,
) -> Result<(), StoreError> {
    if !clock::is_trusted() {
        return Ok(());
    }
    let day = i64::try_from(GIVE_UP.as_millis()).unwrap_or(i64::MAX);
    let before = Time(now.0.saturating_sub(day));
    loop {
        let parked = store.give_up(line, before, GIVEN_UP, STEP).await?;
        if parked > 0 {
            let (webhook, host): (&WebhookName, _) = (&line.webhook, &line.host);
            tracing::error!(%webhook, host, parked, "events that could not be posted for a day are parked");
        }
        if parked < STEP {
            return Ok(());
        }
    }
}

fn tell(error: &StoreError) {
    if !error.is_told() {
        tracing::error!(%error, "cannot look after what is to be posted; trying again");
    }
}
