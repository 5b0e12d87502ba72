//! People who log in.

use serde::{Deserialize, Serialize};

use super::{Key, KeyId, Scope, Time};

/// A user's row. None is given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserId(pub i64);

/// What a user may do.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[schema(as = UserRole)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Reads: the scope `read`.
    Viewer,
    /// Also sends, and changes SIMs and modems: `read`, `send`, `operate`.
    Operator,
    /// Everything: `read`, `send`, `operate`, `admin`.
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The scopes that a key with the same rights has.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Viewer => &[Scope::Read],
            Self::Operator => &[Scope::Send, Scope::Read, Scope::Operate],
            Self::Admin => &[Scope::Send, Scope::Read, Scope::Operate, Scope::Admin],
        }
    }
}

/// A user without what they prove themselves by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct User {
    #[serde(skip)]
    pub id: UserId,
    /// In lower case.
    #[schema(example = "anna")]
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// Whether a log-in needs a second factor.
    pub two_factor: bool,
    /// When the user was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
}

impl User {
    /// What filters mean by these is the one who asks, and nobody.
    const RESERVED: [&str; 2] = ["me", "nobody"];
    /// Longest name, in octets.
    const LONGEST_NAME: usize = 64;

    /// A user's name as it is kept, which is in lower case; none for what cannot be one.
    pub fn name(text: &str) -> Option<String> {
        let name = text.trim().to_ascii_lowercase();
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@');
        // "." and ".." would vanish from a path.
        let fits = (1..=Self::LONGEST_NAME).contains(&name.len())
            && name.bytes().all(allowed)
            && name.bytes().any(|b| b != b'.');
        fits.then_some(name)
    }

    /// The name of a new user as it is kept, or what is wrong with it.
    pub fn new_name(text: &str) -> Result<String, &'static str> {
        let name = Self::name(text).ok_or("must have 1 to 64 letters, digits, _ - . and @")?;
        if Self::RESERVED.contains(&name.as_str()) {
            return Err("means something else where conversations are filtered: take another one");
        }
        Ok(name)
    }

    /// The rights of the user, as a key has them: whoever checks callers checks one kind of thing.
    pub fn as_key(&self) -> Key {
        Key {
            scopes: self.role.scopes().to_vec(),
            may_pass_opt_out: self.role == Role::Admin,
            ..Key::new(KeyId(-self.id.0), self.name.clone(), self.created_at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_in_lower_case_and_fits_into_a_path() {
        assert_eq!(User::name(" Anna.B@ops "), Some("anna.b@ops".to_owned()));
        for wrong in ["", "..", "a b", "a/b", "ä", &"x".repeat(65)] {
            assert_eq!(User::name(wrong), None, "{wrong}");
            assert!(User::new_name(wrong).is_err(), "{wrong}");
        }
        for taken in ["me", " Nobody "] {
            assert!(User::name(taken).is_some(), "one of before can log in");
            assert!(User::new_name(taken).is_err(), "{taken}");
        }
        assert_eq!(User::new_name("Mei"), Ok("mei".to_owned()));
    }

    #[test]
    fn each_role_may_what_the_one_before_may() {
        for pair in Role::ALL.windows(2) {
            let [less, more] = [pair[0].scopes(), pair[1].scopes()];
            assert!(less.iter().all(|scope| more.contains(scope)) && more.len() > less.len());
        }
        assert!(
            Role::ALL
                .iter()
                .all(|role| role.as_str().parse() == Ok(*role))
        );
    }
}
