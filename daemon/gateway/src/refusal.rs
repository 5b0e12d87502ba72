//! Why something that was asked for is not done.

use crate::field_error::FieldError;
use crate::modems::CommandError;
use store::StoreError;

/// Why something that was asked for is not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// Every field that is not as it should be.
    #[error("{}", told(.0))]
    Invalid(Vec<FieldError>),
    /// Not as things stand.
    #[error("{0}")]
    Conflict(String),
    #[error(transparent)]
    Command(#[from] CommandError),
    /// Not for this caller.
    #[error("{0}")]
    Forbidden(&'static str),
    /// A fault, and not the caller's.
    #[error("{0}")]
    Failed(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// There is no such thing, or the caller does not reach it, which is told apart for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    #[error("There is no message of this id, or it is past its retention.")]
    Message,
    #[error("No modem of this IMEI has been seen.")]
    Modem,
    #[error("No SIM of this ICCID has been seen.")]
    Sim,
    #[error("There is no uplink of this name.")]
    Uplink,
    #[error("There is no webhook of this name.")]
    Webhook,
    #[error("There is no message to or from this number.")]
    Conversation,
    #[error("The conversation has no note of this id.")]
    Note,
    #[error("The bank has no slot of this number.")]
    Slot,
    #[error("There is no backup of this name.")]
    Backup,
    #[error("This number is not suppressed.")]
    Suppression,
    #[error("There is no template of this name.")]
    Template,
    #[error("There is no delivery of this id, or it is past its keeping.")]
    Delivery,
}

impl From<Vec<FieldError>> for Refusal {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Invalid(errors)
    }
}

impl From<FieldError> for Refusal {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

fn told(errors: &[FieldError]) -> String {
    let told = errors.iter();
    let told = told.map(|error| format!("{}: {}", error.pointer, error.detail));
    told.collect::<Vec<_>>().join("; ")
}
