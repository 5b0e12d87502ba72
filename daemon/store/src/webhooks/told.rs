//! New messages as events. A trigger would cost bulk acceptance half of its speed, also where
//! nobody listens.

use crate::StoreError;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Tx;

/// Whether any webhook wants events of messages.
pub(crate) fn anybody(tx: &Tx<'_>) -> Result<bool, StoreError> {
    tx.one("SELECT EXISTS (SELECT 1 FROM webhook_kinds)", [], only)
}

/// Tells of a message that was inserted in this transaction, as it is now.
pub(crate) fn new_message(tx: &Tx<'_>, row: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO deliveries (webhook, kind, message, message_state, carrier, at, first, since, next_at)
        SELECT w.webhook, w.kind, m.row, m.state, m.carrier,
            CAST(unixepoch('subsec') * 1000 AS INTEGER), 1,
            CAST(unixepoch('subsec') * 1000 AS INTEGER), 0
        FROM messages m JOIN webhook_kinds w ON w.kind = CASE m.state
            WHEN 0 THEN 'message.scheduled' WHEN 1 THEN 'message.queued' ELSE 'message.received' END
        WHERE m.row = ?1 AND m.test = 0";
    tx.run(sql, [row])
}
