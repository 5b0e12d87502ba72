//! `/api/v1/messages`: submit, look up, cancel.

mod batch;
mod list;
mod reference;
mod resolve;
mod several;
pub(super) mod view;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, On, ToCancel, ToReadMessages, ToSend};
use super::idempotency::{self, IdempotencyKey};
use super::json::{self, Json, JsonBytes};
use super::problem::{Answer, Kind, Problem};
use super::query::NoQuery;
use gateway::messages::draft::{Draft, Written};
use gateway::messages::recipients::Recipients;
use gateway::records::NewReplay;
use gateway::{Accepted, Cancelled, FieldError, Gateway, OptedOut, Reused, Unknown};
pub(super) use list::party;
use model::{Carrier, HistoryRow, MessageId, NewMessage, Reason, Time};
use several::SubmitAnswer;
use view::MessageView;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list::list, submit))
        .routes(routes!(batch::submit))
        .routes(routes!(preview))
        .routes(routes!(reference::summary))
        .routes(routes!(reference::cancel))
        .routes(routes!(reference::pause))
        .routes(routes!(reference::resume))
        .routes(routes!(get, cancel))
        .routes(routes!(history))
        .routes(routes!(resolve::resolve))
}

/// Submit a message.
///
/// 202 means that it is on disk and will not be lost by a crash or a power cut. Where `to` is a list, each recipient gets
/// a message of their own, and the answer has an item for each in the order given; those that are no recipients do not
/// keep the others from theirs.
#[utoipa::path(
    post, path = "/messages", operation_id = "submit_message", tag = "messages", request_body = Draft,
    params(IdempotencyKey),
    responses(
        (status = 202, description = "Accepted", body = SubmitAnswer, headers(
            ("Location" = String, description = "Where the message is found, if it is one"),
            ("Idempotency-Replayed" = String, description = "true: this is the first answer again"),
        )),
        (status = 409, description = "The Idempotency-Key was used for another request"),
    )
)]
async fn submit(
    caller: May<ToSend>,
    _: NoQuery,
    name: IdempotencyKey,
    JsonBytes(bytes, _held): JsonBytes,
) -> Result<Response, Problem> {
    let once = name.once(caller.key.id, &bytes);
    if let Some(answer) = idempotency::first_answer(caller.gateway(), once.as_ref()).await? {
        return Ok(answer);
    }
    let draft: Draft = json::parse(&bytes)?;
    if let Recipients::Several(_) = draft.to {
        return several::submit(&caller, draft, once).await;
    }
    let message = caller.gateway().prepare(&caller.key, draft).await?;
    let location = idempotency::location(message.id.0);
    let body = idempotency::rendered(&MessageView::accepted(&message))?;
    let replay = once.map(|once| idempotency::replay(once, StatusCode::ACCEPTED, body.clone()));
    let messages = vec![message];
    let accepted = accept(caller.gateway(), messages, replay, body, Some(location)).await?;
    accepted.map_err(|OptedOut { .. }| Problem::invalid(vec![FieldError::opted_out("/to")]))
}

/// Commits, then gives the answer that was prepared. Nothing is committed where a recipient asks for no
/// messages.
async fn accept(
    gateway: &Gateway,
    messages: Vec<NewMessage>,
    replay: Option<NewReplay>,
    body: Vec<u8>,
    location: Option<String>,
) -> Result<Result<Response, OptedOut>, Problem> {
    Ok(match gateway.accept(messages, replay).await? {
        Accepted::Stored(_) => Ok(idempotency::answer(StatusCode::ACCEPTED, body, location)),
        Accepted::Replay { status, body } => Ok(idempotency::replayed(status, body)),
        Accepted::Conflict => return Err(Reused.into()),
        Accepted::OptedOut(opted_out) => Err(opted_out),
    })
}

/// Show what a message would become; sends nothing.
#[utoipa::path(
    post, path = "/messages/preview", operation_id = "preview_message", tag = "messages", request_body = Draft,
    responses((status = 200, description = "The parts it would take", body = Written))
)]
async fn preview(caller: May<ToSend>, _: NoQuery, Json(draft): Json<Draft>) -> Answer<Written> {
    let written = caller.gateway().preview(&caller.key, draft).await?;
    Ok(axum::Json(written))
}

/// One message with its parts.
#[utoipa::path(
    get, path = "/messages/{id}", operation_id = "get_message", tag = "messages", params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The message", body = MessageView),
        (status = 404, description = "No such message"),
    )
)]
async fn get(On(caller, id): On<ToReadMessages, MessageId>) -> Answer<MessageView> {
    caller.gateway().reaches_message(&caller, id).await?;
    let message = caller
        .gateway()
        .records()
        .message(id)
        .await?
        .ok_or(Unknown::Message)?;
    let mut waits = caller
        .gateway()
        .waits(std::slice::from_ref(&message))
        .await?;
    let wait = waits.remove(&message.row);
    let view = MessageView::whole(message).waiting_for(wait);
    Ok(axum::Json(view))
}

/// Cancel a message that is `scheduled` or `queued`.
///
/// Messages that the key did not send itself need the scope `operate`.
#[utoipa::path(
    delete, path = "/messages/{id}", operation_id = "cancel_message", tag = "messages", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Cancelled: it will not be sent"),
        (status = 404, description = "No such message"),
        (status = 409, description = "It is too late"),
    )
)]
async fn cancel(On(caller, id): On<ToCancel, MessageId>) -> Result<Response, Problem> {
    match caller.gateway().cancel(&caller, id).await? {
        Cancelled::Done => Ok(StatusCode::NO_CONTENT.into_response()),
        Cancelled::NotFound => Err(Unknown::Message.into()),
        Cancelled::Refused(state) => Err(Problem::new(
            Kind::Conflict,
            format!(
                "The message is {}: only scheduled and queued ones can be cancelled.",
                state.as_str()
            ),
        )),
    }
}

/// A message's whole history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageHistory)]
struct History {
    /// Oldest first.
    items: Vec<StepView>,
}

/// One step of a message's life.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageStep)]
struct StepView {
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    /// What happened: a `MessageStepName`.
    #[schema(example = "part-sent")]
    step: String,
    /// The code of the reason that `detail` tells, such as `cms-38`; null where it tells none. A report's is what it says:
    /// `tp-status-N` or `receipt-WORD`.
    #[schema(required)]
    code: Option<String>,
    /// The part it concerns, from 1 on.
    #[schema(required)]
    part: Option<u16>,
    /// ICCID of the SIM.
    #[schema(required)]
    sim: Option<String>,
    /// Name of the uplink.
    #[schema(required)]
    uplink: Option<String>,
    /// For people.
    #[schema(required)]
    detail: Option<String>,
}

impl From<HistoryRow> for StepView {
    fn from(row: HistoryRow) -> Self {
        let carrier = row.carrier.as_ref();
        Self {
            at: row.at,
            step: row.step,
            code: row
                .detail
                .as_deref()
                .and_then(Reason::code_told)
                .map(str::to_owned),
            part: row.part,
            sim: carrier.and_then(Carrier::sim).map(ToString::to_string),
            uplink: carrier.and_then(Carrier::uplink).map(ToString::to_string),
            detail: row.detail,
        }
    }
}

/// A message's history, one row a step.
#[utoipa::path(
    get, path = "/messages/{id}/events", operation_id = "get_message_events", tag = "messages", params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "Every step, oldest first", body = History),
        (status = 404, description = "No such message"),
    )
)]
async fn history(On(caller, id): On<ToReadMessages, MessageId>) -> Answer<History> {
    caller.gateway().reaches_message(&caller, id).await?;
    let rows = caller
        .gateway()
        .records()
        .history(id)
        .await?
        .ok_or(Unknown::Message)?;
    Ok(axum::Json(History {
        items: rows.into_iter().map(StepView::from).collect(),
    }))
}
