//! Who changed what, told and read.

use rusqlite::Connection;

use crate::admin::Admin;
use crate::machine::select::Select as _;
use crate::machine::writer::Need;
use crate::tables::audit::{NewAudit, append, audited};
use crate::values::params;
use crate::{StoreError, rows};
use model::{AuditRow, RowId};

impl Admin {
    /// Appends a row.
    pub async fn audit(&self, entry: NewAudit) -> Result<(), StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| append(tx, &entry))
            .await
    }

    /// Newest first, those before row `before`.
    pub async fn audited(
        &self,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let before = before.map_or(i64::MAX, |row| row.0);
        let sql = "SELECT * FROM audit WHERE row < ?1 ORDER BY row DESC LIMIT ?2";
        let read =
            move |reader: &Connection| reader.all(sql, params![before, rows(limit)], audited);
        self.file.read(read).await
    }
}
