//! Texts with variables that are kept: set and deleted.

use model::{Template, TemplateName};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Thing;
use crate::messages::template;
use crate::{Caller, FieldCode, FieldError, Gateway, Refusal, TemplateView, Unknown};
use store::{TemplateStored, clock};

/// Characters of a description.
const LONGEST_DESCRIPTION: usize = 256;

/// What a template shall be. What is left out is taken away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Dear {{ name }}, your parcel is here.", "description": "When a parcel came"}))]
pub struct TemplatePut {
    /// `{{ name }}` stands for a variable. Of Jinja there are conditions (`{% if name == 'An' %}…{% elif … %}…{% else %}…{% endif %}`),
    /// tests (`{{ name if name is defined else 'you' }}`), `~`, which joins texts, and the filters `upper`, `lower`, `title`,
    /// `capitalize`, `trim`, `replace`, `default`, `length`, `first`, `last`, `int`, `float`, `round` and `abs`.
    #[schema(min_length = 1, max_length = 39015)]
    text: String,
    /// For people.
    #[schema(
        min_length = 1,
        max_length = 256,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$"
    )]
    description: Option<String>,
    /// The version that the caller has seen; where there is another one meanwhile, nothing is changed (409). 0: there is
    /// none yet. Left out: whatever is there is replaced.
    version: Option<u32>,
}

/// Every bad field is named.
pub(crate) fn checked(text: &str, description: Option<&str>) -> Result<(), Vec<FieldError>> {
    let mut errors = Vec::new();
    let variables = template::variables(text);
    let wrong = match text {
        "" => Some((FieldCode::Required, "is empty".to_owned())),
        _ if text.contains('\0') => {
            let detail = "holds the character U+0000";
            Some((FieldCode::Characters, detail.to_owned()))
        }
        _ if template::is_too_long(text) => Some((FieldCode::TooLong, template::too_long())),
        _ => variables.err().map(|detail| (FieldCode::Template, detail)),
    };
    errors.extend(wrong.map(|(code, detail)| FieldError::new("/text", detail).coded(code)));
    let is_said = |text: &str| {
        (1..=LONGEST_DESCRIPTION).contains(&text.chars().count())
            && !text.chars().any(char::is_control)
    };
    if !description.is_none_or(is_said) {
        let detail = "must have 1 to 256 characters, none of them a control character";
        errors.push(
            FieldError::new("/description", detail)
                .coded(FieldCode::Text)
                .most(256),
        );
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

impl Gateway {
    /// A template is the same for all keys: one that does not see all messages changes nothing for the others.
    pub fn reaches_templates(&self, caller: &Caller) -> Result<(), Unknown> {
        let within = caller.reach.is_all();
        within.then_some(()).ok_or(Unknown::Template)
    }

    /// Makes a template, or a new version of one, at once and for good; that, and whether the template is new.
    pub async fn put_template(
        &self,
        caller: &Caller,
        name: TemplateName,
        put: TemplatePut,
    ) -> Result<(TemplateView, bool), Refusal> {
        self.reaches_templates(caller)?;
        checked(&put.text, put.description.as_deref())?;
        let _alone = self.alone(Thing::Templates).await;
        let kept = self.kept_templates().await?;
        let before = kept.get(name.as_str());
        let now = before.map_or(0, |before| before.version);
        if put.version.is_some_and(|seen| seen != now) {
            let why = match before {
                None => "There is no template of this name any more.".to_owned(),
                Some(before) => format!(
                    "{} made version {now} meanwhile. Read it, and say its version.",
                    before.changed_by
                ),
            };
            return Err(Refusal::Conflict(why));
        }
        let TemplatePut {
            text, description, ..
        } = put;
        let what = match before {
            None => format!("made template {name}"),
            Some(before) if before.text == text && before.description == description => {
                return Ok((TemplateView::from(before.clone()), false));
            }
            Some(_) => format!("changed template {name}"),
        };
        let new = Template {
            name,
            version: 0,
            text,
            description,
            changed_at: clock::now(),
            changed_by: caller.actor().to_owned(),
        };
        let stored = self.0.store.admin().put_template(new, caller.entry(what));
        let stored = stored.await;
        self.forget_templates().await;
        match stored? {
            TemplateStored::Done(template) => Ok((TemplateView::from(template), before.is_none())),
            TemplateStored::Full => {
                let why = "There are 1,000 templates. Delete some first.";
                Err(Refusal::Conflict(why.to_owned()))
            }
        }
    }

    /// Deletes a template. Messages that were made of it stay, and so do its versions.
    pub async fn delete_template(
        &self,
        caller: &Caller,
        name: &TemplateName,
    ) -> Result<(), Refusal> {
        self.reaches_templates(caller)?;
        let _alone = self.alone(Thing::Templates).await;
        let entry = caller.entry(format!("deleted template {name}"));
        let deleted = self.0.store.admin().delete_template(name, entry).await;
        self.forget_templates().await;
        Ok(deleted?.then_some(()).ok_or(Unknown::Template)?)
    }
}
