//! The second factor: codes that an app counts from a secret and the time (RFC 6238, with what all
//! apps take for granted: HMAC-SHA-1, six digits, 30 seconds).

use model::Time;
use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};

/// How long a code is shown, in milliseconds.
const STEP_MS: i64 = 30_000;
/// Codes of so many steps before and after count: phones' clocks differ a little.
const SLACK: i64 = 1;
const DIGITS: usize = 6;
/// Octets of a secret, as RFC 4226 wants for this hash.
pub(super) const SECRET: usize = 20;

/// The step whose code was typed; none for a wrong one, and for one that was used: `used` is the last
/// step whose code was. Where that is ahead of all that count, the clock was set back since.
pub(super) fn step_of(secret: &[u8], typed: &str, used: i64, now: Time) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let latest = latest(now);
    let counts = latest - 2 * SLACK..=latest;
    let used = (used <= latest).then_some(used);
    counts
        .filter(|step| used.is_none_or(|used| *step > used))
        .find(|step| code(secret, *step) == typed)
}

/// The latest step whose code counts now.
pub(super) fn latest(now: Time) -> i64 {
    now.0.div_euclid(STEP_MS) + SLACK
}

fn code(secret: &[u8], step: i64) -> String {
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let hash = sign(&key, &step.to_be_bytes());
    let hash = hash.as_ref();
    // RFC 4226, 5.3: the last four bits say where the 31 bits begin.
    let at = usize::from(hash[hash.len() - 1] & 0x0f);
    let bits = hash[at..at + 4]
        .iter()
        .fold(0_u32, |bits, octet| bits << 8 | u32::from(*octet));
    format!("{:0DIGITS$}", (bits & 0x7fff_ffff) % 10_u32.pow(6))
}

/// A secret as people type it into an app: base32 (RFC 4648).
pub(super) fn base32(secret: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits = secret
        .iter()
        .flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    let letter = |five: &[u8]| {
        let value = (0..5).fold(0, |value, bit| value << 1 | five.get(bit).unwrap_or(&0));
        char::from(ALPHABET[usize::from(value)])
    };
    bits.chunks(5).map(letter).collect()
}

/// What an app reads from a picture.
pub(super) fn uri(name: &str, secret: &[u8]) -> String {
    // The name has no other character that an address writes in another way.
    let name = name.replace('@', "%40");
    format!(
        "otpauth://totp/simgate:{name}?secret={}&issuer=simgate",
        base32(secret)
    )
}

/// What an app shows for a secret in base32, so many steps from now.
#[cfg(feature = "samples")]
pub fn test_totp(secret: &str, steps: i64) -> String {
    let letters = secret.bytes().map(|letter| match letter {
        b'A'..=b'Z' => letter - b'A',
        _ => letter - b'2' + 26,
    });
    let bits = letters.flat_map(|five| (0..5).rev().map(move |bit| five >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    let octets = bits.chunks_exact(8);
    let octets = octets.map(|bits| bits.iter().fold(0, |octet, bit| octet << 1 | bit));
    let secret: Vec<u8> = octets.collect();
    code(&secret, latest(store::clock::now()) - SLACK + steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of RFC 6238, Appendix B.
    const KNOWN: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_234_567_890, "89005924"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code(KNOWN, seconds / 30), eight[2..], "{seconds}");
        }
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        assert_eq!(base32(KNOWN), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let uri = uri("anna@ops", b"foobar");
        assert_eq!(
            uri,
            "otpauth://totp/simgate:anna%40ops?secret=MZXW6YTBOI&issuer=simgate"
        );
    }

    #[test]
    fn a_code_counts_once_and_near_its_time() {
        let now = Time(1_111_111_109_000);
        let step = now.0 / STEP_MS;
        assert_eq!(step_of(KNOWN, "081804", 0, now), Some(step));
        assert_eq!(step_of(KNOWN, " 081 804", step - 1, now), Some(step));
        assert_eq!(step_of(KNOWN, "081804", step, now), None, "it was used");
        assert_eq!(
            step_of(KNOWN, "081804", step + 1, now),
            None,
            "a later one was"
        );
        for (seconds, counts) in [(-61, false), (-30, true), (30, true), (61, false)] {
            let now = Time(now.0 + seconds * 1000);
            assert_eq!(
                step_of(KNOWN, "081804", 0, now).is_some(),
                counts,
                "{seconds}"
            );
        }
        for wrong in ["", "081805", "81804", "0818040", "08180x"] {
            assert_eq!(step_of(KNOWN, wrong, 0, now), None, "{wrong}");
        }
        // The clock was set back by years.
        assert_eq!(step_of(KNOWN, "081804", step + 1_000_000, now), Some(step));
    }
}
