//! `/api/v1/suppressions`: numbers that get no messages.

mod export;
mod import;
mod lines;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{changed, put_status};
use super::auth::{May, On, ToOperate, ToRead};
use super::json::SmallJson;
use super::messages::party;
use super::page::{Cursor, Limit, Page};
use super::problem::{Answer, Problem};
use super::query::Query;
use gateway::changes::SuppressionPut;
use gateway::messages::number::{Country, beginning};
use model::Suppression;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, put, delete))
        .routes(routes!(import::import))
        .routes(routes!(export::export))
}

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// Items a page, 1 to 500; 50 when left out.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 500, default = 50)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// Those that begin so, such as +8490, or 090 in the configured country.
    #[param(max_length = 40)]
    number: Option<String>,
}

impl Params {
    fn prefix(&self, country: Option<Country>) -> Result<String, Problem> {
        let Some(given) = &self.number else {
            return Ok(String::new());
        };
        beginning(given, country).ok_or_else(|| {
            let detail = "must be the beginning of a number as in to, or of a short code";
            Problem::field("?number", detail)
        })
    }
}

/// List the numbers that get no messages, those that were added last first.
///
/// A number gets on the list by a message such as STOP, and off it by one such as START; which words
/// count is set for each SIM (`opt_out`). Or somebody enters it. To such a number no message is accepted,
/// and those that wait for it fail, but for those of the class `transactional`. A key that sees a part
/// of the messages only sees none of this.
#[utoipa::path(
    get, path = "/suppressions", operation_id = "list_suppressions", tag = "suppressions", params(Params),
    responses(
        (status = 200, description = "One page", body = Page<Suppression>),
        (status = 404, description = "The key does not see all messages"),
    )
)]
async fn list(caller: May<ToRead>, Query(params): Query<Params>) -> Answer<Page<Suppression>> {
    let (prefix, limit) = (
        params.prefix(caller.gateway().defaults().country())?,
        params.limit,
    );
    let before = params.cursor.map(|cursor| cursor.0);
    let rows = caller
        .gateway()
        .suppressions(&caller, &prefix, limit.and_one(), before)
        .await?;
    let page = Page::cut(rows, limit, |row| row.row, std::convert::identity);
    Ok(axum::Json(page))
}

/// Whether a number gets no messages, and why.
#[utoipa::path(
    get, path = "/suppressions/{number}", operation_id = "get_suppression", tag = "suppressions",
    params(("number" = String, Path, description = "A number as in `to`")),
    responses(
        (status = 200, description = "It gets none", body = Suppression),
        (status = 404, description = "It gets messages, or the key does not see all messages"),
    )
)]
async fn get(On(caller, number): On<ToRead, String>) -> Answer<Suppression> {
    let number = party(&number, caller.gateway().defaults());
    let found = caller.gateway().suppression(&caller, &number).await?;
    Ok(axum::Json(found))
}

/// Have a number get no messages, or change what is said of one that gets none. It counts at once.
///
/// The message by which a number asked stays with it.
#[utoipa::path(
    put, path = "/suppressions/{number}", operation_id = "put_suppression", tag = "suppressions",
    params(("number" = String, Path, description = "A number as in `to`")), request_body = SuppressionPut,
    responses(
        (status = 200, description = "Changed: what is said of it now", body = Suppression),
        (status = 201, description = "It gets no messages any more", body = Suppression),
        (status = 204, description = "Done; the caller may not read it"),
        (status = 404, description = "The key does not see all messages"),
    )
)]
async fn put(
    On(caller, number): On<ToOperate, String>,
    SmallJson(put): SmallJson<SuppressionPut>,
) -> Result<Response, Problem> {
    caller.gateway().reaches_suppressions(&caller)?;
    let new = put.checked(caller.gateway(), &number);
    let new = new.map_err(Problem::invalid)?;
    let (now, is_new) = caller.gateway().put_suppression(&caller, new).await?;
    Ok(changed(put_status(is_new), caller.reads(), now))
}

/// Have a number get messages again.
#[utoipa::path(
    delete, path = "/suppressions/{number}", operation_id = "delete_suppression", tag = "suppressions",
    params(("number" = String, Path, description = "A number as in `to`")),
    responses(
        (status = 204, description = "It gets messages again"),
        (status = 404, description = "It gets messages, or the key does not see all messages"),
    )
)]
async fn delete(On(caller, number): On<ToOperate, String>) -> Result<StatusCode, Problem> {
    let number = party(&number, caller.gateway().defaults());
    caller.gateway().lift_suppression(&caller, &number).await?;
    Ok(StatusCode::NO_CONTENT)
}
