//! Puts the events that no row of a message tells into the queue, when they are told.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use store::{NewEvent, clock};

use super::Webhooks;
use crate::events::{Bus, Event};

/// Events that are written together, where so many wait.
const CHUNK: usize = 256;
/// Until the store is asked again that took nothing.
const AGAIN: Duration = Duration::from_secs(5);
/// What an event is about, in the order of preference.
const SUBJECTS: [&str; 5] = ["iccid", "imei", "uplink", "sim", "number"];

/// Runs until the bus closes.
pub async fn feed(webhooks: Webhooks, bus: Bus) {
    let mut told = bus.apart();
    loop {
        match &told.next(CHUNK).await[..] {
            [] => return,
            events => webhooks.take_in(events).await,
        }
    }
}

impl Webhooks {
    async fn take_in(&self, events: &[Arc<Event>]) {
        let configs = self.all();
        let wanted: HashSet<_> = configs
            .iter()
            .flat_map(|(_, config)| config.kinds())
            .collect();
        // Those of messages come by the store's triggers.
        let wanted = events.iter().filter(|event| wanted.contains(event.kind));
        let events: Vec<_> = wanted.map(|event| new_event(event)).collect();
        if events.is_empty() {
            return;
        }
        while let Err(error) = self.0.store.tell(events.clone()).await {
            if !error.is_told() {
                tracing::error!(%error, "cannot keep events for webhooks; trying again");
            }
            tokio::time::sleep(AGAIN).await;
        }
        self.look_again();
    }
}

fn new_event(event: &Event) -> NewEvent {
    NewEvent {
        id: clock::message_id().to_string(),
        kind: event.kind,
        subject: subject(event),
        at: event.at,
        data: event.json().to_owned(),
    }
}

/// What events must be about to wait for each other: the end of a thing comes behind its begin.
fn subject(event: &Event) -> String {
    let data = event.data();
    if event.kind.starts_with("attention.") {
        let about = [&data["code"], &data["subject"]["id"]];
        let [code, id] = about.map(|text| text.as_str().unwrap_or_default());
        return format!("attention {code} {id}");
    }
    let subject = SUBJECTS.iter().find_map(|name| data[name].as_str());
    format!("{} {}", event.kind, subject.unwrap_or_default())
}
