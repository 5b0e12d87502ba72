//! The secret that a client presents.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// An API key: `sg_` and 40 letters and digits, which is 238 random bits. With that much, a plain
/// SHA-256 is enough at rest: there is nothing to guess.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Lets secret scanners and people see what it is.
    const PREFIX: &str = "sg_";
    const RANDOM_LETTERS: usize = 40;

    /// A new one from the kernel's random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut key = String::from(Self::PREFIX);
        letters(&mut key, Self::RANDOM_LETTERS)?;
        Ok(Self(key))
    }

    /// The secret itself: for the one time it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the store keeps and looks up.
    pub fn hash(&self) -> [u8; 32] {
        Self::hash_of(&self.0)
    }

    /// The hash of whatever a client presents, well-formed or not.
    pub fn hash_of(presented: &str) -> [u8; 32] {
        Sha256::digest(presented.as_bytes()).into()
    }
}

/// Appends so many random letters and digits.
pub(crate) fn letters(text: &mut String, count: usize) -> Result<(), getrandom::Error> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let whole = text.len() + count;
    let mut octets = [0; 64];
    while text.len() < whole {
        getrandom::fill(&mut octets)?;
        let missing = whole - text.len();
        // 248 is the largest multiple of 62 in an octet: above it, letters would not be equally likely.
        let even = octets.iter().filter(|octet| **octet < 248);
        text.extend(
            even.take(missing)
                .map(|octet| char::from(ALPHABET[usize::from(octet % 62)])),
        );
    }
    Ok(())
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_has_the_form_and_is_not_another() {
        let (one, other) = (ApiKey::generate().unwrap(), ApiKey::generate().unwrap());
        let random = one.as_str().strip_prefix("sg_").unwrap();
        assert_eq!(random.len(), 40);
        assert!(random.bytes().all(|octet| octet.is_ascii_alphanumeric()));
        assert_ne!(one.as_str(), other.as_str());
        assert_ne!(one.hash(), other.hash());
    }

    #[test]
    fn the_hash_is_plain_sha256() {
        let hash = ApiKey::hash_of("abc");
        assert_eq!(
            hex::encode(hash),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn debug_does_not_show_it() {
        let key = ApiKey::generate().unwrap();
        assert!(!format!("{key:?}").contains(&key.as_str()[3..10]));
    }
}
