//! A draft's body: text, filled or as it is, or data, and the parts that it takes.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::request::{Defaults, Draft, EncodingChoice};
use crate::messages::template;
use crate::messages::templates::Templates;
use crate::{FieldCode, FieldError};
use model::{Body, Coding, TemplateVersion};

/// A body, and the parts that it takes.
#[derive(Debug)]
pub(super) struct Prepared {
    pub body: Body,
    pub coding: Coding,
    /// Whether national language tables may be used when it is split.
    pub national_tables: bool,
    pub segments: u16,
    /// Septets, UTF-16 units or octets, as `coding` says; escapes count.
    pub characters: usize,
    /// Of the same unit, what the last part could still take.
    pub remaining: usize,
    /// What the text was made of.
    pub template: Option<TemplateVersion>,
}

/// Chooses the one body that the draft gives, and plans its parts: no more than `most`, where that
/// is known.
pub(super) fn prepare(
    draft: &Draft,
    (defaults, templates): (&Defaults, &Templates),
    most: Option<u16>,
) -> Result<Prepared, Vec<FieldError>> {
    let given = [
        ("/text", draft.text.is_some()),
        ("/template", draft.template.is_some()),
        ("/data", draft.data.is_some()),
    ];
    let mut given = given.iter().filter(|(_, is_given)| *is_given);
    let (Some((pointer, _)), None) = (given.next(), given.next()) else {
        return Err(vec![FieldError::new(
            "/text",
            "give one of text, template or data",
        )]);
    };
    let mut errors = strays(draft);
    let prepared = match (&draft.text, &draft.template, &draft.data) {
        (Some(text), ..) => match &draft.variables {
            Some(variables) => template::render(text, variables, pointer)
                .and_then(|filled| plan_text(pointer, &filled, draft, defaults)),
            None => plan_text(pointer, text, draft, defaults),
        },
        (_, Some(name), _) => plan_template(pointer, name, draft, (defaults, templates)),
        (_, _, data) => plan_data(data.as_deref().unwrap_or_default(), draft.port),
    };
    let prepared = prepared.and_then(|prepared| match most {
        Some(most) if prepared.segments > most => {
            let detail = format!(
                "takes {} parts, and {most} are the most; see max_segments",
                prepared.segments
            );
            let wrong = FieldError::new(*pointer, detail).coded(FieldCode::TooManyParts);
            Err(vec![wrong.most(most.into())])
        }
        _ => Ok(prepared),
    });
    match prepared {
        Ok(prepared) if errors.is_empty() => Ok(prepared),
        Ok(_) => Err(errors),
        Err(more) => {
            errors.extend(more);
            Err(errors)
        }
    }
}

/// Fields that have no meaning with the body given.
fn strays(draft: &Draft) -> Vec<FieldError> {
    let is_data = draft.data.is_some();
    let only_for_text = "is for texts only";
    let found = [
        (
            draft.variables.is_some() && is_data,
            "/variables",
            only_for_text,
        ),
        (draft.port.is_some() && !is_data, "/port", "needs data"),
        (
            is_data && draft.encoding != EncodingChoice::Auto,
            "/encoding",
            only_for_text,
        ),
        (
            is_data && draft.transliterate,
            "/transliterate",
            only_for_text,
        ),
        (is_data && draft.flash, "/flash", only_for_text),
    ];
    let found = found.into_iter().filter(|(wrong, ..)| *wrong);
    found
        .map(|(_, pointer, detail)| FieldError::new(pointer, detail))
        .collect()
}

/// Fills a template: one that is kept, by its name, or a text of one's own.
fn plan_template(
    pointer: &str,
    given: &str,
    draft: &Draft,
    (defaults, templates): (&Defaults, &Templates),
) -> Result<Prepared, Vec<FieldError>> {
    let kept = templates.get(given);
    let text = match kept {
        Some(kept) => &kept.text,
        // No name has braces.
        None if given.contains('{') => given,
        None => {
            let detail = "there is no template of this name";
            return Err(vec![FieldError::new(pointer, detail)]);
        }
    };
    let none = BTreeMap::new();
    let variables = draft.variables.as_ref().unwrap_or(&none);
    let filled = template::render(text, variables, pointer)?;
    let prepared = plan_text(pointer, &filled, draft, defaults)?;
    Ok(Prepared {
        template: kept.map(model::Template::of),
        ..prepared
    })
}

fn plan_text(
    pointer: &str,
    text: &str,
    draft: &Draft,
    defaults: &Defaults,
) -> Result<Prepared, Vec<FieldError>> {
    if text.is_empty() {
        return Err(vec![
            FieldError::new(pointer, "is empty").coded(FieldCode::Required),
        ]);
    }
    if let Some(index) = text.chars().position(|c| c == '\0') {
        let detail = format!("holds the character U+0000 at index {index}");
        return Err(vec![
            FieldError::new(pointer, detail).coded(FieldCode::Characters),
        ]);
    }
    // Said before the planner looks at it, which takes time in proportion.
    if template::is_too_long(text) {
        return Err(vec![
            FieldError::new(pointer, template::too_long()).coded(FieldCode::TooLong),
        ]);
    }
    let encoding = match draft.encoding {
        EncodingChoice::Auto => tpdu::Encoding::Auto,
        EncodingChoice::Gsm7 => tpdu::Encoding::Gsm7,
        EncodingChoice::Ucs2 => tpdu::Encoding::Ucs2,
    };
    let options = tpdu::TextOptions {
        encoding,
        languages: &defaults.languages,
        transliterate: draft.transliterate,
        wide_reference: false,
    };
    let plan = tpdu::plan(text, &options).map_err(|error| {
        vec![FieldError::new(pointer, error.to_string()).coded(FieldCode::Characters)]
    })?;
    let coding = match plan.alphabet {
        tpdu::Alphabet::Gsm7 => Coding::Gsm7,
        _ => Coding::Ucs2,
    };
    Ok(Prepared {
        coding,
        national_tables: coding == Coding::Gsm7 && !defaults.languages.is_empty(),
        segments: segments(plan.len()),
        characters: plan.characters,
        remaining: plan.remaining,
        body: Body::Text(plan.text),
        template: None,
    })
}

fn plan_data(base64: &str, port: Option<u16>) -> Result<Prepared, Vec<FieldError>> {
    let wrong = |pointer, detail: String| Err(vec![FieldError::new(pointer, detail)]);
    let Some(port) = port else {
        return wrong(
            "/port",
            "data needs the application port it is for".to_owned(),
        );
    };
    let octets = match BASE64_STANDARD.decode(base64) {
        Ok(octets) if octets.is_empty() => return wrong("/data", "is empty".to_owned()),
        Ok(octets) => octets,
        Err(error) => return wrong("/data", format!("is not base64: {error}")),
    };
    let ports = tpdu::Ports {
        dst: port,
        src: port,
        wide: true,
    };
    let options = tpdu::DataOptions {
        ports: Some(ports),
        wide_reference: false,
    };
    let plan = match tpdu::plan_data(&octets, &options) {
        Ok(plan) => plan,
        Err(error) => return wrong("/data", error.to_string()),
    };
    Ok(Prepared {
        coding: Coding::Octets,
        national_tables: false,
        segments: segments(plan.len()),
        characters: plan.characters,
        remaining: plan.remaining,
        body: Body::Data {
            octets,
            port: Some(port),
        },
        template: None,
    })
}

/// The planner refuses more than 255 parts.
fn segments(parts: usize) -> u16 {
    u16::try_from(parts).unwrap_or(u16::MAX)
}
