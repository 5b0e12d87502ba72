//! Inbound parts: known again when redelivered, joined when all are there.

use std::sync::{Arc, OnceLock};

use model::{Carrier, Content, Direction, InboundPart, MessageId, Priority, RawPart, State, Time};
use rusqlite::Connection;

use crate::StoreError;
use crate::columns::body_columns;
use crate::machine::access::Access;
use crate::machine::clock;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::{Need, Tx};
use crate::tables::seen::Known;
use crate::tables::statistics;
use crate::tables::talks;
use crate::tables::tallies::{self, Tally};
use crate::tables::work;
use crate::values::{RowExt as _, params};
use crate::webhooks::told;

use opt_out::{Confirmed, Recognise};
use sets::Slot;

pub(crate) mod opt_out;
mod redelivery;
mod sets;
mod tested;

/// Sets of one release, so that it stays one short transaction.
const RELEASED: usize = 100;

/// Reads stored parts, in the order of their sequence, as one message. Must not fail:
/// what cannot be decoded is given as octets.
pub(crate) type Join = fn(&[RawPart]) -> Content;

/// What became of an inbound part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Stored before: acknowledge or delete it again, tell nobody.
    Duplicate,
    /// On disk, waiting for the other parts.
    Held { have: u16, total: u16 },
    /// This was the last one missing.
    Complete(Joined),
}

/// A message that was made of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    pub id: MessageId,
    /// The other party.
    pub from: String,
    pub carrier: Carrier,
    /// A self-test sent it: who did not ask for such is not told.
    pub test: bool,
    /// Its conversation was done, and is open again.
    pub reopened: bool,
    /// It asked for no more messages, and this tells that it was heard.
    pub confirmed: Option<Confirmed>,
}

/// What comes in.
#[derive(Clone)]
pub struct Inbound {
    file: Access,
    recognise: Arc<OnceLock<Recognise>>,
}

impl Inbound {
    pub(crate) fn new(file: Access) -> Self {
        Self {
            file,
            recognise: Arc::default(),
        }
    }

    /// From now on, what asks for no more messages is known by this. It is told once.
    pub fn heed_opt_outs(&self, recognise: Recognise) {
        let _ = self.recognise.set(recognise);
    }

    fn ears(&self, join: Join) -> Ears {
        let recognise = self.recognise.get().cloned();
        Ears { join, recognise }
    }

    /// Commits a part; then it may be acknowledged to the network or deleted from the SIM.
    pub async fn receive(&self, part: InboundPart, join: Join) -> Result<Received, StoreError> {
        let ears = self.ears(join);
        self.file
            .write(Need::Arrival, move |tx| receive(tx, &part, &ears))
            .await
    }

    /// Makes messages with `complete = false` of what has been waiting since before `before`; a
    /// bounded number at a time ([`Inbound::oldest_incomplete`] tells of the rest).
    pub async fn release_incomplete(
        &self,
        before: Time,
        join: Join,
    ) -> Result<Vec<Joined>, StoreError> {
        let ears = self.ears(join);
        self.file
            .write(Need::Ongoing, move |tx| release(tx, before, &ears))
            .await
    }

    /// When the oldest part that still waits for others came.
    pub async fn oldest_incomplete(&self) -> Result<Option<Time>, StoreError> {
        let oldest = "SELECT min(first_at) FROM inbound_sets";
        let read = move |reader: &Connection| reader.one(oldest, [], only);
        self.file.read(read).await
    }
}

/// How what comes in is understood.
struct Ears {
    join: Join,
    recognise: Option<Recognise>,
}

fn receive(tx: &mut Tx<'_>, part: &InboundPart, ears: &Ears) -> Result<Received, StoreError> {
    let known = redelivery::remember(tx, part)?;
    if known == Known::Again {
        return Ok(Received::Duplicate);
    }
    // A part that says it is none of so many stands alone (TS 23.040 §9.2.3.24.1).
    let concat = part
        .concat
        .filter(|concat| (1..=concat.total).contains(&concat.seq));
    let Some(concat) = concat else {
        let raw = RawPart {
            tpdu: part.tpdu.clone(),
        };
        let arrived = Arrived {
            perhaps_again: known == Known::Perhaps,
            ..Arrived::of(part)
        };
        let joined = store(tx, arrived, &[raw], ears)?;
        return Ok(Received::Complete(joined));
    };
    let set = match sets::find_set(tx, part, concat)? {
        Slot::Taken => return Ok(Received::Duplicate),
        Slot::Free(set) => set,
        Slot::New => sets::new_set(tx, part, concat)?,
    };
    tx.execute(
        "INSERT INTO inbound_parts (part_of, seq, smsc_time, received_at, tpdu)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![set, concat.seq, part.smsc_time, part.received_at, part.tpdu],
    )?;
    let sql = "SELECT count(*) FROM inbound_parts WHERE part_of = ?1";
    let have: u16 = tx.one(sql, [set], only)?;
    let total = u16::from(concat.total);
    if have < total {
        return Ok(Received::Held { have, total });
    }
    let arrived = Arrived {
        segments: total,
        ..Arrived::of(part)
    };
    Ok(Received::Complete(assemble(tx, set, arrived, ears)?))
}

/// What a message is beside its content.
struct Arrived {
    carrier: Carrier,
    own: Option<String>,
    originator: String,
    segments: u16,
    complete: bool,
    /// The same came before, and nothing tells whether this is a redelivery of it.
    perhaps_again: bool,
    smsc_time: Option<Time>,
    at: Time,
}

impl Arrived {
    /// Of a part that is a whole message.
    fn of(part: &InboundPart) -> Self {
        Self {
            carrier: part.carrier.clone(),
            own: part.own.clone(),
            originator: part.originator.clone(),
            segments: 1,
            complete: true,
            perhaps_again: false,
            smsc_time: part.smsc_time,
            at: part.received_at,
        }
    }
}

/// Makes a message of a set's parts and deletes the set.
fn assemble(
    tx: &mut Tx<'_>,
    set: i64,
    mut arrived: Arrived,
    ears: &Ears,
) -> Result<Joined, StoreError> {
    let sql = "SELECT tpdu, smsc_time FROM inbound_parts WHERE part_of = ?1 ORDER BY seq";
    let parts: Vec<(RawPart, Option<Time>)> = tx.all(sql, [set], |row| {
        Ok((RawPart { tpdu: row.col(0)? }, row.col(1)?))
    })?;
    arrived.smsc_time = parts.first().and_then(|(_, smsc_time)| *smsc_time);
    let raw: Vec<RawPart> = parts.into_iter().map(|(raw, _)| raw).collect();
    let joined = store(tx, arrived, &raw, ears)?;
    tx.execute("DELETE FROM inbound_parts WHERE part_of = ?1", [set])?;
    tx.execute("DELETE FROM inbound_sets WHERE row = ?1", [set])?;
    Ok(joined)
}

fn store(
    tx: &mut Tx<'_>,
    arrived: Arrived,
    parts: &[RawPart],
    ears: &Ears,
) -> Result<Joined, StoreError> {
    let content = (ears.join)(parts);
    let id = clock::message_id();
    let test = tested::is_of_test(tx, &arrived, &content)?;
    let (text, data, port) = body_columns(&content.body);
    tx.execute(
        "INSERT INTO messages (id, direction, state, priority, segments, coding, flash,
             status_report, complete, created_at, smsc_time, carrier, peer, text, data, port, own,
             perhaps_again, test)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
             ?18)",
        params![
            id,
            Direction::Inbound,
            State::Received,
            Priority::Normal,
            arrived.segments,
            content.coding,
            content.flash,
            arrived.complete,
            arrived.at,
            arrived.smsc_time,
            arrived.carrier,
            arrived.originator,
            text,
            data,
            port,
            arrived.own,
            arrived.perhaps_again,
            test
        ],
    )?;
    told::new_message(tx, tx.last_row())?;
    tx.unindexed += 1;
    if !test {
        statistics::arrived(tx, &arrived.carrier, &arrived.originator, arrived.at);
    }
    tallies::add(
        tx,
        &arrived.carrier,
        arrived.at,
        Tally {
            received: 1,
            ..Tally::default()
        },
    )?;
    if let Carrier::Sim(iccid) = &arrived.carrier {
        talks::talked(tx, &arrived.originator, iccid)?;
    }
    let reopened = !test && work::reopen(tx, &arrived.originator)?;
    let confirmed = match &ears.recognise {
        Some(recognise) if !test => opt_out::heed(tx, recognise, (id, &arrived), &content.body)?,
        _ => None,
    };
    Ok(Joined {
        id,
        from: arrived.originator,
        carrier: arrived.carrier,
        test,
        reopened,
        confirmed,
    })
}

fn release(tx: &mut Tx<'_>, before: Time, ears: &Ears) -> Result<Vec<Joined>, StoreError> {
    // The time of the message is when its last part came, not when we gave up.
    let sql = "SELECT row, carrier, originator, total, own,
            (SELECT max(received_at) FROM inbound_parts WHERE part_of = row)
        FROM inbound_sets WHERE first_at < ?1 ORDER BY first_at";
    let sets: Vec<(i64, Arrived)> = tx.first_readable(RELEASED, sql, params![before], |row| {
        let arrived = Arrived {
            carrier: row.col(1)?,
            own: row.col(4)?,
            originator: row.col(2)?,
            segments: row.col(3)?,
            complete: false,
            perhaps_again: false,
            smsc_time: None,
            at: row.col(5)?,
        };
        Ok((row.col(0)?, arrived))
    })?;
    sets.into_iter()
        .map(|(set, arrived)| assemble(tx, set, arrived, ears))
        .collect()
}
