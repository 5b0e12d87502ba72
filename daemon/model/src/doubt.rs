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
pub enum Evidence {
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

/// A part that is or was uncertain.
#[derive(Clone, Debug)]
pub struct Doubt {
    pub since: Time,
    pub reason: Reason,
    /// When the policy decides, unless evidence comes before.
    pub decide_at: Time,
    pub conclusion: Conclusion,
    pub evidence: Option<Evidence>,
    pub concluded_at: Option<Time>,
    /// How often it was sent again although it may have gone out.
    pub resends: u32,
}
