//! Which messages reach those who ask for none.

use serde::{Deserialize, Serialize};

/// What a message is, when it comes to those who asked for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageClass {
    /// Not sent to a number that asks for no messages.
    #[default]
    Ordinary,
    /// Sent all the same: what its recipient cannot do without, such as a code to log in by.
    Transactional,
    /// The gateway's own: tells once that a request for no more messages was heard.
    OptOutConfirmation,
}

impl MessageClass {
    /// It goes to those too who ask for no messages.
    pub fn passes_opt_out(self) -> bool {
        self != Self::Ordinary
    }
}
