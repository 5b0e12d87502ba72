//! One try of one event, and giving up what nobody takes.

use std::sync::Arc;
use std::time::Duration;

use model::{Time, WebhookConfig, WebhookName, WebhookTls};
use store::{DeliveryLine, DueDelivery, EventAbout, StoreError, Tried, clock};

use super::host::{BACKOFF, Outcome};
use super::post::Post;
use super::{PostAnswer, Unanswered, Webhooks, body};
use crate::threads::Threads;

/// After this an event is parked: a person may have it posted again.
const GIVE_UP: Duration = Duration::from_hours(24);
/// How many are parked in one commit.
const STEP: usize = 500;
/// What is said of events that were never tried.
const GIVEN_UP: &str = "not tried for a day: the host does not answer, or the webhook is disabled";

/// One try of one event.
pub(super) struct Attempt {
    pub(super) webhooks: Webhooks,
    pub(super) line: DeliveryLine,
    pub(super) config: Arc<WebhookConfig>,
    pub(super) resolvers: &'static Threads,
}

impl Attempt {
    /// Posts, and records what became of it.
    pub(super) async fn run(&self, due: DueDelivery) -> Outcome {
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
            resolvers: self.resolvers,
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
pub(super) async fn give_up(
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

pub(super) fn tell(error: &StoreError) {
    if !error.is_told() {
        tracing::error!(%error, "cannot look after what is to be posted; trying again");
    }
}
