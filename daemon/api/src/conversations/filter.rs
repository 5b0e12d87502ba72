//! Which conversations a list has.

use serde::Deserialize;
use utoipa::IntoParams;

use super::view::StateView;
use crate::auth::{May, ToReadMessages};
use crate::messages::party;
use crate::page::{Cursor, Limit};
use crate::problem::Problem;
use gateway::messages::draft::Defaults;
use gateway::records::{Assigned, ConversationFilter};
use model::User;

/// Filters; those given must all hold.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// Items a page, 1 to 500; 50 when left out.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 500, default = 50)]
    pub(super) limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    pub(super) cursor: Option<Cursor>,
    /// Conversations in this state.
    #[param(inline)]
    state: Option<StateView>,
    /// Those that a user looks after: a name, `me` for the user who asks, or `nobody`.
    #[param(max_length = 64, example = "me")]
    assigned: Option<String>,
    /// With true, those with messages that the user who asks has not read. A key has no read marks: 422.
    #[serde(default)]
    #[param(value_type = Option<bool>, default = false)]
    unread: bool,
    /// A number or some of its digits; or words of a message, in any order, of which the end may be
    /// missing: then the conversation with the newest such message is first, and one with many may come
    /// again on a later page. Words are not for keys that see a part of the messages: 422.
    #[param(max_length = 200, example = "901234")]
    q: Option<String>,
}

/// Longest `q`, in characters.
const LONGEST_Q: usize = 200;

impl Params {
    pub(super) async fn filter(
        self,
        caller: &May<ToReadMessages>,
    ) -> Result<ConversationFilter, Problem> {
        let reader = caller.session().map(|(_, session)| session.user.id);
        if self.unread && reader.is_none() {
            let why = "is for users who have logged in: a key has no read marks";
            return Err(Problem::field("?unread", why));
        }
        let assigned = match self.assigned.as_deref() {
            None => None,
            Some("nobody") => Some(Assigned::Nobody),
            Some("me") => Some(Assigned::To(reader.ok_or_else(|| {
                let why = "is me only for a user who has logged in: name the user";
                Problem::field("?assigned", why)
            })?)),
            Some(name) => Some(assigned(caller, name).await?),
        };
        let mut filter = ConversationFilter {
            reach: caller.reach.clone(),
            done: self.state.map(|state| state == StateView::Done),
            assigned,
            reader,
            unread: self.unread,
            ..ConversationFilter::default()
        };
        if let Some(q) = self.q {
            search(&mut filter, &q, caller.gateway().defaults())?;
        }
        Ok(filter)
    }
}

async fn assigned(caller: &May<ToReadMessages>, name: &str) -> Result<Assigned, Problem> {
    let unknown = || Problem::field("?assigned", "names no user");
    // Who sees a part of the messages is told of no user.
    if !caller.reach.is_all() {
        return Err(unknown());
    }
    let name = User::name(name).ok_or_else(unknown)?;
    let users = caller.gateway().users().all().await?;
    let user = users.into_iter().find(|user| user.name == name);
    Ok(Assigned::To(user.ok_or_else(unknown)?.id))
}

fn search(filter: &mut ConversationFilter, q: &str, defaults: &Defaults) -> Result<(), Problem> {
    if q.chars().nth(LONGEST_Q).is_some() {
        return Err(Problem::field("?q", "must have at most 200 characters"));
    }
    let is_number = q.contains(|c: char| c.is_ascii_digit()) && !q.contains(char::is_alphabetic);
    if !is_number {
        if !filter.reach.is_all() {
            let why =
                "may have words only for callers who see all messages: give digits of a number";
            return Err(Problem::field("?q", why));
        }
        filter.words = Some(q.to_owned());
        return Ok(());
    }
    let digits: String = party(q, defaults)
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    // A number that is not whole keeps the zero of its national form, which is not in the one we have.
    let digits = digits.trim_start_matches('0');
    filter.digits = Some(digits.to_owned());
    Ok(())
}
