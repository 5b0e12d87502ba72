//! The memory that request bodies take, all together.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::StreamExt as _;
use http_body::Body as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::{Kind, Problem};

/// For all bodies that come in or are being worked on.
const IN_ALL: usize = 64 * 1024 * 1024;
/// What is counted in.
const UNIT: usize = 1024;
/// How long a body waits for others to go, before it is refused.
const ROOM_WAIT: Duration = Duration::from_secs(5);

/// The room that is left.
pub(super) struct Bodies {
    room: Arc<Semaphore>,
    /// Of one body.
    at_most: usize,
    wait: Duration,
}

/// What a body takes, given back when dropped.
pub(super) struct Held(
    #[expect(dead_code, reason = "held, not read")] Option<OwnedSemaphorePermit>,
);

impl Bodies {
    pub(super) fn new(at_most: usize) -> Self {
        Self::with_room(IN_ALL.max(at_most), at_most, ROOM_WAIT)
    }

    fn with_room(in_all: usize, at_most: usize, wait: Duration) -> Self {
        Self {
            room: Arc::new(Semaphore::new(in_all.div_ceil(UNIT))),
            at_most,
            wait,
        }
    }

    /// Reads a body as far as there is room for it: what a client only announces takes none.
    pub(super) async fn read(&self, body: Body) -> Result<(Bytes, Held), Problem> {
        self.read_at_most(body, self.at_most).await
    }

    /// The same for a body that has no reason to be large.
    pub(super) async fn read_at_most(
        &self,
        body: Body,
        at_most: usize,
    ) -> Result<(Bytes, Held), Problem> {
        if body.size_hint().lower() > at_most as u64 {
            return Err(too_large());
        }
        let mut chunks = body.into_data_stream();
        let mut octets = Vec::new();
        let mut held: Option<OwnedSemaphorePermit> = None;
        while let Some(chunk) = chunks.next().await {
            let broken = |_| Problem::new(Kind::MalformedJson, "The body broke off.");
            let chunk = chunk.map_err(broken)?;
            let length = octets.len() + chunk.len();
            if length > at_most {
                return Err(too_large());
            }
            let known = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
            let more = self
                .take(length.div_ceil(UNIT).saturating_sub(known))
                .await?;
            match &mut held {
                Some(held) => held.merge(more),
                None => held = Some(more),
            }
            octets.extend_from_slice(&chunk);
        }
        Ok((octets.into(), Held(held)))
    }

    async fn take(&self, units: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(units);
        let taken = tokio::time::timeout(self.wait, room).await;
        taken.ok().and_then(Result::ok).ok_or_else(|| {
            let why = "Too many large bodies come in at once.";
            Problem::new(Kind::Unavailable, why).retry_after(1)
        })
    }
}

fn too_large() -> Problem {
    Problem::new(
        Kind::BodyTooLarge,
        "It is above http.max_body_bytes. Send a batch in smaller pieces.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bodies_together_take_no_more_than_there_is_room_for() {
        let bodies = Bodies::with_room(4 * UNIT, 3 * UNIT, Duration::from_millis(20));
        let body = |octets: usize| Body::from(vec![b'x'; octets]);
        let (first, held) = bodies.read(body(3 * UNIT)).await.unwrap();
        assert_eq!(first.len(), 3 * UNIT);
        let status = |problem: Problem| serde_json::to_value(&problem).unwrap()["status"].clone();
        let refused = bodies.read(body(2 * UNIT)).await.map(drop).unwrap_err();
        assert_eq!(status(refused), 503);
        assert!(bodies.read(body(UNIT)).await.is_ok());
        drop(held);
        assert!(bodies.read(body(2 * UNIT)).await.is_ok());
        let large = bodies.read(body(3 * UNIT + 1)).await.map(drop).unwrap_err();
        assert_eq!(status(large), 413);
    }
}
