//! Lines as octets.

use rand::RngExt as _;
use rand::rngs::StdRng;

/// Octets of a line that was made of octets; see [`VirtualModem::run_line`].
pub(super) fn latin_1(text: &str) -> impl Iterator<Item = u8> {
    text.chars().map(|c| u8::try_from(c).unwrap_or(b'?'))
}

/// A line as it is said by itself.
pub(super) fn unasked(line: &str) -> Vec<u8> {
    latin_1(&format!("\r\n{line}\r\n")).collect()
}

/// Loses octets: one in the middle, more anywhere.
pub(super) fn drop_octets(octets: &mut Vec<u8>, count: usize, rng: &mut StdRng) {
    for _ in 0..count {
        if octets.is_empty() {
            return;
        }
        let at = if count == 1 {
            octets.len() / 2
        } else {
            rng.random_range(0..octets.len())
        };
        octets.remove(at);
    }
}
