//! Somebody asks for no more messages: that counts from the commit that stores their message.

use std::sync::Arc;

use super::{Arrived, tested};
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Tx;
use crate::queue::accept;
use crate::tables::audit::append_change;
use crate::tables::suppressions::{self, Kept, for_audit};
use crate::values::params;
use crate::webhooks::told;
use crate::{NewAudit, StoreError};
use model::{
    Asked, Body, Carrier, Heard, Lane, MessageId, NewMessage, OptOutRequest, OptOutWords,
    SuppressionSource, Time,
};

/// Knows what asks for no more messages, or for messages again. Must not fail.
pub type Recognise = Arc<dyn Fn(&Heard<'_>) -> Option<OptOutRequest> + Send + Sync>;

/// A number gets one confirmation in so long.
const A_DAY_MS: i64 = 24 * 3600 * 1000;

/// A message of our own, which waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    pub id: MessageId,
    /// In this lane, from this time on.
    pub waits: (Lane, Time),
}

/// Does what a message asks for, if it asks for something; the confirmation, where one is sent.
pub(super) fn heed(
    tx: &mut Tx<'_>,
    recognise: &Recognise,
    (id, arrived): (MessageId, &Arrived),
    body: &Body,
) -> Result<Option<Confirmed>, StoreError> {
    let Body::Text(text) = body else {
        return Ok(None);
    };
    let words = words(tx, &arrived.carrier)?;
    let heard = Heard {
        from: &arrived.originator,
        text,
        by: &arrived.carrier,
        words: words.as_ref(),
        at: arrived.at,
    };
    let Some(request) = recognise(&heard) else {
        return Ok(None);
    };
    let (was, is) = match request.asked {
        Asked::Start => (suppressions::lift(tx, &request.number)?, None),
        Asked::Stop if suppress(tx, (id, arrived), &request)? => {
            (None, suppressions::find(tx.reader(), &request.number)?)
        }
        Asked::Stop => (None, None),
    };
    let [was, is] = [was, is].map(|kept| kept.as_ref().map(for_audit));
    if was.is_none() && is.is_none() {
        return Ok(None);
    }
    let entry = NewAudit {
        at: arrived.at,
        actor: format!("message {id}"),
        from: None,
        what: request.told,
    };
    append_change(tx, &entry, was.as_ref(), is.as_ref())?;
    match &request.confirmation {
        Some(confirmation) if may_confirm(tx, confirmation)? => confirm(tx, confirmation).map(Some),
        _ => Ok(None),
    }
}

/// What is set for a SIM; none where nothing is, or where it came by an uplink. What cannot be read must not
/// keep a message out: then the default counts.
fn words(tx: &Tx<'_>, carrier: &Carrier) -> Result<Option<OptOutWords>, StoreError> {
    let sql = "SELECT json_extract(config, '$.opt_out') FROM sims WHERE iccid = ?1 AND json_valid(config)";
    let set: Option<Option<String>> = tx.first(sql, params![carrier], only)?;
    let words = set.flatten().map(|json| serde_json::from_str(&json));
    Ok(words.and_then(Result::ok))
}

fn suppress(
    tx: &Tx<'_>,
    (id, arrived): (MessageId, &Arrived),
    request: &OptOutRequest,
) -> Result<bool, StoreError> {
    let kept = Kept {
        number: &request.number,
        since: arrived.at,
        source: SuppressionSource::Message,
        by: None,
        word: Some(&request.word),
        language: Some(&request.language),
        carrier: Some(&arrived.carrier),
        message: Some(id),
        evidence: None,
        note: None,
    };
    suppressions::add(tx, &kept)
}

/// Two gateways, or one and a machine that answers, must not talk to each other for ever.
fn may_confirm(tx: &Tx<'_>, confirmation: &NewMessage) -> Result<bool, StoreError> {
    let of_late = "SELECT 1 FROM messages INDEXED BY messages_confirming
        WHERE class = 2 AND peer = ?1 AND created_at > ?2";
    let since = confirmation.created_at.0 - A_DAY_MS;
    let of_late = tx
        .prepare(of_late)?
        .exists(params![confirmation.to, since])?;
    Ok(!of_late && !tested::is_ours(tx, &confirmation.to)?)
}

fn confirm(tx: &mut Tx<'_>, confirmation: &NewMessage) -> Result<Confirmed, StoreError> {
    let row = accept::insert(tx, confirmation)?;
    told::new_message(tx, row)?;
    tx.unindexed += 1;
    Ok(Confirmed {
        id: confirmation.id,
        waits: (confirmation.lane(), confirmation.created_at),
    })
}
