//! Why a message is where it is, in a form that programs can compare.

use serde::{Deserialize, Serialize};

/// A stable code (`cms-38`, `tp-status-70`, `no-route`, `validity`, …) and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reason {
    /// Stable: `cms-N`, `cme-N`, `smpp-0xNN`, `tp-status-N`, `validity`, `quota`, …
    pub code: String,
    /// The same for people.
    pub detail: String,
}

impl Reason {
    /// The code of a part whose modem went away before its answer.
    pub const MODEM_GONE: &str = "modem-gone";

    pub fn new(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            detail: detail.into(),
        }
    }
}
