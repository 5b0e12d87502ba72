//! `/api/v1/conversations`: both directions by the other party, and what staff make of them.

mod filter;
mod notes;
mod view;
mod work;

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, On, ToAdmin, ToReadMessages};
use super::messages::party;
use super::messages::view::MessageView;
use super::page::{Cursor, Limit, Listing};
use super::problem::{Answer, Problem};
use super::query::{Name, Query};
use gateway::Gateway;
use gateway::changes::Erased;
use view::{ConversationView, ThreadView};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one, work::change, erase))
        .routes(routes!(work::read))
        .routes(routes!(notes::list, notes::add))
        .routes(routes!(notes::delete))
}

/// Which part of a conversation.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// Items a page, 1 to 500; 50 when left out.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 500, default = 50)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// With the messages of self-tests, which lists leave out.
    #[serde(default)]
    #[param(value_type = Option<bool>, default = false)]
    include_tests: bool,
    /// For whoever does not know whether there is a message: where there is none, an empty page and not 404.
    #[serde(default)]
    #[param(value_type = Option<bool>, default = false)]
    or_empty: bool,
}

/// List conversations, the one with the newest message first.
///
/// For a key that sees a part of the messages a page looks at 50,000 of all at most, and `count` is of
/// these. With filters a page looks at 20,000 conversations at most. Such a page may have fewer
/// conversations than `limit`, or none, and yet a `next_cursor`: only null ends the list.
#[utoipa::path(
    get, path = "/conversations", operation_id = "list_conversations", tag = "conversations", params(filter::Params),
    responses((status = 200, description = "One page", body = Listing<ConversationView>))
)]
async fn list(
    caller: May<ToReadMessages>,
    Query(params): Query<filter::Params>,
) -> Answer<Listing<ConversationView>> {
    let (limit, before) = (params.limit, params.cursor.map(|cursor| cursor.0));
    let filter = params.filter(&caller).await?;
    let records = caller.gateway().records();
    let listed = records.conversations(filter, limit.rows(), before).await?;
    Ok(axum::Json(Listing::of(listed, ConversationView::from)))
}

/// The messages to and from one number, newest first, and how their conversation stands.
#[utoipa::path(
    get, path = "/conversations/{number}", operation_id = "get_conversation", tag = "conversations",
    params(
        ("number" = String, Path, description = "The other party: a number as in `to`, or an alphanumeric sender"),
        Params,
    ),
    responses(
        (status = 200, description = "One page, without the messages' parts", body = ThreadView),
        (status = 404, description = "No message to or from this number, and not `or_empty`"),
    )
)]
async fn one(
    caller: May<ToReadMessages>,
    Name(number): Name<String>,
    Query(params): Query<Params>,
) -> Answer<ThreadView> {
    let number = number_of(caller.gateway(), &number).await?;
    let before = params.cursor.map(|cursor| cursor.0);
    let within = (caller.reach.clone(), params.include_tests);
    let listed = caller
        .gateway()
        .records()
        .conversation(&number, within, params.limit.rows(), before)
        .await?;
    let is_none = listed.items.is_empty() && listed.indexed_until.is_none() && before.is_none();
    if is_none && !params.or_empty {
        return Err(Problem::not_found(
            "There is no message to or from this number.",
        ));
    }
    let reader = caller.session().map(|(_, session)| session.user.id);
    let records = caller.gateway().records();
    let work = records.conversation_work(&number, reader).await?;
    let messages = Listing::of(listed, MessageView::listed);
    Ok(axum::Json(ThreadView::of(number, work, messages)))
}

/// The number of a conversation: as it is written where there is such a one, since what came before a country was set
/// has no country code, else in the form in which numbers are kept.
async fn number_of(gateway: &Gateway, written: &str) -> Result<String, Problem> {
    let kept = party(written, gateway.defaults());
    let as_written = kept != written && gateway.records().has_conversation(written).await?;
    Ok(if as_written { written.to_owned() } else { kept })
}

/// Erase all that is kept of a number: its messages with their texts and histories, notes, what each user
/// has read, what waits to be posted, and where else it stands.
///
/// 409 while messages to it are not over: cancel them first. What stays: that the number is suppressed,
/// since the law wants that kept; figures without numbers; and a row of the audit that names the number by a
/// keyed hash. Copies elsewhere stay too: backups, and what webhooks were told. It goes in small steps,
/// beside the sending, and over restarts; what is deleted is overwritten in the database, and the log is emptied.
/// A client of these events is told that something was erased, and not what.
#[utoipa::path(
    delete, path = "/conversations/{number}", operation_id = "erase_conversation", tag = "conversations",
    params(("number" = String, Path, description = "The other party")),
    responses(
        (status = 200, description = "Erased", body = Erased),
        (status = 404, description = "No message to or from this number"),
        (status = 409, description = "Messages to it are not over"),
    )
)]
async fn erase(On(caller, number): On<ToAdmin, String>) -> Answer<Erased> {
    let number = number_of(caller.gateway(), &number).await?;
    let erased = caller
        .gateway()
        .erase_conversation(&caller, &number)
        .await?;
    Ok(axum::Json(erased))
}
