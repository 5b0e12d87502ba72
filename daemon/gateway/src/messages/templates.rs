//! The templates that are kept, as drafts find them.

use std::collections::BTreeMap;

use model::Template;

/// All of them as they are now, by name.
#[derive(Debug, Default)]
pub struct Templates(BTreeMap<String, Template>);

impl Templates {
    pub(crate) fn of(all: Vec<Template>) -> Self {
        let all = all.into_iter();
        Self(all.map(|one| (one.name.to_string(), one)).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Template> {
        self.0.get(name)
    }

    /// By name.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Template> {
        self.0.values()
    }
}
