//! A caller who asks for one thing by its name, or changes it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{May, Need};
use crate::Api;
use crate::problem::Problem;
use crate::query::{Name, Named, NoQuery};

/// The caller, and the thing's name. Such a request has no query.
pub(crate) struct On<N, T>(pub(crate) May<N>, pub(crate) T);

impl<N: Need, T: Named> FromRequestParts<Api> for On<N, T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let caller = May::from_request_parts(parts, api).await?;
        let NoQuery = NoQuery::from_request_parts(parts, api).await?;
        let Name(name) = Name::from_request_parts(parts, api).await?;
        Ok(Self(caller, name))
    }
}
