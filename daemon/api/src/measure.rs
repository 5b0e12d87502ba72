//! How many requests there are, and how long they take.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

/// Counters without labels. They are there from the start: of one that appears with its first count,
/// Prometheus would not see that it rose.
const PLAIN: [(&str, &str); 15] = [
    (
        "simgate_messages_accepted_total",
        "Messages that clients submitted",
    ),
    (
        "simgate_messages_sent_total",
        "Messages of which the network has every part",
    ),
    (
        "simgate_messages_delivered_total",
        "Messages that were reported as delivered",
    ),
    ("simgate_messages_failed_total", "Messages given up"),
    (
        "simgate_messages_received_total",
        "Messages that came in, complete or timed out",
    ),
    ("simgate_parts_sent_total", "Parts that the network took"),
    (
        "simgate_parts_uncertain_total",
        "Parts whose result was not seen",
    ),
    ("simgate_backup_failures_total", "Backups that failed"),
    (
        "simgate_reports_matched_total",
        "Status reports that found their part",
    ),
    (
        "simgate_reports_unmatched_total",
        "Status reports that found none",
    ),
    (
        "simgate_http_connections_refused_total",
        "Connections for which there was no room",
    ),
    (
        "simgate_http_connections_evicted_total",
        "Connections that were closed for others",
    ),
    (
        "simgate_event_streams_refused_total",
        "Streams of events for which there was no room",
    ),
    (
        "simgate_incidents_dropped_total",
        "Failures of modems that were not kept: too many at once, or the disk is full",
    ),
    (
        "simgate_store_damage_total",
        "Times that the database was found to be damaged",
    ),
];

/// Counters with labels.
const LABELLED: [(&str, &str); 8] = [
    (
        "simgate_parts_refused_total",
        "Parts that a modem or the network refused, by code",
    ),
    (
        "simgate_uplink_parts_sent_total",
        "Parts that an SMSC took, by uplink",
    ),
    (
        "simgate_webhook_posts_total",
        "Posts to webhooks, by webhook and outcome",
    ),
    (
        "simgate_sim_breaker_changes_total",
        "SIMs whose breaker opened or closed, by what it is since",
    ),
    (
        "simgate_modem_recoveries_total",
        "Steps taken to bring a modem back, by step",
    ),
    ("simgate_http_requests_total", "Answered requests"),
    (
        "simgate_tls_handshakes_failed_total",
        "TLS handshakes that were given up, by why",
    ),
    ("simgate_incidents_total", "Failures of modems, by kind"),
];

/// Gives every metric its line of help.
pub(super) fn describe() {
    for (name, help) in PLAIN.into_iter().chain(LABELLED) {
        metrics::describe_counter!(name, help);
    }
    for (name, _) in PLAIN {
        metrics::counter!(name).increment(0);
    }
    metrics::describe_gauge!("simgate_queue_depth", "Messages queued, by priority");
    metrics::describe_gauge!("simgate_sims", "SIMs, by state");
    metrics::describe_gauge!(
        "simgate_attention_items",
        "What needs a person, by severity"
    );
    metrics::describe_gauge!("simgate_http_connections", "Open connections");
    metrics::describe_gauge!("simgate_event_streams", "Open streams of events");
    metrics::describe_gauge!(
        "simgate_webhook_deliveries",
        "Events that wait to be posted or are parked, by webhook"
    );
    let seconds = metrics::Unit::Seconds;
    metrics::describe_gauge!(
        "simgate_tls_certificate_expires_timestamp_seconds",
        seconds,
        "When the certificate ends that clients are shown, since 1970"
    );
    metrics::describe_histogram!(
        "simgate_send_seconds",
        seconds,
        "From giving a part to a modem to its answer"
    );
    metrics::describe_histogram!(
        "simgate_uplink_answer_seconds",
        seconds,
        "From giving a part to an SMSC to its answer"
    );
    for (name, help) in [
        ("simgate_uplink_bound", "1 where an uplink is bound"),
        (
            "simgate_uplink_in_flight",
            "Parts that wait for an SMSC's answer, by uplink",
        ),
        (
            "simgate_uplink_window",
            "Parts that may wait for an SMSC's answer, by uplink",
        ),
    ] {
        metrics::describe_gauge!(name, help);
    }
    metrics::describe_histogram!(
        "simgate_http_request_seconds",
        seconds,
        "From a request to the head of its answer"
    );
}

/// Counts each request by its route, not its path: identifiers would make a series each.
pub(super) async fn measure(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "none".to_owned(), |route| route.as_str().to_owned());
    let method = known(request.method());
    let response = next.run(request).await;
    let status = response.status().as_str().to_owned();
    metrics::counter!(
        "simgate_http_requests_total", "method" => method, "route" => route.clone(), "status" => status
    )
    .increment(1);
    metrics::histogram!("simgate_http_request_seconds", "route" => route)
        .record(begun.elapsed().as_secs_f64());
    response
}

/// A client may make up methods; they must not make up series.
fn known(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        _ => "other",
    }
}
