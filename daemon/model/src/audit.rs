//! What was changed, by whom.

use serde::{Serialize, Serializer};
use serde_json::Value;

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
    /// Who did it: a key, a user, or the command line of the machine.
    #[schema(example = "key crm")]
    pub actor: String,
    /// The address it came from.
    #[schema(required)]
    pub from: Option<String>,
    /// What was done, to what.
    pub what: String,
    /// What of the thing was another way, without secrets; null where it was not there, and where
    /// nothing that is kept was changed: a modem's restart, say.
    #[schema(required, value_type = Option<Object>, example = json!({"enabled": true, "pin": "…"}))]
    pub before: Option<Value>,
    /// The same fields as they are since then; null where it is not there any more.
    #[schema(required, value_type = Option<Object>, example = json!({"enabled": false, "pin": "…"}))]
    pub after: Option<Value>,
    /// SHA-256 of this row and the hash before it, hexadecimal: a row that was changed or taken
    /// out breaks the chain, and `simgate audit verify` finds it.
    #[serde(serialize_with = "hexadecimal")]
    #[schema(value_type = String)]
    pub hash: [u8; 32],
}

/// Which changes a list has; what is given must all hold.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// As the row names it.
    pub actor: Option<String>,
    /// What was done has this in it; case does not matter.
    pub what: Option<String>,
    pub since: Option<Time>,
    pub until: Option<Time>,
}

fn hexadecimal<S: Serializer>(hash: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(hash))
}
