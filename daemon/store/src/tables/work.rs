//! What staff make of conversations, as far as messages that come and go change it.

use crate::StoreError;
use crate::machine::writer::Tx;

/// A message came in from this number: where its conversation was done, it is open again.
pub(crate) fn reopen(tx: &Tx<'_>, number: &str) -> Result<bool, StoreError> {
    let reopen = "UPDATE conversation_work SET done = 0, version = version + 1
        WHERE number = ?1 AND done = 1";
    let reopened = tx.execute(reopen, [number])? == 1;
    if reopened {
        let open = "UPDATE conversations SET done = 0 WHERE number = ?1";
        tx.execute(open, [number])?;
    }
    Ok(reopened)
}

/// Nothing is left of this number's conversation: what was made of it goes too, and which SIM it was with.
pub(crate) fn forget(tx: &Tx<'_>, number: &str) -> Result<(), StoreError> {
    for delete in [
        "DELETE FROM conversation_work WHERE number = ?1",
        "DELETE FROM notes WHERE number = ?1",
        "DELETE FROM read_marks WHERE number = ?1",
        "DELETE FROM talks WHERE peer = ?1",
    ] {
        tx.execute(delete, [number])?;
    }
    Ok(())
}
