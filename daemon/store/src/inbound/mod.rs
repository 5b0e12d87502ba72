//! Inbound parts: known again when redelivered, joined when all are there.

use model::{
    Carrier, ConcatKey, Content, Direction, Imei, InboundPart, MessageId, Priority, RawPart, State,
    Time,
};
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use crate::StoreError;
use crate::columns::body_columns;
use crate::machine::access::Access;
use crate::machine::clock;
use crate::machine::writer::{Need, Tx};
use crate::tables::accounts::binds;
use crate::tables::seen::Known;
use crate::tables::tallies::{self, Tally};
use crate::tables::{seen, talks};
use crate::values::{RowExt as _, params};

mod tested;

/// Parts of one message reach the SMSC within this; a part further away belongs to another
/// message that has the same reference. When they arrive here says less: a phone or a bind may be off
/// for hours. Where nothing else is told, a part belongs to what still waits.
const TOGETHER_MS: i64 = 3600 * 1000;
/// Sets of one release, so that it stays one short transaction.
const RELEASED: u32 = 100;

/// Reads stored parts, in the order of their sequence, as one message. Must not fail:
/// what cannot be decoded is given as octets.
pub(crate) type Join = fn(&[RawPart]) -> Content;

/// What became of an inbound part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// Stored before: acknowledge or delete it again, tell nobody.
    Duplicate,
    /// On disk, waiting for the other parts.
    Held { have: u16, total: u16 },
    /// This was the last one missing.
    Complete(Joined),
}

/// A message that was made of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    pub id: MessageId,
    /// A self-test sent it: who did not ask for such is not told.
    pub test: bool,
}

/// What comes in.
#[derive(Clone)]
pub struct Inbound {
    file: Access,
}

impl Inbound {
    pub(crate) fn new(file: Access) -> Self {
        Self { file }
    }

    /// Commits a part; then it may be acknowledged to the network or deleted from the SIM.
    pub async fn receive(&self, part: InboundPart, join: Join) -> Result<Received, StoreError> {
        self.file
            .write(Need::Arrival, move |tx| receive(tx, &part, join))
            .await
    }

    /// Makes messages with `complete = false` of what has been waiting since before `before`; a
    /// bounded number at a time ([`Inbound::oldest_incomplete`] tells of the rest).
    pub async fn release_incomplete(
        &self,
        before: Time,
        join: Join,
    ) -> Result<Vec<Joined>, StoreError> {
        self.file
            .write(Need::Progress, move |tx| release(tx, before, join))
            .await
    }

    /// When the oldest part that still waits for others came.
    pub async fn oldest_incomplete(&self) -> Result<Option<Time>, StoreError> {
        let oldest = "SELECT min(first_at) FROM inbound_sets";
        let read = move |reader: &Connection| {
            Ok(reader
                .prepare_cached(oldest)?
                .query_row([], |row| row.col(0))?)
        };
        self.file.read(read).await
    }
}

fn receive(tx: &mut Tx<'_>, part: &InboundPart, join: Join) -> Result<Received, StoreError> {
    let known = remember(tx, part)?;
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
        let joined = store(tx, &arrived, &join(&[raw]))?;
        return Ok(Received::Complete(joined));
    };
    let set = match find_set(tx, part, concat)? {
        Slot::Taken => return Ok(Received::Duplicate),
        Slot::Free(set) => set,
        Slot::New => new_set(tx, part, concat)?,
    };
    tx.execute(
        "INSERT INTO inbound_parts (part_of, seq, smsc_time, received_at, tpdu)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![set, concat.seq, part.smsc_time, part.received_at, part.tpdu],
    )?;
    let have: u16 = tx
        .prepare("SELECT count(*) FROM inbound_parts WHERE part_of = ?1")?
        .query_row([set], |row| row.col(0))?;
    let total = u16::from(concat.total);
    if have < total {
        return Ok(Received::Held { have, total });
    }
    let arrived = Arrived {
        segments: total,
        ..Arrived::of(part)
    };
    Ok(Received::Complete(assemble(tx, set, arrived, join)?))
}

/// Whether it came before.
fn remember(tx: &Tx<'_>, part: &InboundPart) -> Result<Known, StoreError> {
    let at = part.received_at;
    if let Some(untimed) = &part.untimed {
        // What had no answer may come again by any uplink of the account.
        let binds = binds(tx, &part.carrier)?;
        let fingerprints: Vec<_> = binds
            .iter()
            .map(|bind| fingerprint(part, &bind.to_string()))
            .collect();
        return seen::remember_untimed(tx, &fingerprints, untimed, at);
    }
    // By its SIM, which may have moved to another modem; and by its modem, in whose own memory it
    // may lie while the SIM is exchanged.
    let mut known = Known::New;
    let carrier = part.carrier.to_string();
    let modem = part.modem.as_ref().map(Imei::as_str);
    for holder in [Some(carrier.as_str()), modem].into_iter().flatten() {
        if !seen::remember(tx, &fingerprint(part, holder), at)? {
            known = Known::Again;
        }
    }
    Ok(known)
}

/// Whether more messages wait at the SMSC (TP-MMS, TS 23.040 §9.2.3.2), in the first octet: it may
/// change between two deliveries of one message.
const MMS: u8 = 0b100;

fn same_octets(one: &[u8], other: &[u8]) -> bool {
    match (one, other) {
        ([first, rest @ ..], [second, others @ ..]) => {
            first & !MMS == second & !MMS && rest == others
        }
        _ => one == other,
    }
}

/// What makes a redelivery known.
fn fingerprint(part: &InboundPart, holder: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(holder);
    hash.update([0]);
    hash.update(&part.originator);
    hash.update([0]);
    hash.update(part.smsc_time.unwrap_or_default().0.to_be_bytes());
    if let [first, rest @ ..] = part.tpdu.as_slice() {
        hash.update([first & !MMS]);
        hash.update(rest);
    }
    if let Some(untimed) = &part.untimed {
        hash.update(&untimed.marks);
        hash.update([untimed.esm_class]);
        hash.update(part.own.as_deref().unwrap_or_default());
    }
    hash.finalize().into()
}

/// Where a part belongs.
enum Slot {
    /// Its place holds the same part.
    Taken,
    /// This set lacks it.
    Free(i64),
    /// It is the first of its message to come.
    New,
}

/// Where a part would stand in a set of the same SIM (or account of uplinks), originator, receiver,
/// reference and total.
struct Fit {
    set: i64,
    /// What the place holds, with its SMSC time.
    holds: Option<(Vec<u8>, Option<Time>)>,
    /// From the nearest part of the set, in the SMSC's time.
    away_ms: i64,
    /// The part before it is there, as it is where the parts of a message come in order.
    follows: bool,
}

/// There is more than one set when two messages have one reference. Other octets in a place are
/// another message (field notes A 43); of the sets that lack the part the one nearest in SMSC time
/// takes it, and in one second the one that it follows, then the oldest.
fn find_set(tx: &Tx<'_>, part: &InboundPart, concat: ConcatKey) -> Result<Slot, StoreError> {
    let fits = fits(tx, part, concat)?;
    let is_same = |(tpdu, smsc_time): &(Vec<u8>, Option<Time>)| {
        same_octets(tpdu, &part.tpdu) && *smsc_time == part.smsc_time
    };
    if fits
        .iter()
        .any(|fit| fit.holds.as_ref().is_some_and(is_same))
    {
        return Ok(Slot::Taken);
    }
    let nearest = fits
        .iter()
        .filter(|fit| fit.holds.is_none())
        .filter(|fit| part.smsc_time.is_none() || fit.away_ms <= TOGETHER_MS)
        .min_by_key(|fit| (fit.away_ms, !fit.follows, fit.set));
    Ok(nearest.map_or(Slot::New, |fit| Slot::Free(fit.set)))
}

fn fits(tx: &Tx<'_>, part: &InboundPart, concat: ConcatKey) -> Result<Vec<Fit>, StoreError> {
    // What came by an uplink has no SMSC time: its arrival stands for it.
    let mut sets = tx.prepare(
        "SELECT s.row, place.tpdu, place.smsc_time,
             (SELECT min(abs(coalesce(p.smsc_time, p.received_at) - ?7)) FROM inbound_parts p
              WHERE p.part_of = s.row) AS away,
             EXISTS (SELECT 1 FROM inbound_parts p WHERE p.part_of = s.row AND p.seq = ?6 - 1)
         FROM inbound_sets s
         LEFT JOIN inbound_parts place ON place.part_of = s.row AND place.seq = ?6
         WHERE carrier IN (SELECT ?1 UNION SELECT other FROM account_binds WHERE uplink = ?1)
             AND originator = ?2 AND reference = ?3 AND wide = ?4 AND total = ?5
             AND own IS ?8",
    )?;
    let at = part.smsc_time.unwrap_or(part.received_at);
    let key = params![
        part.carrier,
        part.originator,
        concat.reference,
        concat.wide,
        concat.total,
        concat.seq,
        at,
        part.own
    ];
    let fits = sets.query_map(key, |row| {
        let tpdu: Option<Vec<u8>> = row.col(1)?;
        let smsc_time = row.col(2)?;
        Ok(Fit {
            set: row.col(0)?,
            holds: tpdu.map(|tpdu| (tpdu, smsc_time)),
            away_ms: row.col(3)?,
            follows: row.col(4)?,
        })
    })?;
    Ok(fits.collect::<Result<_, _>>()?)
}

fn new_set(tx: &Tx<'_>, part: &InboundPart, concat: ConcatKey) -> Result<i64, StoreError> {
    tx.execute(
        "INSERT INTO inbound_sets (carrier, originator, reference, wide, total, first_at, own)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            part.carrier,
            part.originator,
            concat.reference,
            concat.wide,
            concat.total,
            part.received_at,
            part.own
        ],
    )?;
    Ok(tx.last_row())
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
    join: Join,
) -> Result<Joined, StoreError> {
    let parts: Vec<(RawPart, Option<Time>)> = tx
        .prepare("SELECT tpdu, smsc_time FROM inbound_parts WHERE part_of = ?1 ORDER BY seq")?
        .query_map([set], |row| {
            Ok((RawPart { tpdu: row.col(0)? }, row.col(1)?))
        })?
        .collect::<Result<_, _>>()?;
    arrived.smsc_time = parts.first().and_then(|(_, smsc_time)| *smsc_time);
    let raw: Vec<RawPart> = parts.into_iter().map(|(raw, _)| raw).collect();
    let joined = store(tx, &arrived, &join(&raw))?;
    tx.execute("DELETE FROM inbound_parts WHERE part_of = ?1", [set])?;
    tx.execute("DELETE FROM inbound_sets WHERE row = ?1", [set])?;
    Ok(joined)
}

fn store(tx: &mut Tx<'_>, arrived: &Arrived, content: &Content) -> Result<Joined, StoreError> {
    let id = clock::message_id();
    let test = tested::is_of_test(tx, arrived, content)?;
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
    tx.unindexed += 1;
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
    Ok(Joined { id, test })
}

fn release(tx: &mut Tx<'_>, before: Time, join: Join) -> Result<Vec<Joined>, StoreError> {
    // The time of the message is when its last part came, not when we gave up.
    let sets: Vec<(i64, Arrived)> = tx
        .prepare(
            "SELECT row, carrier, originator, total, own,
                 (SELECT max(received_at) FROM inbound_parts WHERE part_of = row)
             FROM inbound_sets WHERE first_at < ?1 ORDER BY first_at LIMIT ?2",
        )?
        .query_map(params![before, RELEASED], |row| {
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
        })?
        .collect::<Result<_, _>>()?;
    sets.into_iter()
        .map(|(set, arrived)| assemble(tx, set, arrived, join))
        .collect()
}
