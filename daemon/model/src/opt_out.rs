//! Numbers that ask for no more messages.

use serde::Serialize;

use super::{Carrier, MessageId, NewMessage, OptOutWords, RowId, Time};

/// What somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// No more messages.
    Stop,
    /// Messages again.
    Start,
}

/// A message that came in, as far as it tells whether it asks for something.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    pub from: &'a str,
    pub text: &'a str,
    pub by: &'a Carrier,
    /// What is set for the SIM that it came by; none: the default.
    pub words: Option<&'a OptOutWords>,
    pub at: Time,
}

/// Somebody asks for no more messages, or for messages again.
#[derive(Clone, Debug)]
pub struct OptOutRequest {
    pub asked: Asked,
    /// In the form that messages are sent to.
    pub number: String,
    pub word: String,
    /// ISO 639-1.
    pub language: String,
    /// What the audit says of it.
    pub told: String,
    /// Tells them that it was heard, where that may be told.
    pub confirmation: Option<NewMessage>,
}

/// Where it is known from that a number wants no messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionSource {
    /// It asked by a message.
    Message,
    /// Somebody entered it.
    Entered,
    /// It was in a file.
    Imported,
}

/// A number that gets no messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Suppression {
    #[serde(skip)]
    pub row: RowId,
    /// E.164 with `+`, or a short code.
    #[schema(example = "+84901234567")]
    pub number: String,
    /// Since when it wants none.
    #[schema(value_type = String, format = DateTime)]
    pub since: Time,
    pub source: SuppressionSource,
    /// Who entered or imported it, as the audit names them; null where it asked itself.
    #[schema(required, example = "key crm")]
    pub by: Option<String>,
    /// The word by which it asked.
    #[schema(required, example = "stop")]
    pub word: Option<String>,
    /// The language of that word, ISO 639-1.
    #[schema(required, example = "en")]
    pub language: Option<String>,
    /// The SIM or uplink by which it asked.
    #[schema(required, example = "sim:8984011234567890123")]
    pub route: Option<String>,
    /// Id of the message by which it asked. Its text goes with its retention.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    pub message: Option<MessageId>,
    /// What else shows that it asked, such as a letter's date.
    #[schema(required)]
    pub evidence: Option<String>,
    /// For people.
    #[schema(required)]
    pub note: Option<String>,
}

/// A number to be entered, or what is to be changed of one.
#[derive(Clone, Debug)]
pub struct NewSuppression {
    pub number: String,
    /// None: as it is, or now.
    pub since: Option<Time>,
    pub evidence: Option<String>,
    pub note: Option<String>,
}
