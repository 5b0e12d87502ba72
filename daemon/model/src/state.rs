//! The life of a message and of its parts (`delivery.md`).

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = MessageDirection)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Outbound,
    Inbound,
}

/// The states of a message, by the names the API uses.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[schema(as = MessageState)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    Scheduled,
    Queued,
    Sending,
    Sent,
    Delivered,
    Undelivered,
    Failed,
    Expired,
    Cancelled,
    Uncertain,
    Received,
}

impl State {
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// Of the messages that can be in it.
    pub fn direction(self) -> Direction {
        match self {
            Self::Received => Direction::Inbound,
            _ => Direction::Outbound,
        }
    }

    /// The kind of event that tells of a message in it.
    pub fn event(self) -> &'static str {
        match self {
            Self::Scheduled => "message.scheduled",
            Self::Queued => "message.queued",
            Self::Sending => "message.sending",
            Self::Sent => "message.sent",
            Self::Delivered => "message.delivered",
            Self::Undelivered | Self::Failed | Self::Expired => "message.failed",
            Self::Cancelled => "message.cancelled",
            Self::Uncertain => "message.uncertain",
            Self::Received => "message.received",
        }
    }

    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The states of one part. `Queued` until its PDU is given to a modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = MessagePartState)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    Queued,
    Sending,
    Sent,
    Delivered,
    Undelivered,
    Failed,
    Uncertain,
}

/// The state of a message whose last part has been handed over, from its parts.
/// One lost part makes the message unreadable, so the worst part decides.
pub fn roll_up(parts: &[PartState]) -> State {
    let has = |wanted: PartState| parts.contains(&wanted);
    if has(PartState::Failed) {
        State::Failed
    } else if has(PartState::Uncertain) {
        State::Uncertain
    } else if has(PartState::Undelivered) {
        State::Undelivered
    } else if has(PartState::Queued) || has(PartState::Sending) {
        State::Sending
    } else if has(PartState::Sent) {
        State::Sent
    } else {
        State::Delivered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_delivered_only_when_every_part_is() {
        use PartState::{Delivered, Sent, Undelivered};
        assert_eq!(roll_up(&[Delivered, Delivered]), State::Delivered);
        assert_eq!(roll_up(&[Delivered, Sent]), State::Sent);
        assert_eq!(roll_up(&[Undelivered, Sent]), State::Undelivered);
    }
}
