//! Waits of which there are not too many for one commit.

use super::{Since, evidence};
use crate::StoreError;
use crate::machine::writer::Tx;
use crate::tables::tallies;
use crate::values::params;
use model::ClockStep;

/// Moves them.
pub(super) fn move_all(tx: &Tx<'_>, since: Since) -> Result<(), StoreError> {
    let step = since.step;
    let (from, to, by) = (step.from, step.to, step.by());
    for sql in [
        "UPDATE doubts SET decide_at = decide_at + ?3
         WHERE conclusion = 0 AND decide_at > ?1 AND handed_at NOT BETWEEN ?2 AND ?4",
        // A trigger writes `since` by the system's clock, which was set a moment before that was seen.
        "UPDATE deliveries SET
             next_at = CASE WHEN next_at > min(?1, ?2) THEN max(next_at + ?3, ?2) ELSE next_at END,
             since = since + ?3
         WHERE state = 0 AND (since < ?2 - 60000 OR since - 60000 > ?4)",
        "UPDATE inbound_sets SET first_at = first_at + ?3 WHERE first_at NOT BETWEEN ?2 AND ?4",
        "UPDATE inbound_parts SET received_at = received_at + ?3
         WHERE received_at NOT BETWEEN ?2 AND ?4",
        "UPDATE strays SET until = until + ?3 WHERE until > ?1",
        "UPDATE sessions SET idle_at = idle_at + ?3, ends_at = ends_at + ?3 WHERE idle_at > ?1",
        "UPDATE keys SET old_until = old_until + ?3 WHERE old_until > ?1",
        "UPDATE webhooks SET old_secret_until = old_secret_until + ?3 WHERE old_secret_until > ?1",
        "UPDATE one_time_codes SET ends_at = ends_at + ?3 WHERE ends_at > ?1",
        "UPDATE sim_health SET
             open_until = CASE WHEN open_until > ?1 THEN open_until + ?3 ELSE open_until END,
             last_submit = CASE WHEN last_submit NOT BETWEEN ?2 AND ?4
                 THEN last_submit + ?3 ELSE last_submit END",
    ] {
        // Not each of them has all four.
        let mut update = tx.prepare(sql)?;
        let values = [from.0, to.0, by, since.until.0];
        let count = update.parameter_count();
        update.execute(rusqlite::params_from_iter(&values[..count]))?;
    }
    for carrier in tallies::carriers(tx)? {
        tallies::clock_set(tx, &carrier, step)?;
        evidence::parts(tx, &carrier, since)?;
    }
    evidence::refusals(tx, since)
}

/// Doubts that were opened by the clock as it was, while it followed: they were to be decided between
/// the two, and none that was moved is.
pub(super) fn late_doubts(tx: &Tx<'_>, step: ClockStep) -> Result<(), StoreError> {
    let sql = "UPDATE doubts SET decide_at = decide_at + ?3
        WHERE conclusion = 0 AND decide_at > ?1 AND decide_at <= ?2";
    tx.run(sql, params![step.from, step.to, step.by()])
}
