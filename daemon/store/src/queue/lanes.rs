//! The lanes of the queue: which there are, how long they are, and when something is due.

use std::sync::atomic::Ordering;

use rusqlite::Connection;

use crate::StoreError;
use crate::columns::{lane, lane_text};
use crate::machine::select::{Select as _, only};
use crate::queue::Queue;
use crate::values::{RowExt as _, params, readable};
use model::{Lane, Priority, Time};

impl Queue {
    /// The lanes in which something is `queued` and not paused, due or not.
    pub async fn lanes(&self) -> Result<Vec<Lane>, StoreError> {
        self.file.read(lanes).await
    }

    /// When the next message becomes due: the earliest `due_at` after `now` of those `queued` and not paused,
    /// or the earliest `send_at` of those `scheduled` (even one that is past: promote it).
    pub async fn next_due(&self, now: Time) -> Result<Option<Time>, StoreError> {
        self.file.read(move |reader| next_due(reader, now)).await
    }

    /// The earliest end of a validity among those `queued` or `scheduled`.
    pub async fn next_expiry(&self) -> Result<Option<Time>, StoreError> {
        let first = "SELECT min(expires_at) FROM messages INDEXED BY messages_expiring
            WHERE state IN (0, 1)";
        let read = move |reader: &Connection| reader.one(first, [], only);
        self.file.read(read).await
    }

    /// How many messages are `queued` and not paused, by priority. Kept in memory: costs nothing.
    pub fn queue_depth(&self) -> [(Priority, u64); 3] {
        let depth = &self.file.shared().depth;
        Priority::ALL.map(|priority| {
            let queued = depth[priority as usize].load(Ordering::Relaxed);
            (priority, u64::try_from(queued).unwrap_or(0))
        })
    }
}

/// How many messages are `queued` and not paused, by priority, counted one by one: for the start.
pub(crate) fn count(connection: &Connection) -> Result<[i64; 3], StoreError> {
    let mut counts = [0; 3];
    for (count, priority) in counts.iter_mut().zip(Priority::ALL) {
        let sql = "SELECT count(*) FROM messages INDEXED BY messages_queued
            WHERE state = 1 AND paused = 0 AND priority = ?1";
        *count = connection.query_row(sql, params![priority], |row| row.col(0))?;
    }
    Ok(counts)
}

/// Steps from lane to lane in the index, over however many messages each has.
pub(crate) fn lanes(reader: &Connection) -> Result<Vec<Lane>, StoreError> {
    let mut next = reader.prepare_cached(
        "SELECT min(lane) FROM messages INDEXED BY messages_queued
         WHERE state = 1 AND paused = 0 AND priority = ?1 AND lane > ?2",
    )?;
    let mut lanes = Vec::new();
    for priority in Priority::ALL {
        let mut last = String::new();
        while let Some(text) =
            next.query_row(params![priority, last], |row| row.col::<Option<String>>(0))?
        {
            lanes.extend(readable(lane(priority, &text))?);
            last = text;
        }
    }
    Ok(lanes)
}

fn next_due(reader: &Connection, now: Time) -> Result<Option<Time>, StoreError> {
    let scheduled =
        "SELECT min(due_at) FROM messages INDEXED BY messages_scheduled WHERE state = 0";
    let mut earliest: Option<Time> = reader.one(scheduled, [], only)?;
    let mut later = reader.prepare_cached(
        "SELECT min(due_at) FROM messages INDEXED BY messages_queued
         WHERE state = 1 AND paused = 0 AND priority = ?1 AND lane = ?2 AND due_at > ?3",
    )?;
    for lane in lanes(reader)? {
        let params = params![lane.priority, lane_text(&lane), now];
        let due: Option<Time> = later.query_row(params, |row| row.col(0))?;
        earliest = earliest.into_iter().chain(due).min();
    }
    Ok(earliest)
}
