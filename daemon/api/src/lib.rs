//! The HTTP API: parse, call, render. What it means is decided elsewhere.

mod answer;
mod attention;
mod audit;
mod auth;
mod backups;
mod bank;
mod bodies;
mod change;
mod config;
mod conversations;
mod events;
mod headers;
mod health;
pub mod http;
mod idempotency;
mod json;
mod keys;
mod line_end;
mod measure;
mod messages;
mod modems;
mod openapi;
mod page;
mod ports;
mod problem;
mod query;
mod routes;
mod session;
mod sims;
mod stats;
mod streams;
mod support;
mod suppressions;
mod system;
mod templates;
#[cfg(test)]
mod tests;
mod uplinks;
mod users;
mod webhooks;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

use gateway::Gateway;

pub use health::keep_metrics;
pub use support::SupportJson;

/// What handlers share.
#[derive(Clone)]
struct Api(Arc<Shared>);

struct Shared {
    gateway: Gateway,
    paces: auth::Paces,
    bodies: bodies::Bodies,
    streams: streams::Streams,
    started_at: Instant,
}

impl Api {
    fn new(gateway: Gateway, max_body: usize) -> Self {
        Self(Arc::new(Shared {
            gateway,
            paces: auth::Paces::default(),
            bodies: bodies::Bodies::new(max_body),
            streams: streams::Streams::default(),
            started_at: Instant::now(),
        }))
    }

    fn gateway(&self) -> &Gateway {
        &self.0.gateway
    }

    fn paces(&self) -> &auth::Paces {
        &self.0.paces
    }

    fn bodies(&self) -> &bodies::Bodies {
        &self.0.bodies
    }

    fn uptime(&self) -> Duration {
        self.0.started_at.elapsed()
    }
}

/// All routes, and what `/api/v1/openapi.json` answers.
pub struct Resources {
    router: Router<Api>,
    /// Packed.
    document: Bytes,
}

impl Resources {
    /// Making them takes many times the memory that they have in the end, for a moment. The heap shrinks
    /// again where nothing else was put on top of that meanwhile: so they are made before all else.
    pub fn make() -> Self {
        // It grew on top of all that it was made of. A copy finds room below.
        let packed = apart(|| openapi::pack(&document().to_string()));
        let document = Bytes::copy_from_slice(&packed);
        drop(packed);
        let router = apart(|| resources().split_for_parts().0);
        Self { router, document }
    }
}

/// Does it in a thread of its own. What a thread has freed and keeps for its next use, glibc takes back at
/// its end.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let done = thread::scope(|threads| threads.spawn(work).join());
    done.unwrap_or_else(|panic| resume_unwind(panic))
}

fn document() -> serde_json::Value {
    openapi::finished(resources().split_for_parts().1)
}

/// Everything the gateway answers over HTTP. Serve it with `ConnectInfo`: keys may be tied to
/// addresses.
pub fn router(gateway: Gateway, resources: Resources, max_body: usize) -> Router {
    let Resources { router, document } = resources;
    let api = Api::new(gateway, max_body);
    health::recorder();
    let json = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    )];
    router
        .route(
            "/api/v1/openapi.json",
            get(async move || (json, openapi::unpack(&document))),
        )
        .fallback(problem::unknown_path)
        .method_not_allowed_fallback(problem::unknown_method)
        .layer(from_fn_with_state(api.clone(), change::to_its_end))
        .layer(CatchPanicLayer::custom(problem::from_panic))
        .layer(from_fn(line_end::end_with_line))
        .layer(from_fn(measure::measure))
        .with_state(api)
}

fn resources() -> OpenApiRouter<Api> {
    let resources = messages::router()
        .merge(conversations::router())
        .merge(sims::router())
        .merge(suppressions::router())
        .merge(templates::router())
        .merge(modems::router())
        .merge(ports::router())
        .merge(bank::router())
        .merge(uplinks::router())
        .merge(routes::router())
        .merge(webhooks::router())
        .merge(keys::router())
        .merge(users::router())
        .merge(session::router())
        .merge(audit::router())
        .merge(stats::router())
        .merge(backups::router())
        .merge(attention::router())
        .merge(config::router())
        .merge(events::router())
        .merge(support::router())
        .merge(system::router());
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .nest("/api/v1", resources)
        .merge(health::router())
}
