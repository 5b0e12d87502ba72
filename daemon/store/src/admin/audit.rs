//! Who changed what, told and read.

use rusqlite::{Connection, Row};

use crate::admin::Admin;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Need;
use crate::tables::audit::{NewAudit, append, audited};
use crate::values::{RowExt as _, params, readable};
use crate::{Listed, StoreError, rows};
use model::{AuditFilter, AuditRow, RowId};

/// Rows that one page looks at.
const LOOKED_AT: i64 = 20_000;

impl Admin {
    /// Appends a row.
    pub async fn audit(&self, entry: NewAudit) -> Result<(), StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| append(tx, &entry))
            .await
    }

    /// A page of changes, newest first: those before row `before` that fit. Where they are few, the page ends early.
    pub async fn audited(
        &self,
        filter: AuditFilter,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Listed<AuditRow>, StoreError> {
        let before = before.map_or(i64::MAX, |row| row.0);
        self.file
            .read(move |reader| page(reader, &filter, rows(limit), before))
            .await
    }
}

fn page(
    reader: &Connection,
    filter: &AuditFilter,
    limit: i64,
    before: i64,
) -> Result<Listed<AuditRow>, StoreError> {
    let AuditFilter {
        actor,
        what,
        since,
        until,
    } = filter;
    let fits = "SELECT * FROM (SELECT * FROM audit WHERE row < ?1 ORDER BY row DESC LIMIT ?2)
        WHERE (?3 IS NULL OR actor = ?3) AND (?4 IS NULL OR instr(lower(what), lower(?4)))
            AND (?5 IS NULL OR at >= ?5) AND (?6 IS NULL OR at < ?6)
        ORDER BY row DESC LIMIT ?7";
    let values = params![before, LOOKED_AT, actor, what, since, until, limit + 1];
    // A row that makes no sense counts too: the next page goes on behind it.
    let numbered = |row: &Row<'_>| Ok((row.col("row")?, readable(audited(row))?));
    let mut found: Vec<(RowId, _)> = reader.all(fits, values, numbered)?;
    let more = rows(found.len()) > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = if more {
        found.last().map(|(row, _)| *row)
    } else {
        // The last row that was looked at, where there are some behind it.
        let last = "SELECT row FROM audit WHERE row < ?1 ORDER BY row DESC LIMIT 1 OFFSET ?2";
        reader.first(last, params![before, LOOKED_AT - 1], only)?
    };
    Ok(Listed {
        items: found.into_iter().filter_map(|(_, row)| row).collect(),
        next,
        indexed_until: None,
    })
}
