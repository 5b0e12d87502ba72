//! What waits in a lane, as the scheduler reads it.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, Row};

use crate::StoreError;
use crate::columns::{body, lane_text};
use crate::queue::Queue;
use crate::tables::talks;
use crate::values::{RowExt as _, params, readable};
use model::{Classifier, Lane, Needs, Place, Queued, RouteIndex, RowId, Time};

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

impl Queue {
    /// Messages of a lane that are due, in the order of (`due_at`, row).
    pub async fn scan(&self, lane: &Lane, scan: Scan) -> Result<Scanned, StoreError> {
        let lane = lane.clone();
        self.file
            .read(move |reader| waiting(reader, &lane, scan))
            .await
    }
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
         WHERE state = 1 AND paused = 0 AND priority = ?1 AND lane = ?2 AND due_at <= ?3
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
        if !scan.leaves_out(place, &mut scanned)
            // One that makes no sense waits, and holds up none behind it.
            && let Some(found) = readable(classified(reader, row, lane, &scan.classifier))?
            && scan.takes(found.needs(), place, &mut scanned)
        {
            scanned.found.push(found);
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

/// A message that waits, by all columns of its row.
pub(crate) fn queued(row: &Row<'_>, lane: &Lane, route: RouteIndex) -> rusqlite::Result<Queued> {
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
