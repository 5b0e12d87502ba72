//! Many messages in one request and one transaction.

use std::collections::HashSet;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::accept;
use crate::auth::{May, ToSend};
use crate::idempotency::{self, IdempotencyKey};
use crate::json::{self, JsonBytes};
use crate::problem::{Kind, Problem};
use crate::query::NoQuery;
use gateway::changes::DRAFTS;
use gateway::messages::draft::{self, Context, Draft};
use gateway::messages::single::SingleDraft;
use gateway::{FieldError, Gateway, Once, OptedOut};
use model::{Key, MessageId, NewMessage, Sender};

const MAX_MESSAGES: usize = 10_000;

/// Octets that the texts may take together that are filled: a few variables can make a long text.
const MAX_FILLED: usize = 8 * 1024 * 1024;

/// Up to 10,000 messages.
#[derive(Deserialize, ToSchema)]
#[schema(as = MessageBatch)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the body's schema; it is read as `Raw`")]
struct Batch {
    /// Each is as for `POST /messages`, to one recipient.
    #[schema(min_items = 1, max_items = 10_000)]
    messages: Vec<SingleDraft>,
}

/// The same, each message still as written: one that is wrong must not spoil the others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    #[serde(borrow)]
    messages: Vec<&'a RawValue>,
}

/// What became of several messages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageBatchAnswer)]
pub(super) struct BatchAnswer {
    /// One for each message, in the order given.
    items: Vec<BatchItem>,
}

/// What became of one message of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageBatchItem)]
#[serde(untagged)]
enum BatchItem {
    Accepted {
        /// Of the message that was accepted.
        id: Uuid,
    },
    /// Not accepted. Its pointers go into the body of the whole batch.
    Refused { problem: Problem },
}

/// Submit up to 10,000 messages.
///
/// All the valid ones are accepted in one transaction; the others are answered with what is wrong.
#[utoipa::path(
    post, path = "/messages/batch", operation_id = "submit_batch", tag = "messages", request_body = Batch,
    params(IdempotencyKey),
    responses(
        (status = 202, description = "The valid ones are accepted", body = BatchAnswer, headers(
            ("Idempotency-Replayed" = String, description = "true: this is the first answer again"),
        )),
        (status = 409, description = "The Idempotency-Key was used for another request"),
    )
)]
pub(super) async fn submit(
    caller: May<ToSend>,
    _: NoQuery,
    name: IdempotencyKey,
    JsonBytes(bytes, _held): JsonBytes,
) -> Result<Response, Problem> {
    let once = name.once(caller.key.id, &bytes);
    if let Some(answer) = idempotency::first_answer(caller.gateway(), once.as_ref()).await? {
        return Ok(answer);
    }
    let (key, gateway) = (caller.key.clone(), caller.gateway().clone());
    // A full batch takes a tenth of a second: longer than a modem may wait for a worker thread.
    let named = gateway.nameable().await?;
    let prepared = DRAFTS.run(move || prepare_all(&bytes, gateway.context(&key, &named)));
    let mut prepared = prepared
        .await
        .map_err(|_| Problem::new(Kind::Internal, "The batch failed."))??;
    check_senders(caller.gateway(), &caller.key, &mut prepared).await?;
    let to = |index| format!("/messages/{index}/to");
    finish(&caller, prepared, once, to).await
}

/// Commits those that are right, and answers what became of each. `to`: where the recipient of one stands.
pub(super) async fn finish(
    caller: &May<ToSend>,
    prepared: Vec<Outcome>,
    once: Option<Once>,
    to: impl Fn(usize) -> String,
) -> Result<Response, Problem> {
    caller.charge(prepared.len());
    let (mut messages, mut items) = (
        Vec::with_capacity(prepared.len()),
        Vec::with_capacity(prepared.len()),
    );
    for outcome in prepared {
        match outcome {
            Ok(message) => {
                items.push(BatchItem::Accepted { id: message.id.0 });
                messages.push(message);
            }
            Err(problem) => items.push(BatchItem::Refused { problem }),
        }
    }
    let mut answer = BatchAnswer { items };
    loop {
        let body = idempotency::rendered(&answer)?;
        // Where there are none, the answer alone is kept.
        if messages.is_empty() && once.is_none() {
            return Ok(idempotency::answer(StatusCode::ACCEPTED, body, None));
        }
        let replay = once.clone();
        let replay =
            replay.map(|once| idempotency::replay(once, StatusCode::ACCEPTED, body.clone()));
        match accept(caller.gateway(), messages, replay, body, None).await? {
            Ok(accepted) => return Ok(accepted),
            Err(OptedOut { refused, others }) => {
                answer.refuse(&refused, &to);
                messages = others;
            }
        }
    }
}

impl BatchAnswer {
    /// Tells those whose recipients ask for no messages.
    fn refuse(&mut self, refused: &[MessageId], to: impl Fn(usize) -> String) {
        let refused: HashSet<_> = refused.iter().map(|id| id.0).collect();
        for (index, item) in self.items.iter_mut().enumerate() {
            if matches!(item, BatchItem::Accepted { id } if refused.contains(id)) {
                let problem = Problem::invalid(vec![FieldError::opted_out(to(index))]);
                *item = BatchItem::Refused { problem };
            }
        }
    }
}

/// What a message has become before it is committed.
pub(super) type Outcome = Result<NewMessage, Problem>;

fn prepare_all(bytes: &Bytes, context: Context<'_>) -> Result<Vec<Outcome>, Problem> {
    let Raw { messages } = json::parse(bytes)?;
    if messages.is_empty() || messages.len() > MAX_MESSAGES {
        return Err(Problem::field(
            "/messages",
            format!("must hold 1 to {MAX_MESSAGES}"),
        ));
    }
    let (each, mut filled) = (messages.into_iter().enumerate(), 0);
    Ok(each
        .map(|(index, raw)| prepare_one(index, raw, context, &mut filled))
        .collect())
}

/// `filled`: what the texts take so far that are filled.
fn prepare_one(index: usize, raw: &RawValue, context: Context<'_>, filled: &mut usize) -> Outcome {
    let parent = format!("/messages/{index}");
    let draft: Draft = json::parse_at(raw.get().as_bytes(), &parent)?;
    Gateway::check_class(context.key, &draft)?;
    let is_filled = draft.is_filled();
    if is_filled && *filled > MAX_FILLED {
        let detail =
            "the filled texts of one request take 8 MiB together at most: send this one in another";
        return Err(Problem::field(parent, detail));
    }
    let prepared = draft::prepare(draft, context).map_err(|errors| {
        let moved = errors.into_iter().map(|error| FieldError {
            pointer: format!("{parent}{}", error.pointer),
            ..error
        });
        Problem::invalid(moved.collect())
    });
    if let (true, Ok(message)) = (is_filled, &prepared) {
        *filled += message.body.octets();
    }
    prepared
}

/// Refuses those whose `from` names what is not there, or not for this key.
async fn check_senders(
    gateway: &Gateway,
    key: &Key,
    prepared: &mut [Outcome],
) -> Result<(), Problem> {
    for (index, outcome) in prepared.iter_mut().enumerate() {
        let Ok(NewMessage {
            sender:
                sender @ (Sender::Sim(_) | Sender::Group(_) | Sender::Uplink(_) | Sender::Name(_)),
            ..
        }) = outcome
        else {
            continue;
        };
        if let Some(detail) = gateway.sender_refusal(key, sender).await? {
            *outcome = Err(Problem::field(format!("/messages/{index}/from"), detail));
        }
    }
    Ok(())
}
