//! Parts that wait for the others of their message.

use model::{ConcatKey, InboundPart, Time};

use super::redelivery::same_octets;
use crate::StoreError;
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};

/// Parts of one message reach the SMSC within this; a part further away belongs to another
/// message that has the same reference. When they arrive here says less: a phone or a bind may be off
/// for hours. Where nothing else is told, a part belongs to what still waits.
const TOGETHER_MS: i64 = 3600 * 1000;
/// Where a part belongs.
pub(super) enum Slot {
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
pub(super) fn find_set(
    tx: &Tx<'_>,
    part: &InboundPart,
    concat: ConcatKey,
) -> Result<Slot, StoreError> {
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

pub(super) fn new_set(
    tx: &Tx<'_>,
    part: &InboundPart,
    concat: ConcatKey,
) -> Result<i64, StoreError> {
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
