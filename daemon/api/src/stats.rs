//! `/api/v1/stats`: what was counted over time.

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToRead};
use super::problem::Answer;
use super::query::{Query, time};
use gateway::statistics::{Asked, By, Statistics, StatisticsStep};
use model::Time;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get))
}

/// What is asked of the statistics.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asking {
    /// From the step on that this time is in. Left out: a day of hours, 30 days, 12 weeks or a year before `until`.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Time>,
    /// Up to the step that this time is in; now when left out.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Time>,
    /// How long the steps are; `day` when left out.
    #[param(inline)]
    step: Option<StatisticsStep>,
    /// By what messages are told apart; all together when left out.
    #[param(inline)]
    by: Option<By>,
    /// Time zone of days, weeks and months, by its IANA name; the configured one (`defaults.timezone`) when left out.
    #[param(max_length = 64, example = "Asia/Ho_Chi_Minh")]
    timezone: Option<String>,
}

/// What was counted over time: messages, and how long they took.
///
/// A message counts as `queued` in the hour in which it was accepted, as `sent` in that in which its last part was sent, as
/// `delivered` when the report says it was (within a week, and not after it was told: an SMSC's clock may be wrong), as `failed` when it failed, expired or could not be delivered,
/// and as `received` when it came in. So one that was accepted before midnight may be delivered in the next step. Messages
/// of self-tests do not count.
///
/// Days begin with the first whole UTC hour of the zone's day. Hours are kept for 90 days, days for three years: of
/// what is older than 90 days each day is one of the zone that was configured at that time. Days of another zone are summed
/// up from their hours, which takes longer. Times are right within 5 %, or
/// 10 ms. At most 2,400 steps and 30,000 items are answered. A key that is bound to SIM groups asks `by` `sim` or `key`,
/// and sees the SIMs of its groups and what it sent itself.
#[utoipa::path(
    get, path = "/stats", operation_id = "get_stats", tag = "stats", params(Asking),
    responses((status = 200, description = "What was counted", body = Statistics))
)]
async fn get(caller: May<ToRead>, Query(asking): Query<Asking>) -> Answer<Statistics> {
    let Asking {
        since,
        until,
        step,
        by,
        timezone,
    } = asking;
    let asked = Asked {
        since,
        until,
        step: step.unwrap_or_default(),
        by,
        timezone,
    };
    Ok(axum::Json(
        caller.gateway().statistics(&caller, asked).await?,
    ))
}
