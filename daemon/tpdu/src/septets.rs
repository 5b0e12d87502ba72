//! Packing of 7-bit characters into octets (TS 23.038 §6.1.2.1).

use alloc::vec;
use alloc::vec::Vec;

/// Packs septets, lowest bit first, after `fill_bits` bits of zero (0 to 6).
pub fn pack(septets: &[u8], fill_bits: usize) -> Vec<u8> {
    let mut out = vec![0u8; (fill_bits + septets.len() * 7).div_ceil(8)];
    for (at, &septet) in septets.iter().enumerate() {
        let bit = fill_bits + at * 7;
        let [low, high] = (u16::from(septet & 0x7F) << (bit % 8)).to_le_bytes();
        out[bit / 8] |= low;
        if high != 0 {
            out[bit / 8 + 1] |= high;
        }
    }
    out
}

/// Reads up to `count` septets, lowest bit first, beginning `skip_bits` into
/// `octets`; fewer when the octets end before.
pub fn unpack(octets: &[u8], skip_bits: usize, count: usize) -> Vec<u8> {
    let present = (octets.len() * 8).saturating_sub(skip_bits) / 7;
    (0..count.min(present))
        .map(|at| {
            let bit = skip_bits + at * 7;
            let low = octets[bit / 8];
            let high = octets.get(bit / 8 + 1).copied().unwrap_or(0);
            let [septet, _] = (u16::from_le_bytes([low, high]) >> (bit % 8)).to_le_bytes();
            septet & 0x7F
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn eight_characters_fill_seven_octets() {
        // "AAAAAAAA": 1000001 eight times over.
        let packed = pack(&[0x41; 8], 0);
        assert_eq!(packed, [0xC1, 0x60, 0x30, 0x18, 0x0C, 0x06, 0x83]);
        assert_eq!(unpack(&packed, 0, 8), [0x41; 8]);
    }

    proptest! {
        #[test]
        fn unpack_is_the_inverse_of_pack(
            septets in proptest::collection::vec(0u8..0x80, 0..300), fill in 0usize..7,
        ) {
            let packed = pack(&septets, fill);
            prop_assert_eq!(unpack(&packed, fill, septets.len()), septets);
        }

        #[test]
        fn unpack_never_reads_beyond(
            octets in proptest::collection::vec(any::<u8>(), 0..20), skip in 0usize..200, count in 0usize..400,
        ) {
            let septets = unpack(&octets, skip, count);
            prop_assert!(septets.len() * 7 <= octets.len() * 8);
        }
    }
}
