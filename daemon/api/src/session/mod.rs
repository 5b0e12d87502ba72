//! `/api/v1/session`, `/api/v1/sessions` and `/api/v1/setup`: logging in and out, and what users do with their own account.

mod own;
mod set_up;
mod two_factor;
mod view;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{
    Anyone, ByUser, May, check_origin, clear_cookie, peer, presented_session, set_cookie,
};
use super::json::SmallJson;
use super::problem::{Kind, Problem};
use super::query::{NoQuery, Query};
use super::users::check_password;
use gateway::FieldError;
use gateway::users::{LONGEST_PASSWORD, LogIn, LoggedIn, Opened, UserError};
use model::OneTimeCode;
use view::SessionJson;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get, log_in, log_out))
        .routes(routes!(own::list))
        .routes(routes!(own::end))
        .routes(routes!(change_password))
        .routes(routes!(two_factor::offer, two_factor::switch_on))
        .routes(routes!(two_factor::switch_off))
        .routes(routes!(set_up::state, set_up::set_up))
}

/// A request whose sender nobody knows yet.
struct Stranger(Parts);

impl FromRequestParts<Api> for Stranger {
    type Rejection = Problem;

    /// A page of another site must not log its visitors in either: they would work in its account.
    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        check_origin(parts)?;
        Ok(Self(parts.clone()))
    }
}

/// What a log-in shows: `name` and `password`, or a `login_code`.
#[derive(Deserialize, ToSchema)]
#[schema(as = LogIn)]
#[serde(deny_unknown_fields)]
struct LogInRequest {
    /// The user's name; case does not matter.
    #[schema(max_length = 256)]
    name: Option<String>,
    /// The user's password.
    #[schema(max_length = 256, format = Password)]
    password: Option<String>,
    /// A code of the second factor, where the user has one: from the app, or a recovery code.
    #[schema(max_length = 64, example = "123456")]
    code: Option<String>,
    /// A code that works once, instead of name and password; `simgate demo` shows one.
    #[schema(max_length = 64)]
    login_code: Option<String>,
}

/// Who the caller is and may do, and what changes by a session need.
#[utoipa::path(
    get, path = "/session", operation_id = "get_session", tag = "session",
    responses((status = 200, description = "The caller", body = SessionJson))
)]
async fn get(caller: May<Anyone>, _: NoQuery) -> axum::Json<SessionJson> {
    axum::Json(SessionJson::of(&caller))
}

/// Log in. The answer sets a cookie; a session that the client had before ends.
///
/// After failures log-ins are delayed: by address, and a little by account, but never for the right
/// password from an address from which the user has logged in before.
#[utoipa::path(
    post, path = "/session", operation_id = "open_session", tag = "session", request_body = LogInRequest,
    security(()),
    responses(
        (status = 201, description = "Logged in", body = SessionJson,
            headers(("Set-Cookie" = String, description = "The session"))),
        (status = 401, description = "Name, password or code is wrong; which one is told to nobody. Or, as the type \
            `urn:simgate:problem:code-needed`: a code of the second factor is missing"),
        (status = 403, description = "A page of another site asks"),
        (status = 422, description = "Fields are missing, unknown or too long"),
        (status = 429, description = "Too many failures, or too many log-ins at once",
            headers(("Retry-After" = String, description = "When to try again, in seconds"))),
        (status = 503, description = "The disk is full, or the gateway is stopping",
            headers(("Retry-After" = String, description = "When to try again, in seconds"))),
    )
)]
async fn log_in(
    State(api): State<Api>,
    Stranger(mut parts): Stranger,
    _: NoQuery,
    SmallJson(request): SmallJson<LogInRequest>,
) -> Result<Response, Problem> {
    let shown = request.checked()?;
    let from = peer(&mut parts, &api).await;
    let before = presented_session(&parts);
    let users = api.gateway().users();
    match users.log_in(shown, from, before.as_ref()).await? {
        LoggedIn::Done(opened) => Ok(opened_as(&parts, &opened)),
        LoggedIn::Wrong => Err(Problem::new(
            Kind::NotLoggedIn,
            "Name, password or code is wrong.",
        )),
        LoggedIn::NeedsCode => Err(Problem::new(
            Kind::CodeNeeded,
            "Send the same again with the code of the second factor as code.",
        )),
        LoggedIn::Wait(wait) => Err(UserError::Wait(wait).into()),
    }
}

/// The answer to whoever is logged in now.
fn opened_as(parts: &Parts, opened: &Opened) -> Response {
    let cookie = [(header::SET_COOKIE, set_cookie(parts, &opened.token))];
    let body = axum::Json(SessionJson::opened(opened));
    (StatusCode::CREATED, cookie, body).into_response()
}

impl LogInRequest {
    fn checked(self) -> Result<LogIn, Problem> {
        let long =
            |text: &Option<String>, most| text.as_ref().is_some_and(|text| text.len() > most);
        let mut errors = Vec::new();
        for (pointer, text) in [("/name", &self.name), ("/password", &self.password)] {
            if long(text, LONGEST_PASSWORD) {
                let detail = format!("may have at most {LONGEST_PASSWORD} octets");
                errors.push(FieldError::new(pointer, detail));
            }
        }
        for (pointer, text) in [("/code", &self.code), ("/login_code", &self.login_code)] {
            if long(text, 64) {
                errors.push(FieldError::new(pointer, "may have at most 64 octets"));
            }
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        match (self.name, self.password, self.code, self.login_code) {
            (Some(name), Some(password), code, None) => Ok(LogIn::Password {
                name,
                password,
                code,
            }),
            (None, None, None, Some(code)) => Ok(LogIn::Code(OneTimeCode::typed(&code))),
            _ => Err(Problem::field(
                "",
                "must hold name, password and perhaps code, or login_code alone",
            )),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LogOutParams {
    /// End all sessions of the user, on other devices too.
    #[serde(default)]
    #[param(value_type = Option<bool>, default = false)]
    everywhere: bool,
}

/// Log out: the session ends.
#[utoipa::path(
    delete, path = "/session", operation_id = "close_session", tag = "session", params(LogOutParams),
    responses((status = 204, description = "Logged out",
        headers(("Set-Cookie" = String, description = "Has the browser forget the session"))))
)]
async fn log_out(
    by: ByUser,
    Query(params): Query<LogOutParams>,
    parts: Parts,
) -> Result<(StatusCode, [(header::HeaderName, HeaderValue); 1]), Problem> {
    let users = by.gateway().users();
    if params.everywhere {
        users.log_out_everywhere(&by.caller, &by.user).await?;
    } else {
        users.log_out(&by.caller, by.presented().token).await?;
    }
    let cookie = [(header::SET_COOKIE, clear_cookie(&parts))];
    Ok((StatusCode::NO_CONTENT, cookie))
}

/// Another password for the user's own account.
#[derive(Deserialize, ToSchema)]
#[schema(as = PasswordChange)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    /// The password as it is.
    #[schema(max_length = 256, format = Password)]
    current_password: String,
    /// At least 10 characters, five of them different, and at most 256 octets.
    #[schema(min_length = 10, max_length = 256, format = Password)]
    new_password: String,
}

/// Change one's own password. The user's other sessions end.
#[utoipa::path(
    post, path = "/session/password", operation_id = "change_own_password", tag = "session",
    request_body = PasswordChange,
    responses((status = 204, description = "Changed"))
)]
async fn change_password(
    by: ByUser,
    _: NoQuery,
    SmallJson(request): SmallJson<PasswordChange>,
) -> Result<StatusCode, Problem> {
    check_password("/new_password", &request.new_password)?;
    let passwords = (request.current_password, request.new_password);
    let users = by.gateway().users();
    users
        .change_own_password(&by.caller, by.presented(), passwords)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
