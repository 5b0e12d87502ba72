//! What operators set, as one document: written, read again here or elsewhere.

mod document;
mod export;
mod import;
mod plan;
mod sealed;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use document::Configuration;
pub use sealed::Sealed;

use crate::{FieldCode, FieldError};

/// Shortest passphrase, in characters: whoever has the document may guess for as long as they like.
const SHORTEST: usize = 12;

/// How a configuration is to be written.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = ConfigurationExportRequest)]
#[serde(deny_unknown_fields)]
pub struct ExportWish {
    /// Seals the secrets. Left out: they are left out.
    #[schema(min_length = 12, max_length = 1024, write_only)]
    pub passphrase: Option<String>,
}

/// A configuration that is to be taken over.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConfigurationImportRequest)]
#[serde(deny_unknown_fields)]
pub struct ImportWish {
    pub configuration: Configuration,
    /// Opens its sealed secrets. Left out: they are not looked at.
    #[schema(min_length = 12, max_length = 1024, write_only)]
    pub passphrase: Option<String>,
    /// Only tell what would change.
    #[serde(default)]
    #[schema(default = false)]
    pub dry_run: bool,
}

/// What an import changed, or would change.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = ConfigurationImported)]
pub struct Imported {
    /// Nothing was changed.
    pub dry_run: bool,
    /// In the order in which it is done.
    pub changes: Vec<ImportChange>,
    /// Entries that are as they were.
    pub unchanged: u32,
    /// Secrets that the document leaves out, or that no passphrase opened, and that are not set here either, as JSON
    /// pointers into it. Without the key of its client certificate an uplink is imported without both.
    pub secrets_missing: Vec<String>,
    /// Settings of simgate.toml that differ here. Whoever wants them edits the file.
    pub settings_that_differ: Vec<String>,
}

/// One thing that is made or changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ConfigurationChange)]
pub struct ImportChange {
    /// Section and name.
    #[schema(example = "uplinks/primary")]
    pub entry: String,
    /// Whether it was not there before.
    pub is_new: bool,
    /// Names of what is different; empty for what is new.
    pub fields: Vec<String>,
    /// The new secret of a key or a webhook that came without one. It is shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub secret: Option<String>,
}

fn check_passphrase(passphrase: Option<&str>) -> Result<(), FieldError> {
    match passphrase {
        Some(text) if text.chars().count() < SHORTEST || text.len() > 1024 => Err(FieldError::new(
            "/passphrase",
            format!("must have at least {SHORTEST} characters and at most 1024 octets"),
        )
        .coded(FieldCode::Passphrase)),
        _ => Ok(()),
    }
}
