//! `/api/v1/audit`: who changed what, when, from where.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToAdmin};
use super::page::{Page, Paging};
use super::problem::Problem;
use super::query::Query;
use model::AuditRow;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list))
}

/// List changes, newest first.
#[utoipa::path(
    get, path = "/audit", operation_id = "list_audit", tag = "audit", params(Paging),
    responses((status = 200, description = "One page", body = Page<AuditRow>))
)]
async fn list(
    State(api): State<Api>,
    _caller: May<ToAdmin>,
    Query(Paging { limit, cursor }): Query<Paging>,
) -> Result<axum::Json<Page<AuditRow>>, Problem> {
    let before = cursor.map(|cursor| cursor.0);
    let rows = api
        .gateway()
        .records()
        .audited(limit.and_one(), before)
        .await?;
    Ok(axum::Json(Page::cut(
        rows,
        limit,
        |row| row.row,
        std::convert::identity,
    )))
}
