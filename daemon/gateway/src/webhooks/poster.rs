//! The task that posts what is due.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use model::RowId;
use store::{DeliveryLine, StoreError, clock};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::Webhooks;
use super::attempt::{Attempt, give_up, tell};
use super::host::{AT_ONCE, Outcome, Standing};
use super::hosts::Hosts;
use super::post::{DOUBTFUL, RESOLVERS};
use crate::events::{Bus, Unheard};
use crate::post_to::Target;

/// Between two looks, should an event have been missed.
const LONGEST: Duration = Duration::from_mins(1);
/// So that many changes cost one look.
const SHORTEST: Duration = Duration::from_millis(50);
/// Between two looks at the bounds of the queue.
const TIDY: Duration = Duration::from_mins(5);

/// Runs until the bus closes.
pub async fn post(webhooks: Webhooks, bus: Bus) {
    let mut changes = bus.subscribe(None);
    let mut tidy = tokio::time::interval(TIDY);
    let mut poster = Poster::new(webhooks.clone());
    let mut look_at = Instant::now();
    loop {
        tokio::select! {
            Some(ended) = poster.posts.join_next_with_id() => {
                look_at = look_at.min(poster.ended(ended).await);
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
            _ = tidy.tick() => poster.tidy(),
            () = tokio::time::sleep_until(look_at) => look_at = poster.look().await,
        }
    }
}

struct Poster {
    webhooks: Webhooks,
    store: store::Webhooks,
    hosts: Hosts,
    posts: JoinSet<Ended>,
    under_way: HashMap<Id, UnderWay>,
    tidying: JoinSet<()>,
    /// The line that was given something last: the next one in turn goes first.
    last: (String, String),
}

struct UnderWay {
    line: DeliveryLine,
    host: String,
    row: RowId,
}

/// A post that is over, and recorded if the store took it.
struct Ended {
    outcome: Outcome,
    took: Duration,
}

impl Ended {
    /// It panicked: nothing is known.
    const PANICKED: Self = Self {
        outcome: Outcome::Unwritten,
        took: Duration::ZERO,
    };
}

impl Poster {
    fn new(webhooks: Webhooks) -> Self {
        Self {
            store: webhooks.0.store.clone(),
            webhooks,
            hosts: Hosts::default(),
            posts: JoinSet::new(),
            under_way: HashMap::new(),
            tidying: JoinSet::new(),
            last: Default::default(),
        }
    }

    /// An operator has changed something: no host rests any more.
    fn forgive(&mut self) {
        self.hosts.forgive();
    }

    /// Beside the posts, which wait for none of it.
    fn tidy(&mut self) {
        while self.tidying.try_join_next().is_some() {}
        if self.tidying.is_empty() {
            self.tidying.spawn(tidy(self.webhooks.clone()));
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
        let hosts = waiting.iter().filter_map(|line| {
            let is_named = !line.webhook.is_callbacks();
            self.webhooks.host_of(line).map(|name| (name, is_named))
        });
        let hosts: Vec<_> = hosts.collect();
        self.hosts.wait_for(hosts);
        let turn = waiting.partition_point(|line| key(line) <= self.last);
        waiting.rotate_left(turn);
        let (now, wall) = (Instant::now(), clock::now());
        let mut look_at = now + LONGEST;
        for line in waiting {
            let Some(name) = self.webhooks.host_of(&line) else {
                continue;
            };
            let rests = self.hosts.of(&name).rests_until;
            let ready_at = rests.unwrap_or(now).max(now + wall.until(line.due_at));
            if ready_at > now {
                look_at = look_at.min(ready_at);
            } else {
                look_at = look_at.min(self.start(&line).await?);
            }
        }
        Ok(look_at)
    }

    /// Places for one more of hosts of its kind.
    fn room(&self, standing: Standing) -> usize {
        let all = AT_ONCE.saturating_sub(self.posts.len());
        let hosts = self.under_way.values().map(|post| &*post.host);
        let of_kind = hosts.filter(|host| self.hosts.standing(host) == standing);
        all.min(standing.at_once().saturating_sub(of_kind.count()))
    }

    /// Begins what is due of this line, as far as there is room; when more of it is.
    async fn start(&mut self, line: &DeliveryLine) -> Result<Instant, StoreError> {
        let (now, wall) = (Instant::now(), clock::now());
        let (Some(config), Some(name)) = (
            self.webhooks.get(&line.webhook),
            self.webhooks.host_of(line),
        ) else {
            return Ok(now + LONGEST);
        };
        let host = self.hosts.of(&name);
        let (own, at_work, standing) = (host.room(), host.at_work.len(), host.standing());
        let room = own.min(self.room(standing));
        if room == 0 {
            // A post that ends makes some.
            return Ok(now + LONGEST);
        }
        let store = &self.store;
        let due = store
            .due(&line.webhook, &line.host, wall, room + at_work)
            .await?;
        let next_due = store.next_due(line, wall).await?;
        let host = self.hosts.of(&name);
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
                resolvers: if standing == Standing::Good {
                    &RESOLVERS
                } else {
                    &DOUBTFUL
                },
            };
            let post = UnderWay {
                line: line.clone(),
                host: name.clone(),
                row: due.row,
            };
            let task = self.posts.spawn(async move {
                let began_at = Instant::now();
                let outcome = try_it.run(due).await;
                let took = began_at.elapsed();
                Ended { outcome, took }
            });
            self.under_way.insert(task.id(), post);
        }
        let wait = next_due.map_or(LONGEST, |due_at| wall.until(due_at));
        Ok(now + wait.min(LONGEST))
    }

    /// A post is over: its place is for the next. When to look again.
    async fn ended(&mut self, ended: Result<(Id, Ended), JoinError>) -> Instant {
        let now = Instant::now();
        let (id, ended) = ended.unwrap_or_else(|panicked| (panicked.id(), Ended::PANICKED));
        let Some(post) = self.under_way.remove(&id) else {
            return now;
        };
        let host = self.hosts.of(&post.host);
        let standing = host.standing();
        host.at_work.retain(|at_work| *at_work != post.row);
        let was_full = self.room(standing) <= 1;
        let host = self.hosts.of(&post.host);
        host.note(ended.outcome, ended.took, now);
        if was_full || host.lines > 1 {
            // Others may have waited for the place.
            return now;
        }
        if let Some(until) = host.rests_until {
            return until;
        }
        self.start(&post.line).await.unwrap_or_else(|error| {
            tell(&error);
            now + LONGEST
        })
    }
}

fn key(line: &DeliveryLine) -> (String, String) {
    (line.webhook.to_string(), line.host.clone())
}

/// Holds the bounds of the queue, and parks what has waited for a day where nothing is posted.
async fn tidy(webhooks: Webhooks) {
    for (name, _) in webhooks.all() {
        if let Err(error) = webhooks.0.store.tidy(&name).await {
            tell(&error);
        }
    }
    if let Err(error) = give_up_unposted(&webhooks).await {
        tell(&error);
    }
}

async fn give_up_unposted(webhooks: &Webhooks) -> Result<(), StoreError> {
    let store = &webhooks.0.store;
    for line in store.lines().await? {
        if webhooks.host_of(&line).is_none() {
            give_up(store, &line, clock::now()).await?;
        }
    }
    Ok(())
}

impl Webhooks {
    /// The host that a line's posts go to; none where nothing is posted.
    fn host_of(&self, line: &DeliveryLine) -> Option<String> {
        let config = self.get(&line.webhook).filter(|config| config.enabled)?;
        match &config.url {
            Some(url) => Some(Target::of(url).ok()?.line()),
            None => Some(line.host.clone()),
        }
    }
}
