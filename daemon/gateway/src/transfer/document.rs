//! The configuration as one document.

use std::collections::BTreeMap;

use model::{Role, Template, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sealed::Sealed;
use crate::changes::routes_document::RouteJson;
use crate::changes::{SimPatch, UplinkPut, WebhookPut};
use crate::keys::KeyRequest;

/// The format that this program writes and reads.
pub(super) const FORMAT: u32 = 1;

/// What operators set, in one document. What it does not name stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"format": 1, "uplinks": {"primary": {"host": "smsc.example.net", "system_id": "shop"}}}))]
pub struct Configuration {
    /// Of the document: 1.
    #[schema(minimum = 1, maximum = 1)]
    pub(super) format: u32,
    /// Version of the simgate that wrote it; not looked at.
    #[serde(default, rename = "simgate_version")]
    #[schema(value_type = Option<String>)]
    pub(super) _simgate_version: Option<String>,
    /// When it was written; not looked at.
    #[serde(default, rename = "exported_at")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) _exported_at: Option<Time>,
    /// What is set for SIMs, by ICCID.
    #[serde(default)]
    pub(super) sims: BTreeMap<String, SimPatch>,
    /// SMPP uplinks, by name.
    #[serde(default)]
    pub(super) uplinks: BTreeMap<String, UplinkPut>,
    /// All routes in their order. Left out: they stay as they are; else these replace them.
    pub(super) routes: Option<Vec<RouteJson>>,
    /// The country of numbers without `+`, in two letters. Left out or null: it stays as it is. Where simgate.toml says
    /// one, that counts.
    #[schema(pattern = "^[A-Za-z]{2}$", example = "VN")]
    pub(super) country: Option<String>,
    /// Webhooks, by name.
    #[serde(default)]
    pub(super) webhooks: BTreeMap<String, WebhookPut>,
    /// Texts with variables, by name, as they are now. A text or description that differs becomes the next
    /// version here; what a template said before is not in the document.
    #[serde(default)]
    pub(super) templates: BTreeMap<String, TemplateEntry>,
    /// API keys. One that is there gets what is said of it here, and keeps its secret.
    #[serde(default)]
    pub(super) keys: Vec<KeyRequest>,
    /// Users. A new one has no password: an admin sets it.
    #[serde(default)]
    pub(super) users: Vec<UserEntry>,
    /// What stands in simgate.toml, without secrets. An import changes none of it: its answer names what
    /// differs.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) settings: serde_json::Value,
    /// Where secrets belong that are not in the document, or sealed in it, as JSON pointers.
    #[serde(default)]
    pub(super) secrets_left_out: Vec<String>,
    /// The secrets, where a passphrase was given for them.
    pub(super) sealed: Option<Sealed>,
}

/// A template of an exported configuration.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ConfigurationTemplate)]
#[serde(deny_unknown_fields)]
pub(super) struct TemplateEntry {
    /// With `{{ name }}` for a variable.
    #[schema(min_length = 1, max_length = 39015)]
    pub(super) text: String,
    /// For people.
    #[schema(
        min_length = 1,
        max_length = 256,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$"
    )]
    pub(super) description: Option<String>,
}

impl From<&Template> for TemplateEntry {
    fn from(template: &Template) -> Self {
        Self {
            text: template.text.clone(),
            description: template.description.clone(),
        }
    }
}

/// A user of an exported configuration.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = ConfigurationUser)]
#[serde(deny_unknown_fields)]
pub(super) struct UserEntry {
    /// In lower case.
    pub(super) name: String,
    /// What the user may do.
    pub(super) role: Role,
}
