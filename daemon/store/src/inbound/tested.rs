//! Whether what came in is what a self-test sent. It is known here, in the commit that stores it, so that
//! nobody can be told of it as of a customer's.
//!
//! Words are no proof: a customer may quote them, and a part of them may be anybody's. So it also has to
//! come from a SIM of ours; or, as the number of that may not be known before its first test, to have
//! been sent to this SIM a moment ago.

use super::Arrived;
use crate::StoreError;
use crate::machine::select::{Select as _, both};
use crate::machine::writer::Tx;
use crate::tables::numbers::any_is;
use crate::values::params;
use model::{Body, Carrier, Content, Time, test_text};

/// How long a test message may be on its way to a SIM, where nothing tells who sent it. No network
/// keeps one for longer than its validity, some ten minutes.
const YOUNG_MS: u64 = 3600 * 1000;

pub(super) fn is_of_test(
    tx: &Tx<'_>,
    arrived: &Arrived,
    content: &Content,
) -> Result<bool, StoreError> {
    let Body::Text(text) = &content.body else {
        return Ok(false);
    };
    let Some(token) = test_text::token_in(text) else {
        let is_end = !arrived.complete && test_text::is_end(text);
        return Ok(is_end && is_ours(tx, &arrived.originator)?);
    };
    // It is the reference of what the test sent.
    let sql =
        "SELECT peer, created_at + shifted AS sent_at FROM messages INDEXED BY messages_reference
        WHERE reference = ?1 AND test = 1";
    let sent: Option<(String, Time)> = tx.first(sql, [token], both)?;
    let Some((to, sent_at)) = sent else {
        return Ok(false);
    };
    let is_young = arrived.at.0.abs_diff(sent_at.0) <= YOUNG_MS;
    Ok(is_ours(tx, &arrived.originator)? || is_young && has_number(tx, &arrived.carrier, &to)?)
}

/// Whether a SIM of ours has this number. They are few, and only the texts of tests ask.
pub(super) fn is_ours(tx: &Tx<'_>, number: &str) -> Result<bool, StoreError> {
    any_is(tx, "SELECT own FROM sims WHERE own IS NOT NULL", [], number)
}

/// Whether it came by the SIM that has this number.
fn has_number(tx: &Tx<'_>, carrier: &Carrier, number: &str) -> Result<bool, StoreError> {
    let sql = "SELECT own FROM sims WHERE iccid = ?1 AND own IS NOT NULL";
    any_is(tx, sql, params![carrier], number)
}
