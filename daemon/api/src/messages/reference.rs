//! All messages of one reference, such as those of a campaign: counted, or cancelled.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::{May, ToCancel, ToReadMessages};
use crate::json::Json;
use crate::problem::Answer;
use crate::query::{NoQuery, Query, check_text};
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
    fn from(Summary { states, complete }: Summary) -> Self {
        Self {
            messages: states.iter().map(|count| count.messages).sum(),
            segments: states.iter().map(|count| count.segments).sum(),
            states: states.into_iter().map(StateCountView::from).collect(),
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

/// Which messages are to be cancelled.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MessageCancellation)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancellation {
    /// The client's own name for them.
    #[schema(min_length = 1, max_length = 256)]
    reference: String,
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
    post, path = "/messages/cancel", operation_id = "cancel_messages", tag = "messages", request_body = Cancellation,
    responses((status = 200, description = "Cancelled: they will not be sent", body = CancelledCount))
)]
pub(super) async fn cancel(
    caller: May<ToCancel>,
    _: NoQuery,
    Json(Cancellation { reference }): Json<Cancellation>,
) -> Answer<CancelledCount> {
    check_text("/reference", Some(&reference))?;
    let cancelled = caller
        .gateway()
        .cancel_referenced(&caller, &reference)
        .await?;
    Ok(axum::Json(CancelledCount { cancelled }))
}
