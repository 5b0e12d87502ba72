//! The first user, for whoever has the code that only this machine's owner can read.

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Stranger, opened_as};
use crate::Api;
use crate::auth::{peer, presented_session};
use crate::json::SmallJson;
use crate::problem::{Kind, Problem};
use crate::query::NoQuery;
use crate::users::{check_name, check_password};
use gateway::users::{LogIn, LoggedIn};
use model::OneTimeCode;

/// The first user.
#[derive(Deserialize, ToSchema)]
#[schema(as = SetUp)]
#[serde(deny_unknown_fields)]
pub(super) struct SetUpRequest {
    /// From the journal or the console of the first start, or from `simgate setup-code`. Case and
    /// dashes do not matter.
    #[schema(max_length = 64, example = "k3fd-93mn-xt7c-2hqp")]
    code: String,
    /// What the user is called; it is kept in lower case.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_.@-]{1,64}$")]
    name: String,
    /// At least 10 characters, five of them different, and at most 256 octets.
    #[schema(min_length = 10, max_length = 256, format = Password)]
    password: String,
}

/// What a page shows first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SetUpState)]
pub(super) struct SetUpState {
    /// There is no user yet, so that nobody can log in.
    needed: bool,
    /// The request brings a session that is open.
    logged_in: bool,
}

/// Whether the gateway has a user, and whether the caller is logged in. It needs no key, and answers a
/// page that does not know yet whether to show the log-in.
#[utoipa::path(
    get, path = "/setup", operation_id = "get_set_up", tag = "session", security(()),
    responses(
        (status = 200, description = "What is so", body = SetUpState),
        (status = 422, description = "It takes no parameters"),
    )
)]
pub(super) async fn state(
    State(api): State<Api>,
    parts: Parts,
    _: NoQuery,
) -> Result<axum::Json<SetUpState>, Problem> {
    let users = api.gateway().users();
    let needed = users.all().await?.is_empty();
    let logged_in = match presented_session(&parts) {
        Some(token) => users.session(&token).await?.is_some(),
        None => false,
    };
    Ok(axum::Json(SetUpState { needed, logged_in }))
}

/// Make the first user, an admin, and log in. The code works once, for an hour, and while there is
/// no user.
#[utoipa::path(
    post, path = "/setup", operation_id = "set_up", tag = "session", request_body = SetUpRequest,
    security(()),
    responses(
        (status = 201, description = "Made, and logged in", body = super::SessionJson,
            headers(("Set-Cookie" = String, description = "The session"))),
        (status = 401, description = "The user was changed in between; log in"),
        (status = 403, description = "A page of another site asks"),
        (status = 409, description = "There are users already"),
        (status = 422, description = "Fields are not valid, or the code is wrong"),
        (status = 429, description = "Too many log-ins at once",
            headers(("Retry-After" = String, description = "When to try again, in seconds"))),
        (status = 503, description = "The disk is full, or the gateway is stopping",
            headers(("Retry-After" = String, description = "When to try again, in seconds"))),
    )
)]
pub(super) async fn set_up(
    State(api): State<Api>,
    Stranger(mut parts): Stranger,
    _: NoQuery,
    SmallJson(request): SmallJson<SetUpRequest>,
) -> Result<Response, Problem> {
    let name = check_name("/name", &request.name)?;
    check_password("/password", &request.password)?;
    let code = OneTimeCode::typed(&request.code);
    let from = peer(&mut parts, &api).await;
    let users = api.gateway().users();
    let user = users.set_up(&code, name, request.password, from).await?;
    let shown = LogIn::Code(users.login_code(&user).await?);
    let before = presented_session(&parts);
    match users.log_in(shown, from, before.as_ref()).await? {
        LoggedIn::Done(opened) => Ok(opened_as(&parts, &opened)),
        LoggedIn::Wrong | LoggedIn::NeedsCode | LoggedIn::Wait(_) => {
            Err(Problem::new(Kind::NotLoggedIn, "The user is made. Log in."))
        }
    }
}
