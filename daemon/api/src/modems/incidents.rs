//! `/api/v1/modems/{imei}/incidents`: failures, each with the AT dialogue before it.

use model::{Imei, Incident, Time};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{May, ToRead};
use crate::page::{Page, Paging};
use crate::problem::Answer;
use crate::query::{Name, Query};
use gateway::Unknown;
use gateway::modems::ModemCause;

/// A failure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModemIncident)]
pub(crate) struct IncidentJson {
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    /// The modem; null when it failed before it told its IMEI.
    #[schema(required)]
    imei: Option<String>,
    /// ICCID of the SIM that was in it.
    #[schema(required)]
    iccid: Option<String>,
    /// A `ModemIncidentKind`; others may be added.
    #[schema(example = "no_answer")]
    kind: String,
    /// What happened, for people.
    reason: String,
    /// The same as a code; null where the words alone tell it.
    #[schema(required)]
    cause: Option<ModemCause>,
    /// The AT lines before it, oldest first, each with its time and `>>` (to the modem) or `<<`.
    /// `…` where bodies, PINs and numbers are masked.
    dialogue: Vec<String>,
    /// More of this kind in the minute that followed; their dialogues are not kept.
    repeats: u32,
}

impl From<Incident> for IncidentJson {
    fn from(incident: Incident) -> Self {
        Self {
            at: incident.at,
            imei: incident.imei.map(|imei| imei.to_string()),
            iccid: incident.iccid.map(|iccid| iccid.to_string()),
            kind: incident.kind,
            cause: ModemCause::of(&incident.reason),
            reason: incident.reason,
            dialogue: incident.dialogue.lines().map(str::to_owned).collect(),
            repeats: incident.repeats,
        }
    }
}

/// List a modem's failures, newest first.
///
/// Of all modems, the newest 1,000 are kept. A key with groups is not shown those of other SIMs that were in the modem.
#[utoipa::path(
    get, path = "/modems/{imei}/incidents", operation_id = "list_modem_incidents", tag = "modems",
    params(("imei" = String, Path), Paging),
    responses(
        (status = 200, description = "One page", body = Page<IncidentJson>),
        (status = 404, description = "No such modem"),
    )
)]
pub(super) async fn list_incidents(
    caller: May<ToRead>,
    Name(imei): Name<Imei>,
    Query(Paging { limit, cursor }): Query<Paging>,
) -> Answer<Page<IncidentJson>> {
    caller.gateway().reaches_modem(&caller, &imei)?;
    let records = caller.gateway().records();
    let before = cursor.map(|cursor| cursor.0);
    let rows = records
        .incidents(Some(&imei), &caller.reach, limit.and_one(), before)
        .await?;
    if rows.is_empty() && caller.gateway().modem(&imei).await?.is_none() {
        return Err(Unknown::Modem.into());
    }
    Ok(axum::Json(Page::cut(
        rows,
        limit,
        |row| row.row,
        IncidentJson::from,
    )))
}
