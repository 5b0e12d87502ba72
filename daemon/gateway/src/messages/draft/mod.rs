//! The way from a message as a client describes it to one that can be stored.

mod body;
mod request;
mod sender;
mod written;

use std::collections::BTreeMap;
use std::time::Duration;

use super::metadata;
use super::recipients::{MAX_OCTETS, Recipients};
use super::templates::Templates;
use crate::{FieldCode, FieldError};
use body::Prepared;
use model::{Key, NewMessage, Time};
use store::clock;

pub use request::{ClassChoice, Context, Defaults, Draft, EncodingChoice, MAX_SEGMENTS, Named};
pub use written::{Costly, Written};

/// 63 weeks, the longest relative TP-VP (TS 23.040 §9.2.3.12.1).
const MAX_VALIDITY_SECONDS: u32 = 63 * 7 * 86_400;
const MIN_VALIDITY_SECONDS: u32 = 60;
/// How far ahead `send_at` may lie.
const MAX_AHEAD: Duration = Duration::from_hours(366 * 24);
const MAX_REFERENCE: usize = 256;

/// A draft that is right, and how far its last part is filled.
#[derive(Debug)]
pub struct Preview {
    pub message: NewMessage,
    /// Septets, UTF-16 units or octets, as the message's coding says; escapes count.
    pub characters: usize,
    /// Of the same unit, what the last part could still take.
    pub remaining: usize,
}

/// Checks and completes a draft for one recipient. Every bad field is named, not only the first.
pub fn prepare(draft: Draft, context: Context<'_>) -> Result<NewMessage, Vec<FieldError>> {
    if let Recipients::Several(_) = draft.to {
        return Err(vec![FieldError::new("/to", "must be one recipient here")]);
    }
    preview(draft, context).map(|preview| preview.message)
}

/// As [`prepare`], for one recipient or more, with what only a person at a keyboard asks for. The
/// message is the first recipient's; it is the same for all.
pub fn preview(draft: Draft, context: Context<'_>) -> Result<Preview, Vec<FieldError>> {
    let (mut errors, mut first) = (Vec::new(), None);
    match draft.to.normalised(context.defaults.country()) {
        Ok(each) => {
            for to in each {
                match to {
                    Ok(to) => drop(first.get_or_insert(to)),
                    Err(error) => errors.push(error),
                }
            }
        }
        Err(error) => errors.push(error),
    }
    let rest = without_recipient(draft, context);
    match (rest, first, errors.as_slice()) {
        (Ok(mut preview), Some(to), []) => {
            preview.message.to = to;
            Ok(preview)
        }
        (Ok(_), ..) => Err(errors),
        (Err(more), ..) => {
            errors.extend(more);
            Err(errors)
        }
    }
}

/// What a text would become with these variables, whomever it is for.
pub(crate) fn written(
    text: String,
    variables: BTreeMap<String, String>,
    defaults: &Defaults,
) -> Result<Written, Vec<FieldError>> {
    let draft = Draft {
        variables: Some(variables),
        ..Draft::of_text(String::new(), text, String::new())
    };
    let prepared = body::prepare(&draft, (defaults, &Templates::default()), None)?;
    Ok(prepared.into())
}

/// A message for each recipient, or what is wrong with that one.
pub type Each = Vec<Result<NewMessage, FieldError>>;

/// Checks and completes a draft for all its recipients. What is wrong with the message itself is
/// so for all of them.
pub fn prepare_each(draft: Draft, context: Context<'_>) -> Result<Each, Vec<FieldError>> {
    let recipients = draft.to.normalised(context.defaults.country());
    let rest = without_recipient(draft, context);
    let (recipients, pattern) = match (recipients, rest) {
        (Ok(recipients), Ok(rest)) => (recipients, rest.message),
        (Err(error), Ok(_)) => return Err(vec![error]),
        (recipients, Err(mut errors)) => {
            errors.extend(recipients.err());
            return Err(errors);
        }
    };
    let octets = pattern.body.octets();
    if recipients.len().saturating_mul(octets) > MAX_OCTETS {
        let most = MAX_OCTETS / octets;
        let detail = format!("a text of this length can go to {most} recipients in one request");
        return Err(vec![FieldError::new("/to", detail)]);
    }
    let message = |to| NewMessage {
        id: clock::message_id(),
        to,
        ..pattern.clone()
    };
    Ok(recipients.into_iter().map(|to| to.map(message)).collect())
}

/// All but whom it is for.
fn without_recipient(draft: Draft, context: Context<'_>) -> Result<Preview, Vec<FieldError>> {
    let Context {
        defaults,
        key,
        templates,
        addresses,
        now,
        ..
    } = context;
    let mut errors = Vec::new();
    let sender = sender::read(draft.from.as_deref(), context);
    let sender = sender
        .map_err(|why| errors.push(FieldError::new("/from", why).coded(FieldCode::Sender)))
        .ok();
    let most = most_segments(draft.max_segments, defaults, key);
    let most = note(&mut errors, "/max_segments", most);
    let validity = validity(draft.validity_seconds, defaults);
    let validity = note(&mut errors, "/validity_seconds", validity);
    let send_at = note(&mut errors, "/send_at", send_at(draft.send_at, now));
    note(
        &mut errors,
        "/reference",
        reference(draft.reference.as_deref()),
    );
    let metadata = draft.metadata.as_deref().map(metadata::check).transpose();
    let metadata = note(&mut errors, "/metadata", metadata);
    let callback = draft.callback_url.as_deref();
    let callback = callback.map_or(Ok(()), |url| addresses.check_url(url));
    note(&mut errors, "/callback_url", callback);
    let body = body::prepare(&draft, (defaults, templates), most)
        .map_err(|more| errors.extend(more))
        .ok();

    let (Some(sender), Some(validity), Some(send_at), Some(metadata), Some(body), []) =
        (sender, validity, send_at, metadata, body, errors.as_slice())
    else {
        return Err(errors);
    };
    let Prepared {
        body,
        coding,
        national_tables,
        segments,
        characters,
        remaining,
        template,
    } = body;
    let message = NewMessage {
        id: clock::message_id(),
        key: key.id,
        to: String::new(),
        sender,
        body,
        coding,
        national_tables,
        segments,
        flash: draft.flash,
        priority: draft.priority,
        status_report: draft.status_report,
        on_uncertain: draft.on_uncertain.unwrap_or(defaults.on_uncertain),
        created_at: now,
        send_at,
        expires_at: send_at.unwrap_or(now).max(now).after(validity),
        reference: draft.reference,
        metadata,
        callback_url: draft.callback_url,
        class: draft.class.into(),
        template,
        test: false,
    };
    Ok(Preview {
        message,
        characters,
        remaining,
    })
}

fn note<T>(errors: &mut Vec<FieldError>, pointer: &str, result: Result<T, String>) -> Option<T> {
    result
        .map_err(|detail| errors.push(FieldError::new(pointer, detail)))
        .ok()
}

/// What the message asks for, within what its key allows.
fn most_segments(asked: Option<u16>, defaults: &Defaults, key: &Key) -> Result<u16, String> {
    match (asked, key.max_segments) {
        (Some(asked), _) if !(1..=MAX_SEGMENTS).contains(&asked) => {
            Err(format!("must be 1 to {MAX_SEGMENTS}"))
        }
        (Some(asked), Some(allowed)) if asked > allowed => {
            Err(format!("this key allows {allowed} at most"))
        }
        (asked, allowed) => Ok(asked.or(allowed).unwrap_or(defaults.max_segments)),
    }
}

fn validity(asked: Option<u32>, defaults: &Defaults) -> Result<Duration, String> {
    let seconds = asked.unwrap_or_else(|| defaults.validity_seconds.min(MAX_VALIDITY_SECONDS));
    if (MIN_VALIDITY_SECONDS..=MAX_VALIDITY_SECONDS).contains(&seconds) {
        Ok(Duration::from_secs(seconds.into()))
    } else {
        Err(format!(
            "must be {MIN_VALIDITY_SECONDS} to {MAX_VALIDITY_SECONDS} (63 weeks)"
        ))
    }
}

/// A time in the past is "now": clients' clocks differ.
fn send_at(at: Option<Time>, now: Time) -> Result<Option<Time>, String> {
    match at {
        Some(at) if at > now.after(MAX_AHEAD) => Err("more than a year ahead".to_owned()),
        at => Ok(at),
    }
}

fn reference(reference: Option<&str>) -> Result<(), String> {
    let Some(text) = reference else { return Ok(()) };
    if text.is_empty() || text.chars().count() > MAX_REFERENCE {
        return Err(format!("must have 1 to {MAX_REFERENCE} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("may not hold control characters".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
