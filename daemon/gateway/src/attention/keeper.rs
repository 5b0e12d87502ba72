//! Looks for what needs a person: from time to time, and soon after something has happened that may
//! make or end it. What is news is kept, told and logged.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use model::{Iccid, Time};
use serde_json::Value;
use tokio::time::Instant;

use super::Attention;
use super::facts::Facts;
use super::item::{Finding, Item};
use super::standing::{Changes, Standing};
use super::{gateway, modems, others, quotas, sims, usb};
use crate::Gateway;
use crate::events::{Feed, Heard};
use crate::settings::AttentionLimits;

/// The shortest, so that many events cost one look.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest wait after that for the next look.
const QUIET: Duration = Duration::from_secs(9);

/// Events read in one go.
const AT_ONCE: usize = 1024;

type Look = fn(&Facts, &AttentionLimits) -> Vec<Finding>;

/// All that is looked for.
const LOOKS: [Look; 10] = [
    gateway::of,
    sims::of,
    quotas::of,
    modems::of,
    usb::of,
    others::queue,
    others::uplinks,
    others::webhooks,
    others::keys,
    others::certificate,
];

/// Runs until the bus closes.
pub async fn keep(gateway: Gateway) {
    let mut events = gateway.bus().subscribe(None);
    loop {
        gateway.look_for_attention().await;
        tokio::time::sleep(PAUSE).await;
        tokio::select! {
            () = tokio::time::sleep(QUIET) => {}
            open = something_happens(&mut events) => if !open { return },
        }
    }
}

/// Returns when something may need a person, or not any more; false when nothing happens any more.
async fn something_happens(events: &mut Feed) -> bool {
    while events.wait().await {
        // What was lost in a flood of messages is seen by the next look.
        if let Heard::Events(new) = events.take(AT_ONCE)
            && new.iter().any(|event| may_matter(event.kind))
        {
            return true;
        }
    }
    false
}

fn may_matter(kind: &str) -> bool {
    match kind {
        "message.uncertain" => true,
        "queue.depth" | "call.missed" => false,
        kind => !kind.starts_with("message.") && !kind.starts_with("attention."),
    }
}

impl Gateway {
    /// Looks once, and tells what is news.
    pub async fn look_for_attention(&self) {
        let attention = self.attention();
        let _one = attention.0.looking.lock().await;
        attention.restore(self).await;
        let certificate = attention.0.certificate.get().map(|look| look());
        let facts = Facts::gather(self, certificate).await;
        let limits = &self.settings().attention;
        let found = LOOKS.iter().flat_map(|look| look(&facts, limits)).collect();
        let (changes, kept) = attention.take_in(found, !facts.missing, facts.now);
        if let Some(kept) = kept
            && let Err(error) = self.store().admin().keep_attention(kept).await
            && !error.is_told()
        {
            tracing::warn!(%error, "cannot keep since when something needs a person");
        }
        self.tell_attention(&changes);
    }

    fn tell_attention(&self, changes: &Changes) {
        let told = [
            ("attention.raised", &changes.raised),
            ("attention.cleared", &changes.cleared),
        ];
        for (kind, items) in told {
            for item in items {
                let (code, about) = (item.code.as_str(), &item.subject);
                let (subject, id) = (about.kind.as_str(), &about.id);
                tracing::info!(code, subject, attention = id, "{kind}");
                self.bus().tell(kind, item.told_to(), item.narrowed());
            }
        }
    }
}

/// As the store keeps one: the SIM by which it is seen is told to nobody.
type Kept = (Item, Option<String>);

impl Attention {
    /// Before the first look: what was so when the last run ended.
    async fn restore(&self, gateway: &Gateway) {
        if self.standing().is_some() {
            return;
        }
        let kept = gateway.store().admin().kept_attention().await;
        let kept = kept.ok().flatten();
        let kept: Vec<Value> = kept
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default();
        // What another version kept, or nobody can read, begins anew.
        let kept = kept
            .into_iter()
            .filter_map(|json| serde_json::from_value(json).ok());
        let kept = kept.map(|(item, sim): Kept| {
            let sim: Option<Iccid> = sim.and_then(|sim| sim.parse().ok());
            (item, sim)
        });
        let kept: Vec<_> = kept.collect();
        for (item, _) in &kept {
            if let Some((imei, unreported)) = modems::unreported(item) {
                gateway.fleet().reports().recall(imei, unreported);
            }
        }
        *self.standing() = Some(Standing::new(kept, Instant::now()));
    }

    /// What is news, and what is to be kept of it.
    fn take_in(&self, found: Vec<Finding>, whole: bool, now: Time) -> (Changes, Option<String>) {
        let mut standing = self.standing();
        let Some(standing) = standing.as_mut() else {
            return (Changes::default(), None);
        };
        let changes = standing.update(found, whole, (Instant::now(), now));
        let items = Arc::new(standing.items());
        *self.0.items.write().unwrap_or_else(PoisonError::into_inner) = items;
        let kept = (!changes.is_empty()).then(|| serde_json::to_string(&standing.kept()).ok());
        (changes, kept.flatten())
    }

    fn standing(&self) -> std::sync::MutexGuard<'_, Option<Standing>> {
        self.0
            .standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
