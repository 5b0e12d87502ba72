//! Secrets that the gateway hands out to people: of sessions, and codes that work once.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::api_key::letters;

/// What a session's cookie holds: 40 letters and digits, which is 238 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    const LETTERS: usize = 40;

    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut token = String::new();
        letters(&mut token, Self::LETTERS)?;
        Ok(Self(token))
    }

    /// What a client presents, well-formed or not.
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself: for the cookie.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the store keeps and looks up.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// What a page sends along with each change, to show that it can read what the gateway answers. It
    /// follows from the token, and tells nothing of it.
    pub fn csrf(&self) -> String {
        let hash = Sha256::new()
            .chain_update(b"simgate csrf ")
            .chain_update(self.0.as_bytes());
        hex::encode(hash.finalize())
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// A code that works once: 16 letters and digits in groups of four, which is 80 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    const LETTERS: usize = 16;
    /// Without those that look alike: 0 and o, 1 and l.
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut octets = [0; Self::LETTERS];
        getrandom::fill(&mut octets)?;
        let letter = |octet: &u8| char::from(Self::ALPHABET[usize::from(octet % 32)]);
        Ok(Self(octets.iter().map(letter).collect()))
    }

    /// What a person has typed: case, dashes and spaces do not matter.
    pub fn typed(text: &str) -> Self {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        Self(letters.map(|c| c.to_ascii_lowercase()).collect())
    }

    /// As it is shown.
    pub fn shown(&self) -> String {
        let groups: Vec<_> = self.0.as_bytes().chunks(4).collect();
        let groups = groups.iter().map(|group| String::from_utf8_lossy(group));
        groups.collect::<Vec<_>>().join("-")
    }

    /// What the store keeps and looks up: with 80 bits there is nothing to guess.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_it_is_typed() {
        let code = OneTimeCode::generate().unwrap();
        let shown = code.shown();
        assert_eq!(shown.len(), 19, "{shown}");
        for typed in [
            shown.to_uppercase(),
            shown.replace('-', " "),
            shown.replace('-', ""),
        ] {
            assert_eq!(OneTimeCode::typed(&typed).hash(), code.hash(), "{typed}");
        }
        assert_ne!(OneTimeCode::generate().unwrap(), code);
    }

    #[test]
    fn the_csrf_token_is_the_session_s_own_and_not_the_token() {
        let (one, other) = (
            SessionToken::generate().unwrap(),
            SessionToken::generate().unwrap(),
        );
        assert_eq!(one.csrf(), SessionToken::presented(one.as_str()).csrf());
        assert_ne!(one.csrf(), other.csrf());
        assert_ne!(one.csrf(), hex::encode(one.hash()));
        assert!(!format!("{one:?}").contains(one.as_str()));
    }
}
