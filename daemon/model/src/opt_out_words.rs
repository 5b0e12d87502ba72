//! Which words count where people ask for no more messages.

use serde::{Deserialize, Serialize};

/// Which messages ask for no more messages, or for messages again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OptOutWords {
    /// False: none do.
    pub enabled: bool,
    /// ISO 639-1 codes of the languages whose words count; null: all.
    #[schema(max_items = 64, example = json!(["en", "vi"]))]
    pub languages: Option<Vec<String>>,
    /// Words that do not count, because they mean something else here.
    #[schema(max_items = 64, example = json!(["cancel"]))]
    pub except: Vec<String>,
}

impl Default for OptOutWords {
    fn default() -> Self {
        Self {
            enabled: true,
            languages: None,
            except: Vec::new(),
        }
    }
}
