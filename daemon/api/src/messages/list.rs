//! Lists of messages, by what they have in common.

use model::{Direction, Iccid, Reach, State as MessageState, Time};
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

use super::view::MessageView;
use crate::auth::{May, ToReadMessages};
use crate::page::{Cursor, Limit, Listing};
use crate::problem::{Answer, Problem};
use crate::query::{Query, check_text, time};
use gateway::messages::draft::Defaults;
use gateway::messages::number;
use gateway::records::Filter;

/// Filters; those given must all hold.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// Items a page, 1 to 500; 50 when left out.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 500, default = 50)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// Messages that go out, or those that came in.
    #[param(inline)]
    direction: Option<Direction>,
    /// Messages in this state.
    #[param(inline)]
    state: Option<MessageState>,
    /// Recipient; for inbound messages the SIM's own number.
    #[param(max_length = 256)]
    to: Option<String>,
    /// Originator; for outbound messages the SIM's own number.
    #[param(max_length = 256)]
    from: Option<String>,
    /// ICCID of the SIM.
    #[serde(default, deserialize_with = "iccid")]
    #[param(value_type = Option<String>, pattern = "^89[0-9A-F]{16,18}$")]
    sim: Option<Iccid>,
    /// The client's own name for it.
    #[param(max_length = 256)]
    reference: Option<String>,
    /// Words of the text, in any order; their last letters may be missing.
    #[param(max_length = 256)]
    q: Option<String>,
    /// Created at or after.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Time>,
    /// Created before.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Time>,
    /// With the messages of self-tests, which lists leave out.
    #[serde(default)]
    #[param(value_type = Option<bool>, default = false)]
    include_tests: bool,
}

fn iccid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Iccid>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map(Some)
        .map_err(|_| serde::de::Error::custom("an ICCID has 18 to 20 digits"))
}

impl Params {
    fn filter(self, reach: Reach, defaults: &Defaults) -> Result<Filter, Problem> {
        let texts = [
            ("?to", &self.to),
            ("?from", &self.from),
            ("?reference", &self.reference),
            ("?q", &self.q),
        ];
        for (pointer, text) in texts {
            check_text(pointer, text.as_deref())?;
        }
        Ok(Filter {
            reach,
            direction: self.direction,
            state: self.state,
            to: self.to.map(|to| party(&to, defaults)),
            from: self.from.map(|from| party(&from, defaults)),
            sim: self.sim,
            reference: self.reference,
            q: self.q,
            since: self.since,
            until: self.until,
            peer: None,
            tests: self.include_tests,
        })
    }
}

/// A number in the form in which the store has it. What is none may be an alphanumeric sender.
pub(crate) fn party(text: &str, defaults: &Defaults) -> String {
    // A plus that was not escaped in a query reads as a space.
    let written = match text.strip_prefix(' ') {
        Some(digits) if digits.starts_with(|c: char| c.is_ascii_digit()) => format!("+{digits}"),
        _ => text.to_owned(),
    };
    number::normalise(&written, defaults.country()).unwrap_or(written)
}

/// List messages, newest first.
///
/// With the scope `read:own`, those that the key sent itself; with `read` and groups, also those that
/// SIMs of its groups carry.
#[utoipa::path(
    get, path = "/messages", operation_id = "list_messages", tag = "messages", params(Params),
    responses((status = 200, description = "One page, without the messages' parts", body = Listing<MessageView>))
)]
pub(super) async fn list(
    caller: May<ToReadMessages>,
    Query(params): Query<Params>,
) -> Answer<Listing<MessageView>> {
    let (limit, before) = (params.limit, params.cursor.map(|cursor| cursor.0));
    let filter = params.filter(caller.reach.clone(), caller.gateway().defaults())?;
    let listed = caller
        .gateway()
        .records()
        .messages(filter, limit.rows(), before)
        .await?;
    let mut waits = caller.gateway().waits(&listed.items).await?;
    Ok(axum::Json(Listing::of(listed, |message| {
        let wait = waits.remove(&message.row);
        MessageView::listed(message).waiting_for(wait)
    })))
}
