//! Messages that somebody holds back for a while.

use serde_json::json;

use crate::StoreError;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::{Need, Tx};
use crate::queue::Queue;
use crate::tables::audit::{NewAudit, append_change};
use crate::tables::history::Entry;
use crate::tables::outbound::Outbound;
use crate::values::params;
use model::{HistoryStep, Lane, MessageId, State, Time};

/// What a pause or its end came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paused {
    /// Messages that wait, and wait for the end of the pause now, or no longer do.
    pub waiting: u64,
    /// Where those stand that may go on, and from when on.
    pub lanes: Vec<(Lane, Time)>,
}

impl Queue {
    /// Pauses messages, or lets them go on, in one transaction. One that is in a carrier's hands is paused where it has
    /// to wait again; one of which parts are out goes on to its end.
    pub async fn pause_all(
        &self,
        ids: Vec<MessageId>,
        paused: bool,
        now: Time,
        audit: NewAudit,
    ) -> Result<Paused, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| {
                let mut done = Paused::default();
                for id in &ids {
                    pause(tx, *id, paused, now, &mut done)?;
                }
                if done.waiting > 0 {
                    let name = if paused { "paused" } else { "resumed" };
                    let [before, after] = [0, done.waiting].map(|count| json!({name: count}));
                    append_change(tx, &audit, Some(&before), Some(&after))?;
                }
                Ok(done)
            })
            .await
    }
}

fn pause(
    tx: &mut Tx<'_>,
    id: MessageId,
    paused: bool,
    now: Time,
    done: &mut Paused,
) -> Result<(), StoreError> {
    let Some(mut message) = Outbound::of_id_readable(tx, id)? else {
        return Ok(());
    };
    let is_open = matches!(
        message.state,
        State::Scheduled | State::Queued | State::Sending | State::Uncertain
    );
    if !is_open || message.paused == paused || !message.set_paused(tx, paused)? {
        return Ok(());
    }
    let step = if paused {
        HistoryStep::Paused
    } else {
        HistoryStep::Resumed
    };
    message.tell(tx, &Entry::new(step, now))?;
    if !matches!(message.state, State::Scheduled | State::Queued) {
        return Ok(());
    }
    done.waiting += 1;
    if !paused && message.state == State::Queued {
        let sql = "SELECT due_at FROM messages WHERE row = ?1";
        let due_at: Time = tx.one(sql, params![message.row], only)?;
        let Some(lane) = message.lane else {
            return Ok(());
        };
        match done.lanes.iter_mut().find(|(known, _)| *known == lane) {
            Some((_, from)) => *from = due_at.min(*from),
            None => done.lanes.push((lane, due_at)),
        }
    }
    Ok(())
}
