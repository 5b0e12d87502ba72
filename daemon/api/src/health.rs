//! What monitors ask: `/healthz`, `/readyz`, `/metrics`.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::problem::{Kind, Problem};
use gateway::SimState;
use model::{Reach, UplinkState};

/// Upper bounds of the histograms in seconds: from an idle modem's answer to a slow network's.
const SECONDS: [f64; 12] = [
    0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0,
];

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(alive))
        .routes(routes!(ready))
        .routes(routes!(numbers))
}

/// How the gateway is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok` whenever it is answered.
    #[schema(example = "ok")]
    status: &'static str,
    /// Why it is not ready; empty when it is.
    reasons: Vec<String>,
}

/// Whether the process serves.
#[utoipa::path(
    get, path = "/healthz", operation_id = "get_healthz", tag = "health", security(()),
    responses((status = 200, description = "It does", body = Health))
)]
async fn alive() -> axum::Json<Health> {
    axum::Json(Health {
        status: "ok",
        reasons: Vec::new(),
    })
}

/// Whether messages can be stored and sent.
#[utoipa::path(
    get, path = "/readyz", operation_id = "get_readyz", tag = "health", security(()),
    responses(
        (status = 200, description = "The store is writable, and at least one SIM that is not disabled or one uplink can send", body = Health),
        (status = 503, description = "Not ready, and why", body = Health),
    )
)]
async fn ready(State(api): State<Api>) -> Response {
    let reasons = api.gateway().readiness().await;
    if reasons.is_empty() {
        return axum::Json(Health {
            status: "ok",
            reasons,
        })
        .into_response();
    }
    (
        StatusCode::SERVICE_UNAVAILABLE,
        axum::Json(Health {
            status: "not ready",
            reasons,
        }),
    )
        .into_response()
}

/// Counters for Prometheus.
#[utoipa::path(
    get, path = "/metrics", operation_id = "get_metrics", tag = "health", security(()),
    responses((status = 200, description = "In the text format", body = String, content_type = "text/plain"))
)]
async fn numbers(State(api): State<Api>) -> Result<Response, Problem> {
    let text = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    Ok((text, render(&api).await?).into_response())
}

/// All metrics in the text format.
pub(super) async fn render(api: &Api) -> Result<String, Problem> {
    let Some(recorder) = recorder() else {
        return Err(Problem::new(
            Kind::Internal,
            "Metrics are recorded elsewhere.",
        ));
    };
    for (priority, depth) in api.gateway().records().queue_depth() {
        let name = format!("{priority:?}").to_lowercase();
        metrics::gauge!("simgate_queue_depth", "priority" => name).set(gauge(depth));
    }
    let sims = api.gateway().sims().await?;
    for &state in SimState::ALL {
        let count = sims.iter().filter(|sim| sim.state == state).count();
        let name = format!("{state:?}").to_lowercase();
        metrics::gauge!("simgate_sims", "state" => name).set(gauge(count as u64));
    }
    if let Some(at) = api.gateway().backups().status().last_good {
        let seconds = u64::try_from(at.0 / 1000).unwrap_or(0);
        metrics::gauge!("simgate_backup_last_success_timestamp_seconds").set(gauge(seconds));
    }
    for (severity, count) in api.gateway().attention().counts(&Reach::All) {
        metrics::gauge!("simgate_attention_items", "severity" => severity.as_str())
            .set(gauge(count as u64));
    }
    for (name, status, window) in api.gateway().uplinks_at_work().all() {
        let labels = || [("uplink", name.to_string())];
        let bound = u64::from(status.state == UplinkState::Bound);
        metrics::gauge!("simgate_uplink_bound", &labels()).set(gauge(bound));
        metrics::gauge!("simgate_uplink_in_flight", &labels()).set(gauge(status.in_flight as u64));
        metrics::gauge!("simgate_uplink_window", &labels()).set(gauge(window as u64));
    }
    for webhook in api.gateway().webhooks().await? {
        let labels = |state| {
            [
                ("webhook", webhook.name.to_string()),
                ("state", String::from(state)),
            ]
        };
        metrics::gauge!("simgate_webhook_deliveries", &labels("waiting"))
            .set(gauge(webhook.waiting));
        metrics::gauge!("simgate_webhook_deliveries", &labels("parked")).set(gauge(webhook.parked));
    }
    Ok(recorder.render())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "gauges are floats; no count is that high"
)]
fn gauge(count: u64) -> f64 {
    count as f64
}

/// How often measured times are put into their buckets: until then each takes memory.
const UPKEEP: Duration = Duration::from_secs(10);

/// Keeps the recorder small where nobody reads the metrics. Runs for ever.
pub async fn keep_metrics() {
    let Some(recorder) = recorder() else { return };
    loop {
        tokio::time::sleep(UPKEEP).await;
        recorder.run_upkeep();
    }
}

/// The process's recorder. The first call installs it, so that what happens from then on counts.
pub(super) fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let suffix = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(suffix, &SECONDS);
        let installed = builder.and_then(PrometheusBuilder::install_recorder);
        super::measure::describe();
        installed
            .inspect_err(|error| tracing::error!(%error, "no metrics"))
            .ok()
    };
    RECORDER.get_or_init(install).as_ref()
}
