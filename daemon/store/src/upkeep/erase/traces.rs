//! Where a number stands beside its messages.

use rusqlite::Connection;

use crate::machine::writer::Tx;
use crate::upkeep::Upkeep;
use crate::values::{RowExt as _, params};
use crate::{StoreError, rows};

/// Rows looked through at a time.
const STEP: usize = 500;

/// Tables that are looked through, each by what of a row may hold the number, and what is done to such
/// a row. A request under an `Idempotency-Key` must not be done again: its answer goes, and one like it is
/// refused from then on.
const LOOKED_THROUGH: [(&str, &str); 2] = [
    (
        "SELECT row, instr(body, CAST(?1 AS BLOB)) FROM replays WHERE row > ?2 ORDER BY row LIMIT ?3",
        "UPDATE replays SET body = x'', request = zeroblob(32) WHERE row = ?1",
    ),
    (
        "SELECT row, message = 0 AND instr(coalesce(data, '') || subject, ?1)
         FROM deliveries WHERE row > ?2 ORDER BY row LIMIT ?3",
        "DELETE FROM deliveries WHERE row = ?1",
    ),
];

/// What is of this number, whichever way a network writes it: by its last nine digits.
const SAME: &str = "IN (SELECT ?1) OR length(?1) > 9 AND substr(?1, -9) = substr";

impl Upkeep {
    /// Erases a number where it stands beside its messages.
    pub(super) async fn erase_traces(&self, number: &str) -> Result<(), StoreError> {
        for (look, change) in LOOKED_THROUGH {
            let mut after = 0;
            loop {
                let given = number.to_owned();
                let read = move |reader: &Connection| some(reader, look, &given, after);
                let (found, last) = self.file.read(read).await?;
                if !found.is_empty() {
                    self.securely(move |tx| {
                        found
                            .iter()
                            .try_for_each(|row| tx.execute(change, [row]).map(drop))
                    })
                    .await?;
                }
                match last {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
        let number = number.to_owned();
        self.securely(move |tx| short_tables(tx, &number)).await
    }
}

/// The rows of a page that hold the number, and the last row of it, none at the end.
fn some(
    reader: &Connection,
    look: &str,
    number: &str,
    after: i64,
) -> Result<(Vec<i64>, Option<i64>), StoreError> {
    let mut select = reader.prepare_cached(look)?;
    let page: Vec<(i64, i64)> = select
        .query_map(params![number, after, rows(STEP)], |row| {
            Ok((row.col(0)?, row.col(1)?))
        })?
        .collect::<Result<_, _>>()?;
    let last = page
        .last()
        .map(|(row, _)| *row)
        .filter(|_| page.len() == STEP);
    let found = page.into_iter().filter(|(_, found)| *found != 0);
    Ok((found.map(|(row, _)| row).collect(), last))
}

/// Tables that hold what waits for evidence or for other parts: they are short.
fn short_tables(tx: &Tx<'_>, number: &str) -> Result<(), StoreError> {
    for (table, column) in [
        ("orphans", "recipient"),
        ("early_receipts", "recipient"),
        ("strays", "peer"),
        ("talks", "peer"),
    ] {
        let delete = format!("DELETE FROM {table} WHERE {column} {SAME}({column}, -9)");
        tx.execute(&delete, [number])?;
    }
    let of_sets = format!("SELECT row FROM inbound_sets WHERE originator {SAME}(originator, -9)");
    for delete in [
        format!("DELETE FROM inbound_parts WHERE part_of IN ({of_sets})"),
        format!("DELETE FROM inbound_sets WHERE row IN ({of_sets})"),
    ] {
        tx.execute(&delete, [number])?;
    }
    Ok(())
}
