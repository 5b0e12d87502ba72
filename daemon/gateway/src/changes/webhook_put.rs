//! What a webhook shall be.

use std::time::Duration;

use model::{EventPattern, OldSecret, Time, WebhookConfig, WebhookSecret, WebhookTls};
use serde::Deserialize;
use utoipa::ToSchema;

use super::pem;
use super::secret::Secret;
use crate::post_to::Addresses;
use crate::{FieldCode, FieldError};
use crate::{overlap, webhooks};

/// Patterns of one webhook.
const MAX_EVENTS: usize = 32;
/// Asks for a new secret.
const NEW_SECRET: &str = "new";

/// What a webhook shall be. What is left out gets its default.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://example.com/hooks/sms", "events": ["message.*"]}))]
pub struct WebhookPut {
    /// Where events are posted to: an absolute `http` or `https` URL without user name and password.
    /// Needed but for the webhook `callbacks`, which has none.
    #[schema(
        format = "uri",
        max_length = 2048,
        pattern = "^https?://[^/?#@]+([/?#]|$)"
    )]
    url: Option<String>,
    /// Of which events it is told: kinds (`message.sent`), groups (`message.*`), or all (`*`), which
    /// is the default. `queue.depth` is told to none.
    #[schema(max_items = 32, example = json!(["message.*", "sim.state"]))]
    events: Option<Vec<String>>,
    /// What posts are signed with: `whsec_` and the base64 of 24 to 64 octets. Never shown. Left out: as
    /// it was, and a new one for a new webhook. `new`: a new one. A new one is shown in the answer, once.
    #[schema(value_type = Option<String>, max_length = 128, write_only)]
    secret: Option<Secret>,
    /// Where the secret changes: how long posts are signed with the one before too, in seconds; 0: no longer.
    /// A second change ends the secret before the first.
    #[schema(maximum = 2_592_000, default = 86_400)]
    secret_overlap_seconds: Option<u32>,
    /// Whether events are posted. Those that happen while they are not are passed over; those of
    /// `callbacks` wait, and are parked after a day.
    #[schema(default = true)]
    enabled: Option<bool>,
    #[serde(default)]
    tls: TlsPut,
}

/// By what the receiver is known, where its certificate is none that the system trusts.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = WebhookTlsPut)]
#[serde(deny_unknown_fields)]
struct TlsPut {
    /// Certificate authorities to trust, PEM, at most 256 KiB. Left out: the system's.
    ca: Option<String>,
    /// SHA-256 of the receiver's certificate as hexadecimal digits, with or without colons. With it,
    /// neither names nor authorities nor dates count.
    #[schema(max_length = 128)]
    fingerprint: Option<String>,
}

/// What a webhook will be, and its secret where it has a new one.
pub(crate) struct Checked {
    pub(crate) config: WebhookConfig,
    pub(crate) new_secret: Option<WebhookSecret>,
}

impl WebhookPut {
    /// Gives the webhook this secret.
    pub(crate) fn set_secret(&mut self, secret: String) {
        self.secret = Some(Secret(secret));
    }

    /// `before`: what is set for it now. Every bad field is named.
    pub(crate) fn checked(
        self,
        for_callbacks: bool,
        before: Option<&WebhookConfig>,
        (addresses, now): (&Addresses, Time),
    ) -> Result<Checked, Vec<FieldError>> {
        let mut errors = Vec::new();
        let url = self.url.as_deref();
        if let Err(detail) = check_url(url, for_callbacks, addresses) {
            let code = if url.is_none() {
                FieldCode::Required
            } else {
                FieldCode::Url
            };
            errors.push(FieldError::new("/url", detail).coded(code));
        }
        let events = match (for_callbacks, self.events) {
            (true, None) => Vec::new(),
            (true, Some(_)) => {
                let detail =
                    "cannot be chosen: each message is told of to the address that came with it";
                errors.push(FieldError::new("/events", detail));
                Vec::new()
            }
            (false, events) => patterns(events, &mut errors),
        };
        let kept = before.and_then(|before| before.secret.clone());
        let given = self.secret.map(|Secret(text)| text);
        let (secret, new_secret) = match (given.as_deref(), kept) {
            (None, Some(kept)) => (Some(kept), None),
            (None | Some(NEW_SECRET), _) => {
                let new = WebhookSecret::from(rand::random::<[u8; 32]>());
                (Some(new.clone()), Some(new))
            }
            (Some(text), _) => {
                let parsed = text.parse().map_err(|detail| {
                    errors.push(
                        FieldError::new("/secret", format!("{detail}, or new"))
                            .coded(FieldCode::Secret),
                    );
                });
                (parsed.ok(), None)
            }
        };
        let overlap = self.secret_overlap_seconds.unwrap_or(overlap::USUAL);
        if let Err(detail) = overlap::check(overlap) {
            errors.push(FieldError::new("/secret_overlap_seconds", detail));
        }
        let old_secret = old_secret(before, secret.as_ref(), (now, overlap));
        let tls = self.tls.checked(for_callbacks, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        let config = WebhookConfig {
            url: self.url,
            events,
            secret,
            old_secret,
            enabled: self.enabled.unwrap_or(true),
            tls,
        };
        Ok(Checked { config, new_secret })
    }
}

/// The secret that posts are signed with beside the one that is set.
fn old_secret(
    before: Option<&WebhookConfig>,
    secret: Option<&WebhookSecret>,
    (now, overlap): (Time, u32),
) -> Option<OldSecret> {
    let before = before?;
    let Some(old) = before.secret.as_ref().filter(|old| Some(*old) != secret) else {
        return before.old_secret.clone();
    };
    (overlap > 0).then(|| OldSecret {
        secret: old.clone(),
        until: now.after(Duration::from_secs(overlap.into())),
    })
}

fn check_url(url: Option<&str>, for_callbacks: bool, addresses: &Addresses) -> Result<(), String> {
    match (url, for_callbacks) {
        (None, true) => Ok(()),
        (Some(_), true) => Err("each message brings its own".to_owned()),
        (None, false) => Err("is needed".to_owned()),
        (Some(url), false) => addresses.check_url(url),
    }
}

fn patterns(given: Option<Vec<String>>, errors: &mut Vec<FieldError>) -> Vec<EventPattern> {
    let given = given.unwrap_or_else(|| vec!["*".to_owned()]);
    if given.is_empty() || given.len() > MAX_EVENTS {
        let detail = format!("must have 1 to {MAX_EVENTS} patterns");
        let error = FieldError::new("/events", detail);
        errors.push(if given.is_empty() {
            error.coded(FieldCode::Required)
        } else {
            error.coded(FieldCode::TooMany).most(MAX_EVENTS as u64)
        });
        return Vec::new();
    }
    let mut patterns = Vec::new();
    for (index, text) in given.into_iter().enumerate() {
        if let Ok(pattern) = EventPattern::try_from(text) {
            patterns.push(pattern);
        } else {
            let detail = "names no event; message.sent, message.* and * do, for instance";
            errors
                .push(FieldError::new(format!("/events/{index}"), detail).coded(FieldCode::Event));
        }
    }
    patterns
}

impl TlsPut {
    fn checked(self, for_callbacks: bool, errors: &mut Vec<FieldError>) -> WebhookTls {
        if for_callbacks && (self.ca.is_some() || self.fingerprint.is_some()) {
            let detail =
                "cannot be set: what the system trusts counts for the addresses of messages";
            errors.push(FieldError::new("/tls", detail));
        }
        if let Some(ca) = &self.ca {
            let checked = if ca.len() > pem::MAX_OCTETS {
                Err("has more than 256 KiB".to_owned())
            } else {
                webhooks::check_ca(ca).map_err(|bad| bad.to_string())
            };
            if let Err(detail) = checked {
                errors.push(FieldError::new("/tls/ca", detail).coded(FieldCode::Certificate));
            }
        }
        let fingerprint = self
            .fingerprint
            .as_deref()
            .map(webhooks::fingerprint)
            .transpose();
        let fingerprint = fingerprint.unwrap_or_else(|bad| {
            let wrong = FieldError::new("/tls/fingerprint", bad.to_string());
            errors.push(wrong.coded(FieldCode::Fingerprint));
            None
        });
        WebhookTls {
            ca: self.ca,
            fingerprint,
        }
    }
}
