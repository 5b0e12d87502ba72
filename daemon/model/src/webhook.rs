//! Webhooks: addresses that are told of events, as an operator configures them.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use super::Time;

/// The kinds of event that a webhook can be told of. `queue.depth` is none: it is no news but a
/// figure, which is old by the time of the post.
pub const EVENT_KINDS: [&str; 17] = [
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
    "attention.raised",
    "attention.cleared",
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
        if crate::plain_name::is_plain_name(text) {
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

/// What posts are signed with: `whsec_` and the base64 of 24 to 64 octets, as Standard Webhooks has it.
/// It is shown once, and never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebhookSecret(Vec<u8>);

impl WebhookSecret {
    const PREFIX: &str = "whsec_";
    /// As the specification recommends.
    const OCTETS: RangeInclusive<usize> = 24..=64;

    /// What signs.
    pub fn key(&self) -> &[u8] {
        &self.0
    }

    /// As it is given to the receiver.
    pub fn text(&self) -> String {
        format!("{}{}", Self::PREFIX, BASE64_STANDARD.encode(&self.0))
    }
}

impl From<[u8; 32]> for WebhookSecret {
    fn from(octets: [u8; 32]) -> Self {
        Self(octets.to_vec())
    }
}

impl FromStr for WebhookSecret {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let base64 = text.strip_prefix(Self::PREFIX);
        let octets = base64.and_then(|base64| BASE64_STANDARD.decode(base64).ok());
        let octets = octets.filter(|octets| Self::OCTETS.contains(&octets.len()));
        let why = "must be whsec_ and the base64 of 24 to 64 octets";
        octets.map(Self).ok_or(why)
    }
}

impl TryFrom<String> for WebhookSecret {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<WebhookSecret> for String {
    fn from(secret: WebhookSecret) -> Self {
        secret.text()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// The secret that a webhook had before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldSecret {
    pub secret: WebhookSecret,
    /// Posts are signed with it too until then, so that the receiver can be told the new one meanwhile.
    pub until: Time,
}

/// What an operator sets for a webhook; kept as JSON in its row. Its secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookConfig {
    /// None for the webhook of the `callback_url`s: each message brings its own.
    pub url: Option<String>,
    pub events: Vec<EventPattern>,
    /// None for that of the `callback_url`s until one is made; its posts are not signed then.
    pub secret: Option<WebhookSecret>,
    /// In columns of its own.
    #[serde(skip)]
    pub old_secret: Option<OldSecret>,
    /// False: nothing is posted, and new events are passed over; those of the `callback_url`s wait.
    pub enabled: bool,
    #[serde(default)]
    pub tls: WebhookTls,
}

impl WebhookConfig {
    /// What posts are signed with, the newest first.
    pub fn secrets(&self, now: Time) -> impl Iterator<Item = &WebhookSecret> {
        let old = self.old_secret.iter().filter(move |old| now < old.until);
        self.secret.iter().chain(old.map(|old| &old.secret))
    }

    /// The kinds of event that it is told of now, each once.
    pub fn kinds(&self) -> Vec<&'static str> {
        let told = |kind: &&str| self.enabled && self.events.iter().any(|events| events.has(kind));
        EVENT_KINDS.into_iter().filter(told).collect()
    }
}

/// By what the receiver is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WebhookTls {
    /// PEM; null: the system's certificate authorities.
    #[schema(required)]
    pub ca: Option<String>,
    /// SHA-256 of its certificate; null: certificate authorities count.
    #[schema(required)]
    pub fingerprint: Option<String>,
}

/// How far an event has come: it waits, it is delivered, or it could not be posted for a day
/// (`parked`).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
)]
#[schema(as = WebhookDeliveryState)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeliveryState {
    Waiting,
    Delivered,
    Parked,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    /// That of the reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

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
        for state in State::ALL.iter().copied() {
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
            secret: Some(SECRET.parse().unwrap()),
            old_secret: None,
            enabled: true,
            tls: WebhookTls::default(),
        };
        assert_eq!(config.kinds().len(), 9);
        assert!(!format!("{config:?}").contains("MfKQ"));
        config.enabled = false;
        assert_eq!(config.kinds(), Vec::<&str>::new());
    }

    #[test]
    fn a_secret_is_given_back_as_it_came_and_what_is_none_is_refused() {
        let secret: WebhookSecret = SECRET.parse().unwrap();
        assert_eq!((secret.text().as_str(), secret.key().len()), (SECRET, 24));
        let json = serde_json::to_string(&secret).unwrap();
        assert_eq!(
            serde_json::from_str::<WebhookSecret>(&json).unwrap(),
            secret
        );
        for bad in [
            "",
            "secret",
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_!!!!",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert!(bad.parse::<WebhookSecret>().is_err(), "{bad}");
            let json = serde_json::to_string(bad).unwrap();
            assert!(
                serde_json::from_str::<WebhookSecret>(&json).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn an_old_secret_signs_until_its_end() {
        let old = OldSecret {
            secret: WebhookSecret::from([1; 32]),
            until: Time(1000),
        };
        let config = WebhookConfig {
            url: None,
            events: Vec::new(),
            secret: Some(SECRET.parse().unwrap()),
            old_secret: Some(old),
            enabled: true,
            tls: WebhookTls::default(),
        };
        let signed = |now| config.secrets(Time(now)).cloned().collect::<Vec<_>>();
        let new: WebhookSecret = SECRET.parse().unwrap();
        assert_eq!(signed(999), [new.clone(), WebhookSecret::from([1; 32])]);
        assert_eq!(signed(1000), [new]);
    }

    #[test]
    fn names_that_would_vanish_from_a_path_are_none() {
        for bad in ["", ".", "..", "a/b", "a b", "é"] {
            assert!(bad.parse::<WebhookName>().is_err(), "{bad}");
        }
        assert!("callbacks".parse::<WebhookName>().unwrap().is_callbacks());
    }
}
