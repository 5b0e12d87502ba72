//! Parts in doubt: their rows, and what a conclusion does.

pub(crate) mod counted;
pub(crate) mod sent;
pub(crate) mod settle;
pub(crate) mod strays;

use model::{Carrier, Conclusion, Doubt, Reason, RowId, Time};
use rusqlite::{OptionalExtension as _, Row};

use crate::StoreError;
use crate::columns::reason;
use crate::evidence::count;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Tx;
use crate::tables::outbound::Outbound;
use crate::values::{RowExt as _, params, readable};

/// A part whose fate is about to become unknown.
pub(crate) struct NewDoubt<'a> {
    pub(crate) part: u16,
    /// No part follows it.
    pub(crate) last: bool,
    pub(crate) carrier: &'a Carrier,
    pub(crate) reason: &'a Reason,
    /// The modem answered with a code that leaves it open: it has used a TP-MR up.
    pub(crate) numbered: bool,
    pub(crate) at: Time,
    pub(crate) decide_at: Time,
}

/// A doubt that evidence may settle.
pub(crate) struct Unsettled {
    pub(crate) row: i64,
    pub(crate) message: RowId,
    pub(crate) part: u16,
    pub(crate) last: bool,
    pub(crate) carrier: Carrier,
    pub(crate) handed_at: Time,
    pub(crate) after_mr: Option<u8>,
    pub(crate) refused_before: u32,
    pub(crate) ahead: u32,
    pub(crate) numbered: bool,
    /// No number has come after it yet, and the count was not broken.
    pub(crate) countable: bool,
    /// How often it was sent again before.
    pub(crate) resends: u32,
}

/// Opens the doubt of a part that is uncertain now.
pub(crate) fn open(
    tx: &Tx<'_>,
    message: &Outbound,
    new: &NewDoubt<'_>,
) -> Result<Option<Unsettled>, StoreError> {
    let handed: Option<Time> = tx
        .first(
            "SELECT handed_at FROM parts WHERE message = ?1 AND seq = ?2",
            params![message.row, new.part],
            only,
        )?
        .flatten();
    let resends: u32 = tx
        .first(
            "DELETE FROM doubts WHERE message = ?1 AND part = ?2 RETURNING resends",
            params![message.row, new.part],
            only,
        )?
        .unwrap_or(0);
    let count = counted::read(tx, new.carrier)?;
    let ahead = count.refused + counted::countable(tx, new.carrier)?;
    tx.execute(
        "INSERT INTO doubts (message, part, last, carrier, imei, handed_at, since, reason_code, reason_detail,
             after_mr, refused_before, ahead, numbered, countable, decide_at, conclusion, resends)
         VALUES (?1, ?2, ?3, ?4, (SELECT imei FROM sims WHERE iccid = ?4),
             ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        params![
            message.row,
            new.part,
            new.last,
            new.carrier,
            handed.unwrap_or(new.at),
            new.at,
            new.reason.code,
            new.reason.detail,
            count.mr,
            count.refused,
            ahead,
            new.numbered,
            count.mr.is_some(),
            new.decide_at,
            Conclusion::Open,
            resends
        ],
    )?;
    of_part(tx, message.row, new.part)
}

impl Unsettled {
    /// Whether anything lets it have this TP-MR: where its SIM's count was not known, any number.
    pub(crate) fn might_have(&self, mr: u8) -> bool {
        self.after_mr
            .is_none_or(|after| count::might_be(mr, after, self.ahead))
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.row == other.row
    }

    /// Nothing has been concluded since it was read.
    pub(crate) fn is_open(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        let mut select = tx.prepare("SELECT conclusion = 0 FROM doubts WHERE row = ?1")?;
        let open = select.query_row([self.row], |row| row.col(0));
        Ok(open.optional()?.unwrap_or(false))
    }
}

/// Doubts of a SIM or an uplink that a report can still settle, newest first, with their recipients. None where
/// one of them makes no sense: a report may be about that one.
pub(crate) fn unsettled_of(
    tx: &Tx<'_>,
    carrier: &Carrier,
) -> Result<Option<Vec<(Unsettled, String)>>, StoreError> {
    let sql = "SELECT d.*, m.peer FROM doubts d JOIN messages m ON m.row = d.message
        WHERE d.carrier = ?1 AND (d.conclusion = 0 OR d.conclusion = 4) AND m.status_report = 1
        ORDER BY d.row DESC";
    let with_peer = |row: &Row<'_>| Ok((unsettled(row)?, row.col("peer")?));
    let found = tx.all(sql, params![carrier], |row| readable(with_peer(row)))?;
    Ok(found.into_iter().collect())
}

/// The doubt of a part that something can still settle.
pub(crate) fn of_part(
    tx: &Tx<'_>,
    message: RowId,
    part: u16,
) -> Result<Option<Unsettled>, StoreError> {
    let sql = "SELECT * FROM doubts WHERE message = ?1 AND part = ?2
        AND (conclusion = 0 OR conclusion = 4)";
    tx.first(sql, params![message, part], unsettled)
}

pub(crate) fn unsettled(row: &Row<'_>) -> rusqlite::Result<Unsettled> {
    Ok(Unsettled {
        row: row.col("row")?,
        message: row.col("message")?,
        part: row.col("part")?,
        last: row.col("last")?,
        carrier: row.col("carrier")?,
        handed_at: row.col("handed_at")?,
        after_mr: row.col("after_mr")?,
        refused_before: row.col("refused_before")?,
        ahead: row.col("ahead")?,
        numbered: row.col("numbered")?,
        countable: row.col("countable")?,
        resends: row.col("resends")?,
    })
}

/// The doubts of a message for the API, by part.
pub(crate) fn of_message(
    reader: &rusqlite::Connection,
    message: RowId,
) -> Result<Vec<(u16, Doubt)>, StoreError> {
    let sql = "SELECT * FROM doubts WHERE message = ?1";
    reader.readable(sql, params![message], |row| {
        Ok((row.col("part")?, shown(row)?))
    })
}

fn shown(row: &Row<'_>) -> rusqlite::Result<Doubt> {
    Ok(Doubt {
        since: row.col("since")?,
        reason: reason(row)?.unwrap_or_else(|| Reason::read("", "")),
        decide_at: row.col("decide_at")?,
        conclusion: row.col("conclusion")?,
        evidence: row.col("evidence")?,
        concluded_at: row.col("concluded_at")?,
        resends: row.col("resends")?,
    })
}
