//! `/api/v1/audit`: who changed what, when, from where.

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToAdmin};
use super::page::{Cursor, Limit, Page};
use super::problem::{Answer, Problem};
use super::query::{Query, check_text, time};
use model::{AuditFilter, AuditRow, Time};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Filters; those given must all hold.
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
    /// Who did it, as the rows name them.
    #[param(max_length = 256, example = "user anna")]
    actor: Option<String>,
    /// What was done has this in it; case does not matter.
    #[param(max_length = 256)]
    q: Option<String>,
    /// Changed at or after.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Time>,
    /// Changed before.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Time>,
}

impl Params {
    fn filter(self) -> Result<AuditFilter, Problem> {
        check_text("?actor", self.actor.as_deref())?;
        check_text("?q", self.q.as_deref())?;
        Ok(AuditFilter {
            actor: self.actor,
            what: self.q,
            since: self.since,
            until: self.until,
        })
    }
}

/// List changes, newest first.
///
/// A page may have fewer than `limit`, or none, where a filter leaves over little of a long history. Only a `next_cursor` of
/// null says that there is no more.
#[utoipa::path(
    get, path = "/audit", operation_id = "list_audit", tag = "audit", params(Params),
    responses((status = 200, description = "One page", body = Page<AuditRow>))
)]
async fn list(caller: May<ToAdmin>, Query(params): Query<Params>) -> Answer<Page<AuditRow>> {
    let (limit, before) = (params.limit.rows(), params.cursor.map(|cursor| cursor.0));
    let records = caller.gateway().records();
    let listed = records.audited(params.filter()?, limit, before).await?;
    Ok(axum::Json(Page {
        items: listed.items,
        next_cursor: listed.next.map(Cursor),
    }))
}
