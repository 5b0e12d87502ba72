//! A message as a client describes it, and the way from there to one that can be stored.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::body::{self, Prepared};
use super::callback_url;
use super::number::Country;
use super::own_numbers::{self, OwnNumbers};
use super::recipients::{MAX_OCTETS, Recipients};
use super::sender;
use crate::FieldError;
use model::{Key, NewMessage, OnUncertain, Priority, Time};
use store::clock;

/// 63 weeks, the longest relative TP-VP (TS 23.040 §9.2.3.12.1).
const MAX_VALIDITY_SECONDS: u32 = 63 * 7 * 86_400;
const MIN_VALIDITY_SECONDS: u32 = 60;
/// How far ahead `send_at` may lie.
const MAX_AHEAD: Duration = Duration::from_hours(366 * 24);
/// Parts of one message (TS 23.040 §9.2.3.24.1).
pub const MAX_SEGMENTS: u16 = 255;
const MAX_REFERENCE: usize = 256;

/// Which alphabet a text may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = MessageRequestEncoding)]
#[serde(rename_all = "snake_case")]
pub enum EncodingChoice {
    /// GSM 7-bit where the text fits, else UCS-2: what takes the fewest parts.
    #[default]
    Auto,
    /// GSM 7-bit; a text that does not fit is refused.
    Gsm7,
    /// UCS-2 always.
    Ucs2,
}

/// A message to send. One body is needed: `text`, or `template` with `variables`, or `data` with
/// `port`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MessageRequest, example = json!({"to": "+84901234567", "text": "Your code is 123456", "priority": "otp", "reference": "order-42", "metadata": {"campaign": "spring"}}))]
pub struct Draft {
    pub to: Recipients,
    /// What it says, in no more parts than `max_segments`.
    #[schema(min_length = 1, max_length = 39015)]
    pub text: Option<String>,
    /// A text with `{{name}}` placeholders.
    #[schema(min_length = 1)]
    pub template: Option<String>,
    /// The placeholders' values; each one is needed and none may be left over.
    pub variables: Option<BTreeMap<String, String>>,
    /// 8-bit data, base64.
    #[schema(content_encoding = "base64", min_length = 4)]
    pub data: Option<String>,
    /// Application port that `data` is for (TS 23.040 §9.2.3.24.4).
    #[schema(maximum = 65_535)]
    pub port: Option<u16>,
    #[serde(default)]
    #[schema(default = "normal")]
    pub priority: Priority,
    /// `sim:<iccid>` or the number of a SIM of the gateway, `group:<name>`, `uplink:<name>`, or an alphanumeric sender
    /// of 1 to 11 characters, which goes by uplinks only. Left out: the routes decide.
    pub from: Option<String>,
    /// Parts that it may take at most; more are refused. No more than the API key allows. Left out: what the API key
    /// has, or the configured default.
    #[schema(minimum = 1, maximum = 255)]
    pub max_segments: Option<u16>,
    #[serde(default)]
    #[schema(default = "auto")]
    pub encoding: EncodingChoice,
    /// Replace what GSM 7-bit lacks by its nearest look-alike.
    #[serde(default)]
    #[schema(default = false)]
    pub transliterate: bool,
    /// Class 0: shown at once, not kept by the phone.
    #[serde(default)]
    #[schema(default = false)]
    pub flash: bool,
    /// Ask the network for a status report.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub status_report: bool,
    /// What to do when nothing tells whether it went out: `hold` it, or `resend` it, perhaps for a
    /// second time, and then hold it. Left out: the configured default.
    pub on_uncertain: Option<OnUncertain>,
    /// How long it is tried, from `send_at` or now on. Left out: the configured default.
    #[schema(minimum = 60, maximum = 38_102_400)]
    pub validity_seconds: Option<u32>,
    /// Not before this; at most a year ahead.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub send_at: Option<Time>,
    /// The client's own name for it, without control characters.
    #[schema(
        min_length = 1,
        max_length = 256,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$"
    )]
    pub reference: Option<String>,
    /// The client's own object, at most 4096 octets of JSON; comes back as it is.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Box<RawValue>>,
    /// Where this message's states are posted to, in order: `sent`, `delivered`, `undelivered`, `failed`, `expired`,
    /// `cancelled` and `uncertain`, but not `scheduled`, `queued` and `sending`. Any answer but 2xx is tried again,
    /// for up to a day; a redirection is not followed. An http or https URL with a host, without a user name or
    /// password: those would be kept and logged with it.
    #[schema(
        format = "uri",
        max_length = 2048,
        pattern = "^https?://[^/?#@]+([/?#]|$)"
    )]
    pub callback_url: Option<String>,
}

fn yes() -> bool {
    true
}

/// What the configuration adds to a draft.
#[derive(Clone, Debug)]
pub struct Defaults {
    pub country: Option<Country>,
    pub validity_seconds: u32,
    pub max_segments: u16,
    pub on_uncertain: OnUncertain,
    /// National language tables that a text may use; empty = none.
    pub languages: Vec<tpdu::Language>,
}

impl From<&crate::settings::Settings> for Defaults {
    fn from(config: &crate::settings::Settings) -> Self {
        let on_uncertain = config.scheduler.on_uncertain;
        let config = &config.defaults;
        let languages = config.national_languages.iter();
        Self {
            // The configuration was checked when it was read.
            country: config
                .country
                .as_deref()
                .and_then(|country| country.parse().ok()),
            validity_seconds: config.validity_seconds,
            max_segments: u16::try_from(config.max_segments).unwrap_or(MAX_SEGMENTS),
            on_uncertain,
            languages: languages
                .filter_map(|language| tpdu::Language::from_identifier(language.identifier()))
                .collect(),
        }
    }
}

/// What a draft is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub defaults: &'a Defaults,
    pub key: &'a Key,
    /// They are needed where [`Draft::names_a_number`] says so.
    pub own: &'a OwnNumbers,
    pub now: Time,
}

impl Draft {
    /// Whether `from` is a number, to be found among those of our SIMs.
    pub fn names_a_number(&self) -> bool {
        self.from.as_deref().is_some_and(own_numbers::is_number)
    }
}

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
    match draft.to.normalised(context.defaults.country) {
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

/// A message for each recipient, or what is wrong with that one.
pub type Each = Vec<Result<NewMessage, FieldError>>;

/// Checks and completes a draft for all its recipients. What is wrong with the message itself is
/// so for all of them.
pub fn prepare_each(draft: Draft, context: Context<'_>) -> Result<Each, Vec<FieldError>> {
    let recipients = draft.to.normalised(context.defaults.country);
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
        defaults, key, now, ..
    } = context;
    let mut errors = Vec::new();
    let sender = sender::read(draft.from.as_deref(), context);
    let sender = note(&mut errors, "/from", sender);
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
    let metadata = draft
        .metadata
        .as_deref()
        .map(super::metadata::check)
        .transpose();
    let metadata = note(&mut errors, "/metadata", metadata);
    let callback = draft.callback_url.as_deref();
    let callback = callback.map_or(Ok(()), callback_url::check);
    note(&mut errors, "/callback_url", callback);
    let body = body::prepare(&draft, defaults, most)
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
