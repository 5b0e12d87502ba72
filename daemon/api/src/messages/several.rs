//! One message to several recipients: one request, one answer.

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::batch::{self, BatchAnswer};
use super::view::OutboundView;
use crate::auth::{May, ToSend};
use crate::problem::Problem;
use gateway::Once;
use gateway::messages::draft::Draft;

/// The message, or, where `to` is a list, what became of each recipient's.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageAnswer)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "the answer's schema; each of the two is rendered by itself"
)]
pub(super) enum SubmitAnswer {
    One(Box<OutboundView>),
    Several(BatchAnswer),
}

/// A message for each recipient, in one transaction.
pub(super) async fn submit(
    caller: &May<ToSend>,
    draft: Draft,
    once: Option<Once>,
) -> Result<Response, Problem> {
    let prepared = caller.gateway().prepare_each(&caller.key, draft).await?;
    let outcomes = prepared.into_iter();
    let outcomes = outcomes.map(|each| each.map_err(|error| Problem::invalid(vec![error])));
    let to = |index| format!("/to/{index}");
    batch::finish(caller, outcomes.collect(), once, to).await
}
