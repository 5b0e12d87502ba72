//! The `OpenAPI` document, made from the handlers.

use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AllOfBuilder, Object, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, Header, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder,
};
use utoipa::{Modify, OpenApi, ToSchema};

use super::problem::{CONTENT_TYPE, Problem};
use crate::messages::draft::Draft;

/// What the handlers do not say.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "simgate",
        description = "Send and receive SMS over a bank of modems.\n\nErrors are RFC 9457 problem details; \
            `errors` points at each invalid field. Times are RFC 3339 UTC with milliseconds. \
            Every request but those to `/healthz`, `/readyz`, `/metrics` and this document needs an API key."
    ),
    components(schemas(Problem)),
    security(("bearer" = []), ("basic" = [])),
    modifiers(&Schemes),
    tags(
        (name = "messages", description = "Send, look up and cancel messages"),
        (name = "conversations", description = "Both directions by the other party"),
        (name = "sims", description = "SIMs by their ICCID"),
        (name = "modems", description = "Modems by their IMEI"),
        (name = "uplinks", description = "SMPP uplinks by their name"),
        (name = "routes", description = "Which SIMs and uplinks a message may go by"),
        (name = "keys", description = "API keys"),
        (name = "audit", description = "Who changed what"),
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
    }
}

/// Adds the problems that an operation can have by its nature, so that no handler forgets one.
pub(super) fn add_common_problems(document: &mut utoipa::openapi::OpenApi) {
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

/// Says which fields of a draft go together: `text`, or `template` and `variables`, or `data` and
/// `port`. The derive knows no such choice.
pub(super) fn add_choice_of_body(document: &mut utoipa::openapi::OpenApi) {
    let choice = |given: &[&str], beside: &[&str]| {
        let all = ["text", "template", "variables", "data", "port"];
        let strays = all
            .iter()
            .filter(|name| !given.contains(name) && !beside.contains(name));
        let given = given.iter();
        strays.fold(
            given.fold(ObjectBuilder::new(), |object, name| object.required(*name)),
            |object, name| object.property(*name, Object::with_type(Type::Null)),
        )
    };
    let choices = OneOfBuilder::new()
        .item(choice(&["text"], &[]))
        .item(choice(&["template"], &["variables"]))
        .item(choice(&["data", "port"], &[]));
    let schemas = document
        .components
        .as_mut()
        .map(|components| &mut components.schemas);
    if let Some(draft) = schemas.and_then(|schemas| schemas.get_mut(&*Draft::name())) {
        let both = AllOfBuilder::new().item(draft.clone()).item(choices);
        *draft = both.into();
    }
}

fn add_to(operation: &mut Operation) {
    let mut problems = vec![("500", "The gateway failed")];
    // An empty security requirement marks what needs no key.
    let public = operation.security.is_some();
    if !public {
        problems.extend([
            ("401", "No valid API key"),
            ("403", "The API key may not do this"),
            (
                "422",
                "Fields or parameters are not valid; `errors` names each",
            ),
            ("429", "The rate limit of the API key is reached"),
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
    for (status, description) in problems {
        let responses = &mut operation.responses.responses;
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
