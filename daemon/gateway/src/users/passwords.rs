//! Passwords: argon2id, away from the threads that serve requests.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::threads::Threads;

/// Shortest password, in characters.
const SHORTEST: usize = 10;
/// Fewest different characters of a password.
const DIFFERENT: usize = 5;
/// Longest password, in octets: hashing is as dear for one of a megabyte, reading it is not.
pub const LONGEST: usize = 256;

/// What a hash costs: 19 MiB and two passes, some 40 ms of one core (OWASP's first choice for machines
/// with little memory).
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Log-ins that wait for a thread. More are told to come back.
const WAITING: usize = 16;

/// One thread each, and so 19 MiB. They stand back: messages go on at their rate.
static KNOWN: Threads = Threads::yielding("password", 1);
static STRANGERS: Threads = Threads::yielding("password-guess", 1);

/// Where passwords are checked. Whoever comes from where they have logged in before does not queue up
/// with strangers.
pub(super) struct Passwords {
    known: Pool,
    strangers: Pool,
}

struct Pool {
    threads: &'static Threads,
    waiting: Room,
}

/// There are too many passwords to be checked.
#[derive(Debug)]
pub(super) struct Busy;

/// Why a password will not do.
pub fn check(password: &str) -> Result<(), String> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(format!(
            "must have at least {SHORTEST} characters and at most {LONGEST} octets"
        ));
    }
    let different: BTreeSet<char> = password.chars().collect();
    if different.len() < DIFFERENT || is_row(password) {
        return Err(format!(
            "is easy to guess: it must have {DIFFERENT} different characters, and not be a row such as 1234567890"
        ));
    }
    Ok(())
}

/// Each character is the next of its alphabet, or the one before.
fn is_row(password: &str) -> bool {
    // After 9 comes 0 on a keyboard.
    let place = |char| {
        if char == '0' {
            i64::from(b'9') + 1
        } else {
            i64::from(u32::from(char))
        }
    };
    let places: Vec<i64> = password.chars().map(place).collect();
    let mut steps = places.array_windows().map(|[one, next]| next - one);
    let first = steps.next();
    first.is_some_and(|step| step.abs() == 1) && steps.all(|step| Some(step) == first)
}

impl Passwords {
    pub(super) fn new() -> Self {
        let pool = |threads| Pool {
            threads,
            waiting: Room::new(WAITING),
        };
        Self {
            known: pool(&KNOWN),
            strangers: pool(&STRANGERS),
        }
    }

    /// The hash of a new password.
    pub(super) async fn hash(&self, password: String) -> Result<String, Busy> {
        let hashed = self.known.run(move || {
            let hash = argon2().hash_password(password.as_bytes());
            hash.map(|hash: PasswordHash| hash.to_string())
        });
        hashed.await?.map_err(|error| {
            tracing::error!(%error, "cannot hash a password");
            Busy
        })
    }

    /// Whether a password is the one that was hashed. Without a hash it is not, which takes as long.
    pub(super) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
        known_address: bool,
    ) -> Result<bool, Busy> {
        let pool = if known_address {
            &self.known
        } else {
            &self.strangers
        };
        pool.run(move || is_right(&password, hash.as_deref())).await
    }
}

fn is_right(password: &str, hash: Option<&str>) -> bool {
    /// Of no password that anybody has.
    static NOBODY: LazyLock<String> = LazyLock::new(|| {
        let hash = argon2().hash_password_with_salt(b"", b"nobody's salt");
        hash.map(|hash: PasswordHash| hash.to_string())
            .unwrap_or_default()
    });
    let known = hash.is_some();
    let hash = PasswordHash::new(hash.unwrap_or(&NOBODY));
    let fits = hash.is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
    fits && known
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

impl Pool {
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let _place = self.waiting.take().ok_or(Busy)?;
        self.threads.run(work).await.map_err(|error| {
            tracing::error!(%error, "cannot check a password");
            Busy
        })
    }
}

/// Room for so many that wait or are served.
pub(super) struct Room(Semaphore);

impl Room {
    pub(super) fn new(most: usize) -> Self {
        Self(Semaphore::new(most))
    }

    /// A place, until it is dropped; none where all are taken.
    pub(super) fn take(&self) -> Option<SemaphorePermit<'_>> {
        self.0.try_acquire().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_hash_and_no_other() {
        let (passwords, password) = (Passwords::new(), "correct horse".to_owned());
        let hashed = passwords.hash(password.clone()).await.unwrap();
        assert!(
            hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hashed}"
        );
        assert!(!hashed.contains("horse"));
        let again = passwords.hash(password.clone()).await.unwrap();
        assert_ne!(again, hashed, "each has a salt");
        for (password, hash, right) in [
            (password.as_str(), Some(&hashed), true),
            ("another one", Some(&hashed), false),
            (&password, None, false),
            ("", None, false),
        ] {
            let checked = passwords.verify(password.to_owned(), hash.cloned(), right);
            assert_eq!(checked.await.unwrap(), right, "{password}");
        }
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let room = Room::new(3);
        let mut places: Vec<_> = std::iter::from_fn(|| room.take()).collect();
        assert_eq!(places.len(), 3);
        places.pop();
        assert!(room.take().is_some());
    }

    #[test]
    fn what_cannot_be_a_password_is_told() {
        assert!(check("short").is_err() && check(&"x".repeat(257)).is_err());
        assert!(check("ten letter").is_ok() && check("ärgerliche").is_ok());
        for guessed in ["aaaaaaaaaa", "abababababab", "1234567890", "zyxwvutsrqponm"] {
            assert!(
                check(guessed).unwrap_err().contains("easy to guess"),
                "{guessed}"
            );
        }
        assert!(check("1234567890a").is_ok());
    }
}
