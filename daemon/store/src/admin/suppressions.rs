//! Numbers that get no messages, as people see, enter and import them.

use rusqlite::Connection;
use serde_json::Value;

use crate::admin::Admin;
use crate::machine::clock;
use crate::machine::select::Select as _;
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::{append, append_change};
use crate::tables::suppressions::{self, Kept, for_audit, suppression};
use crate::values::{RowExt as _, params};
use crate::{NewAudit, StoreError};
use model::{NewSuppression, RowId, Suppression, SuppressionSource};

impl Admin {
    /// Those whose number begins so, newest first, of the rows before `before`.
    pub async fn suppressions(
        &self,
        prefix: &str,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Vec<Suppression>, StoreError> {
        let prefix = prefix.to_owned();
        let before = before.map_or(i64::MAX, |row| row.0);
        let sql = "SELECT * FROM suppressions WHERE row < ?1 AND substr(number, 1, length(?2)) = ?2
            ORDER BY row DESC";
        let read = move |reader: &Connection| {
            reader.first_readable(limit, sql, params![before, prefix], suppression)
        };
        self.file.read(read).await
    }

    /// None where this number gets messages.
    pub async fn suppression(&self, number: &str) -> Result<Option<Suppression>, StoreError> {
        let number = number.to_owned();
        let find = move |reader: &Connection| suppressions::find(reader, &number);
        self.file.read(find).await
    }

    /// Enters a number, or changes what is said of one; that, and whether it is new. From this commit on
    /// no message to it is accepted.
    pub async fn put_suppression(
        &self,
        new: NewSuppression,
        audit: NewAudit,
    ) -> Result<(Suppression, bool), StoreError> {
        let put = move |tx: &mut Tx<'_>| {
            let before = suppressions::find(tx.reader(), &new.number)?;
            if before.is_some() {
                let change = "UPDATE suppressions SET since = coalesce(?2, since), evidence = ?3,
                    note = ?4 WHERE number = ?1";
                let values = params![new.number, new.since, new.evidence, new.note];
                tx.execute(change, values)?;
            } else {
                enter(tx, &new, (SuppressionSource::Entered, &audit.actor))?;
            }
            let now = suppressions::find(tx.reader(), &new.number)?.ok_or(StoreError::Defect)?;
            let [was, is] = [before.as_ref(), Some(&now)].map(|kept| kept.map(for_audit));
            append_change(tx, &audit, was.as_ref(), is.as_ref())?;
            Ok((now, before.is_none()))
        };
        self.file.write(Need::Growth, put).await
    }

    /// Takes a number away: it gets messages again. False where it did.
    pub async fn lift_suppression(
        &self,
        number: &str,
        audit: NewAudit,
    ) -> Result<bool, StoreError> {
        let number = number.to_owned();
        let lift = move |tx: &mut Tx<'_>| {
            let lifted = suppressions::lift(tx, &number)?;
            if let Some(was) = &lifted {
                append_change(tx, &audit, Some(&for_audit(was)), None::<&Value>)?;
            }
            Ok(lifted.is_some())
        };
        self.file.write(Need::Ongoing, lift).await
    }

    /// Enters those that are not there yet, in one commit; how many there were.
    pub async fn import_suppressions(
        &self,
        new: Vec<NewSuppression>,
        audit: NewAudit,
    ) -> Result<usize, StoreError> {
        let import = move |tx: &mut Tx<'_>| {
            let by = (SuppressionSource::Imported, audit.actor.as_str());
            let mut added = 0;
            for one in &new {
                added += usize::from(enter(tx, one, by)?);
            }
            append(tx, &audit)?;
            Ok(added)
        };
        self.file.write(Need::Growth, import).await
    }

    /// Those in the rows after `after` that have no country code, oldest first.
    pub async fn national_suppressions(
        &self,
        after: RowId,
        limit: usize,
    ) -> Result<Vec<(RowId, String)>, StoreError> {
        let sql = "SELECT row, number FROM suppressions WHERE row > ?1 AND number NOT LIKE '+%'
            ORDER BY row";
        let read = move |reader: &Connection| {
            reader.first_readable(limit, sql, params![after], |row| {
                Ok((row.col(0)?, row.col(1)?))
            })
        };
        self.file.read(read).await
    }

    /// Writes these rows' numbers otherwise. Where another row has a number already, that one stays.
    pub async fn rename_suppressions(
        &self,
        renamed: Vec<(RowId, String)>,
    ) -> Result<(), StoreError> {
        let rename = move |tx: &mut Tx<'_>| {
            for (row, number) in &renamed {
                let sql = "UPDATE OR IGNORE suppressions SET number = ?2 WHERE row = ?1";
                if tx.execute(sql, params![row, number])? == 0 {
                    tx.execute("DELETE FROM suppressions WHERE row = ?1", params![row])?;
                }
            }
            Ok(())
        };
        self.file.write(Need::Ongoing, rename).await
    }

    /// Those in the rows after `after`, oldest first.
    pub async fn suppressions_after(
        &self,
        after: RowId,
        limit: usize,
    ) -> Result<Vec<Suppression>, StoreError> {
        let sql = "SELECT * FROM suppressions WHERE row > ?1 ORDER BY row";
        let read = move |reader: &Connection| {
            reader.first_readable(limit, sql, params![after], suppression)
        };
        self.file.read(read).await
    }
}

/// False where it is there already.
fn enter(
    tx: &Tx<'_>,
    new: &NewSuppression,
    (source, by): (SuppressionSource, &str),
) -> Result<bool, StoreError> {
    let kept = Kept {
        number: &new.number,
        since: new.since.unwrap_or_else(clock::now),
        source,
        by: Some(by),
        word: None,
        language: None,
        carrier: None,
        message: None,
        evidence: new.evidence.as_deref(),
        note: new.note.as_deref(),
    };
    suppressions::add(tx, &kept)
}
