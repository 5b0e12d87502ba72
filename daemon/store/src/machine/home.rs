//! Where a store is, and what opens its files.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Characters of a passphrase: whoever has the file may guess for as long as they like.
const PASSPHRASE: std::ops::RangeInclusive<usize> = 12..=1024;

/// A data directory, and the key of the database in it where that is encrypted.
#[derive(Clone, Debug)]
pub struct Home {
    dir: PathBuf,
    key: Option<DatabaseKey>,
}

impl Home {
    pub fn new(dir: PathBuf, key: Option<DatabaseKey>) -> Self {
        Self { dir, key }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn key(&self) -> Option<&DatabaseKey> {
        self.key.as_ref()
    }

    /// Another folder with a database of the same key.
    pub(crate) fn elsewhere(&self, dir: &Path) -> Self {
        Self::new(dir.to_owned(), self.key.clone())
    }

    /// The same folder, its database not encrypted.
    pub(crate) fn without_key(&self) -> Self {
        Self::new(self.dir.clone(), None)
    }
}

/// One that is not encrypted.
impl<P: AsRef<Path> + ?Sized> From<&P> for Home {
    fn from(dir: &P) -> Self {
        Self::new(dir.as_ref().to_owned(), None)
    }
}

/// What a database is encrypted with, as `PRAGMA key` takes it. Never shown, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseKey(String);

impl DatabaseKey {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseKey {
    type Err = &'static str;

    /// 64 hexadecimal digits are the key itself; of a passphrase `SQLCipher` makes one, which takes a while for
    /// each connection.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Self(format!("x'{text}'")));
        }
        let is_good = PASSPHRASE.contains(&text.chars().count());
        // Such a one would be taken for a key in hexadecimal digits.
        let looks_like_hex = text.to_ascii_lowercase().starts_with("x'");
        if !is_good || looks_like_hex || text.chars().any(char::is_control) {
            return Err("must be 64 hexadecimal digits, or a passphrase of 12 to 1024 characters");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_hexadecimal_digits_or_a_passphrase_and_is_not_shown() {
        let digits = "0f".repeat(32);
        let key: DatabaseKey = digits.parse().unwrap();
        assert_eq!(key.as_str(), format!("x'{digits}'"));
        assert_eq!(format!("{key:?}"), "DatabaseKey(…)");
        let phrase: DatabaseKey = "it's a long phrase".parse().unwrap();
        assert_eq!(phrase.as_str(), "it's a long phrase");
        for bad in [
            "",
            "too short",
            "x'0123456789abcdef'",
            "with a\nnew line in it",
        ] {
            assert!(bad.parse::<DatabaseKey>().is_err(), "{bad}");
        }
        assert!("a".repeat(1025).parse::<DatabaseKey>().is_err());
    }
}
