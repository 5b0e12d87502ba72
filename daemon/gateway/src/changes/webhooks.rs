//! Webhooks, and having events posted again.

use model::{DeliveryState, RowId, WebhookConfig, WebhookName, WebhookSecret};
use serde::Serialize;
use store::{DeliveryFilter, clock};

use super::Thing;
use super::webhook_put::{Checked, WebhookPut};
use crate::{Caller, Gateway, Refusal, Unknown, WebhookView};

/// Deliveries that are put back in one commit.
const STEP: usize = 500;

/// What came of a test event.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookTest {
    /// Whether the receiver answered with success (2xx).
    delivered: bool,
    /// HTTP status of its answer; null without one.
    #[schema(required)]
    status: Option<u16>,
    /// The answer's body as text, 64 KiB at most; null without an answer.
    #[schema(required)]
    answer: Option<String>,
    /// Why there was no success, for people.
    #[schema(required)]
    error: Option<String>,
    /// How long it took, in milliseconds.
    took_ms: u64,
}

impl Gateway {
    /// Makes a webhook, or sets what one is, at once and for good; with its secret where that is new,
    /// and whether the webhook is.
    pub async fn put_webhook(
        &self,
        caller: &Caller,
        name: &WebhookName,
        put: WebhookPut,
    ) -> Result<(WebhookView, Option<WebhookSecret>, bool), Refusal> {
        let _alone = self.alone(Thing::Webhooks).await;
        let before = self.0.webhooks.get(name);
        let by = (self.0.webhooks.addresses(), clock::now());
        let checked = put.checked(name.is_callbacks(), before.as_deref(), by)?;
        let Checked { config, new_secret } = checked;
        let what = match &before {
            None => format!("made webhook {name}"),
            Some(before) => {
                let fields = changed(before, &config).join(", ");
                format!("changed webhook {name}: {fields}")
            }
        };
        let store = self.0.store.webhooks();
        store.put(name, &config, caller.entry(what)).await?;
        self.0.webhooks.set(name, Some(config));
        let view = self.webhook(name).await?.ok_or(Unknown::Webhook)?;
        Ok((view, new_secret, before.is_none()))
    }

    /// Deletes a webhook, and what waits for it.
    pub async fn delete_webhook(&self, caller: &Caller, name: &WebhookName) -> Result<(), Refusal> {
        let _alone = self.alone(Thing::Webhooks).await;
        if name.is_callbacks() {
            let why = "It stands for the callback_url of messages and is always there. It can be disabled.";
            return Err(Refusal::Conflict(why.to_owned()));
        }
        if self.0.webhooks.get(name).is_none() {
            return Err(Unknown::Webhook.into());
        }
        // Nothing is posted any more from here on.
        self.0.webhooks.set(name, None);
        let entry = caller.entry(format!("deleted webhook {name}"));
        let deleted = self.0.store.webhooks().delete(name, entry).await;
        if deleted.is_err() {
            // It may be there still.
            self.0.webhooks.start().await?;
        }
        deleted?;
        Ok(())
    }

    /// Posts a test event to a webhook now, and waits for what its receiver says.
    pub async fn test_webhook(
        &self,
        caller: &Caller,
        name: &WebhookName,
    ) -> Result<WebhookTest, Refusal> {
        let config = self.0.webhooks.get(name).ok_or(Unknown::Webhook)?;
        self.note(caller, format!("tested webhook {name}")).await;
        let Some((answered, took)) = self.0.webhooks.test(name, &config).await else {
            let why = "It has no address of its own: each message brings one.";
            return Err(Refusal::Conflict(why.to_owned()));
        };
        let (answer, error) = match answered {
            Ok(answer) => {
                let failure = answer.failure();
                (Some(answer), failure)
            }
            Err(error) => (None, Some(error.to_string())),
        };
        Ok(WebhookTest {
            delivered: error.is_none(),
            status: answer.as_ref().map(|answer| answer.status),
            answer: answer.map(|answer| String::from_utf8_lossy(&answer.body).into_owned()),
            error,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// Has one event posted again, or at last, as soon as it can be.
    pub async fn resend_delivery(
        &self,
        caller: &Caller,
        name: &WebhookName,
        delivery: RowId,
    ) -> Result<(), Refusal> {
        self.reaches_webhook(caller, name)?;
        let what = format!("resent delivery {} of webhook {name}", delivery.0);
        let store = self.0.store.webhooks();
        let found = store
            .resend(name, delivery, clock::now(), caller.entry(what))
            .await?;
        if !found {
            return Err(Unknown::Delivery.into());
        }
        self.0.webhooks.forgive();
        Ok(())
    }

    /// The same for all that fit, the parked ones where nothing is said; how many there were.
    pub async fn resend_deliveries(
        &self,
        caller: &Caller,
        name: &WebhookName,
        which: DeliveryFilter,
    ) -> Result<u64, Refusal> {
        self.reaches_webhook(caller, name)?;
        let state: &str = which.state.unwrap_or(DeliveryState::Parked).into();
        let what = format!(
            "resent {state} deliveries of webhook {name}{}",
            said(&which)
        );
        let store = self.0.store.webhooks();
        store.audit(caller.entry(what)).await?;
        let (mut after, mut count) = (RowId(0), 0);
        loop {
            let step = (which.clone(), clock::now());
            let (last, found) = store.resend_some(name, step, after, STEP).await?;
            (after, count) = (last, count + found as u64);
            if found < STEP {
                break;
            }
        }
        self.0.webhooks.forgive();
        Ok(count)
    }

    /// Deletes one event that is parked: nobody wants it posted any more.
    pub async fn dismiss_delivery(
        &self,
        caller: &Caller,
        name: &WebhookName,
        delivery: RowId,
    ) -> Result<(), Refusal> {
        self.reaches_webhook(caller, name)?;
        let what = format!("dismissed delivery {} of webhook {name}", delivery.0);
        let store = self.0.store.webhooks();
        match store.dismiss(name, delivery, caller.entry(what)).await? {
            None => Err(Unknown::Delivery.into()),
            Some(DeliveryState::Parked) => Ok(()),
            Some(state) => {
                let state: &str = state.into();
                let why = format!("It is {state}: only what is parked can be dismissed.");
                Err(Refusal::Conflict(why))
            }
        }
    }

    /// The same for all that are parked and fit; how many there were.
    pub async fn dismiss_deliveries(
        &self,
        caller: &Caller,
        name: &WebhookName,
        which: DeliveryFilter,
    ) -> Result<u64, Refusal> {
        self.reaches_webhook(caller, name)?;
        let what = format!(
            "dismissed parked deliveries of webhook {name}{}",
            said(&which)
        );
        let store = self.0.store.webhooks();
        store.audit(caller.entry(what)).await?;
        let (mut after, mut count) = (RowId(0), 0);
        loop {
            let step = store.dismiss_some(name, which.clone(), after, STEP);
            let (last, found) = step.await?;
            (after, count) = (last, count + found as u64);
            if found < STEP {
                return Ok(count);
            }
        }
    }

    /// Webhooks are told of all messages: who does not see all of these sees none of those.
    pub fn reaches_webhook(&self, caller: &Caller, name: &WebhookName) -> Result<(), Unknown> {
        let known = caller.reach.is_all() && self.0.webhooks.get(name).is_some();
        known.then_some(()).ok_or(Unknown::Webhook)
    }
}

/// Which of the deliveries, for the audit.
fn said(which: &DeliveryFilter) -> String {
    let kind = which.kind.as_ref().map(|kind| format!(" of type {kind}"));
    let since = which.since.map(|at| format!(" since {at}"));
    let until = which.until.map(|at| format!(" until {at}"));
    [kind, since, until].into_iter().flatten().collect()
}

/// Names of the settings that differ; the secret is among them.
fn changed(before: &WebhookConfig, after: &WebhookConfig) -> Vec<&'static str> {
    let differs = [
        ("url", before.url != after.url),
        ("events", before.events != after.events),
        ("secret", before.secret != after.secret),
        ("enabled", before.enabled != after.enabled),
        ("tls", before.tls != after.tls),
    ];
    let differs = differs.into_iter().filter(|(_, differs)| *differs);
    differs.map(|(name, _)| name).collect()
}
