//! What events say, by kind. The stream adds `at`, the time.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use model::{Carrier, Change, Iccid, MessageId, Reason, State, Time, UplinkName};

/// A message came into a state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageEvent)]
pub struct MessageEvent<'a> {
    /// Of the message.
    #[schema(value_type = String, format = Uuid)]
    pub(super) id: MessageId,
    pub(super) state: State,
    /// ICCID of the SIM that has it.
    #[schema(required)]
    pub(super) sim: Option<&'a str>,
    /// The uplink that has it.
    #[schema(required)]
    pub(super) uplink: Option<&'a str>,
    /// Why it is in this state, when that needs a reason.
    #[schema(required)]
    pub(super) reason: Option<&'a Reason>,
    /// True of a `message.received` of what a self-test sent, which only comes with `include_tests`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) test: bool,
}

impl<'a> MessageEvent<'a> {
    /// Of a message; `by`: the SIM or the uplink that has it.
    pub(crate) fn new(
        id: MessageId,
        state: State,
        by: (Option<&'a str>, Option<&'a str>),
        reason: Option<&'a Reason>,
    ) -> Self {
        let (sim, uplink) = by;
        Self {
            id,
            state,
            sim,
            uplink,
            reason,
            test: false,
        }
    }

    pub(super) fn of(change: &Change<'a>) -> Self {
        let by = change.carrier;
        let sim = by.and_then(Carrier::sim).map(Iccid::as_str);
        let uplink = by.and_then(Carrier::uplink).map(UplinkName::as_str);
        Self {
            test: change.test,
            ..Self::new(change.id, change.state, (sim, uplink), change.reason)
        }
    }
}

/// An event's data as they are given to others: with the time.
pub fn with_time(mut data: Value, at: Time) -> Value {
    if let Some(members) = data.as_object_mut() {
        members.insert("at".to_owned(), at.to_string().into());
    }
    data
}

/// A SIM came into a state, or its breaker opened or closed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimEvent)]
pub struct SimEvent<'a> {
    /// Of the SIM.
    #[schema(value_type = String)]
    pub(super) iccid: &'a str,
    /// As of the SIM object, in as far as the modem or the breaker knows.
    #[schema(example = "ready")]
    pub(super) state: &'a str,
    /// `closed`, `open` or `half-open`, where this is about the breaker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) breaker: Option<&'a str>,
    /// Until when it rests, where this is about the breaker.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) cooling_until: Option<Time>,
    /// Why it rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'a Reason>,
}

/// A modem came into a state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModemEvent)]
pub struct ModemEvent<'a> {
    /// Of the modem.
    pub(super) imei: &'a str,
    /// As of the modem object.
    #[schema(example = "ready")]
    pub(super) state: &'a str,
    /// For people, where something is wrong.
    #[schema(required)]
    pub(super) reason: Option<&'a str>,
}

/// An uplink came into a state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UplinkEvent)]
pub struct UplinkEvent<'a> {
    /// Its name.
    pub(super) uplink: &'a str,
    /// As of the uplink object.
    #[schema(example = "bound")]
    pub(super) state: &'a str,
    /// For people, where it is not bound.
    #[schema(required)]
    pub(super) reason: Option<&'a str>,
}

/// Somebody called a SIM.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallEvent)]
pub struct CallEvent<'a> {
    /// ICCID of the SIM.
    pub(super) sim: &'a str,
    /// The caller's number; null when it is withheld.
    #[schema(required)]
    pub(super) from: Option<&'a str>,
}

/// Something of a conversation is another way: read it again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversationEvent)]
pub struct ConversationEvent<'a> {
    /// The other party; null where that is not told: read the list again.
    #[schema(required)]
    pub(super) number: Option<&'a str>,
    pub(super) what: ConversationChange,
    /// Who did it; null: a message came in.
    #[schema(required, example = "user anna")]
    pub(super) by: Option<&'a str>,
}

/// What of a conversation is another way.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationChange {
    /// Whose it is, or whether it is done.
    Work,
    /// Its notes.
    Notes,
    /// It was done, and a message came in.
    Reopened,
    /// All that was kept of a number is gone.
    Erased,
}

/// How many messages wait, by priority.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueDepth {
    /// With the priority `otp`.
    pub otp: u64,
    /// With the priority `normal`.
    pub normal: u64,
    /// With the priority `bulk`.
    pub bulk: u64,
}
