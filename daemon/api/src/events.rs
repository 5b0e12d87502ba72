//! `/api/v1/events`: what happens, as server-sent events.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{self, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use serde::Deserialize;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToReadMessages};
use super::problem::Problem;
use super::query::Query;
use gateway::StoreError;
use gateway::events::{Event, Subject, Subscription, with_time};
use model::{Belonging, Key, MessageId, Reach, Scope};

/// Events that are looked at together, where so many wait.
const CHUNK: usize = 256;
/// Comments in a quiet stream, so that proxies do not close it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

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
/// open. A key with groups, or with the scope `read:own`, is told of the messages that it may read, and of its groups'
/// SIMs and modems.
#[utoipa::path(
    get, path = "/events", operation_id = "stream_events", tag = "events",
    params(Params, ("Last-Event-ID" = Option<String>, Header, pattern = "^[0-9]{1,20}$",
        description = "The last event seen")),
    responses((status = 200, description = "Events without end", body = String,
        content_type = "text/event-stream"))
)]
async fn events(
    State(api): State<Api>,
    caller: May<ToReadMessages>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, Problem> {
    let place = api.0.streams.open(caller.key.id)?;
    let last = headers.get("last-event-id").map(|value| {
        let id = value
            .to_str()
            .ok()
            .and_then(|text| text.trim().parse::<u64>().ok());
        id.ok_or_else(|| Problem::field("header:last-event-id", "is not an id of this stream"))
    });
    let Subscription { missed, gap, live } = api.gateway().bus().subscribe(last.transpose()?);
    let gap = stream::iter(gap.then_some(Heard::Lost));
    let missed = stream::iter(missed).map(Heard::Event);
    let live = BroadcastStream::new(live).map(|next| match next {
        Ok(event) => Heard::Event(event),
        Err(BroadcastStreamRecvError::Lagged(_)) => Heard::Lost,
    });
    let view = View {
        api: api.clone(),
        key: Arc::clone(&caller.key),
        all: caller.reach.is_all(),
        tests: params.include_tests,
    };
    let all = gap.chain(missed).chain(live).ready_chunks(CHUNK);
    let all = all.then(move |heard| view.clone().shown(heard));
    let all = all.flat_map(stream::iter).map(move |event| {
        // Given back when the stream is dropped.
        let _place = &place;
        Ok(event)
    });
    let all = all.take_until(Box::pin(caller.revoked(api)));
    Ok(Sse::new(all).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive")))
}

/// What the bus gave a reader.
enum Heard {
    Event(Arc<Event>),
    /// Some events are lost.
    Lost,
}

/// Whose eyes look at the events.
#[derive(Clone)]
struct View {
    api: Api,
    key: Arc<Key>,
    all: bool,
    /// Shows what came in of self-tests.
    tests: bool,
}

impl View {
    /// The events of those heard that the key may see.
    async fn shown(self, heard: Vec<Heard>) -> Vec<sse::Event> {
        let within = match self.within(&heard).await {
            Ok(within) => within,
            Err(error) => {
                tracing::warn!(%error, "cannot tell whose events these are; a client is told that they are lost");
                return vec![lost()];
            }
        };
        let shown = heard.iter().filter_map(|heard| match heard {
            Heard::Lost => Some(lost()),
            Heard::Event(event) if self.wants(event) && within.has(event) => Some(render(event)),
            Heard::Event(_) => None,
        });
        shown.collect()
    }

    fn wants(&self, event: &Event) -> bool {
        self.tests || event.data["test"] != true
    }

    /// What is within reach now: a SIM may have come into a group since the stream began.
    async fn within(&self, heard: &[Heard]) -> Result<Within, StoreError> {
        if self.all {
            return Ok(Within::default());
        }
        let reach = self.api.gateway().reach(&self.key, Scope::Read).await?;
        let ids = heard.iter().filter_map(message_of).collect();
        let messages = self.api.gateway().records().belongings(ids).await?;
        Ok(Within { reach, messages })
    }
}

/// What of some events may be shown.
#[derive(Default)]
struct Within {
    reach: Reach,
    messages: HashMap<MessageId, Belonging>,
}

impl Within {
    fn has(&self, event: &Event) -> bool {
        match &event.about {
            _ if self.reach.is_all() => true,
            Subject::Message(id) => {
                let message = self.messages.get(id);
                message.is_some_and(|message| self.reach.has(message))
            }
            Subject::Sim(iccid) => self.reach.has_sim(iccid),
            Subject::Gateway => false,
        }
    }
}

fn message_of(heard: &Heard) -> Option<MessageId> {
    match heard {
        Heard::Event(event) => match event.about {
            Subject::Message(id) => Some(id),
            Subject::Sim(_) | Subject::Gateway => None,
        },
        Heard::Lost => None,
    }
}

fn render(event: &Event) -> sse::Event {
    let data = with_time(event.data.clone(), event.at);
    sse::Event::default()
        .id(event.id.to_string())
        .event(event.kind)
        .data(data.to_string())
}

fn lost() -> sse::Event {
    sse::Event::default().event("gap").data("{}")
}
