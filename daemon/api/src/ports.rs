//! `/api/v1/ports`: the serial ports that are there, and what each is found to be.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToRead};
use super::page::{Page, ShortPaging};
use super::problem::Answer;
use super::query::Query;
use gateway::modems::PortRow;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list))
}

/// List the serial ports that are there, also those without a modem that can be used.
#[utoipa::path(
    get, path = "/ports", operation_id = "list_ports", tag = "modems", params(ShortPaging),
    responses((status = 200, description = "One page, by their name", body = Page<PortRow>))
)]
async fn list(caller: May<ToRead>, Query(paging): Query<ShortPaging>) -> Answer<Page<PortRow>> {
    let rows = caller.gateway().ports();
    let within = |row: &PortRow| {
        let imei = row.imei.as_ref();
        caller.reach.is_all()
            || imei.is_some_and(|imei| caller.gateway().has_modem(&caller.reach, imei))
    };
    Ok(paging.of(rows.into_iter().filter(within)))
}
