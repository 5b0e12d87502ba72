//! What is wrong with a request, field by field.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A field that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the body; `?name` is a query parameter, `path:name` one of the path, and
    /// `header:name` a header. Empty: the body.
    #[schema(example = "/to")]
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
    /// What kind of error it is, for programs, and for those who say it in another language. Left out: the detail alone says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub code: Option<FieldCode>,
    /// Limits that the code is about: `min` and `max`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false, value_type = BTreeMap<String, u64>, example = json!({"max": 64}))]
    pub params: BTreeMap<Cow<'static, str>, u64>,
}

/// What kind of error a field has. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FieldErrorCode)]
#[serde(rename_all = "kebab-case")]
pub enum FieldCode {
    /// The recipient asks for no messages.
    OptedOut,
    /// It is needed.
    Required,
    /// A number from `min` to `max`.
    OutOfRange,
    /// 1 to `max` characters, none of them a control character.
    Text,
    /// At most `max` printable ASCII characters.
    Ascii,
    /// More characters than a message can have.
    TooLong,
    /// A list with more than `max` entries.
    TooMany,
    /// 1 to 64 letters, digits, `_`, `-` and `.`.
    Name,
    /// Something else has this name.
    NameTaken,
    /// The name of a group of SIMs: 1 to 64 letters, digits, `_`, `-` and `.`.
    Group,
    /// No SIM is in that group.
    GroupUnknown,
    /// What the caller's own key does not have.
    BeyondOwn,
    /// A number has digits, a leading `+` and separators only.
    NumberCharacters,
    /// After `+` a number has 7 to 15 digits and does not start with 0.
    NumberInternational,
    /// Behind the country code stands a 0 that no number of that country has.
    NumberTrunk,
    /// A national number, and no country is set.
    NumberNoCountry,
    /// Neither a number of the country that is set nor a short code.
    NumberNational,
    /// Another SIM has this number.
    NumberTaken,
    /// The first digits of a number as it is kept.
    Prefix,
    /// A country's two letters.
    Country,
    /// 4 to 8 digits.
    Pin,
    /// 8 digits.
    Puk,
    /// The SIM has refused this PIN or PUK.
    Refused,
    /// A PIN or PUK that was not sent to the SIM: too few tries are left, or the SIM has refused it before.
    NotSent,
    /// The SIM asks for the other one of PIN and PUK.
    OtherCode,
    /// A time of the day as `HH:MM`.
    TimeOfDay,
    /// The IANA name of a time zone.
    Timezone,
    /// A time that is past.
    Past,
    /// A time that is in the future.
    Future,
    /// Below zero.
    Negative,
    /// A host name or an IP address.
    Host,
    /// An address or a network.
    Network,
    /// An address that nothing may be posted to, or none at all.
    Url,
    /// It names no event.
    Event,
    /// The form of a secret.
    Secret,
    /// PEM with a certificate.
    Certificate,
    /// PEM with a private key without passphrase.
    PrivateKey,
    /// The SHA-256 of a certificate.
    Fingerprint,
    /// An ICCID has 18 to 20 digits.
    Iccid,
    /// No uplink has this name.
    UplinkUnknown,
    /// No user has this name.
    UserUnknown,
    /// What is not known as a language of opt-out.
    Language,
    /// What is no word of opt-out.
    OptOutWord,
    /// A password that is too short, too long or too easy to guess.
    Password,
    /// Another password than the present one.
    PasswordWrong,
    /// A code that is wrong, was used, or whose time is over.
    CodeWrong,
    /// A passphrase that is too short or too long.
    Passphrase,
    /// Another passphrase than the one that sealed it.
    PassphraseWrong,
    /// A text with variables that cannot be read.
    Template,
    /// The template needs this variable.
    VariableMissing,
    /// The template does not use this variable.
    VariableUnused,
    /// A text that the asked-for alphabet lacks characters of, or with characters that no message can have.
    Characters,
    /// More parts than the message may have: `max`.
    TooManyParts,
    /// A sender that there is not, or that is not for this caller.
    Sender,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
            code: None,
            params: BTreeMap::new(),
        }
    }

    /// Its recipient asks for no messages.
    pub fn opted_out(pointer: impl Into<String>) -> Self {
        Self::new(pointer, "this number asks for no messages").coded(FieldCode::OptedOut)
    }

    /// For the member `name` of the object at `parent`.
    pub fn under(parent: &str, name: &str, detail: impl Into<String>) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        Self::new(format!("{parent}/{name}"), detail)
    }

    #[must_use]
    pub fn coded(self, code: FieldCode) -> Self {
        Self {
            code: Some(code),
            ..self
        }
    }

    /// Says the most that it may have.
    #[must_use]
    pub fn most(mut self, max: u64) -> Self {
        self.params.insert(Cow::Borrowed("max"), max);
        self
    }

    /// Says from where on it may be.
    #[must_use]
    pub fn least(mut self, min: u64) -> Self {
        self.params.insert(Cow::Borrowed("min"), min);
        self
    }
}
