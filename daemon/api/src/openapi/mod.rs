//! The `OpenAPI` document, made from the handlers.

mod attention;
mod callbacks;
mod events;
mod flat;
mod packed;
mod requests;
mod scopes;
mod webhooks;

use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, Header, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder,
};
use utoipa::{Modify, OpenApi, ToSchema};

use crate::auth::SECURE_COOKIE;
use crate::problem::{CONTENT_TYPE, Problem};
use gateway::events::{
    CallEvent, ConversationEvent, MessageEvent, ModemEvent, QueueDepth, SimEvent, UplinkEvent,
};
use gateway::selftest::ModemTestEvent;
use gateway::webhooks::{EventPost, Posted};
use model::{HistoryStep, IncidentKind, ReasonCode, ReasonFamily};
pub(super) use packed::{pack, unpack};

/// What the handlers do not say.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "simgate",
        description = "Send and receive SMS over a bank of modems.\n\nErrors are RFC 9457 problem details; \
            `errors` points at each invalid field. Times are RFC 3339 UTC with milliseconds. \
            Every request but those to `/healthz`, `/readyz`, `/metrics` and this document needs an API key, or the cookie \
            of a session; a change by a session also needs the header `X-CSRF-Token`, with what `GET /api/v1/session` tells."
    ),
    components(schemas(
        Problem, Posted<'_>, EventPost<'_>, CallEvent<'_>, ConversationEvent<'_>, MessageEvent<'_>, ModemEvent<'_>, ModemTestEvent<'_>, QueueDepth, SimEvent<'_>,
        UplinkEvent<'_>, IncidentKind, ReasonCode, ReasonFamily, HistoryStep,
    )),
    security(("bearer" = []), ("basic" = []), ("session" = [])),
    modifiers(&Schemes),
    tags(
        (name = "messages", description = "Send, look up and cancel messages"),
        (name = "conversations", description = "Both directions by the other party"),
        (name = "suppressions", description = "Numbers that get no messages"),
        (name = "templates", description = "Texts with variables"),
        (name = "sims", description = "SIMs by their ICCID"),
        (name = "modems", description = "Modems by their IMEI"),
        (name = "uplinks", description = "SMPP uplinks by their name"),
        (name = "routes", description = "Which SIMs and uplinks a message may go by"),
        (name = "webhooks", description = "Addresses that are told of events"),
        (name = "keys", description = "API keys"),
        (name = "users", description = "People who log in"),
        (name = "session", description = "Logging in and out, and the user's own account"),
        (name = "audit", description = "Who changed what"),
        (name = "stats", description = "What was counted over time"),
        (name = "config", description = "What operators set, as one document"),
        (name = "backups", description = "Copies of the database"),
        (name = "attention", description = "What needs a person, and how things stand"),
        (name = "events", description = "What happens, live"),
        (name = "health", description = "For monitors"),
    )
)]
pub(super) struct Document;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key"))
            .build();
        let basic = Http::builder()
            .scheme(HttpAuthScheme::Basic)
            .description(Some(
                "An API key as password; the user name does not matter",
            ))
            .build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("basic", SecurityScheme::Http(basic));
        let cookie = ApiKeyValue::with_description(
            SECURE_COOKIE,
            "The cookie that a log-in sets; over plain HTTP it is called `simgate`",
        );
        let session = SecurityScheme::ApiKey(ApiKey::Cookie(cookie));
        components.add_security_scheme("session", session);
    }
}

/// The document with what no handler says by itself.
pub(super) fn finished(mut document: utoipa::openapi::OpenApi) -> Value {
    add_common_problems(&mut document);
    let mut document = serde_json::to_value(&document).unwrap_or_default();
    let paths = document["paths"].to_string();
    if let Some(schemas) = document.pointer_mut("/components/schemas") {
        flat::flatten(schemas, &paths);
    }
    scopes::describe(&mut document);
    callbacks::describe(&mut document);
    webhooks::describe(&mut document);
    events::describe(&mut document);
    attention::describe(&mut document);
    name_pages(&mut document);
    describe_path_parameters(&mut document);
    requests::describe_defaults(&mut document);
    requests::add_choice_of_body(&mut document);
    document
}

/// What names a thing in a path is the same in every operation.
fn describe_path_parameters(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let operations = paths.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    for (_, operation) in operations {
        // Not by index, which would make what is not there.
        let parameters = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut);
        for parameter in parameters
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
        {
            let said = match parameter["name"].as_str() {
                Some("id") => "Id of the message.",
                Some("imei") => "IMEI of the modem.",
                Some("iccid") => "ICCID of the SIM.",
                _ => "What it is called.",
            };
            if parameter["description"].as_str().is_none_or(str::is_empty) {
                parameter["description"] = said.into();
            }
        }
    }
}

/// `Page_Sim` is what the derive makes of `Page<Sim>`; clients would call their types so.
fn name_pages(document: &mut Value) {
    let schemas = document["components"]["schemas"].as_object();
    let pages = schemas.into_iter().flat_map(|schemas| schemas.keys());
    let pages: Vec<(String, String)> = pages
        .filter_map(|name| {
            let (_, of) = name.split_once('_')?;
            Some((name.clone(), format!("{of}Page")))
        })
        .collect();
    let mut text = document.to_string();
    for (name, page) in pages {
        for mark in ['"', '/'] {
            text = text.replace(&format!("{mark}{name}\""), &format!("{mark}{page}\""));
        }
    }
    *document = serde_json::from_str(&text).unwrap_or_default();
}

/// Adds the problems that an operation can have by its nature, so that no handler forgets one.
fn add_common_problems(document: &mut utoipa::openapi::OpenApi) {
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            add_to(operation);
        }
    }
}

fn add_to(operation: &mut Operation) {
    let mut problems = vec![("500", "The gateway failed")];
    // An empty security requirement marks what needs no key.
    let public = operation.security.is_some();
    if !public {
        problems.extend([
            ("401", "No valid API key, and no session"),
            ("403", "The caller may not do this"),
            (
                "422",
                "Fields or parameters are not valid; `errors` names each",
            ),
            (
                "429",
                "The rate limit of the API key is reached, or too much is going on",
            ),
            ("503", "The disk is full, or the gateway is stopping"),
        ]);
    }
    if operation.request_body.is_some() {
        problems.extend([
            ("400", "The body is not JSON"),
            ("408", "The body did not come in time"),
            ("413", "The body is too large"),
            ("415", "The body is not declared as JSON"),
        ]);
    }
    let responses = &mut operation.responses.responses;
    // A handler's attribute says when it fails; how a failure is told is the same for all.
    for (status, response) in responses.iter_mut() {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
            && response.content.is_empty()
        {
            response.content = problem(status, "").content;
        }
    }
    for (status, description) in problems {
        responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(problem(status, description)));
    }
}

fn problem(status: &str, description: &str) -> Response {
    let schema = Ref::from_schema_name(Problem::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new()
        .description(description)
        .content(CONTENT_TYPE, content);
    match status {
        "401" => response.header("WWW-Authenticate", text("How to authenticate")),
        "429" | "503" => response.header("Retry-After", text("When to try again, in seconds")),
        _ => response,
    }
    .build()
}

fn text(description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(Object::with_type(Type::String)))
        .description(Some(description))
        .build()
}
