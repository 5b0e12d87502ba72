//! What a client asks for when it wants a key.

use ipnet::IpNet;
use model::{Key, Scope, Time};
use serde::{Deserialize, Serialize};
use store::clock;
use utoipa::ToSchema;

use super::KeyWish;
use crate::changes::is_group;
use crate::messages::draft::MAX_SEGMENTS;
use crate::{FieldCode, FieldError};

const MAX_LISTED: usize = 64;
const MAX_RATE: u32 = 100_000;

/// A key to be made.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ApiKeyRequest)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// Letters, digits, `_`, `-` and `.`; not that of another key in use.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_.-]{1,64}$")]
    name: String,
    /// What it may do. `send` brings `read:own` and `cancel:own`, unless one of them or `read` is named.
    #[schema(min_items = 1)]
    scopes: Vec<Scope>,
    /// Addresses or networks (CIDR) it may come from. Left out: any.
    #[serde(default)]
    #[schema(max_items = 64, example = json!(["10.0.0.0/8"]))]
    allowed_from: Vec<String>,
    /// Messages or other requests a second; a batch counts as its messages. Left out: no limit.
    #[schema(minimum = 1, maximum = 100_000)]
    rate_per_second: Option<u32>,
    /// Parts that one of its messages may take at most, whatever the message asks for. Left out: the configured
    /// default, and a message may ask for more.
    #[schema(minimum = 1, maximum = 255)]
    max_segments: Option<u16>,
    /// Whether its messages of the class `transactional` go to those too who ask for no messages.
    #[serde(default)]
    #[schema(default = false)]
    may_pass_opt_out: bool,
    /// SIM groups it may use, each with a SIM in it. Of others' messages it sees those that SIMs of
    /// these groups carry; with the scope `admin` it sees all. Left out: all.
    #[serde(default)]
    #[schema(max_items = 64)]
    groups: Vec<String>,
    /// It works until then. Left out: for as long as it is not revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Time>,
}

impl KeyRequest {
    /// The key that is asked for, where every field is right.
    pub fn checked(self) -> Result<KeyWish, Vec<FieldError>> {
        let past = past(self.expires_at)
            .map(|why| FieldError::new("/expires_at", why).coded(FieldCode::Past));
        let checked = self.checked_but_for_its_end();
        let Some(past) = past else { return checked };
        let mut errors = checked.err().unwrap_or_default();
        errors.push(past);
        Err(errors)
    }

    /// The same of one that may have expired since it was asked for.
    pub(crate) fn checked_but_for_its_end(self) -> Result<KeyWish, Vec<FieldError>> {
        let allowed_from = check(&self)?;
        Ok(KeyWish {
            name: self.name,
            scopes: Scope::of_key(self.scopes),
            allowed_from,
            rate_per_second: self.rate_per_second,
            max_segments: self.max_segments,
            may_pass_opt_out: self.may_pass_opt_out,
            groups: self.groups,
            expires_at: self.expires_at,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl From<Key> for KeyRequest {
    fn from(key: Key) -> Self {
        Self::from(&KeyWish::from(key))
    }
}

impl From<&KeyWish> for KeyRequest {
    fn from(wish: &KeyWish) -> Self {
        Self {
            name: wish.name.clone(),
            scopes: wish.scopes.clone(),
            allowed_from: wish.allowed_from.iter().map(IpNet::to_string).collect(),
            rate_per_second: wish.rate_per_second,
            max_segments: wish.max_segments,
            may_pass_opt_out: wish.may_pass_opt_out,
            groups: wish.groups.clone(),
            expires_at: wish.expires_at,
        }
    }
}

fn check(request: &KeyRequest) -> Result<Vec<IpNet>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut wrong = |pointer: String, code: FieldCode, detail: &str| {
        errors.push(FieldError::new(pointer, detail).coded(code));
    };
    let range = |pointer: &str, max: u64| {
        let wrong = FieldError::new(pointer, format!("must be 1 to {max}"));
        wrong.coded(FieldCode::OutOfRange).least(1).most(max)
    };
    let mut ranges = Vec::new();
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    // "." and ".." would vanish from the path of a DELETE.
    let dots = request.name.bytes().all(|b| b == b'.');
    if !(1..=64).contains(&request.name.len()) || !request.name.bytes().all(allowed) || dots {
        wrong(
            "/name".to_owned(),
            FieldCode::Name,
            "must have 1 to 64 letters, digits, _ - and .",
        );
    }
    if request.scopes.is_empty() {
        wrong(
            "/scopes".to_owned(),
            FieldCode::Required,
            "must name at least one",
        );
    }
    if request
        .rate_per_second
        .is_some_and(|rate| !(1..=MAX_RATE).contains(&rate))
    {
        ranges.push(range("/rate_per_second", MAX_RATE.into()));
    }
    if request
        .max_segments
        .is_some_and(|most| !(1..=MAX_SEGMENTS).contains(&most))
    {
        ranges.push(range("/max_segments", MAX_SEGMENTS.into()));
    }
    for (pointer, listed) in [
        ("/allowed_from", &request.allowed_from),
        ("/groups", &request.groups),
    ] {
        if listed.len() > MAX_LISTED {
            let many = FieldError::new(pointer, "may hold at most 64").coded(FieldCode::TooMany);
            ranges.push(many.most(64));
        }
    }
    let mut networks = Vec::new();
    for (index, text) in request.allowed_from.iter().enumerate() {
        match network(text) {
            Some(network) => networks.push(network),
            None => wrong(
                format!("/allowed_from/{index}"),
                FieldCode::Network,
                "is no address and no CIDR network",
            ),
        }
    }
    for (index, name) in request.groups.iter().enumerate() {
        if !is_group(name) {
            wrong(
                format!("/groups/{index}"),
                FieldCode::Group,
                "must have 1 to 64 letters, digits, _ - and .",
            );
        }
    }
    errors.extend(ranges);
    if errors.is_empty() {
        Ok(networks)
    } else {
        Err(errors)
    }
}

/// What is wrong with an end that is past.
pub fn past(end: Option<Time>) -> Option<&'static str> {
    let is_past = end.is_some_and(|end| end <= clock::now());
    is_past.then_some("must be in the future")
}

fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<std::net::IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address)
}
