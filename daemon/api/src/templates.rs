//! `/api/v1/templates`: texts with variables that are kept.

use axum::http::StatusCode;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{changed, put_status};
use super::auth::{May, On, ToOperate, ToRead, ToSend};
use super::json::Json;
use super::page::{Page, ShortPaging};
use super::problem::{Answer, Problem};
use super::query::{Name, Query};
use gateway::changes::TemplatePut;
use gateway::{FieldCode, TemplatePreview, TemplateTry, TemplateView};
use model::TemplateName;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, put, delete))
        .routes(routes!(versions))
        .routes(routes!(preview))
}

/// List the templates.
#[utoipa::path(
    get, path = "/templates", operation_id = "list_templates", tag = "templates", params(ShortPaging),
    responses((status = 200, description = "One page, by name", body = Page<TemplateView>))
)]
async fn list(
    caller: May<ToRead>,
    Query(paging): Query<ShortPaging>,
) -> Answer<Page<TemplateView>> {
    let all = caller.gateway().templates().await?;
    Ok(paging.of(all))
}

/// One template as it is now.
#[utoipa::path(
    get, path = "/templates/{name}", operation_id = "get_template", tag = "templates",
    params(("name" = String, Path)),
    responses(
        (status = 200, description = "The template", body = TemplateView),
        (status = 404, description = "No such template"),
    )
)]
async fn get(On(caller, name): On<ToRead, TemplateName>) -> Answer<TemplateView> {
    Ok(axum::Json(caller.gateway().template(&name).await?))
}

/// Make a template, or a new version of one. New messages are made of it at once.
///
/// Messages that were accepted before stay as they are, and so does each version; of one name the last 100 are kept.
/// Where text and description stay the same, so does the version. There can be 1,000 templates.
#[utoipa::path(
    put, path = "/templates/{name}", operation_id = "put_template", tag = "templates",
    params(("name" = String, Path, max_length = 64, pattern = "^[A-Za-z0-9_.-]{1,64}$")),
    request_body = TemplatePut,
    responses(
        (status = 200, description = "Changed: the template as it is now", body = TemplateView),
        (status = 201, description = "Made: the template as it is now", body = TemplateView),
        (status = 204, description = "Done; the caller may not read it"),
        (status = 404, description = "The key does not see all messages"),
        (status = 409, description = "Somebody else has changed it meanwhile, or there are 1,000"),
    )
)]
async fn put(
    On(caller, name): On<ToOperate, String>,
    Json(put): Json<TemplatePut>,
) -> Result<Response, Problem> {
    caller.gateway().reaches_templates(&caller)?;
    let name: TemplateName = name.parse().map_err(|_| {
        let detail = "must have 1 to 64 letters, digits, _ - and .";
        Problem::coded("path:name", FieldCode::Name, detail)
    })?;
    let (template, is_new) = caller.gateway().put_template(&caller, name, put).await?;
    Ok(changed(put_status(is_new), caller.reads(), template))
}

/// Delete a template. Its versions can still be read, and one that is made by this name goes on counting them.
#[utoipa::path(
    delete, path = "/templates/{name}", operation_id = "delete_template", tag = "templates",
    params(("name" = String, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No such template, or the key does not see all messages"),
    )
)]
async fn delete(On(caller, name): On<ToOperate, TemplateName>) -> Result<StatusCode, Problem> {
    caller.gateway().delete_template(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a template said, version by version; also of one that was deleted.
#[utoipa::path(
    get, path = "/templates/{name}/versions", operation_id = "list_template_versions", tag = "templates",
    params(("name" = String, Path), ShortPaging),
    responses(
        (status = 200, description = "One page, newest first", body = Page<TemplateView>),
        (status = 404, description = "No such template"),
    )
)]
async fn versions(
    caller: May<ToRead>,
    Name(name): Name<TemplateName>,
    Query(paging): Query<ShortPaging>,
) -> Answer<Page<TemplateView>> {
    let all = caller.gateway().template_versions(&name).await?;
    Ok(paging.of(all))
}

/// Show what a template would become with these variables; sends and keeps nothing.
#[utoipa::path(
    post, path = "/templates/{name}/preview", operation_id = "preview_template", tag = "templates",
    params(("name" = String, Path)), request_body = TemplateTry,
    responses(
        (status = 200, description = "Its text, and the parts it would take", body = TemplatePreview),
        (status = 404, description = "No such template, and no other text is given"),
    )
)]
async fn preview(
    On(caller, name): On<ToSend, TemplateName>,
    Json(wanted): Json<TemplateTry>,
) -> Answer<TemplatePreview> {
    Ok(axum::Json(
        caller.gateway().try_template(&name, wanted).await?,
    ))
}
