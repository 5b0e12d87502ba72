//! `POST /api/v1/messages/{id}/resolve`: a person knows what no evidence told.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::answer::changed;
use super::super::auth::{On, ToOperate};
use super::super::json::Json;
use super::super::problem::{Kind, Problem};
use super::view::MessageView;
use gateway::{Resolved, Unknown};
use model::MessageId;

/// What became of an uncertain message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = ResolutionOutcome)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// It went out: what is left of it follows.
    Sent,
    /// It did not go out: it is sent.
    NotSent,
}

/// A person's word on an uncertain message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Resolution {
    outcome: Outcome,
}

/// Say whether an uncertain message went out.
///
/// For one that is `uncertain`, whether its policy has decided to hold it or not yet.
#[utoipa::path(
    post, path = "/messages/{id}/resolve", operation_id = "resolve_message", tag = "messages",
    params(("id" = uuid::Uuid, Path)), request_body = Resolution,
    responses(
        (status = 200, description = "The message as it is now", body = MessageView),
        (status = 204, description = "Done; the key has no scope that shows the message"),
        (status = 404, description = "No such message"),
        (status = 409, description = "It is not uncertain"),
    )
)]
pub(super) async fn resolve(
    On(caller, id): On<ToOperate, MessageId>,
    Json(resolution): Json<Resolution>,
) -> Result<Response, Problem> {
    let sent = resolution.outcome == Outcome::Sent;
    match caller.gateway().resolve(&caller, id, sent).await? {
        Resolved::Done(_) => {}
        Resolved::NotFound => return Err(Unknown::Message.into()),
        Resolved::Refused(state) => {
            return Err(Problem::new(
                Kind::Conflict,
                format!(
                    "The message is {}: only uncertain ones can be resolved.",
                    state.as_str()
                ),
            ));
        }
    }
    let reads = caller.reads_message(id).await?;
    let message = caller.gateway().records().message(id).await?;
    let view = MessageView::whole(message.ok_or(Unknown::Message)?);
    Ok(changed(StatusCode::OK, reads, view))
}
