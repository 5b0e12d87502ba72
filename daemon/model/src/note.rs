//! Notes of staff on a conversation.

use serde::{Serialize, Serializer};

use super::{RowId, Time};

/// A note on a conversation; never sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ConversationNote)]
pub struct Note {
    /// Of the note.
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = String, example = "42")]
    pub id: RowId,
    /// Who wrote it: a user or a key.
    #[schema(example = "user anna")]
    pub author: String,
    /// What it says.
    pub text: String,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn as_text<S: Serializer>(id: &RowId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&id.0)
}
