//! Texts with variables that are kept, as they may be shown, and what would become of one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Template, TemplateName, Time};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::messages::draft::{self, Written};
use crate::messages::template;
use crate::messages::templates::Templates;
use crate::{FieldCode, FieldError, Gateway, Refusal, Unknown};
use store::StoreError;

/// The templates as they were read last; none: they have changed since.
#[derive(Default)]
pub(crate) struct KeptTemplates(Mutex<Option<Arc<Templates>>>);

/// A text with variables, as it is or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Template)]
pub struct TemplateView {
    /// What it is called.
    #[schema(value_type = String, example = "welcome")]
    pub name: TemplateName,
    /// From 1 on. Each change makes another one, and so does a deletion.
    #[schema(minimum = 1)]
    pub version: u32,
    /// With `{{ name }}` for a variable.
    #[schema(example = "Dear {{ name }}, your parcel is here.")]
    pub text: String,
    /// For people.
    #[schema(required)]
    pub description: Option<String>,
    /// The variables that its text has, by name.
    #[schema(example = json!(["name"]))]
    pub variables: BTreeSet<String>,
    /// When it came to be so.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Time,
    /// By whom: a user or a key.
    #[schema(example = "user anna")]
    pub changed_by: String,
}

impl From<Template> for TemplateView {
    fn from(template: Template) -> Self {
        // One that this program cannot read has none to tell.
        let variables = template::variables(&template.text).unwrap_or_default();
        Self {
            name: template.name,
            version: template.version,
            text: template.text,
            description: template.description,
            variables,
            changed_at: template.changed_at,
            changed_by: template.changed_by,
        }
    }
}

/// What a template is tried with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"variables": {"name": "An"}}))]
pub struct TemplateTry {
    /// The values of its variables.
    #[serde(default)]
    #[schema(required = false)]
    variables: BTreeMap<String, String>,
    /// Another text in place of the one that is kept; then there need be no template of this name.
    #[schema(min_length = 1, max_length = 39015)]
    text: Option<String>,
    /// For somebody who still writes: a variable that is not given stands as its name, and one that is given and not
    /// used is passed over.
    #[serde(default)]
    #[schema(default = false)]
    lenient: bool,
}

/// What would become of a template.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplatePreview {
    /// The variables that its text has, by name.
    #[schema(example = json!(["name"]))]
    pub variables: BTreeSet<String>,
    #[serde(flatten)]
    pub written: Written,
}

impl Gateway {
    /// All templates as drafts find them.
    pub(crate) async fn kept_templates(&self) -> Result<Arc<Templates>, StoreError> {
        // Held while they are read: who changes one waits, and has them read again.
        let mut kept = self.0.templates.0.lock().await;
        if let Some(kept) = &*kept {
            return Ok(Arc::clone(kept));
        }
        let all = Arc::new(Templates::of(self.0.store.admin().templates().await?));
        *kept = Some(Arc::clone(&all));
        Ok(all)
    }

    /// What was changed, or may have been, counts from here on.
    pub(crate) async fn forget_templates(&self) {
        *self.0.templates.0.lock().await = None;
    }

    /// All templates as they are now, by name.
    pub async fn templates(&self) -> Result<Vec<TemplateView>, StoreError> {
        let kept = self.kept_templates().await?;
        Ok(kept.all().cloned().map(TemplateView::from).collect())
    }

    pub async fn template(&self, name: &TemplateName) -> Result<TemplateView, Refusal> {
        let kept = self.kept_templates().await?;
        let found = kept.get(name.as_str()).ok_or(Unknown::Template)?;
        Ok(found.clone().into())
    }

    /// What is kept of a name, newest first, also where the template was deleted.
    pub async fn template_versions(
        &self,
        name: &TemplateName,
    ) -> Result<Vec<TemplateView>, Refusal> {
        let kept = self.0.store.admin().template_versions(name).await?;
        if kept.is_empty() {
            return Err(Unknown::Template.into());
        }
        Ok(kept.into_iter().map(TemplateView::from).collect())
    }

    /// What would become of a template; nothing is stored.
    pub async fn try_template(
        &self,
        name: &TemplateName,
        wanted: TemplateTry,
    ) -> Result<TemplatePreview, Refusal> {
        let text = match wanted.text {
            Some(text) => text,
            None => self.template(name).await?.text,
        };
        let read = |detail| FieldError::new("/text", detail).coded(FieldCode::Template);
        let variables = template::variables(&text).map_err(read)?;
        let mut values = wanted.variables;
        if wanted.lenient {
            values.retain(|name, _| variables.contains(name));
            for name in &variables {
                values.entry(name.clone()).or_insert_with(|| name.clone());
            }
        }
        let written = draft::written(text, values, self.defaults())?;
        Ok(TemplatePreview { variables, written })
    }
}
