//! `/api/v1/ports`: the serial ports that are there, and what each is found to be.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToRead};
use super::page::{Page, ShortPaging};
use super::problem::Answer;
use super::query::Query;
use gateway::modems::PortRow;
use model::Time;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A serial port.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SerialPort)]
struct PortJson {
    /// Its device, as the configuration leads to it.
    #[schema(example = "/dev/simgate/modem0")]
    port: String,
    /// Where it is on the USB; null when it is not.
    #[schema(required, example = "1-1.4:1.2")]
    usb_path: Option<String>,
    /// `probing`: being looked at. `modem`: it carries one. `second`: another port of a modem in
    /// use, which is listened to. `in_use`: another program has it. `unusable`: it cannot be
    /// opened. `silent`: nothing answers AT. `no_imei`: a modem that does not tell its IMEI.
    /// `same_imei`: a modem with the IMEI of another one. `recovering`: its modem has failed.
    #[schema(example = "modem")]
    state: &'static str,
    /// Of the modem.
    #[schema(required)]
    imei: Option<String>,
    /// For people.
    #[schema(required)]
    detail: Option<String>,
    /// When it came into this state.
    #[schema(value_type = String, format = DateTime)]
    since: Time,
}

impl From<PortRow> for PortJson {
    fn from(row: PortRow) -> Self {
        Self {
            port: row.port,
            usb_path: row.usb_path,
            state: row.state.as_str(),
            imei: row.imei.map(|imei| imei.to_string()),
            detail: row.detail,
            since: row.since,
        }
    }
}

/// List the serial ports that are there, also those without a modem that can be used.
#[utoipa::path(
    get, path = "/ports", operation_id = "list_ports", tag = "modems", params(ShortPaging),
    responses((status = 200, description = "One page, by their name", body = Page<PortJson>))
)]
async fn list(caller: May<ToRead>, Query(paging): Query<ShortPaging>) -> Answer<Page<PortJson>> {
    let rows = caller.gateway().ports();
    let within = |row: &PortRow| {
        let imei = row.imei.as_ref();
        caller.reach.is_all()
            || imei.is_some_and(|imei| caller.gateway().has_modem(&caller.reach, imei))
    };
    paging.answer(rows.into_iter().filter(within))
}
