//! `/api/v1/events`: what happens, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{self, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToRead};
use super::problem::Problem;
use super::query::NoQuery;
use crate::events::{Event, Subscription};

/// Comments in a quiet stream, so that proxies do not close it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(events))
}

/// What happens, as server-sent events.
///
/// Each has an id; `Last-Event-ID` continues after it. Where events were lost, since the client
/// was away too long or reads too slowly, an event `gap` says so: read the lists again.
#[utoipa::path(
    get, path = "/events", operation_id = "stream_events", tag = "events",
    params(("Last-Event-ID" = Option<String>, Header, pattern = "^[0-9]{1,20}$",
        description = "The last event seen")),
    responses((status = 200, description = "Events without end", body = String,
        content_type = "text/event-stream"))
)]
async fn events(
    State(api): State<Api>,
    caller: May<ToRead>,
    _: NoQuery,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, Problem> {
    let last = headers.get("last-event-id").map(|value| {
        let id = value
            .to_str()
            .ok()
            .and_then(|text| text.trim().parse::<u64>().ok());
        id.ok_or_else(|| Problem::field("header:last-event-id", "is not an id of this stream"))
    });
    let Subscription { missed, gap, live } = api.gateway().bus().subscribe(last.transpose()?);
    let gap = stream::iter(gap.then(lost));
    let missed = stream::iter(missed).map(|event| render(&event));
    let live = BroadcastStream::new(live).map(|next| match next {
        Ok(event) => render(&event),
        Err(BroadcastStreamRecvError::Lagged(_)) => lost(),
    });
    let all = gap.chain(missed).chain(live).map(Ok);
    let all = all.take_until(Box::pin(caller.revoked(api)));
    Ok(Sse::new(all).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive")))
}

fn render(event: &Event) -> sse::Event {
    // The bus knows the time, the data do not.
    let mut data = event.data.clone();
    if let Some(members) = data.as_object_mut() {
        members.insert("at".to_owned(), event.at.to_string().into());
    }
    sse::Event::default()
        .id(event.id.to_string())
        .event(event.kind)
        .data(data.to_string())
}

fn lost() -> sse::Event {
    sse::Event::default().event("gap").data("{}")
}
