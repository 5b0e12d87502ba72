//! A message as a client describes it, and what that is checked against.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::messages::home_country::HomeCountry;
use crate::messages::number::Country;
use crate::messages::own_numbers::{self, OwnNumbers};
use crate::messages::recipients::Recipients;
use crate::messages::templates::Templates;
use crate::post_to::Addresses;
use model::{Key, MessageClass, OnUncertain, Priority, Time};
use store::{Admin, StoreError};

/// Parts of one message (TS 23.040 §9.2.3.24.1).
pub const MAX_SEGMENTS: u16 = 255;

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

/// Whether a message goes to those too who ask for no messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = MessageRequestClass)]
#[serde(rename_all = "snake_case")]
pub enum ClassChoice {
    /// It does not: it is refused, or fails when they ask while it waits.
    #[default]
    Ordinary,
    /// It does: its recipient cannot do without it. For API keys that `may_pass_opt_out`.
    Transactional,
}

impl From<ClassChoice> for MessageClass {
    fn from(choice: ClassChoice) -> Self {
        match choice {
            ClassChoice::Ordinary => Self::Ordinary,
            ClassChoice::Transactional => Self::Transactional,
        }
    }
}

/// A message to send. One body is needed: `text`, which may have `variables`, or `template` with its `variables`, or
/// `data` with `port`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MessageRequest, example = json!({"to": "+84901234567", "text": "Your code is 123456", "priority": "otp", "reference": "order-42", "metadata": {"campaign": "spring"}}))]
pub struct Draft {
    pub to: Recipients,
    /// What it says, in no more parts than `max_segments`. Where `variables` are given, it is a template itself, as those
    /// that are kept: `{{ name }}` stands for a variable.
    #[schema(min_length = 1, max_length = 39015)]
    pub text: Option<String>,
    /// Name of the template that it is made of, as that is now; the message remembers which. With braces: the text of one.
    #[schema(min_length = 1, max_length = 39015, example = "welcome")]
    pub template: Option<String>,
    /// The values of the variables, by name; each one is needed and none may be left over. None has more than 39,015
    /// characters.
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
    /// Whether it goes to those too who ask for no messages.
    #[serde(default)]
    #[schema(default = "ordinary")]
    pub class: ClassChoice,
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
    /// for up to a day; a redirection is not followed. `webhooks.allow` says where posts may go.
    /// An http or https URL with a host, without a user name or password: those would be kept and logged with it.
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
    pub(crate) country: HomeCountry,
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
                .and_then(|country| country.parse().ok())
                .into(),
            validity_seconds: config.validity_seconds,
            max_segments: u16::try_from(config.max_segments).unwrap_or(MAX_SEGMENTS),
            on_uncertain,
            languages: languages
                .filter_map(|language| tpdu::Language::from_identifier(language.identifier()))
                .collect(),
        }
    }
}

impl Defaults {
    /// The country whose national numbers are understood now.
    pub fn country(&self) -> Option<Country> {
        self.country.get()
    }

    /// Goes by the country that an admin has set, where simgate.toml says none.
    pub(crate) async fn learn_country(&self, store: &Admin) -> Result<(), StoreError> {
        if self.country().is_none()
            && let Some(stored) = store.country().await?
        {
            let country = stored.parse();
            if country.is_err() {
                tracing::warn!("the stored country makes no sense: numbers without + are refused");
            }
            self.country.set(country.ok());
        }
        Ok(())
    }
}

/// What drafts may name.
#[derive(Debug, Default)]
pub struct Named {
    pub(crate) numbers: Arc<OwnNumbers>,
    pub(crate) templates: Arc<Templates>,
}

/// What a draft is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub defaults: &'a Defaults,
    pub key: &'a Key,
    /// They are needed where [`Draft::names_a_number`] says so.
    pub own: &'a OwnNumbers,
    /// They are needed where it is made of one.
    pub(crate) templates: &'a Templates,
    /// Where a `callback_url` may lead.
    pub(crate) addresses: &'a Addresses,
    pub now: Time,
}

impl Draft {
    /// A text of our own, by this sender.
    pub fn of_text(to: String, text: String, from: String) -> Self {
        Self {
            to: Recipients::One(to),
            text: Some(text),
            template: None,
            variables: None,
            data: None,
            port: None,
            priority: Priority::Normal,
            from: Some(from),
            max_segments: None,
            encoding: EncodingChoice::Auto,
            transliterate: false,
            flash: false,
            status_report: true,
            on_uncertain: None,
            validity_seconds: None,
            send_at: None,
            class: ClassChoice::Ordinary,
            reference: None,
            metadata: None,
            callback_url: None,
        }
    }

    /// Whether its text is made of a template.
    pub fn is_filled(&self) -> bool {
        self.template.is_some() || self.variables.is_some()
    }

    /// Whether `from` is a number, to be found among those of our SIMs.
    pub fn names_a_number(&self) -> bool {
        self.from.as_deref().is_some_and(own_numbers::is_number)
    }
}
