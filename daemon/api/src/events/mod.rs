//! `/api/v1/events`: what happens, as server-sent events.

mod reader;
mod view;

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{self, StreamExt as _};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToReadMessages};
use super::problem::Problem;
use super::query::Query;
use reader::Reader;
use view::View;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// With `message.received` of what self-tests sent.
    #[serde(default)]
    #[param(value_type = Option<bool>, default = false)]
    include_tests: bool,
}

/// What happens, as server-sent events.
///
/// Each has an id; `Last-Event-ID` continues after it. Where events were lost, since the client
/// was away too long or reads too slowly, an event `gap` says so: read the lists again. A client to
/// which nothing more can be written for a minute is disconnected. A key, or a user, has at most 64 streams
/// open. Where many are open, each is given what is new less often: every N ms where there are N. A key with
/// groups, or with the scope `read:own`, is told of the messages that it may read, and of its groups' SIMs
/// and modems.
#[utoipa::path(
    get, path = "/events", operation_id = "stream_events", tag = "events",
    params(Params, ("Last-Event-ID" = Option<String>, Header, pattern = "^[0-9]{1,20}$",
        description = "The last event seen")),
    responses((status = 200, description = "Events without end", body = String,
        content_type = "text/event-stream"))
)]
async fn events(
    caller: May<ToReadMessages>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let place = caller.api().0.streams.open(caller.key.id)?;
    let last = headers.get("last-event-id").map(last_seen).transpose()?;
    let feed = caller.gateway().bus().subscribe(last);
    let caller = Arc::new(caller);
    let view = View {
        caller: Arc::clone(&caller),
        tests: params.include_tests,
    };
    let reader = Reader::of(feed, view, place);
    let frames = stream::unfold(reader, |mut reader| async {
        let frame = reader.next().await?;
        Some((Ok::<_, Infallible>(frame), reader))
    });
    let frames = frames.take_until(Box::pin(async move { caller.revoked().await }));
    let kind = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((kind, Body::from_stream(frames)).into_response())
}

fn last_seen(value: &HeaderValue) -> Result<u64, Problem> {
    let id = value.to_str().ok().and_then(|id| id.trim().parse().ok());
    id.ok_or_else(|| Problem::field("header:last-event-id", "is not an id of this stream"))
}
