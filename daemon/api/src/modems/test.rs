//! `/api/v1/modems/{imei}/test`: the self-test of a modem.

use axum::http::StatusCode;
use axum::response::Response;
use model::Imei;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::answer::changed;
use crate::auth::{On, ToOperate, ToRead};
use crate::json::Json;
use crate::problem::{Answer, Problem};
use gateway::selftest::TestRun;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(start, get))
}

/// How to test.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TestRequest {
    /// ICCID of the SIM at the other end. Left out: the gateway chooses one that is ready, of the
    /// same operator if there is one.
    #[schema(pattern = "^[0-9]{18,20}$")]
    partner: Option<String>,
    /// A USSD code to run too, such as that for the balance.
    #[schema(
        example = "*101#",
        min_length = 1,
        max_length = 182,
        pattern = "^[ !#-~]+$"
    )]
    ussd: Option<String>,
}

/// Test a modem.
///
/// The modem sends five SMS to another SIM of the bank, in two messages, and gets one back: they
/// cost what SMS cost, and count in the quotas. The test runs in the background, a few minutes at
/// most as a rule; `modem.test` events tell its steps. What is found out is kept for the modem's
/// model and firmware.
#[utoipa::path(
    post, path = "/modems/{imei}/test", operation_id = "test_modem", tag = "modems", params(("imei" = String, Path)),
    request_body = TestRequest,
    responses(
        (status = 202, description = "The test has begun", body = TestRun),
        (status = 204, description = "The same; the key lacks the scope `read`, which shows the test"),
        (status = 404, description = "No such modem"),
        (status = 409, description = "The modem or its SIM cannot be tested now, is in a test, or there is no other SIM that is ready"),
    )
)]
async fn start(
    On(caller, imei): On<ToOperate, Imei>,
    Json(request): Json<TestRequest>,
) -> Result<Response, Problem> {
    let partner = request.partner.map(|iccid| iccid.parse()).transpose();
    let partner =
        partner.map_err(|_| Problem::field("/partner", "an ICCID has 18 to 20 digits"))?;
    let test = caller
        .gateway()
        .start_test(&caller, &imei, partner, request.ussd);
    let test = test.await?;
    Ok(changed(StatusCode::ACCEPTED, caller.reads(), test))
}

/// The test that runs on a modem, or the last one since the gateway started.
#[utoipa::path(
    get, path = "/modems/{imei}/test", operation_id = "get_modem_test", tag = "modems", params(("imei" = String, Path)),
    responses(
        (status = 200, description = "The test", body = TestRun),
        (status = 404, description = "No such modem, or no test of it since the gateway started"),
    )
)]
async fn get(On(caller, imei): On<ToRead, Imei>) -> Answer<TestRun> {
    caller.gateway().reaches_modem(&caller, &imei)?;
    let run = caller.gateway().tests().of(&imei);
    let run = run
        .and_then(|run| run.within(&caller.reach))
        .ok_or_else(|| Problem::not_found("The modem was not tested since the gateway started."))?;
    Ok(axum::Json(run))
}
