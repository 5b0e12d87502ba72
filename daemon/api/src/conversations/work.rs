//! Whose a conversation is, whether it is done, and up to where it was read.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::number_of;
use super::view::{StateView, WorkView};
use crate::answer::changed;
use crate::auth::{ByUser, On, ToOperate};
use crate::json::SmallJson;
use crate::problem::Problem;
use crate::query::{Name, NoQuery};
use gateway::changes::PatchField;
use gateway::records::WorkChange;
use model::{MessageId, User};

/// What is to be another way; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConversationPatch)]
#[serde(deny_unknown_fields)]
pub(super) struct PatchRequest {
    /// Of the conversation, as the caller has seen it.
    #[schema(max_length = 64, example = "3-18842")]
    version: String,
    /// Name of the user who is to look after it; null: nobody.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 64, example = "anna")]
    assigned: PatchField<String>,
    state: Option<StateView>,
}

/// Assign a conversation to a user, or set whether it is done.
///
/// A message that comes in opens it again. 409 where somebody else has changed it since it had this
/// `version`; for `done` also where a message has come in. Keys that see a part of the messages do not
/// reach it.
#[utoipa::path(
    patch, path = "/conversations/{number}", operation_id = "change_conversation", tag = "conversations",
    params(("number" = String, Path, description = "The other party")), request_body = PatchRequest,
    responses(
        (status = 200, description = "Changed: how it stands now", body = WorkView),
        (status = 204, description = "Changed, by a key that may not read"),
        (status = 404, description = "No message to or from this number"),
        (status = 409, description = "It was changed meanwhile, or a message came in"),
    )
)]
pub(super) async fn change(
    On(caller, number): On<ToOperate, String>,
    SmallJson(patch): SmallJson<PatchRequest>,
) -> Result<Response, Problem> {
    let seen = patch
        .version
        .parse()
        .map_err(|_| Problem::field("/version", "is not the version of a conversation"))?;
    let assigned = match patch.assigned {
        PatchField::Keep => None,
        PatchField::Set(None) => Some(None),
        PatchField::Set(Some(name)) => {
            let user = User::name(&name);
            let why = "there is no user of this name";
            Some(Some(user.ok_or_else(|| Problem::field("/assigned", why))?))
        }
    };
    let change = WorkChange {
        assigned,
        done: patch.state.map(|state| state == StateView::Done),
    };
    let gateway = caller.gateway();
    let number = number_of(gateway, &number).await?;
    let work = gateway
        .change_conversation(&caller, &number, change, seen)
        .await?;
    Ok(changed(
        StatusCode::OK,
        caller.reads(),
        WorkView::from(work),
    ))
}

/// Up to where a conversation was read.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConversationReadRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadRequest {
    /// The newest message that was shown. Left out: all that came in.
    #[schema(value_type = Option<String>, format = Uuid)]
    up_to: Option<MessageId>,
}

/// Mark a conversation as read, for the user who asks.
///
/// A mark only moves on. Each user has their own; a key has none: 403. What came in before a user was
/// made is read. It is not in the audit.
#[utoipa::path(
    post, path = "/conversations/{number}/read", operation_id = "mark_conversation_read", tag = "conversations",
    params(("number" = String, Path, description = "The other party")), request_body = ReadRequest,
    responses(
        (status = 204, description = "Marked"),
        (status = 404, description = "No message to or from this number"),
    )
)]
pub(super) async fn read(
    by: ByUser,
    _: NoQuery,
    Name(number): Name<String>,
    SmallJson(request): SmallJson<ReadRequest>,
) -> Result<StatusCode, Problem> {
    let number = number_of(by.gateway(), &number).await?;
    let marked = by.gateway().mark_read(&by.user, &number, request.up_to);
    marked.await?;
    Ok(StatusCode::NO_CONTENT)
}
