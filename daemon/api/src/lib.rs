//! The HTTP API: parse, call, render. What it means is decided elsewhere.

mod answer;
mod attention;
mod audit;
mod auth;
mod backups;
mod bodies;
mod change;
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
#[cfg(test)]
mod tests;
mod uplinks;
mod users;
mod webhooks;

use std::sync::Arc;
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

/// Everything the gateway answers over HTTP. Serve it with `ConnectInfo`: keys may be tied to
/// addresses.
pub fn router(gateway: Gateway, max_body: usize) -> Router {
    let api = Api::new(gateway, max_body);
    health::recorder();
    let (router, document) = resources().split_for_parts();
    let document = Bytes::from(openapi::finished(document).to_string());
    let json = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    )];
    router
        .route("/api/v1/openapi.json", get(async move || (json, document)))
        .fallback(problem::unknown_path)
        .method_not_allowed_fallback(problem::unknown_method)
        .layer(from_fn_with_state(api.clone(), change::to_its_end))
        .layer(CatchPanicLayer::custom(problem::from_panic))
        .layer(from_fn(line_end::end_with_line))
        .layer(from_fn(measure::measure))
        .with_state(api)
}

/// The document that `/api/v1/openapi.json` answers.
#[cfg(test)]
fn document() -> serde_json::Value {
    openapi::finished(resources().split_for_parts().1)
}

fn resources() -> OpenApiRouter<Api> {
    let resources = messages::router()
        .merge(conversations::router())
        .merge(sims::router())
        .merge(modems::router())
        .merge(ports::router())
        .merge(uplinks::router())
        .merge(routes::router())
        .merge(webhooks::router())
        .merge(keys::router())
        .merge(users::router())
        .merge(session::router())
        .merge(audit::router())
        .merge(stats::router())
        .merge(backups::router())
        .merge(events::router())
        .merge(support::router());
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .nest("/api/v1", resources)
        .merge(health::router())
}
