//! `/api/v1/modem-models`: what tests have found out, by model and firmware.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::auth::{May, ToRead};
use crate::page::{Page, ShortPaging};
use crate::problem::Answer;
use crate::query::Query;
use gateway::modems::Advice;
use model::{Found, ModemFindings, Time};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A kind of modem that was tested.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModemModel)]
struct ModelJson {
    /// As the modem tells it (`AT+CGMI`).
    manufacturer: String,
    /// As the modem tells it (`AT+CGMM`).
    model: String,
    /// As the modem tells it (`AT+CGMR`).
    firmware: String,
    #[serde(flatten)]
    tested: TestedJson,
}

/// What tests have found out about a model and firmware.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModemTested)]
pub(super) struct TestedJson {
    /// When the last test of such a modem was done.
    #[schema(value_type = String, format = DateTime)]
    tested_at: Time,
    /// How many tests were done.
    tests: u32,
    found: Found,
    /// The gateway lists the memories so often for what is not announced.
    sweep_seconds: u64,
    /// The gateway keeps the link open between two messages, where the modem can.
    keep_link: bool,
}

impl From<ModemFindings> for TestedJson {
    fn from(row: ModemFindings) -> Self {
        let advice = Advice::after(&row.found);
        Self {
            tested_at: row.tested_at,
            tests: row.tests,
            found: row.found,
            sweep_seconds: advice.sweep_every.as_secs(),
            keep_link: advice.keep_link,
        }
    }
}

impl From<ModemFindings> for ModelJson {
    fn from(row: ModemFindings) -> Self {
        let kind = row.kind.clone();
        Self {
            manufacturer: kind.manufacturer,
            model: kind.model,
            firmware: kind.firmware,
            tested: row.into(),
        }
    }
}

/// List the models and firmwares that were tested, and what was found.
#[utoipa::path(
    get, path = "/modem-models", operation_id = "list_modem_models", tag = "modems", params(ShortPaging),
    responses((status = 200, description = "One page, by their names", body = Page<ModelJson>))
)]
async fn list(caller: May<ToRead>, Query(paging): Query<ShortPaging>) -> Answer<Page<ModelJson>> {
    Ok(paging.of(caller.gateway().records().findings().await?))
}
