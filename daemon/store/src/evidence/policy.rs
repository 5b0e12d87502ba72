//! What is decided where no evidence has come: by the message's policy, or by a person.

use serde_json::json;

use super::doubts::settle::{Verdict, conclude};
use super::doubts::{Unsettled, counted, strays, unsettled};
use super::reference::Reference;
use super::settled::Settled;
use super::{Evidence, reconsider, restored};
use crate::StoreError;
use crate::machine::select::{Select as _, both, only};
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::{NewAudit, append_some_change};
use crate::tables::outbound::Outbound;
use crate::values::{RowExt as _, params};
use model::{ConcludedBy, MessageId, OnUncertain, RowId, State, Time};

/// What became of a person's word on a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    Done(Settled),
    NotFound,
    /// It is in this state: there is nothing to resolve.
    Refused(State),
}

impl Evidence {
    /// Lets the policies decide what no evidence has settled until `now`, at most `limit`. No part
    /// is sent again more than `max_resends` times; then it is held.
    pub async fn decide(
        &self,
        now: Time,
        limit: usize,
        max_resends: u32,
    ) -> Result<Vec<Settled>, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| decide(tx, now, limit, max_resends))
            .await
    }

    /// When the next policy has to decide.
    pub async fn next_decision(&self) -> Result<Option<Time>, StoreError> {
        let first = "SELECT min(decide_at) FROM doubts WHERE conclusion = 0";
        self.file
            .read(move |reader| reader.one(first, [], only))
            .await
    }

    /// Takes a person's word for whether an uncertain message went out.
    pub async fn resolve(
        &self,
        id: MessageId,
        sent: bool,
        at: Time,
        audit: Option<NewAudit>,
    ) -> Result<Resolved, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| {
                let before = found(tx, id)?.map(|(_, state)| json!({"state": state}));
                let resolved = resolve(tx, id, sent, at)?;
                if let Resolved::Done(settled) = &resolved {
                    let after = json!({"state": settled.state});
                    append_some_change(tx, audit.as_ref(), before.as_ref(), Some(&after))?;
                }
                Ok(resolved)
            })
            .await
    }
}

pub(crate) fn decide(
    tx: &mut Tx<'_>,
    now: Time,
    limit: usize,
    max_resends: u32,
) -> Result<Vec<Settled>, StoreError> {
    let sql = "SELECT d.*, m.on_uncertain FROM doubts d JOIN messages m ON m.row = d.message
        WHERE d.conclusion = 0 AND d.decide_at <= ?1 ORDER BY d.decide_at";
    let due: Vec<(Unsettled, OnUncertain)> =
        tx.first_readable(limit, sql, params![now], |row| {
            Ok((unsettled(row)?, row.col("on_uncertain")?))
        })?;
    let mut settled = Vec::new();
    for (doubt, policy) in due {
        let Some(mut message) = Outbound::load_readable(tx, doubt.message)? else {
            continue;
        };
        // What came early and may have been another part's then.
        settled.extend(reconsider::of_doubt(tx, &doubt, &mut message, now)?);
        if !doubt.is_open(tx)? {
            continue;
        }
        let resends = policy == OnUncertain::Resend && doubt.resends < max_resends;
        let verdict = if resends {
            Verdict::resent()
        } else {
            Verdict::held(doubt.resends)
        };
        settled.extend(conclude(tx, &doubt, &verdict, now)?);
        if resends {
            strays::add(tx, &doubt)?;
            // The same part may take a number twice.
            counted::broken(tx, &doubt.carrier)?;
        }
    }
    Ok(settled)
}

pub(crate) fn resolve(
    tx: &mut Tx<'_>,
    id: MessageId,
    sent: bool,
    at: Time,
) -> Result<Resolved, StoreError> {
    let Some((row, state)) = found(tx, id)? else {
        return Ok(Resolved::NotFound);
    };
    let sql = "SELECT * FROM doubts WHERE message = ?1 AND (conclusion = 0 OR conclusion = 4)
        ORDER BY part LIMIT 1";
    let doubt = tx.first(sql, params![row], unsettled)?;
    let Some(doubt) = doubt else {
        let settled = restored::resolve(tx, row, sent, at)?;
        return Ok(settled.map_or(Resolved::Refused(state), Resolved::Done));
    };
    let detail = restored::SAID.to_owned();
    let verdict = if sent {
        Verdict::sent(ConcludedBy::Operator, Reference::None, detail)
    } else {
        Verdict::not_sent(ConcludedBy::Operator, detail)
    };
    let settled = conclude(tx, &doubt, &verdict, at)?;
    if !sent {
        strays::add(tx, &doubt)?;
    }
    counted::broken(tx, &doubt.carrier)?;
    let settled = settled.into_iter().next();
    Ok(settled.map_or(Resolved::Refused(state), Resolved::Done))
}

fn found(tx: &Tx<'_>, id: MessageId) -> Result<Option<(RowId, State)>, StoreError> {
    tx.first(
        "SELECT row, state FROM messages WHERE id = ?1",
        params![id],
        both,
    )
}
