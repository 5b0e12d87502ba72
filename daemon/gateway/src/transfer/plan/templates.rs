//! What an import makes of templates.

use model::{Template, TemplateName};
use store::clock;

use super::super::document::TemplateEntry;
use super::{Entry, Plan};
use crate::FieldError;
use crate::changes::template_checked;

impl Plan<'_> {
    pub(super) fn template(&mut self, _: &str, name: &str, entry: TemplateEntry) -> Entry {
        let wrong = |why: String| vec![FieldError::new("", why)];
        let key: TemplateName = name.parse().map_err(wrong)?;
        let known = self.before.templates.get(name).map(TemplateEntry::from);
        // What was kept once may stay, whatever could be read then.
        if known.as_ref() != Some(&entry) {
            template_checked(&entry.text, entry.description.as_deref())?;
        }
        if let Some(audit) = self.tell("templates", name, known.as_ref(), &entry, None) {
            let new = Template {
                name: key,
                version: 0,
                text: entry.text,
                description: entry.description,
                changed_at: clock::now(),
                changed_by: self.before.caller.actor().to_owned(),
            };
            self.import.templates.push((new, audit));
        }
        Ok(())
    }
}
