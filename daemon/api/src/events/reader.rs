//! One reader of the events: what it is given, and when.
//!
//! It holds no event. What waits for it is in the bus, until its client takes more: then it is given as
//! much as there is at once, so that a reader who does not read costs nothing, and many who do little.

use std::fmt::Write as _;
use std::time::Duration;

use axum::body::Bytes;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::view::View;
use crate::streams::Place;
use gateway::events::{Feed, Heard};

/// Events that are given together, where so many wait: some 10 KB.
const TOGETHER: usize = 32;
/// Comments in a quiet stream, so that proxies do not close it.
const KEEP_ALIVE: (Duration, &[u8]) = (Duration::from_secs(15), b": keep-alive\n\n");
/// How long it is believed that a key or a session goes on.
const STOOD: Duration = Duration::from_secs(1);
/// What a reader is told who has missed something.
const GAP: &str = "event: gap\ndata: {}\n\n";

pub(super) struct Reader {
    feed: Feed,
    view: View,
    place: Place,
    /// When it was given something last.
    given_at: Instant,
    /// Until then it is not woken.
    rests_until: Instant,
    /// When it was seen last that its caller stands.
    stood_at: Option<Instant>,
}

impl Reader {
    pub(super) fn of(feed: Feed, view: View, place: Place) -> Self {
        let now = Instant::now();
        Self {
            feed,
            view,
            place,
            given_at: now,
            rests_until: now,
            stood_at: None,
        }
    }

    /// What it is given next; none at the end.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        let (quiet, comment) = KEEP_ALIVE;
        loop {
            if Instant::now() < self.rests_until {
                sleep_until(self.rests_until).await;
            }
            let frame = match timeout_at(self.given_at + quiet, self.feed.wait()).await {
                Ok(true) => {
                    if !self.stands().await {
                        return None;
                    }
                    self.frame().await
                }
                Ok(false) => return None,
                Err(_) => Bytes::from_static(comment),
            };
            let now = Instant::now();
            if !frame.is_empty() {
                self.given_at = now;
                return Some(frame);
            }
            // Nothing of much that happened was for this reader.
            if now >= self.given_at + quiet {
                self.given_at = now;
                return Some(Bytes::from_static(comment));
            }
        }
    }

    /// Nobody is told anything whose key or session has ended; a store that does not answer says nothing about it.
    async fn stands(&mut self) -> bool {
        let now = Instant::now();
        if self.stood_at.is_some_and(|at| now < at + STOOD) {
            return true;
        }
        let stands = self.view.caller.stands().await.unwrap_or(true);
        self.stood_at = stands.then_some(now);
        stands
    }

    /// The next events that it may see, as they are sent.
    async fn frame(&mut self) -> Bytes {
        let mut events = match self.feed.take(TOGETHER) {
            Heard::Lost => return Bytes::from_static(GAP.as_bytes()),
            Heard::Events(events) => events,
        };
        if events.len() < TOGETHER {
            self.rests_until = Instant::now() + self.place.rest();
        }
        if let Err(error) = self.view.of(&mut events).await {
            tracing::warn!(%error, "cannot tell whose events these are; a client is told that they are lost");
            return Bytes::from_static(GAP.as_bytes());
        }
        let mut frame = String::new();
        for event in events {
            let (id, kind, data) = (event.id, event.kind, event.json());
            let _ = write!(frame, "id: {id}\nevent: {kind}\ndata: {data}\n\n");
        }
        frame.into()
    }
}
