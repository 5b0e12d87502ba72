//! A user who is logged in, for what a key has not.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use gateway::users::Presented;
use gateway::{Caller, Gateway};
use model::{SessionToken, User};

use super::{Anyone, May};
use crate::Api;
use crate::problem::{Kind, Problem};

/// A caller with a session.
pub(crate) struct ByUser {
    token: SessionToken,
    pub(crate) user: User,
    pub(crate) caller: Caller,
    api: Api,
}

impl ByUser {
    pub(crate) fn gateway(&self) -> &Gateway {
        self.api.gateway()
    }

    pub(crate) fn presented(&self) -> Presented<'_> {
        Presented {
            token: &self.token,
            user: &self.user,
        }
    }
}

impl FromRequestParts<Api> for ByUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let may = May::<Anyone>::from_request_parts(parts, api).await?;
        let Some((token, session)) = may.session() else {
            let why = "An API key has no session: log in with a name and a password.";
            return Err(Problem::new(Kind::Forbidden, why));
        };
        Ok(Self {
            token: token.clone(),
            user: session.user.clone(),
            caller: Caller::clone(&may),
            api: api.clone(),
        })
    }
}
