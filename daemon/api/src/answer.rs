//! What a change answers: what became of the thing, to those who may read it.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::auth::{May, Need, ToRead, ToReadMessages};
use super::{Api, reach};
use gateway::StoreError;
use model::{MessageId, Scope};

impl<N> May<N> {
    /// Whether the caller may read the SIMs and modems that are within its reach.
    pub(super) fn reads(&self) -> bool {
        self.has_any(ToRead::ANY_OF)
    }

    /// Whether the caller may read this message.
    pub(super) async fn reads_message(&self, api: &Api, id: MessageId) -> Result<bool, StoreError> {
        if !self.has_any(ToReadMessages::ANY_OF) {
            return Ok(false);
        }
        let reach = reach::of(api, &self.key, ToReadMessages::WIDE).await?;
        let found = api.gateway().records().belongings(vec![id]).await?;
        Ok(found.get(&id).is_some_and(|belonging| reach.has(belonging)))
    }

    /// `admin` sees all.
    fn has_any(&self, scopes: &[Scope]) -> bool {
        let has = |scope: &Scope| self.key.scopes.contains(scope);
        has(&Scope::Admin) || scopes.iter().any(has)
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
