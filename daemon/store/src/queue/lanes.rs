//! The queue as the scheduler sees it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::columns::{body, lane, lane_text};
use crate::machine::writer::{Need, Tx};
use crate::queue::Queue;
use crate::tables::audit::append_some;
use crate::tables::history::{Entry, told};
use crate::tables::outbound::Outbound;
use crate::tables::talks;
use crate::values::{RowExt as _, params};
use crate::{NewAudit, StoreError};
use model::{
    Carrier, Classifier, Iccid, Lane, MessageId, Needs, Place, Priority, Queued, Reason,
    RouteIndex, RowId, State, Time,
};

/// Messages promoted in one transaction, so that a campaign at nine o'clock holds nobody up.
const PROMOTED: u32 = 2000;

/// Rows that one scan looks at, so that the queue's reader is soon free for other lanes: some
/// ten milliseconds.
const LOOKED_AT: usize = 8192;

/// Which messages of a lane to read.
#[derive(Clone, Debug)]
pub struct Scan {
    /// Those behind this place; none = from the beginning.
    pub after: Option<Place>,
    pub now: Time,
    /// The most to read.
    pub limit: usize,
    /// The most to read of those with these needs.
    pub room: HashMap<Needs, usize>,
    /// Leave out those with other needs, and end when there is no more room.
    pub only: bool,
    /// Left out: they are in memory,
    pub held: HashSet<RowId>,
    /// or in somebody's hands.
    pub taken: HashSet<RowId>,
    /// Tells their routes.
    pub classifier: Classifier,
}

/// What a scan found.
#[derive(Debug, Default)]
pub struct Scanned {
    pub found: Vec<Queued>,
    /// For which needs there was no more room, and where the first such message is.
    pub passed: HashMap<Needs, Place>,
    /// What is in somebody's hands and waits all the same, as far as the store knows.
    pub taken: Vec<Place>,
    /// Where the scan ended; none = there is nothing behind it.
    pub end: Option<Place>,
}

/// What became of a cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    Done,
    NotFound,
    /// Too late: it is in this state.
    Refused(State),
}

impl Queue {
    /// The lanes in which something is `queued`, due or not.
    pub async fn lanes(&self) -> Result<Vec<Lane>, StoreError> {
        self.file.read(lanes).await
    }

    /// Messages of a lane that are due, in the order of (`due_at`, row).
    pub async fn scan(&self, lane: &Lane, scan: Scan) -> Result<Scanned, StoreError> {
        let lane = lane.clone();
        self.file
            .read(move |reader| waiting(reader, &lane, scan))
            .await
    }

    /// Those of these messages that are still `queued`.
    pub async fn queued(&self, rows: Vec<RowId>) -> Result<Vec<Queued>, StoreError> {
        let read = move |reader: &Connection| {
            let sql = "SELECT * FROM messages NOT INDEXED WHERE row = ?1 AND state = 1";
            let mut select = reader.prepare_cached(sql)?;
            let mut found = Vec::with_capacity(rows.len());
            for row in rows {
                let one = select.query_row(params![row], |row| {
                    let text: String = row.col("lane")?;
                    queued(row, &lane(row.col("priority")?, &text)?, RouteIndex::ANY)
                });
                found.extend(one.optional()?);
            }
            Ok(found)
        };
        self.file.read(read).await
    }

    /// When the next message becomes due: the earliest `due_at` after `now` of those `queued`,
    /// or the earliest `send_at` of those `scheduled` (even one that is past: promote it).
    pub async fn next_due(&self, now: Time) -> Result<Option<Time>, StoreError> {
        self.file.read(move |reader| next_due(reader, now)).await
    }

    /// The earliest end of a validity among those `queued` or `scheduled`.
    pub async fn next_expiry(&self) -> Result<Option<Time>, StoreError> {
        let first = "SELECT min(expires_at) FROM messages INDEXED BY messages_expiring
            WHERE state IN (0, 1)";
        let read = move |reader: &Connection| {
            Ok(reader
                .prepare_cached(first)?
                .query_row([], |row| row.col(0))?)
        };
        self.file.read(read).await
    }

    /// Makes `queued` what was `scheduled` until `now`, a bounded number at a time
    /// ([`Queue::next_due`] tells of the rest); the lanes that have more now, and from when on.
    pub async fn promote(&self, now: Time) -> Result<Vec<(Lane, Time)>, StoreError> {
        self.file
            .write(Need::Progress, move |tx| promote(tx, now))
            .await
    }

    /// Cancels a message that is `scheduled` or `queued`.
    pub async fn cancel(
        &self,
        id: MessageId,
        now: Time,
        audit: Option<NewAudit>,
    ) -> Result<Cancelled, StoreError> {
        self.file
            .write(Need::Progress, move |tx| {
                let cancelled = cancel(tx, id, now)?;
                if cancelled == Cancelled::Done {
                    append_some(tx, audit.as_ref())?;
                }
                Ok(cancelled)
            })
            .await
    }

    /// Expires at most `limit` messages whose validity ended before or at `now`.
    pub async fn expire(
        &self,
        now: Time,
        limit: usize,
    ) -> Result<Vec<(MessageId, String)>, StoreError> {
        self.file
            .write(Need::Progress, move |tx| expire_due(tx, now, limit))
            .await
    }

    /// How many messages are `queued` that may go by this carrier alone: it was asked for, or has their first parts.
    pub async fn bound_to(&self, carrier: &Carrier) -> Result<u64, StoreError> {
        let route = carrier.route();
        let pinned = carrier.clone();
        let sql = "SELECT count(*) FROM messages INDEXED BY messages_queued
            WHERE state = 1 AND (substr(lane, instr(lane, '|') + 1) = ?1 OR pinned = ?2)";
        self.file
            .read(move |reader| {
                let count: i64 = reader.query_row(sql, params![route, pinned], |row| row.col(0))?;
                Ok(u64::try_from(count).unwrap_or(0))
            })
            .await
    }

    /// The SIM that last talked to this number.
    pub async fn last_talked(&self, peer: &str) -> Result<Option<Iccid>, StoreError> {
        let peer = peer.to_owned();
        self.file
            .read(move |reader| Ok(talks::last(reader, &peer)?))
            .await
    }

    /// How many messages are `queued`, by priority. Kept in memory: costs nothing.
    pub fn queue_depth(&self) -> [(Priority, u64); 3] {
        let depth = &self.file.shared().depth;
        Priority::ALL.map(|priority| {
            let queued = depth[priority as usize].load(Ordering::Relaxed);
            (priority, u64::try_from(queued).unwrap_or(0))
        })
    }
}

/// How many messages are `queued`, by priority, counted one by one: for the start.
pub(crate) fn count(connection: &Connection) -> Result<[i64; 3], StoreError> {
    let mut counts = [0; 3];
    for (count, priority) in counts.iter_mut().zip(Priority::ALL) {
        let sql = "SELECT count(*) FROM messages INDEXED BY messages_queued
            WHERE state = 1 AND priority = ?1";
        *count = connection.query_row(sql, params![priority], |row| row.col(0))?;
    }
    Ok(counts)
}

/// Steps from lane to lane in the index, over however many messages each has.
fn lanes(reader: &Connection) -> Result<Vec<Lane>, StoreError> {
    let mut next = reader.prepare_cached(
        "SELECT min(lane) FROM messages INDEXED BY messages_queued
         WHERE state = 1 AND priority = ?1 AND lane > ?2",
    )?;
    let mut lanes = Vec::new();
    for priority in Priority::ALL {
        let mut last = String::new();
        while let Some(text) =
            next.query_row(params![priority, last], |row| row.col::<Option<String>>(0))?
        {
            lanes.push(lane(priority, &text)?);
            last = text;
        }
    }
    Ok(lanes)
}

fn waiting(reader: &Connection, lane: &Lane, mut scan: Scan) -> Result<Scanned, StoreError> {
    let (after_at, after_row) = scan
        .after
        .map_or((i64::MIN, i64::MIN), |(at, row)| (at.0, row.0));
    let mut select = reader.prepare_cached(
        "SELECT row, id, lane, peer, text, data, port, coding, national, segments, flash,
             status_report, created_at, send_at, due_at, expires_at, attempts, next_part, pinned,
             refused_by, shifted
         FROM messages INDEXED BY messages_queued
         WHERE state = 1 AND priority = ?1 AND lane = ?2 AND due_at <= ?3
             AND (due_at, row) > (?4, ?5)
         ORDER BY due_at, row",
    )?;
    let params = params![
        lane.priority,
        lane_text(lane),
        scan.now,
        after_at,
        after_row
    ];
    let mut rows = select.query(params)?;
    let mut scanned = Scanned::default();
    let mut looked_at = 0;
    while let Some(row) = rows.next()? {
        let place: Place = (row.col("due_at")?, row.col("row")?);
        looked_at += 1;
        if !scan.leaves_out(place, &mut scanned) {
            let found = classified(reader, row, lane, &scan.classifier)?;
            if scan.takes(found.needs(), place, &mut scanned) {
                scanned.found.push(found);
            }
        }
        let enough = scanned.found.len() == scan.limit || scan.is_full();
        if looked_at == LOOKED_AT || enough {
            scanned.end = Some(place);
            break;
        }
    }
    Ok(scanned)
}

impl Scan {
    /// Whether somebody has a message already.
    pub fn leaves_out(&self, place: Place, scanned: &mut Scanned) -> bool {
        let is_taken = self.taken.contains(&place.1);
        if is_taken {
            scanned.taken.push(place);
        }
        is_taken || self.held.contains(&place.1)
    }

    /// Whether a message is to be read; if it only lacks room, that is noted.
    pub fn takes(&mut self, needs: Needs, place: Place, scanned: &mut Scanned) -> bool {
        match self.room.get_mut(&needs) {
            None => !self.only,
            Some(0) => {
                scanned.passed.entry(needs).or_insert(place);
                false
            }
            Some(room) => {
                *room -= 1;
                true
            }
        }
    }

    /// Nothing more can be found.
    pub fn is_full(&self) -> bool {
        self.only && self.room.values().all(|room| *room == 0)
    }
}

/// A message, its route, and the SIM that last talked to its recipient if that matters.
fn classified(
    reader: &Connection,
    row: &Row<'_>,
    lane: &Lane,
    classifier: &Classifier,
) -> rusqlite::Result<Queued> {
    let class = classifier.class(lane, row.get_ref("peer")?.as_str()?);
    let mut found = queued(row, lane, class.route)?;
    if class.sticky {
        found.prefers = talks::last(reader, &found.to)?;
    }
    Ok(found)
}

fn queued(row: &Row<'_>, lane: &Lane, route: RouteIndex) -> rusqlite::Result<Queued> {
    let (accepted_at, send_at): (Time, Option<Time>) =
        (row.col("created_at")?, row.col("send_at")?);
    let since = send_at.unwrap_or(accepted_at).max(accepted_at);
    let shifted: i64 = row.col("shifted")?;
    Ok(Queued {
        row: row.col("row")?,
        id: row.col("id")?,
        lane: lane.clone(),
        to: row.col("peer")?,
        body: body(row)?,
        coding: row.col("coding")?,
        national_tables: row.col("national")?,
        segments: row.col("segments")?,
        flash: row.col("flash")?,
        status_report: row.col("status_report")?,
        due_at: row.col("due_at")?,
        expires_at: row.col("expires_at")?,
        waits_since: Time(since.0.saturating_add(shifted)),
        attempts: row.col("attempts")?,
        next_part: row.col("next_part")?,
        pinned: row.col("pinned")?,
        refused_by: row.col("refused_by")?,
        route,
        prefers: None,
    })
}

fn next_due(reader: &Connection, now: Time) -> Result<Option<Time>, StoreError> {
    let scheduled =
        "SELECT min(due_at) FROM messages INDEXED BY messages_scheduled WHERE state = 0";
    let mut earliest: Option<Time> = reader
        .prepare_cached(scheduled)?
        .query_row([], |row| row.col(0))?;
    let mut later = reader.prepare_cached(
        "SELECT min(due_at) FROM messages INDEXED BY messages_queued
         WHERE state = 1 AND priority = ?1 AND lane = ?2 AND due_at > ?3",
    )?;
    for lane in lanes(reader)? {
        let params = params![lane.priority, lane_text(&lane), now];
        let due: Option<Time> = later.query_row(params, |row| row.col(0))?;
        earliest = earliest.into_iter().chain(due).min();
    }
    Ok(earliest)
}

fn promote(tx: &mut Tx<'_>, now: Time) -> Result<Vec<(Lane, Time)>, StoreError> {
    let due: Vec<(RowId, Priority, String, Time)> = tx
        .prepare(
            "SELECT row, priority, lane, due_at FROM messages INDEXED BY messages_scheduled
             WHERE state = 0 AND due_at <= ?1
             ORDER BY due_at LIMIT ?2",
        )?
        .query_map(params![now, PROMOTED], |row| {
            Ok((row.col(0)?, row.col(1)?, row.col(2)?, row.col(3)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut lanes: Vec<(Lane, Time)> = Vec::new();
    for (row, priority, text, due_at) in due {
        tx.execute(
            "UPDATE messages SET state = ?2 WHERE row = ?1",
            params![row, State::Queued],
        )?;
        tx.queued(priority, 1);
        let entry = Entry {
            at: now,
            step: "queued",
            part: None,
            carrier: None,
            detail: None,
        };
        crate::tables::history::append(tx, row, &entry)?;
        let lane = lane(priority, &text)?;
        // In the order of `due_at`: the first of a lane is its earliest.
        if !lanes.iter().any(|(known, _)| *known == lane) {
            lanes.push((lane, due_at));
        }
    }
    Ok(lanes)
}

fn cancel(tx: &mut Tx<'_>, id: MessageId, now: Time) -> Result<Cancelled, StoreError> {
    let row: Option<RowId> = tx
        .prepare("SELECT row FROM messages WHERE id = ?1")?
        .query_row(params![id], |row| row.col(0))
        .optional()?;
    let message = row
        .map(|row| Outbound::load(tx, row))
        .transpose()?
        .flatten();
    let Some(mut message) = message else {
        return Ok(Cancelled::NotFound);
    };
    if !matches!(message.state, State::Scheduled | State::Queued) {
        return Ok(Cancelled::Refused(message.state));
    }
    message.end(tx, State::Cancelled, None)?;
    let entry = Entry {
        at: now,
        step: "cancelled",
        part: None,
        carrier: None,
        detail: None,
    };
    message.tell(tx, &entry)?;
    Ok(Cancelled::Done)
}

fn expire_due(
    tx: &mut Tx<'_>,
    now: Time,
    limit: usize,
) -> Result<Vec<(MessageId, String)>, StoreError> {
    let due: Vec<(RowId, MessageId)> = tx
        .prepare(
            "SELECT row, id FROM messages INDEXED BY messages_expiring
             WHERE state IN (0, 1) AND expires_at <= ?1
             ORDER BY expires_at LIMIT ?2",
        )?
        .query_map(params![now, crate::rows(limit)], |row| {
            Ok((row.col(0)?, row.col(1)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut expired = Vec::with_capacity(due.len());
    for (row, id) in due {
        let Some(mut message) = Outbound::load(tx, row)? else {
            continue;
        };
        if expire(tx, &mut message, now)? {
            expired.push((id, message.to));
        }
    }
    Ok(expired)
}

/// Ends a message whose validity is over; false when it is no longer waiting.
fn expire(tx: &mut Tx<'_>, message: &mut Outbound, at: Time) -> Result<bool, StoreError> {
    if !matches!(message.state, State::Scheduled | State::Queued) {
        return Ok(false);
    }
    let reason = Reason::new(
        "validity",
        "the validity period ended before it could be sent",
    );
    message.end(tx, State::Expired, Some(&reason))?;
    let detail = told(&reason);
    let entry = Entry {
        at,
        step: "expired",
        part: None,
        carrier: None,
        detail: Some(&detail),
    };
    message.tell(tx, &entry)?;
    Ok(true)
}
