//! The user's own sessions, one by one.

use axum::http::StatusCode;

use crate::auth::ByUser;
use crate::page::{Page, ShortPaging};
use crate::problem::{Answer, Problem};
use crate::query::{Name, NoQuery, Query};
use gateway::users::OwnSessionView;

/// List one's own sessions, the one that was used last first.
#[utoipa::path(
    get, path = "/sessions", operation_id = "list_own_sessions", tag = "session", params(ShortPaging),
    responses((status = 200, description = "One page", body = Page<OwnSessionView>))
)]
pub(super) async fn list(
    by: ByUser,
    Query(paging): Query<ShortPaging>,
) -> Answer<Page<OwnSessionView>> {
    let sessions = by.gateway().users().own_sessions(by.presented()).await?;
    Ok(paging.of(sessions))
}

/// End one of one's own sessions: its device is logged out.
#[utoipa::path(
    delete, path = "/sessions/{id}", operation_id = "end_own_session", tag = "session",
    params(("id" = String, Path, description = "As the list tells it")),
    responses(
        (status = 204, description = "Ended"),
        (status = 404, description = "No such session of this user, or it has ended"),
    )
)]
pub(super) async fn end(
    by: ByUser,
    _: NoQuery,
    Name(id): Name<String>,
) -> Result<StatusCode, Problem> {
    let users = by.gateway().users();
    users.end_own_session(&by.caller, &by.user, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
