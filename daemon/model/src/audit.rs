//! What was changed, by whom.

use serde::{Serialize, Serializer};

use super::{RowId, Time};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditRow {
    #[serde(skip)]
    pub row: RowId,
    /// When it was changed.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Name of the key.
    #[schema(example = "crm")]
    pub actor: String,
    /// The address it came from.
    #[schema(required)]
    pub from: Option<String>,
    /// What was done, to what.
    pub what: String,
    /// SHA-256 of this row and the hash before it, hexadecimal: a row that was changed or taken
    /// out breaks the chain, and `simgate check` finds it.
    #[serde(serialize_with = "hexadecimal")]
    #[schema(value_type = String)]
    pub hash: [u8; 32],
}

fn hexadecimal<S: Serializer>(hash: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(hash))
}
