//! `/api/v1/users`: people who log in, and their roles.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, On, ToAdmin};
use super::idempotency::{self, IdempotencyKey};
use super::json::{self, SmallBytes, SmallJson};
use super::page::{Page, ShortPaging};
use super::problem::{Answer, Kind, Problem};
use super::query::{NoQuery, Query};
use gateway::FieldCode;
use gateway::users::{UserError, UserPatch, UserWish};
use model::{Role, User};

/// Log-ins go on after so many seconds where too many came at once.
const BUSY_SECONDS: u32 = 2;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(change, remove))
}

/// List users.
#[utoipa::path(
    get, path = "/users", operation_id = "list_users", tag = "users", params(ShortPaging),
    responses((status = 200, description = "One page, newest first", body = Page<User>))
)]
async fn list(caller: May<ToAdmin>, Query(paging): Query<ShortPaging>) -> Answer<Page<User>> {
    let users = caller.gateway().users().all().await?;
    Ok(paging.of(users.into_iter().rev()))
}

/// A user to be made.
#[derive(Deserialize, ToSchema)]
#[schema(as = UserRequest)]
#[serde(deny_unknown_fields)]
struct UserRequest {
    /// It is kept in lower case. Not `me` and not `nobody`, by which filters mean something else.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_.@-]{1,64}$")]
    name: String,
    /// What the user may do.
    role: Role,
    /// At least 10 characters, five of them different, and at most 256 octets.
    #[schema(min_length = 10, max_length = 256, format = Password)]
    password: String,
}

/// Make a user.
///
/// A key that is limited makes and changes none (422): users have no such limits.
///
/// An answer is repeated for an `Idempotency-Key` as long as the gateway runs: it is held in memory, since no
/// trace of a password is written to the disk.
#[utoipa::path(
    post, path = "/users", operation_id = "create_user", tag = "users", request_body = UserRequest,
    params(IdempotencyKey),
    responses(
        (status = 201, description = "Made", body = User, headers(
            ("Idempotency-Replayed" = String, description = "true: this is the first answer again"),
        )),
        (status = 409, description = "The name is taken, or the Idempotency-Key was used for another request"),
    )
)]
async fn create(
    caller: May<ToAdmin>,
    _: NoQuery,
    once: IdempotencyKey,
    SmallBytes(bytes): SmallBytes,
) -> Result<Response, Problem> {
    let once = once.once(caller.key.id, &bytes);
    let request = json::parse::<UserRequest>(&bytes)?;
    let wish = UserWish {
        name: check_name("/name", &request.name)?,
        role: request.role,
        password: request.password,
    };
    check_password("/password", &wish.password)?;
    let user = caller.gateway().users().make(&caller, wish, once).await?;
    Ok(idempotency::made(StatusCode::CREATED, true, user))
}

/// What is to be another way; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[schema(as = UserPatch)]
#[serde(deny_unknown_fields)]
struct PatchRequest {
    /// What the user may do from now on.
    role: Option<Role>,
    /// Ends the user's sessions.
    #[schema(min_length = 10, max_length = 256, format = Password)]
    password: Option<String>,
    /// `false` takes the second factor away, from a user who has lost it. Each user switches it on.
    two_factor: Option<bool>,
}

/// Change a user's role, at once, or set another password.
#[utoipa::path(
    patch, path = "/users/{name}", operation_id = "change_user", tag = "users",
    params(("name" = String, Path)), request_body = PatchRequest,
    responses(
        (status = 200, description = "Changed", body = User),
        (status = 404, description = "No such user"),
        (status = 409, description = "It is the last admin"),
    )
)]
async fn change(
    On(caller, name): On<ToAdmin, String>,
    SmallJson(patch): SmallJson<PatchRequest>,
) -> Answer<User> {
    let name = known(&name)?;
    if let Some(password) = &patch.password {
        check_password("/password", password)?;
    }
    if patch.two_factor == Some(true) {
        let why = "may be false alone: each user switches it on";
        return Err(Problem::field("/two_factor", why));
    }
    let users = caller.gateway().users();
    let patch = UserPatch {
        role: patch.role,
        password: patch.password,
        two_factor_off: patch.two_factor.is_some(),
    };
    let changed = users.change(&caller, &name, patch).await?;
    Ok(axum::Json(changed))
}

/// Remove a user and end the user's sessions. What the user sent stays.
#[utoipa::path(
    delete, path = "/users/{name}", operation_id = "remove_user", tag = "users",
    params(("name" = String, Path)),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "No such user"),
        (status = 409, description = "It is the last admin"),
    )
)]
async fn remove(On(caller, name): On<ToAdmin, String>) -> Result<StatusCode, Problem> {
    let name = known(&name)?;
    caller.gateway().users().remove(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The name of a user in a path; what cannot be one names nobody.
fn known(name: &str) -> Result<String, UserError> {
    User::name(name).ok_or(UserError::Unknown)
}

pub(super) fn check_name(pointer: &str, text: &str) -> Result<String, Problem> {
    User::new_name(text).map_err(|detail| match User::name(text) {
        None => Problem::coded(pointer, FieldCode::Name, detail),
        // Its form is right.
        Some(_) => Problem::coded(pointer, FieldCode::NameTaken, detail),
    })
}

pub(super) fn check_password(pointer: &str, password: &str) -> Result<(), Problem> {
    gateway::users::check_password(password)
        .map_err(|why| Problem::coded(pointer, FieldCode::Password, why))
}

impl From<UserError> for Problem {
    fn from(error: UserError) -> Self {
        let said = error.to_string();
        match error {
            UserError::Unknown | UserError::UnknownSession => Self::not_found(said),
            UserError::Limited => Self::new(Kind::Forbidden, said),
            UserError::NameTaken
            | UserError::Reused(_)
            | UserError::LastAdmin
            | UserError::NotFirst
            | UserError::NothingOffered => Self::new(Kind::Conflict, said),
            UserError::WrongCode => Self::coded(
                "/code",
                FieldCode::CodeWrong,
                "is wrong, or was used, or its time is over",
            ),
            UserError::WrongPassword => {
                Self::coded("/current_password", FieldCode::PasswordWrong, "is wrong")
            }
            UserError::Wait(wait) => {
                let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
                Self::new(Kind::TooManyRequests, said).retry_after(seconds)
            }
            UserError::Busy => Self::new(Kind::TooManyRequests, said).retry_after(BUSY_SECONDS),
            UserError::NoRandom => Self::new(Kind::Internal, said),
            UserError::Store(error) => error.into(),
        }
    }
}
