//! Texts with variables that are kept by name.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::Time;

/// Letters, digits, `-`, `_` and `.`, 1 to 64 of them, and not dots alone: those would vanish from
/// a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[schema(value_type = String, example = "welcome")]
pub struct TemplateName(Box<str>);

impl TemplateName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TemplateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TemplateName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if crate::plain_name::is_plain_name(text) {
            Ok(Self(text.into()))
        } else {
            Err("a template's name has 1 to 64 letters, digits, '-', '_' and '.'".to_owned())
        }
    }
}

/// What a message was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = MessageTemplate)]
pub struct TemplateVersion {
    /// Of the template.
    #[schema(value_type = String, example = "welcome")]
    pub name: TemplateName,
    /// Which of its texts.
    #[schema(minimum = 1)]
    pub version: u32,
}

/// A text with variables, as it is or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Template {
    pub name: TemplateName,
    /// From 1 on; each change makes another one, a deletion too.
    pub version: u32,
    pub text: String,
    pub description: Option<String>,
    /// When it came to be so.
    pub changed_at: Time,
    /// By whom, as the audit names them.
    pub changed_by: String,
}

impl Template {
    pub fn of(&self) -> TemplateVersion {
        TemplateVersion {
            name: self.name.clone(),
            version: self.version,
        }
    }
}
