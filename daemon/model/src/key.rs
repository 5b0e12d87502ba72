//! API keys.

use serde::{Deserialize, Serialize};

use super::Time;

/// A key's row. 0 stands for the gateway itself; below it, a user's row with a minus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub i64);

/// What a key may do.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[schema(as = ApiKeyScope)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Scope {
    /// Submit and preview messages, and cancel those that the key sent itself.
    Send,
    /// Read the messages that the key sent itself, and what happens to them.
    #[serde(rename = "read:own")]
    #[strum(serialize = "read:own")]
    ReadOwn,
    /// Cancel the messages that the key sent itself.
    #[serde(rename = "cancel:own")]
    #[strum(serialize = "cancel:own")]
    CancelOwn,
    /// Read messages, SIMs, modems and events.
    Read,
    /// Change SIMs, restart modems, run USSD codes, cancel what others sent.
    Operate,
    /// Keys of any scope, raw AT commands, unmasked traces. It sees and sets up everything, whatever its `groups`;
    /// messages, AT commands, USSD codes and self-tests use the SIMs of these alone.
    Admin,
}

impl Scope {
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The scopes of a key for which `asked` were asked. An application wants to know what became of
    /// what it sent, and of nothing else: `send` brings the rights to that, where nothing is said of
    /// reading or of what is its own.
    pub fn of_key(mut asked: Vec<Self>) -> Vec<Self> {
        let own = [Self::ReadOwn, Self::CancelOwn];
        let says_more = asked.contains(&Self::Read) || own.iter().any(|own| asked.contains(own));
        if asked.contains(&Self::Send) && !says_more {
            asked.extend(own);
        }
        asked.sort_unstable();
        asked.dedup();
        asked
    }
}

/// A key to be made.
#[derive(Clone, Debug, Default)]
pub struct KeyWish {
    pub name: String,
    pub scopes: Vec<Scope>,
    pub allowed_from: Vec<ipnet::IpNet>,
    pub rate_per_second: Option<u32>,
    pub max_segments: Option<u16>,
    pub may_pass_opt_out: bool,
    pub groups: Vec<String>,
    pub expires_at: Option<Time>,
}

impl From<Key> for KeyWish {
    /// Another key like this one.
    fn from(key: Key) -> Self {
        Self {
            name: key.name,
            scopes: key.scopes,
            allowed_from: key.allowed_from,
            rate_per_second: key.rate_per_second,
            max_segments: key.max_segments,
            may_pass_opt_out: key.may_pass_opt_out,
            groups: key.groups,
            expires_at: key.expires_at,
        }
    }
}

/// An API key without its secret.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ApiKey)]
pub struct Key {
    #[serde(skip)]
    pub id: KeyId,
    /// What it is called in lists, routes and the audit.
    #[schema(example = "crm")]
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Networks it may come from; empty: any.
    #[schema(value_type = Vec<String>, example = json!(["10.0.0.0/8"]))]
    pub allowed_from: Vec<ipnet::IpNet>,
    /// Null: no limit.
    #[schema(required)]
    pub rate_per_second: Option<u32>,
    /// Parts that one of its messages may take. Null: the configured default, and a message may ask for more.
    #[schema(required)]
    pub max_segments: Option<u16>,
    /// Whether its messages of the class `transactional` go to those too who ask for no messages.
    pub may_pass_opt_out: bool,
    /// SIM groups it may use. Of others' messages it sees those that SIMs of these groups carry;
    /// empty: all.
    pub groups: Vec<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// It works until then; null: for as long as it is not revoked.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Time>,
    /// When it was last used, to the minute; null: never. It is written a minute later.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Time>,
    /// The secret that it had before the last rotation works until then; null: there was none.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub old_secret_until: Option<Time>,
    /// Since when it works no more; null while it works.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Time>,
}

impl Key {
    /// One that may do nothing, and that nothing bounds.
    pub fn new(id: KeyId, name: String, created_at: Time) -> Self {
        Self {
            id,
            name,
            scopes: Vec::new(),
            allowed_from: Vec::new(),
            rate_per_second: None,
            max_segments: None,
            may_pass_opt_out: false,
            groups: Vec::new(),
            created_at,
            expires_at: None,
            last_used_at: None,
            old_secret_until: None,
            revoked_at: None,
        }
    }

    /// The gateway's own: it has no secret, and nobody can use it.
    pub fn of_gateway() -> Self {
        Self::new(KeyId(0), "simgate".to_owned(), Time::ZERO)
    }

    /// Whether it sees what the other one sees, from where that may come.
    pub fn sees_as(&self, other: &Self) -> bool {
        self.scopes == other.scopes
            && self.groups == other.groups
            && self.allowed_from == other.allowed_from
    }

    pub fn has_expired(&self, now: Time) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_send_alone_may_read_and_cancel_its_own() {
        use Scope::{CancelOwn, Operate, Read, ReadOwn, Send};
        let cases: [(&[Scope], &[Scope]); 5] = [
            (&[Send], &[Send, ReadOwn, CancelOwn]),
            (&[Operate, Send], &[Send, ReadOwn, CancelOwn, Operate]),
            (&[Send, Read, Send], &[Send, Read]),
            (&[Send, CancelOwn], &[Send, CancelOwn]),
            (&[Read], &[Read]),
        ];
        for (given, expected) in cases {
            assert_eq!(Scope::of_key(given.to_vec()), expected, "{given:?}");
        }
    }
}
