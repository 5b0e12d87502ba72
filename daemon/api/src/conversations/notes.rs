//! Notes on a conversation.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::number_of;
use crate::auth::{May, On, ToOperate, ToRead};
use crate::idempotency::{self, IdempotencyKey};
use crate::json::{self, SmallBytes};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::query::{Name, NoQuery, Query};
use gateway::Unknown;
use model::{Note, RowId};

/// List the notes on a conversation, newest first. None of them is ever sent.
#[utoipa::path(
    get, path = "/conversations/{number}/notes", operation_id = "list_notes", tag = "conversations",
    params(("number" = String, Path, description = "The other party"), Paging),
    responses(
        (status = 200, description = "One page; none where there is no message to or from this number", body = Page<Note>),
        (status = 404, description = "The key sees a part of the messages"),
    )
)]
pub(super) async fn list(
    caller: May<ToRead>,
    Name(number): Name<String>,
    Query(Paging { limit, cursor }): Query<Paging>,
) -> Answer<Page<Note>> {
    caller.reaches_conversations()?;
    let number = number_of(caller.gateway(), &number).await?;
    let before = cursor.map(|cursor| cursor.0);
    let records = caller.gateway().records();
    let notes = records.notes(&number, limit.and_one(), before).await?;
    Ok(axum::Json(Page::cut(
        notes,
        limit,
        |note| note.id,
        std::convert::identity,
    )))
}

/// A note to be added.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConversationNoteRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct NoteRequest {
    /// What it says: no control characters but line ends and tabs.
    #[schema(min_length = 1, max_length = 2000)]
    text: String,
}

/// Add a note to a conversation; 200 at most.
#[utoipa::path(
    post, path = "/conversations/{number}/notes", operation_id = "add_note", tag = "conversations",
    params(("number" = String, Path, description = "The other party"), IdempotencyKey), request_body = NoteRequest,
    responses(
        (status = 201, description = "Added", body = Note, headers(
            ("Idempotency-Replayed" = String, description = "true: this is the first answer again"),
        )),
        (status = 204, description = "Added, by a key that may not read", headers(
            ("Idempotency-Replayed" = String, description = "true: this is the first answer again"),
        )),
        (status = 404, description = "No message to or from this number"),
        (status = 409, description = "It has 200 notes, or the Idempotency-Key was used for another request"),
    )
)]
pub(super) async fn add(
    On(caller, number): On<ToOperate, String>,
    once: IdempotencyKey,
    SmallBytes(bytes): SmallBytes,
) -> Result<Response, Problem> {
    let once = once.once(caller.key.id, &bytes);
    let request = json::parse::<NoteRequest>(&bytes)?;
    let number = number_of(caller.gateway(), &number).await?;
    let note = (caller.gateway()).add_note(&caller, &number, request.text, once);
    let note = note.await?;
    Ok(idempotency::made(StatusCode::CREATED, caller.reads(), note))
}

/// Delete a note.
#[utoipa::path(
    delete, path = "/conversations/{number}/notes/{id}", operation_id = "delete_note", tag = "conversations",
    params(
        ("number" = String, Path, description = "The other party"),
        ("id" = String, Path, description = "Of the note"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No such note"),
    )
)]
pub(super) async fn delete(
    caller: May<ToOperate>,
    _: NoQuery,
    Path((number, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let number = number_of(caller.gateway(), &number).await?;
    let id = id.parse().map_err(|_| Unknown::Note)?;
    let deleted = caller.gateway().delete_note(&caller, &number, RowId(id));
    deleted.await?;
    Ok(StatusCode::NO_CONTENT)
}
