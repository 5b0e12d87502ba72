//! One message to several recipients: one request, one answer.

use std::sync::Arc;

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::batch::{self, BatchAnswer};
use super::view::OutboundView;
use crate::Api;
use crate::auth::{May, ToSend};
use crate::idempotency::Once;
use crate::problem::{Kind, Problem};
use gateway::messages::draft::{self, Draft};
use gateway::messages::own_numbers::OwnNumbers;

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
    api: &Api,
    caller: &May<ToSend>,
    draft: Draft,
    own: Arc<OwnNumbers>,
    once: Option<Once>,
) -> Result<Response, Problem> {
    let (key, shared) = (caller.key.clone(), api.clone());
    let prepared =
        batch::THREADS.run(move || draft::prepare_each(draft, shared.context(&key, &own)));
    let prepared = prepared
        .await
        .map_err(|_| Problem::new(Kind::Internal, "The message failed."))?
        .map_err(Problem::invalid)?;
    if let Some(message) = prepared.iter().find_map(|each| each.as_ref().ok()) {
        // The same for all of them.
        let sender = &message.sender;
        api.senders().check(api, &caller.key, sender).await?;
    }
    let outcomes = prepared.into_iter();
    let outcomes = outcomes.map(|each| each.map_err(|error| Problem::invalid(vec![error])));
    batch::finish(api, caller, outcomes.collect(), once).await
}
