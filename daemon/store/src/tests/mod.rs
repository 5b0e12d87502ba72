//! The store as its callers see it.

mod admission;
mod audit;
mod backups;
mod bounds;
mod callbacks;
mod changes;
mod claims;
mod clock_columns;
mod clock_evidence;
mod clock_meanwhile;
mod clock_stages;
mod clock_steps;
mod doubts;
mod early_receipts;
mod files;
mod findings;
mod inbound;
mod incidents;
mod indexing;
mod listing;
mod parts;
mod reading;
mod receipts;
mod recovery;
mod reports;
mod restores;
mod searching;
mod selftests;
mod sim_health;
mod staff;
mod statistics;
mod steps;
mod trouble;
mod unreadable;
mod untimed;
mod uplinks;
mod users;
mod webhooks;
mod worlds;

use std::time::Duration;

use model::{
    Body, Carrier, Classifier, Coding, Iccid, KeyId, Lane, Message, MessageId, NewMessage,
    OnUncertain, Priority, Queued, Reason, RowId, Sender, State, Time,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::machine::clock;
use crate::machine::writer::Need;
use crate::values::{RowExt as _, params};
use crate::{Accepted, Advanced, Answer, Reference, Scan, Step, Store, StoreError};

/// An instant to count from; its day and hour are whole.
const T0: Time = Time(1_795_305_600_000);
const SECOND: i64 = 1000;
const HOUR: i64 = 3600 * SECOND;
const DECIDE_AFTER: Duration = Duration::from_mins(5);

fn at(offset: i64) -> Time {
    Time(T0.0 + offset)
}

fn sim(n: u8) -> Iccid {
    format!("898401123456789012{n}").parse().unwrap()
}

fn open() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), DECIDE_AFTER).unwrap();
    (dir, store)
}

/// Ends a store without a word, as a kill does, and opens the file again.
async fn reopen(dir: &TempDir, store: Store) -> Store {
    store.close().await;
    Store::open(dir.path(), DECIDE_AFTER).unwrap()
}

fn text(to: &str, text: &str) -> NewMessage {
    NewMessage {
        id: clock::message_id(),
        key: KeyId(1),
        to: to.to_owned(),
        sender: Sender::Any,
        body: Body::Text(text.to_owned()),
        coding: Coding::Gsm7,
        national_tables: false,
        segments: 1,
        flash: false,
        priority: Priority::Normal,
        status_report: true,
        on_uncertain: OnUncertain::Hold,
        created_at: T0,
        send_at: None,
        expires_at: at(24 * HOUR),
        reference: None,
        metadata: None,
        callback_url: None,
        test: false,
    }
}

fn long(to: &str, segments: u16) -> NewMessage {
    NewMessage {
        segments,
        ..text(to, "long")
    }
}

fn lane() -> Lane {
    Lane {
        priority: Priority::Normal,
        key: KeyId(1),
        sender: Sender::Any,
    }
}

impl Store {
    /// The next messages of a lane, whatever they need.
    async fn waiting(
        &self,
        lane: &Lane,
        after: Option<(Time, RowId)>,
        now: Time,
        limit: usize,
    ) -> Result<Vec<Queued>, StoreError> {
        let (room, held, taken) = Default::default();
        let scan = Scan {
            after,
            now,
            limit,
            room,
            only: false,
            held,
            taken,
            classifier: Classifier::default(),
        };
        Ok(self.queue().scan(lane, scan).await?.found)
    }
}

/// Accepts messages and gives those that are due.
async fn accept(store: &Store, messages: Vec<NewMessage>) -> Vec<Queued> {
    match store.accept(messages, None).await.unwrap() {
        Accepted::Stored(due) => due,
        other => panic!("{other:?}"),
    }
}

/// Accepts one message.
async fn put(store: &Store, message: NewMessage) -> Queued {
    accept(store, vec![message]).await.remove(0)
}

async fn step(store: &Store, step: Step) -> Advanced {
    store.queue().advance(vec![step]).await.unwrap().steps[0]
}

/// Claims a message of one part at a time.
async fn claim_at(store: &Store, row: RowId, sim: &Iccid, at: Time) -> Advanced {
    let claim = Step::Claim {
        fell_back: None,
        row,
        part: 1,
        carrier: sim.clone().into(),
        parts: 1,
        at,
    };
    step(store, claim).await
}

/// Claims a message for a SIM that makes as many parts of it as were planned.
async fn claim(store: &Store, row: RowId, sim: &Iccid) -> Advanced {
    let planned = "SELECT coalesce(max(segments), 1) FROM messages WHERE row = ?1";
    let read =
        move |reader: &Connection| Ok(reader.query_row(planned, params![row], |row| row.col(0))?);
    let parts = store.read(read).await.unwrap();
    claim_as(store, row, &sim.clone().into(), parts).await
}

/// Claims a message for what makes so many parts of it.
async fn claim_as(store: &Store, row: RowId, carrier: &Carrier, parts: u16) -> Advanced {
    let next = "SELECT coalesce(max(next_part), 1) FROM messages WHERE row = ?1";
    let read =
        move |reader: &Connection| Ok(reader.query_row(next, params![row], |row| row.col(0))?);
    let part = store.read(read).await.unwrap();
    claim_part(store, row, part, (carrier, parts)).await
}

/// The same for a carrier that has this part in hand.
async fn claim_part(
    store: &Store,
    row: RowId,
    part: u16,
    (carrier, parts): (&Carrier, u16),
) -> Advanced {
    let claim = Step::Claim {
        fell_back: None,
        row,
        part,
        carrier: carrier.clone(),
        parts,
        at: T0,
    };
    step(store, claim).await
}

fn sent(row: RowId, part: u16, sim: &Iccid, mr: u8, last: bool) -> Step {
    Step::PartSent {
        row,
        part,
        carrier: sim.clone().into(),
        reference: Reference::Mr(mr),
        at: T0,
        last,
    }
}

fn uncertain(row: RowId, part: u16, last: bool) -> Step {
    Step::PartUncertain {
        row,
        part,
        carrier: sim(1).into(),
        reason: Reason::new("no-answer", "the modem gave no answer"),
        numbered: false,
        at: T0,
        last,
        decide_at: at(60 * SECOND),
    }
}

/// The answer to an uncertain first part.
fn late(row: RowId, mr: u8) -> Step {
    Step::LateAnswer {
        row,
        part: 1,
        carrier: sim(1).into(),
        refused: None,
        answer: Answer::Accepted(Reference::Mr(mr)),
        at: T0,
    }
}

/// Accepts a message of one part and brings it to `sent`.
async fn put_sent(store: &Store, to: &str, sim: &Iccid, mr: u8, at: Time) -> Queued {
    let queued = put(store, text(to, "hello")).await;
    let (row, carrier) = (queued.row, Carrier::from(sim.clone()));
    let steps = vec![
        Step::Claim {
            fell_back: None,
            row,
            part: 1,
            carrier: carrier.clone(),
            parts: 1,
            at,
        },
        Step::PartSent {
            row,
            part: 1,
            carrier,
            reference: Reference::Mr(mr),
            at,
            last: true,
        },
    ];
    let done = store.queue().advance(steps).await.unwrap().steps;
    assert!(done.iter().all(|step| step.applied), "{done:?}");
    queued
}

async fn get(store: &Store, id: MessageId) -> Message {
    store.reading().message(id).await.unwrap().unwrap()
}

async fn state(store: &Store, id: MessageId) -> State {
    get(store, id).await.state
}

async fn steps_of(store: &Store, id: MessageId) -> Vec<String> {
    let history = store.reading().history(id).await.unwrap().unwrap();
    history.into_iter().map(|row| row.step).collect()
}

fn queued_depth(store: &Store) -> u64 {
    store
        .queue()
        .queue_depth()
        .iter()
        .map(|(_, depth)| depth)
        .sum()
}

fn network() -> Reason {
    Reason::new("cms-38", "network out of order")
}
