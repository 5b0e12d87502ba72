//! What is wrong with a request, field by field.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A field that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the body; `?name` is a query parameter, `path:name` one of the path, and
    /// `header:name` a header. Empty: the body.
    #[schema(example = "/to")]
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }

    /// For the member `name` of the object at `parent`.
    pub fn under(parent: &str, name: &str, detail: impl Into<String>) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        Self::new(format!("{parent}/{name}"), detail)
    }
}
