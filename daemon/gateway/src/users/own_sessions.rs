//! A user's own sessions, one by one.

use model::{Time, User};
use serde::Serialize;
use store::{OwnSession, StoreError, clock};

use super::sessions::{IDLE, Presented, SESSION_LASTS};
use super::{UserError, Users};
use crate::Caller;

/// One of the user's own sessions.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = OwnSession)]
pub struct OwnSessionView {
    /// What it is called by here; nobody can use it to get in.
    #[schema(example = "4f1c0a9be2d37786")]
    id: String,
    /// The address from which it was opened.
    #[schema(required, example = "192.0.2.7")]
    from: Option<String>,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    opened_at: Time,
    /// When it was used last, to five minutes.
    #[schema(value_type = String, format = DateTime)]
    used_at: Time,
    /// When it ends at the latest.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Time,
    /// It is the one that asks.
    this: bool,
}

impl Users {
    /// The user's sessions that have not ended, the one that was used last first.
    pub async fn own_sessions(
        &self,
        own: Presented<'_>,
    ) -> Result<Vec<OwnSessionView>, StoreError> {
        let this = own.token.hash();
        let sessions = self.admin().own_sessions(own.user.id, this, clock::now());
        let view = |session: OwnSession| OwnSessionView {
            opened_at: session.ends_at.before(SESSION_LASTS),
            used_at: session.idle_at.before(IDLE),
            ends_at: session.ends_at,
            this: session.this,
            id: session.id,
            from: session.from,
        };
        Ok(sessions.await?.into_iter().map(view).collect())
    }

    /// Ends one of them.
    pub async fn end_own_session(
        &self,
        caller: &Caller,
        user: &User,
        id: &str,
    ) -> Result<(), UserError> {
        let entry = caller.entry("logged out of one session".to_owned());
        let ended = self.admin().end_own_session(user.id, id, entry).await?;
        ended.then_some(()).ok_or(UserError::UnknownSession)
    }
}
