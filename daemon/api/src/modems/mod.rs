//! `/api/v1/modems`: modems by their IMEI.

mod incidents;
mod models;
mod test;
mod unlock;
mod view;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::{Imei, Scope, Time};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, On, ToAdmin, ToOperate, ToRead};
use super::json::Json;
use super::page::{Page, ShortPaging};
use super::problem::{Answer, Kind, Problem};
use super::query::{Name, Query};
use gateway::modems::{TraceRow, masked};
use gateway::{ModemView, Restart, Unknown};
pub(crate) use incidents::IncidentJson;
pub(crate) use view::ModemJson;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(restart))
        .routes(routes!(at))
        .routes(routes!(trace))
        .routes(routes!(incidents::list_incidents))
        .merge(test::router())
        .merge(unlock::router())
        .merge(models::router())
}

/// List modems, those that are not plugged in too.
#[utoipa::path(
    get, path = "/modems", operation_id = "list_modems", tag = "modems", params(ShortPaging),
    responses((status = 200, description = "One page, by their number", body = Page<ModemJson>))
)]
async fn list(caller: May<ToRead>, Query(paging): Query<ShortPaging>) -> Answer<Page<ModemJson>> {
    let modems = caller.gateway().modems().await?.into_iter();
    let modems = modems.filter(|modem| {
        caller
            .gateway()
            .has_modem(&caller.reach, &modem.record.imei)
    });
    Ok(paging.of(modems.map(|modem| shown(&caller, modem))))
}

/// One modem.
#[utoipa::path(
    get, path = "/modems/{imei}", operation_id = "get_modem", tag = "modems", params(("imei" = String, Path)),
    responses(
        (status = 200, description = "The modem", body = ModemJson),
        (status = 404, description = "No such modem"),
    )
)]
async fn get(On(caller, imei): On<ToRead, Imei>) -> Answer<ModemJson> {
    caller.gateway().reaches_modem(&caller, &imei)?;
    let view = caller.gateway().modem(&imei).await?.ok_or(Unknown::Modem)?;
    Ok(axum::Json(shown(&caller, view)))
}

/// As the caller sees it.
fn shown(caller: &May<ToRead>, view: ModemView) -> ModemJson {
    let (gateway, imei) = (caller.gateway(), &view.record.imei);
    let attention = gateway.attention().of_modem(imei, &caller.reach);
    let test = gateway.tests().of(imei);
    let test = test.and_then(|run| run.within(&caller.reach));
    ModemJson::of(view, attention).with(test.map(|run| run.state))
}

/// How to restart.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RestartRequest {
    how: Restart,
}

/// Restart a modem.
#[utoipa::path(
    post, path = "/modems/{imei}/restart", operation_id = "restart_modem", tag = "modems", params(("imei" = String, Path)),
    request_body = RestartRequest,
    responses(
        (status = 204, description = "It restarts; its state shows how far it is"),
        (status = 404, description = "No such modem"),
        (status = 409, description = "It is not plugged in, or busy"),
        (status = 502, description = "The modem refused"),
        (status = 504, description = "No answer came in time"),
    )
)]
async fn restart(
    On(caller, imei): On<ToOperate, Imei>,
    Json(RestartRequest { how }): Json<RestartRequest>,
) -> Result<Response, Problem> {
    caller.gateway().restart(&caller, &imei, how).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// One AT command line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AtRequest {
    /// One command, with `AT` in front.
    #[schema(
        example = "AT+CSQ",
        min_length = 2,
        max_length = 512,
        pattern = "^[Aa][Tt][ -~]*$"
    )]
    command: String,
}

/// What the modem answered.
#[derive(Debug, Serialize, ToSchema)]
struct AtAnswer {
    /// What the modem said before its final result code, line by line.
    lines: Vec<String>,
    /// The final result code, as the modem wrote it.
    #[serde(rename = "final")]
    #[schema(example = "OK")]
    end: String,
}

/// Run an AT command, between two messages.
#[utoipa::path(
    post, path = "/modems/{imei}/at", operation_id = "run_at_command", tag = "modems", params(("imei" = String, Path)),
    request_body = AtRequest,
    responses(
        (status = 200, description = "The modem's answer, errors too", body = AtAnswer),
        (status = 404, description = "No such modem"),
        (status = 409, description = "It is not plugged in, or busy"),
        (status = 502, description = "The modem refused"),
        (status = 504, description = "No answer came in time"),
    )
)]
async fn at(
    On(caller, imei): On<ToAdmin, Imei>,
    Json(AtRequest { command }): Json<AtRequest>,
) -> Answer<AtAnswer> {
    let reply = caller.gateway().at(&caller, &imei, command).await?;
    Ok(axum::Json(AtAnswer {
        lines: reply.lines,
        end: reply.end,
    }))
}

/// Which lines to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TraceParams {
    /// Show message bodies, numbers and PINs too; needs the scope `admin`.
    #[serde(default)]
    #[param(default = false)]
    reveal: bool,
}

/// The last AT lines of a modem.
#[derive(Debug, Serialize, ToSchema)]
struct Trace {
    /// Oldest first.
    items: Vec<TraceLine>,
}

/// One AT line.
#[derive(Debug, Serialize, ToSchema)]
struct TraceLine {
    /// When the line was read or written.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    direction: TraceDirection,
    /// `…` where it is masked.
    text: String,
    /// Whether it holds a message body, a number or a PIN.
    secret: bool,
}

/// Who wrote the line.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TraceDirection {
    /// To the modem.
    Sent,
    /// From the modem.
    Received,
}

/// The last AT lines, with times and direction.
#[utoipa::path(
    get, path = "/modems/{imei}/trace", operation_id = "get_modem_trace", tag = "modems", params(("imei" = String, Path), TraceParams),
    responses(
        (status = 200, description = "The lines, oldest first", body = Trace),
        (status = 404, description = "No such modem"),
    )
)]
async fn trace(
    caller: May<ToRead>,
    Name(imei): Name<Imei>,
    Query(TraceParams { reveal }): Query<TraceParams>,
) -> Answer<Trace> {
    if reveal && !caller.key.scopes.contains(&Scope::Admin) {
        let detail = "The API key lacks the scope admin, which reveal needs.";
        return Err(Problem::new(Kind::Forbidden, detail));
    }
    let rows = caller.gateway().trace(&caller, &imei, reveal).await?;
    let masked = masked(&rows, Some(imei.as_str())).into_iter();
    let lines = rows.into_iter().zip(masked);
    let items = lines.map(|(row, masked)| line(row, masked, reveal));
    Ok(axum::Json(Trace {
        items: items.collect(),
    }))
}

fn line(row: TraceRow, masked: String, reveal: bool) -> TraceLine {
    let direction = if row.sent {
        TraceDirection::Sent
    } else {
        TraceDirection::Received
    };
    TraceLine {
        at: row.at,
        direction,
        secret: row.text != masked,
        text: if reveal { row.text } else { masked },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_unless_revealed() {
        let shown = |text: &str, reveal| {
            let row = TraceRow {
                at: Time::ZERO,
                sent: true,
                text: text.to_owned(),
                secret: false,
            };
            let masked = masked(std::slice::from_ref(&row), None).remove(0);
            let line = line(row, masked, reveal);
            (line.text, line.secret)
        };
        for command in [
            "AT+CPIN=1234",
            "AT+CLCK=\"SC\",1,\"1234\"",
            "AT+CMEE=1;+CPIN=1234",
        ] {
            let (text, secret) = shown(command, false);
            assert!(secret && !text.contains("1234"), "{text}");
            assert_eq!(shown(command, true).0, command);
        }
        assert_eq!(shown("AT+CSQ", false), ("AT+CSQ".to_owned(), false));
    }
}
