//! What a change answers: what became of the thing, to those who may read it.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::auth::{May, Need, ToReadMessages};
use gateway::StoreError;
use model::{MessageId, Scope};

impl<N> May<N> {
    /// Whether the caller may read this message.
    pub(super) async fn reads_message(&self, id: MessageId) -> Result<bool, StoreError> {
        let has = |scope: &Scope| self.key.scopes.contains(scope);
        // `admin` sees all.
        if !has(&Scope::Admin) && !ToReadMessages::ANY_OF.iter().any(has) {
            return Ok(false);
        }
        let gateway = self.gateway();
        let reach = gateway.reach(&self.key, ToReadMessages::WIDE).await?;
        gateway.has_message(&reach, id).await
    }
}

/// The answer of a change that was done: the thing as it is now to a caller who reads it, and to
/// others no word of it.
pub(super) fn changed<T: Serialize>(status: StatusCode, reads: bool, thing: T) -> Response {
    if reads {
        (status, axum::Json(thing)).into_response()
    } else {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// The status of a `PUT` that was done.
pub(super) fn put_status(is_new: bool) -> StatusCode {
    if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    }
}
