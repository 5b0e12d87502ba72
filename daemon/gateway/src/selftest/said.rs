//! What came of a step of a test, and what a test found wanting: codes, for programs and for those who say it in another
//! language, and words.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use model::Limit;

/// What came of a step, by its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TestStepCode)]
#[serde(rename_all = "kebab-case")]
pub enum StepCode {
    /// The USSD code was answered.
    UssdAnswered,
    /// It was not.
    UssdUnanswered,
    /// A message arrived, and was handed over by the modem.
    ArrivedRouted,
    /// A message arrived, and the modem said where it was.
    ArrivedAnnounced,
    /// A message arrived, and the modem said it was where it was not.
    ArrivedAstray,
    /// A message arrived, and nothing told of it.
    ArrivedUntold,
    /// A message arrived.
    Arrived,
    /// Three parts arrived as one message.
    ThreeWhole,
    /// Two parts arrived as one message.
    TwoWhole,
    /// The same; keeping the link open saves time.
    TwoWholeFaster,
    /// The same; keeping the link open saves nothing.
    TwoWholeNoFaster,
    /// `came` of `all` status reports came.
    ReportsCame,
    /// No status report can be told, since the modem numbers no messages.
    ReportsUnnumbered,
    /// Nothing was sent that could be reported.
    NothingSent,
    /// The gateway did not take the message.
    NotAccepted,
    /// The message was not sent.
    NotSent,
    /// The message was not sent within `seconds`.
    NotSentInTime,
    /// The modem did not answer the submit.
    NoAnswer,
    /// `came` of `all` parts came to the other SIM.
    Lost,
    /// A message arrived with another text.
    OtherText,
}

/// What came of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) code: Option<StepCode>,
    pub(super) params: BTreeMap<&'static str, u64>,
    pub(super) detail: String,
}

impl Said {
    pub(super) fn new(code: StepCode, detail: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            params: BTreeMap::new(),
            detail: detail.into(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: usize) -> Self {
        self.params
            .insert(name, u64::try_from(value).unwrap_or(u64::MAX));
        self
    }
}

impl From<&str> for Said {
    fn from(detail: &str) -> Self {
        Self::from(detail.to_owned())
    }
}

impl From<String> for Said {
    fn from(detail: String) -> Self {
        Self {
            detail,
            ..Self::default()
        }
    }
}

/// What does not work, or not as well as it could.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TestProblem {
    pub code: ProblemCode,
    /// The same in words.
    pub detail: String,
}

/// What does not work, by its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TestProblemCode)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemCode {
    /// A step failed; the step says why.
    StepFailed,
    /// The test was broken off.
    BrokenOff,
    /// The network gives the SIM another number than is set.
    NumberDiffers,
    /// The network gives the partner SIM another number than is set.
    PartnerNumberDiffers,
    /// Nothing announces messages on this port.
    MessagesUntold,
    /// Messages are announced where they are not.
    MessagesAstray,
    /// Status reports do not come.
    ReportsNever,
    /// Nothing announces status reports on this port.
    ReportsUntold,
    /// Status reports are announced where they are not.
    ReportsAstray,
    /// The USSD code was not answered.
    UssdUnanswered,
}

impl From<Limit> for TestProblem {
    fn from(limit: Limit) -> Self {
        let code = match limit {
            Limit::MessagesUntold => ProblemCode::MessagesUntold,
            Limit::MessagesAstray => ProblemCode::MessagesAstray,
            Limit::ReportsNever => ProblemCode::ReportsNever,
            Limit::ReportsUntold => ProblemCode::ReportsUntold,
            Limit::ReportsAstray => ProblemCode::ReportsAstray,
            Limit::UssdUnanswered => ProblemCode::UssdUnanswered,
        };
        Self {
            code,
            detail: limit.to_string(),
        }
    }
}
