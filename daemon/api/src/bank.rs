//! `/api/v1/bank`: the controller that holds the power of the modems.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, On, ToOperate, ToRead};
use super::json::Json;
use super::problem::Answer;
use super::query::{Named, NoQuery};
use gateway::changes::BankWish;
use gateway::power::bank::BankView;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(switch))
}

/// A slot, from 1 on.
struct Slot(u8);

impl std::str::FromStr for Slot {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Named for Slot {
    const LOOKS: &str = "a slot of the bank: a number from 1 on";
}

/// The bank controller and its slots.
#[utoipa::path(
    get, path = "/bank", operation_id = "get_bank", tag = "modems",
    responses((status = 200, description = "As it was seen last; `state` is `none` where none is configured", body = BankView))
)]
async fn show(caller: May<ToRead>, _: NoQuery) -> Answer<BankView> {
    Ok(axum::Json(caller.gateway().bank_view(&caller.reach)))
}

/// Have the bank controller do something with a slot.
///
/// The answer comes when it has begun; the slot's `state` shows how far it is. A slot that was switched off stays off
/// until somebody switches it on, or until the gateway is started anew.
#[utoipa::path(
    post, path = "/bank/slots/{slot}", operation_id = "switch_slot", tag = "modems", params(("slot" = u8, Path)),
    request_body = BankWish,
    responses(
        (status = 200, description = "Begun", body = BankView),
        (status = 404, description = "No such slot"),
        (status = 409, description = "No controller is configured, or the slot is not as it must be for this"),
        (status = 502, description = "The controller is away, or refused"),
    )
)]
async fn switch(
    On(caller, Slot(slot)): On<ToOperate, Slot>,
    Json(wish): Json<BankWish>,
) -> Answer<BankView> {
    Ok(axum::Json(
        caller.gateway().switch_slot(&caller, slot, wish).await?,
    ))
}
