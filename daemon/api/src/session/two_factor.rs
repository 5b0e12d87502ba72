//! The second factor of the user's own account.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::ByUser;
use crate::json::SmallJson;
use crate::problem::{Answer, Problem};
use crate::query::NoQuery;
use model::OneTimeCode;

/// What a user shows to change the own account.
#[derive(Deserialize, ToSchema)]
#[schema(as = PasswordShown)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordShown {
    /// The password as it is.
    #[schema(max_length = 256, format = Password)]
    current_password: String,
}

/// A second factor for the user's app (RFC 6238: six digits, 30 seconds, SHA-1).
#[derive(Serialize, ToSchema)]
#[schema(as = TwoFactorOffer)]
pub(super) struct OfferJson {
    /// To be typed into the app, in base32.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The same as an address, to be shown as a picture.
    #[schema(
        example = "otpauth://totp/simgate:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=simgate"
    )]
    uri: String,
}

/// Ask for a second factor. Log-ins need it once a code of it was shown (`PUT`).
#[utoipa::path(
    post, path = "/session/totp", operation_id = "offer_two_factor", tag = "session",
    request_body = PasswordShown,
    responses((status = 200, description = "A new secret, which is shown this once", body = OfferJson))
)]
pub(super) async fn offer(
    by: ByUser,
    _: NoQuery,
    SmallJson(request): SmallJson<PasswordShown>,
) -> Answer<OfferJson> {
    let users = by.gateway().users();
    let offered = users.offer_two_factor(&by.caller, &by.user, request.current_password);
    let offered = offered.await?;
    Ok(axum::Json(OfferJson {
        secret: offered.secret,
        uri: offered.uri,
    }))
}

/// A code that the app shows.
#[derive(Deserialize, ToSchema)]
#[schema(as = TwoFactorCode)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeShown {
    /// Six digits.
    #[schema(max_length = 64, example = "123456")]
    code: String,
}

/// Codes for those who have lost the second factor.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryCodes)]
pub(super) struct RecoveryJson {
    /// Each lets the user in once, in place of a code of the app. They are shown this once.
    #[schema(example = json!(["k3fd-93mn-xt7c-2hqp"]))]
    recovery_codes: Vec<String>,
}

/// Switch the second factor on that was asked for, with a code that the app shows.
#[utoipa::path(
    put, path = "/session/totp", operation_id = "switch_two_factor_on", tag = "session",
    request_body = CodeShown,
    responses(
        (status = 200, description = "Log-ins need a code from now on", body = RecoveryJson),
        (status = 409, description = "None was asked for"),
    )
)]
pub(super) async fn switch_on(
    by: ByUser,
    _: NoQuery,
    SmallJson(request): SmallJson<CodeShown>,
) -> Answer<RecoveryJson> {
    let users = by.gateway().users();
    let codes = users.switch_two_factor_on(&by.caller, &by.user, &request.code);
    let recovery_codes = codes.await?.iter().map(OneTimeCode::shown).collect();
    Ok(axum::Json(RecoveryJson { recovery_codes }))
}

/// Switch the second factor off. An admin does it for others who have lost theirs.
#[utoipa::path(
    post, path = "/session/totp/off", operation_id = "switch_two_factor_off", tag = "session",
    request_body = PasswordShown,
    responses((status = 204, description = "Log-ins need no code any more"))
)]
pub(super) async fn switch_off(
    by: ByUser,
    _: NoQuery,
    SmallJson(request): SmallJson<PasswordShown>,
) -> Result<StatusCode, Problem> {
    let users = by.gateway().users();
    let off = users.switch_two_factor_off(&by.caller, &by.user, request.current_password);
    off.await?;
    Ok(StatusCode::NO_CONTENT)
}
