//! Secrets under a passphrase: argon2id makes a key of it, ChaCha20-Poly1305 seals.

use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::threads::Threads;

/// Secrets by their JSON pointers.
pub(super) type Secrets = BTreeMap<String, String>;

/// What one guess costs: 64 MiB and three passes. A document may lie around for years.
const COST: (u32, u32, u32) = (64 * 1024, 3, 1);
const SALT: usize = 16;
/// Nothing else is sealed by the same passphrase and taken for this.
const PURPOSE: &[u8] = b"simgate configuration 1";

static SEAL: Threads = Threads::new("seal", 1);

/// Secrets that a passphrase opens.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = SealedSecrets)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// How the key is made of the passphrase: `argon2id-64m-3`.
    kdf: String,
    /// Base64 of 16 octets.
    salt: String,
    /// Base64 of 12 octets.
    nonce: String,
    /// Base64 of what ChaCha20-Poly1305 made of them.
    secrets: String,
}

const KDF: &str = "argon2id-64m-3";

/// Why secrets were not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum SealError {
    #[error("the passphrase is wrong, or the document was changed")]
    Wrong,
    #[error("was sealed in a way that this version does not know")]
    Unknown,
    #[error("The system has no random numbers, or no memory.")]
    System,
}

pub(super) async fn seal(passphrase: String, secrets: Secrets) -> Result<Sealed, SealError> {
    let work = move || sealed(&passphrase, &secrets);
    SEAL.run(work).await.map_err(|_| SealError::System)?
}

pub(super) async fn open(passphrase: String, sealed: Sealed) -> Result<Secrets, SealError> {
    let work = move || opened(&passphrase, &sealed);
    SEAL.run(work).await.map_err(|_| SealError::System)?
}

fn sealed(passphrase: &str, secrets: &Secrets) -> Result<Sealed, SealError> {
    let (mut salt, mut nonce) = ([0; SALT], [0; NONCE_LEN]);
    for random in [&mut salt[..], &mut nonce[..]] {
        getrandom::fill(random).map_err(|_| SealError::System)?;
    }
    let mut octets = serde_json::to_vec(secrets).map_err(|_| SealError::System)?;
    key(passphrase, &salt)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(PURPOSE),
            &mut octets,
        )
        .map_err(|_| SealError::System)?;
    Ok(Sealed {
        kdf: KDF.to_owned(),
        salt: BASE64_STANDARD.encode(salt),
        nonce: BASE64_STANDARD.encode(nonce),
        secrets: BASE64_STANDARD.encode(octets),
    })
}

fn opened(passphrase: &str, sealed: &Sealed) -> Result<Secrets, SealError> {
    if sealed.kdf != KDF {
        return Err(SealError::Unknown);
    }
    let read = |text: &str| BASE64_STANDARD.decode(text).map_err(|_| SealError::Wrong);
    let nonce = read(&sealed.nonce)?;
    let nonce = Nonce::try_assume_unique_for_key(&nonce).map_err(|_| SealError::Wrong)?;
    let mut octets = read(&sealed.secrets)?;
    let plain = key(passphrase, &read(&sealed.salt)?)?
        .open_in_place(nonce, Aad::from(PURPOSE), &mut octets)
        .map_err(|_| SealError::Wrong)?;
    serde_json::from_slice(plain).map_err(|_| SealError::Wrong)
}

fn key(passphrase: &str, salt: &[u8]) -> Result<LessSafeKey, SealError> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|_| SealError::System)?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut key)
        .map_err(|_| SealError::Wrong)?;
    let key = UnboundKey::new(&CHACHA20_POLY1305, &key).map_err(|_| SealError::System)?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_passphrase_opens_and_nothing_else_does() {
        let secrets = Secrets::from([("/sims/1/pin".to_owned(), "4321".to_owned())]);
        let one = sealed("correct horse", &secrets).unwrap();
        assert_eq!(opened("correct horse", &one).unwrap(), secrets);
        assert!(matches!(
            opened("correct house", &one),
            Err(SealError::Wrong)
        ));
        let written = serde_json::to_string(&one).unwrap();
        assert!(!written.contains("4321") && !written.contains("pin"));

        let other = sealed("correct horse", &secrets).unwrap();
        assert!(other.nonce != one.nonce && other.salt != one.salt);
        let changed = |change: fn(&mut Sealed)| {
            let mut changed = one.clone();
            change(&mut changed);
            opened("correct horse", &changed)
        };
        for result in [
            changed(|sealed| sealed.secrets.insert_str(0, "AAAA")),
            changed(|sealed| sealed.salt.insert_str(0, "AAAA")),
            changed(|sealed| sealed.nonce = "AAAA".to_owned()),
            changed(|sealed| sealed.nonce.clear()),
            changed(|sealed| sealed.salt.clear()),
        ] {
            assert!(matches!(result, Err(SealError::Wrong)));
        }
        assert!(matches!(
            changed(|sealed| sealed.kdf = "scrypt".to_owned()),
            Err(SealError::Unknown)
        ));
    }
}
