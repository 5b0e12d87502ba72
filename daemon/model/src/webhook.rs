//! Webhooks: addresses that are told of events, as an operator configures them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The kinds of event that a webhook can be told of. `queue.depth` is none: it is no news but a
/// figure, which is old by the time of the post.
pub const EVENT_KINDS: [&str; 15] = [
    "message.scheduled",
    "message.queued",
    "message.sending",
    "message.sent",
    "message.delivered",
    "message.failed",
    "message.cancelled",
    "message.uncertain",
    "message.received",
    "call.missed",
    "conversation.changed",
    "sim.state",
    "modem.state",
    "modem.test",
    "uplink.state",
];

/// Letters, digits, `-`, `_` and `.`, 1 to 64 of them, and not dots alone: those would vanish from
/// a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WebhookName(Box<str>);

impl WebhookName {
    /// The webhook that stands for the `callback_url`s of messages. It is always there.
    const CALLBACKS: &str = "callbacks";

    pub fn callbacks() -> Self {
        Self(Self::CALLBACKS.into())
    }

    pub fn is_callbacks(&self) -> bool {
        *self.0 == *Self::CALLBACKS
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebhookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for WebhookName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let dots = text.bytes().all(|byte| byte == b'.');
        if (1..=64).contains(&text.len()) && text.bytes().all(known) && !dots {
            Ok(Self(text.into()))
        } else {
            Err("a webhook's name has 1 to 64 letters, digits, '-', '_' and '.'".to_owned())
        }
    }
}

/// Which events: a kind, all kinds before a dot (`message.*`), or all (`*`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventPattern(String);

impl EventPattern {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The kinds that it names.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> + '_ {
        EVENT_KINDS.into_iter().filter(|kind| self.has(kind))
    }

    fn has(&self, kind: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some("") => true,
            Some(group) => group.ends_with('.') && kind.starts_with(group),
            None => self.0 == kind,
        }
    }
}

impl TryFrom<String> for EventPattern {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let pattern = Self(text);
        if pattern.kinds().next().is_some() {
            Ok(pattern)
        } else {
            Err("names no event".to_owned())
        }
    }
}

impl From<EventPattern> for String {
    fn from(pattern: EventPattern) -> Self {
        pattern.0
    }
}

/// What posts are signed with. It is shown once, and never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// `whsec_` and base64, as it is given to the receiver.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// What an operator sets for a webhook; kept as JSON in its row. Its secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookConfig {
    /// None for the webhook of the `callback_url`s: each message brings its own.
    pub url: Option<String>,
    pub events: Vec<EventPattern>,
    /// None for that of the `callback_url`s until one is made; its posts are not signed then.
    pub secret: Option<WebhookSecret>,
    /// False: nothing is posted, and new events are passed over; those of the `callback_url`s wait.
    pub enabled: bool,
    #[serde(default)]
    pub tls: WebhookTls,
}

impl WebhookConfig {
    /// The kinds of event that it is told of now, each once.
    pub fn kinds(&self) -> Vec<&'static str> {
        let told = |kind: &&str| self.enabled && self.events.iter().any(|events| events.has(kind));
        EVENT_KINDS.into_iter().filter(told).collect()
    }
}

/// By what a receiver is known that speaks TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookTls {
    /// PEM; none = the system's certificate authorities.
    pub ca: Option<String>,
    /// SHA-256 of the receiver's certificate as 64 hexadecimal digits. With it nothing else counts.
    pub fingerprint: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    fn pattern(text: &str) -> Result<EventPattern, String> {
        EventPattern::try_from(text.to_owned())
    }

    #[test]
    fn patterns_name_kinds_groups_or_all() {
        let count = |text| pattern(text).unwrap().kinds().count();
        assert_eq!(count("*"), EVENT_KINDS.len());
        assert_eq!(count("message.*"), 9);
        assert_eq!(count("sim.state"), 1);
        for bad in [
            "",
            "message",
            "mess*",
            "message.",
            "queue.depth",
            "**",
            ".*",
        ] {
            assert!(pattern(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_state_of_a_message_is_told_of() {
        for state in State::ALL {
            assert!(EVENT_KINDS.contains(&state.event()), "{state:?}");
        }
    }

    #[test]
    fn a_webhook_is_told_of_a_kind_once_and_of_none_while_it_is_disabled() {
        let mut config = WebhookConfig {
            url: None,
            events: vec![
                pattern("message.sent").unwrap(),
                pattern("message.*").unwrap(),
            ],
            secret: Some(WebhookSecret::new("whsec_c2VjcmV0".to_owned())),
            enabled: true,
            tls: WebhookTls::default(),
        };
        assert_eq!(config.kinds().len(), 9);
        assert!(!format!("{config:?}").contains("c2Vj"));
        config.enabled = false;
        assert_eq!(config.kinds(), Vec::<&str>::new());
    }

    #[test]
    fn names_that_would_vanish_from_a_path_are_none() {
        for bad in ["", ".", "..", "a/b", "a b", "é"] {
            assert!(bad.parse::<WebhookName>().is_err(), "{bad}");
        }
        assert!("callbacks".parse::<WebhookName>().unwrap().is_callbacks());
    }
}
