//! What is wrong with a request, field by field.

use std::borrow::Cow;

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
    /// What kind of error it is, where programs should know: `opted-out`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "opted-out")]
    pub code: Option<Cow<'static, str>>,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
            code: None,
        }
    }

    /// Its recipient asks for no messages.
    pub fn opted_out(pointer: impl Into<String>) -> Self {
        Self {
            code: Some(Cow::Borrowed("opted-out")),
            ..Self::new(pointer, "this number asks for no messages")
        }
    }

    /// For the member `name` of the object at `parent`.
    pub fn under(parent: &str, name: &str, detail: impl Into<String>) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        Self::new(format!("{parent}/{name}"), detail)
    }
}
