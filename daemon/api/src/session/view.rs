//! Who a caller is, as a page needs to know.

use gateway::users::Opened;
use model::{Role, Scope, SessionToken, Time, User};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{Anyone, May};

/// Who the caller is, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct SessionJson {
    /// The user's name, or the key's.
    #[schema(example = "anna")]
    name: String,
    /// The user's role; null for an API key.
    #[schema(required)]
    role: Option<Role>,
    /// Whether the user has a second factor.
    two_factor: bool,
    /// What the caller may do.
    scopes: Vec<Scope>,
    /// A change by the session needs it in the header `X-CSRF-Token`; null for an API key.
    #[schema(required)]
    csrf_token: Option<String>,
    /// When the session ends at the latest; it ends before where it is not used for 12 hours. Null for
    /// an API key.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    ends_at: Option<Time>,
}

impl SessionJson {
    pub(super) fn of(caller: &May<Anyone>) -> Self {
        match caller.session() {
            Some((token, session)) => Self::of_user(&session.user, token, session.ends_at),
            None => Self {
                name: caller.key.name.clone(),
                role: None,
                two_factor: false,
                scopes: caller.key.scopes.clone(),
                csrf_token: None,
                ends_at: None,
            },
        }
    }

    pub(super) fn opened(opened: &Opened) -> Self {
        let session = &opened.session;
        Self::of_user(&session.user, &opened.token, session.ends_at)
    }

    fn of_user(user: &User, token: &SessionToken, ends_at: Time) -> Self {
        Self {
            name: user.name.clone(),
            role: Some(user.role),
            two_factor: user.two_factor,
            scopes: user.role.scopes().to_vec(),
            csrf_token: Some(token.csrf()),
            ends_at: Some(ends_at),
        }
    }
}
