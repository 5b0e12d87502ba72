//! Who changed what, told and read.

use rusqlite::Connection;

use crate::admin::Admin;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Need;
use crate::tables::audit::{NewAudit, append, audited};
use crate::values::params;
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
    let mut items = reader.all(fits, values, audited)?;
    let more = rows(items.len()) > limit;
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = if more {
        items.last().map(|last| last.row)
    } else {
        // The last row that was looked at, where there are some behind it.
        let last = "SELECT row FROM audit WHERE row < ?1 ORDER BY row DESC LIMIT 1 OFFSET ?2";
        reader.first(last, params![before, LOOKED_AT - 1], only)?
    };
    Ok(Listed {
        items,
        next,
        indexed_until: None,
    })
}
