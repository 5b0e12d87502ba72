//! Retention: what is over and old goes, in small steps.

use uuid::{NoContext, Timestamp, Uuid};

use crate::evidence::doubts::strays;
use crate::evidence::kept;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::{Need, Tx};
use crate::reading::index;
use crate::staff::marks;
use crate::statistics::extent;
use crate::tables::{replays, seen, statistics, tallies};
use crate::upkeep::Upkeep;
use crate::upkeep::told::Told;
use crate::values::params;
use crate::{StoreError, rows};
use model::{MessageId, RowId, State, Time};

/// Messages deleted in one transaction: a modem's job that comes meanwhile waits for some ten
/// milliseconds.
const STEP: usize = 20;

impl Upkeep {
    /// Deletes at most `limit` finished messages created before `before`, with all that belongs to
    /// them, other events of before that webhooks were told of, and what else has served its time at `now`. How many messages went:
    /// `limit` means that there may be more.
    pub async fn retain(&self, before: Time, now: Time, limit: usize) -> Result<usize, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| prune(tx, now))
            .await?;
        self.forget_told(before, Told::All).await?;
        let mut gone = 0;
        while gone < limit {
            let step = STEP.min(limit - gone);
            let deleted = self
                .file
                .write(Need::Ongoing, move |tx| delete(tx, before, step))
                .await?;
            gone += deleted;
            if deleted < step {
                break;
            }
        }
        Ok(gone)
    }
}

/// Forgets what nobody can ask for any more.
fn prune(tx: &mut Tx<'_>, now: Time) -> Result<(), StoreError> {
    replays::prune(tx, now)?;
    seen::prune(tx, now)?;
    kept::prune(tx, now)?;
    strays::prune(tx, now)?;
    marks::prune(tx)?;
    tallies::prune(tx, now)?;
    extent::prune(tx, now)
}

fn delete(tx: &mut Tx<'_>, before: Time, limit: usize) -> Result<usize, StoreError> {
    // Identifiers rise with time: their index is the one by age. The latest row stays, so that no
    // row is ever given twice; those that are not indexed yet stay until they are.
    let old: Vec<RowId> = tx.all(
        "SELECT row FROM messages
         WHERE id < ?1 AND state NOT IN (?2, ?3, ?4)
             AND (state <> ?5 OR NOT EXISTS
                 (SELECT 1 FROM doubts WHERE message = messages.row AND conclusion = 0))
             AND row < (SELECT max(row) FROM messages) AND row <= (SELECT upto FROM indexed)
         ORDER BY id LIMIT ?6",
        params![
            id_at(before),
            State::Scheduled,
            State::Queued,
            State::Sending,
            State::Uncertain,
            rows(limit)
        ],
        only,
    )?;
    for row in &old {
        delete_message(tx, *row)?;
    }
    Ok(old.len())
}

/// Deletes a message with all that belongs to it.
pub(super) fn delete_message(tx: &Tx<'_>, row: RowId) -> Result<(), StoreError> {
    statistics::forgotten(tx, row)?;
    index::remove(tx, row.0)?;
    for delete in [
        "DELETE FROM parts WHERE message = ?1",
        "DELETE FROM doubts WHERE message = ?1",
        "DELETE FROM history WHERE message = ?1",
        "DELETE FROM messages WHERE row = ?1",
    ] {
        tx.execute(delete, params![row])?;
    }
    Ok(())
}

/// The lowest identifier of an instant.
pub(super) fn id_at(at: Time) -> MessageId {
    let millis = u64::try_from(at.0).unwrap_or(0);
    let seconds = millis / 1000;
    let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
    let id = Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanos));
    // Version and random bits off: nothing of that instant is below.
    MessageId(Uuid::from_u128(id.as_u128() & !((1 << 80) - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::clock;

    #[test]
    fn identifiers_of_later_instants_are_higher() {
        let before = id_at(clock::now());
        let id = clock::message_id();
        assert!(before <= id && id < id_at(Time(clock::now().0 + 1000)));
    }
}
