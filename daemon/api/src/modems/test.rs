//! `/api/v1/modems/{imei}/test`: the self-test of a modem.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::Imei;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::answer::changed;
use crate::auth::{May, ToOperate, ToRead};
use crate::json::Json;
use crate::problem::{Kind, Problem};
use crate::query::{Name, NoQuery};
use crate::reach;
use crate::sims::check_ussd;
use gateway::selftest::{StartError, TestRun, Wish};

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
        (status = 404, description = "No such modem", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "The modem or its SIM cannot be tested now, is in a test, or there is no other SIM that is ready",
            body = Problem, content_type = "application/problem+json"),
    )
)]
async fn start(
    State(api): State<Api>,
    caller: May<ToOperate>,
    _: NoQuery,
    Name(imei): Name<Imei>,
    Json(request): Json<TestRequest>,
) -> Result<Response, Problem> {
    reach::modem(&api, &caller.reach, &imei)?;
    let partner = request.partner.map(|iccid| iccid.parse()).transpose();
    let partner =
        partner.map_err(|_| Problem::field("/partner", "an ICCID has 18 to 20 digits"))?;
    if let Some(code) = &request.ussd {
        check_ussd(code).map_err(|detail| Problem::field("/ussd", detail))?;
    }
    let wish = Wish {
        partner,
        reach: caller.reach.clone(),
        ussd: request.ussd,
    };
    let test = match api.tests().prepare(api.gateway(), &imei, wish).await {
        Ok(test) => test,
        Err(StartError::Unknown) => return Err(super::no_modem()),
        Err(StartError::Conflict(why)) => return Err(Problem::new(Kind::Conflict, why)),
        Err(StartError::Partner(why)) => return Err(Problem::field("/partner", why)),
        Err(StartError::Store(error)) => return Err(error.into()),
    };
    // Written before it begins: its messages must not escape the audit.
    let what = format!("tested modem {imei} with sim {}", test.partner());
    caller.audit(api.gateway().records(), what).await;
    Ok(changed(StatusCode::ACCEPTED, caller.reads(), test.begin()))
}

/// The test that runs on a modem, or the last one since the gateway started.
#[utoipa::path(
    get, path = "/modems/{imei}/test", operation_id = "get_modem_test", tag = "modems", params(("imei" = String, Path)),
    responses(
        (status = 200, description = "The test", body = TestRun),
        (status = 404, description = "No such modem, or no test of it since the gateway started",
            body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get(
    State(api): State<Api>,
    caller: May<ToRead>,
    _: NoQuery,
    Name(imei): Name<Imei>,
) -> Result<axum::Json<TestRun>, Problem> {
    reach::modem(&api, &caller.reach, &imei)?;
    let run = api.tests().of(&imei);
    let run = run
        .and_then(|run| run.within(&caller.reach))
        .ok_or_else(|| Problem::not_found("The modem was not tested since the gateway started."))?;
    Ok(axum::Json(run))
}
