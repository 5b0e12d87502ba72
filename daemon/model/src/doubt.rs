//! Parts of which it is not known whether they went out.

use serde::{Deserialize, Serialize};

use super::{Reason, Time};

/// What is done with an uncertain part when no evidence has settled it in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnUncertain {
    /// It stays uncertain: never sent twice, perhaps not at all.
    #[default]
    Hold,
    /// It is sent again: never lost, perhaps sent twice.
    Resend,
}

/// What was concluded about an uncertain part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = PartConclusion)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// Nothing yet.
    Open,
    /// It went out.
    Sent,
    /// It did not go out, and waits to be sent.
    NotSent,
    /// Nothing tells; it was sent again as the message's policy wants it.
    Resent,
    /// Nothing tells; it is kept as the message's policy wants it. Later evidence still counts.
    Held,
}

/// From what it was concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = PartEvidence)]
#[serde(rename_all = "kebab-case")]
pub enum ConcludedBy {
    /// The modem's answer came late.
    LateAnswer,
    /// A status report for its recipient with the TP-MR that it must have had.
    StatusReport,
    /// The TP-MR of the next accepted message on its SIM.
    NextReference,
    /// None: the message's `on_uncertain` decided.
    Policy,
    /// A person said so.
    Operator,
}

/// A part of which it is, or was, not known whether it went out.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = PartUncertainty)]
pub struct Doubt {
    /// When its result was missed.
    #[schema(value_type = String, format = DateTime)]
    pub since: Time,
    pub reason: Reason,
    /// When `on_uncertain` decides, unless something tells before.
    #[schema(value_type = String, format = DateTime)]
    pub decide_at: Time,
    pub conclusion: Conclusion,
    /// From what it was concluded.
    #[schema(required)]
    pub evidence: Option<ConcludedBy>,
    /// When it was concluded.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub concluded_at: Option<Time>,
    /// How often it was sent again although it may have gone out.
    #[serde(skip)]
    pub resends: u32,
}
