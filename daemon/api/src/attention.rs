//! What needs a person.

use model::Time;
use serde::Serialize;
use utoipa::ToSchema;

/// A reason to act.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attention)]
pub(crate) struct AttentionJson {
    /// Stable name: `locked`, `no-reports` of a modem, `same-number` of a SIM.
    #[schema(example = "no-reports")]
    pub(crate) code: &'static str,
    /// Null where it is not known.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub(crate) since: Option<Time>,
    /// What is so, and what can be done.
    pub(crate) sentence: String,
}
