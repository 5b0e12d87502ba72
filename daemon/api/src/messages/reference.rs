//! All messages of one reference, such as those of a campaign: counted, cancelled, paused.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::{May, ToCancel, ToReadMessages};
use crate::json::Json;
use crate::problem::{Answer, Problem};
use crate::query::{NoQuery, Query, check_text};
use gateway::changes::ChangeAll;
use gateway::records::{StateCount, Summary};
use model::State as MessageState;

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// The client's own name for them.
    #[param(min_length = 1, max_length = 256)]
    reference: String,
}

/// How the messages of a reference stand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageSummary)]
pub(super) struct SummaryView {
    /// How many there are.
    messages: u64,
    /// How many parts they have.
    segments: u64,
    /// One for each state in which there are any.
    states: Vec<StateCountView>,
    /// How many of those that are `scheduled` or `queued` are paused.
    paused: u64,
    /// False: there are more than 100,000, and the newest of them are counted.
    complete: bool,
}

/// Messages in one state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageStateCount)]
struct StateCountView {
    state: MessageState,
    /// How many are in it.
    messages: u64,
    /// How many parts they have.
    segments: u64,
}

impl From<Summary> for SummaryView {
    fn from(summary: Summary) -> Self {
        let Summary {
            states,
            paused,
            complete,
        } = summary;
        Self {
            messages: states.iter().map(|count| count.messages).sum(),
            segments: states.iter().map(|count| count.segments).sum(),
            states: states.into_iter().map(StateCountView::from).collect(),
            paused,
            complete,
        }
    }
}

impl From<StateCount> for StateCountView {
    fn from(count: StateCount) -> Self {
        let StateCount {
            state,
            messages,
            segments,
        } = count;
        Self {
            state,
            messages,
            segments,
        }
    }
}

/// Count the messages with one reference by their states.
///
/// Those that `GET /messages?reference=` lists. It costs far less than reading them, so a campaign can be followed by it.
#[utoipa::path(
    get, path = "/messages/summary", operation_id = "summarise_messages", tag = "messages", params(Params),
    responses((status = 200, description = "The counts", body = SummaryView))
)]
pub(super) async fn summary(
    caller: May<ToReadMessages>,
    Query(Params { reference }): Query<Params>,
) -> Answer<SummaryView> {
    check_text("?reference", Some(&reference))?;
    let records = caller.gateway().records();
    let summary = records.summary(reference, caller.reach.clone()).await?;
    Ok(axum::Json(summary.into()))
}

/// Which messages are to be changed.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MessagesOfReference)]
#[serde(deny_unknown_fields)]
pub(super) struct Referenced {
    /// The client's own name for them.
    #[schema(min_length = 1, max_length = 256)]
    reference: String,
}

async fn change_all(
    caller: &May<ToCancel>,
    Referenced { reference }: Referenced,
    change: ChangeAll,
) -> Result<u64, Problem> {
    check_text("/reference", Some(&reference))?;
    let gateway = caller.gateway();
    Ok(gateway
        .change_referenced(caller, &reference, change)
        .await?)
}

/// What was cancelled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessagesCancelled)]
pub(super) struct CancelledCount {
    /// How many will not be sent.
    cancelled: u64,
}

/// Cancel all messages with one reference that are `scheduled` or `queued`.
///
/// Those that are further already go on. Messages that the key did not send itself need the scope `operate`. It goes in steps of
/// 200, beside the sending; after an answer that was lost it can be asked again.
#[utoipa::path(
    post, path = "/messages/cancel", operation_id = "cancel_messages", tag = "messages", request_body = Referenced,
    responses((status = 200, description = "Cancelled: they will not be sent", body = CancelledCount))
)]
pub(super) async fn cancel(
    caller: May<ToCancel>,
    _: NoQuery,
    Json(referenced): Json<Referenced>,
) -> Answer<CancelledCount> {
    let cancelled = change_all(&caller, referenced, ChangeAll::Cancel).await?;
    Ok(axum::Json(CancelledCount { cancelled }))
}

/// What was paused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessagesPaused)]
pub(super) struct PausedCount {
    /// How many wait until they are resumed.
    paused: u64,
}

/// Pause all messages with one reference that are given to no carrier yet.
///
/// Those that are `scheduled` or `queued` wait, and say so in `waiting_for`, until they are resumed or their validity ends; a
/// restart changes nothing. One that is in a carrier's hands waits too where that does not take it. One of which parts are out goes
/// on to its end, as do messages that are accepted later. Messages that the key did not send itself need the scope `operate`. It
/// goes in steps of 200; after an answer that was lost it can be asked again.
#[utoipa::path(
    post, path = "/messages/pause", operation_id = "pause_messages", tag = "messages", request_body = Referenced,
    responses((status = 200, description = "Paused: they wait", body = PausedCount))
)]
pub(super) async fn pause(
    caller: May<ToCancel>,
    _: NoQuery,
    Json(referenced): Json<Referenced>,
) -> Answer<PausedCount> {
    let paused = change_all(&caller, referenced, ChangeAll::Pause).await?;
    Ok(axum::Json(PausedCount { paused }))
}

/// What may go on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessagesResumed)]
pub(super) struct ResumedCount {
    /// How many were paused and are sent now, or when their time comes.
    resumed: u64,
}

/// Let all messages with one reference go on that were paused.
///
/// They keep their places: those that were due first go first. Messages that the key did not send itself need the scope `operate`.
/// It goes in steps of 200; after an answer that was lost it can be asked again.
#[utoipa::path(
    post, path = "/messages/resume", operation_id = "resume_messages", tag = "messages", request_body = Referenced,
    responses((status = 200, description = "They go on", body = ResumedCount))
)]
pub(super) async fn resume(
    caller: May<ToCancel>,
    _: NoQuery,
    Json(referenced): Json<Referenced>,
) -> Answer<ResumedCount> {
    let resumed = change_all(&caller, referenced, ChangeAll::Resume).await?;
    Ok(axum::Json(ResumedCount { resumed }))
}
