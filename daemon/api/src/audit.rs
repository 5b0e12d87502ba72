//! `/api/v1/audit`: who changed what, when, from where.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToAdmin};
use super::page::{Page, Paging};
use super::problem::Problem;
use super::query::Query;
use gateway::records::AuditRow;
use model::Time;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list))
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct AuditView {
    /// When it was changed.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    /// Name of the key.
    #[schema(example = "crm")]
    actor: String,
    /// The address it came from.
    #[schema(required)]
    from: Option<String>,
    /// What was done, to what.
    what: String,
    /// SHA-256 of this row and the hash before it, hexadecimal: a row that was changed or taken
    /// out breaks the chain, and `simgate check` finds it.
    hash: String,
}

impl From<AuditRow> for AuditView {
    fn from(row: AuditRow) -> Self {
        Self {
            at: row.at,
            actor: row.actor,
            from: row.from,
            what: row.what,
            hash: hex::encode(row.hash),
        }
    }
}

/// List changes, newest first.
#[utoipa::path(
    get, path = "/audit", operation_id = "list_audit", tag = "audit", params(Paging),
    responses((status = 200, description = "One page", body = Page<AuditView>))
)]
async fn list(
    State(api): State<Api>,
    _caller: May<ToAdmin>,
    Query(Paging { limit, cursor }): Query<Paging>,
) -> Result<axum::Json<Page<AuditView>>, Problem> {
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
        AuditView::from,
    )))
}
