//! The HTTP API: parse, call, render. What it means is decided elsewhere.

mod answer;
mod attention;
mod audit;
mod auth;
mod bodies;
mod change;
mod conversations;
mod events;
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
mod reach;
mod routes;
mod sims;
mod support;
#[cfg(test)]
mod tests;
mod uplinks;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tokio::sync::OwnedMutexGuard;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

pub use support::support_of_records;

use gateway::Gateway;
use gateway::clock;
use gateway::messages::draft::{Context, Defaults};
use gateway::messages::own_numbers::OwnNumbers;
use gateway::selftest::Tests;
use model::Key;

pub use health::keep_metrics;

/// What handlers share.
#[derive(Clone)]
struct Api(Arc<Shared>);

struct Shared {
    gateway: Gateway,
    defaults: Defaults,
    keys: auth::KeyCache,
    senders: messages::Senders,
    created_keys: keys::CreatedKeys,
    tests: Tests,
    bodies: bodies::Bodies,
    locks: change::Locks,
    started_at: Instant,
}

impl Api {
    fn new(gateway: Gateway, max_body: usize) -> Self {
        let defaults = Defaults::from(gateway.settings());
        Self(Arc::new(Shared {
            gateway,
            defaults,
            keys: auth::KeyCache::default(),
            senders: messages::Senders::default(),
            created_keys: keys::CreatedKeys::default(),
            tests: Tests::default(),
            bodies: bodies::Bodies::new(max_body),
            locks: change::Locks::default(),
            started_at: Instant::now(),
        }))
    }

    fn gateway(&self) -> &Gateway {
        &self.0.gateway
    }

    fn defaults(&self) -> &Defaults {
        &self.0.defaults
    }

    /// What drafts of this key are checked against.
    fn context<'a>(&'a self, key: &'a Key, own: &'a OwnNumbers) -> Context<'a> {
        Context {
            defaults: &self.0.defaults,
            key,
            own,
            now: clock::now(),
        }
    }

    fn keys(&self) -> &auth::KeyCache {
        &self.0.keys
    }

    fn bodies(&self) -> &bodies::Bodies {
        &self.0.bodies
    }

    fn senders(&self) -> &messages::Senders {
        &self.0.senders
    }

    fn tests(&self) -> &Tests {
        &self.0.tests
    }

    /// Held by whoever changes a thing, from reading what is there to the end.
    async fn alone(&self, thing: change::Thing) -> OwnedMutexGuard<()> {
        self.0.locks.alone(thing).await
    }

    fn uptime(&self) -> Duration {
        self.0.started_at.elapsed()
    }

    fn created_keys(&self) -> &keys::CreatedKeys {
        &self.0.created_keys
    }
}

/// Everything the gateway answers over HTTP. Serve it with `ConnectInfo`: keys may be tied to
/// addresses.
pub fn router(gateway: Gateway, max_body: usize) -> Router {
    routed(Api::new(gateway, max_body))
}

fn routed(api: Api) -> Router {
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
        .merge(keys::router())
        .merge(audit::router())
        .merge(events::router())
        .merge(support::router());
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .nest("/api/v1", resources)
        .merge(health::router())
}
