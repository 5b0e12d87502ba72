//! Who a modem and its SIM are: made from the bank's seed, the same at every start.

/// Mobile network of all SIMs here: MCC 452, MNC 04.
const NETWORK: &str = "45204";
/// Start of an ICCID: telecommunications (89), Viet Nam (84), issuer 04.
const ISSUER: &str = "898404";

/// The identities of slot number `slot` of a bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Serial number of the SIM, 20 digits, the last a Luhn check digit (ITU-T E.118).
    pub iccid: String,
    /// Subscriber, 15 digits (TS 23.003 clause 2.2).
    pub imsi: String,
    /// The SIM's own number, `+84` and nine digits.
    pub msisdn: String,
    /// Serial number of the modem, 15 digits, the last a Luhn check digit (TS 23.003 clause 6.2.1).
    pub imei: String,
}

impl Identity {
    /// `tac` is the type allocation code of the modem's model, 8 digits.
    pub fn new(seed: u64, slot: usize, tac: &str) -> Self {
        let bank = mix(seed);
        let slot = slot % 1_000;
        let iccid = with_luhn(format!("{ISSUER}{:010}{slot:03}", bank % 10_000_000_000));
        let imsi = format!("{NETWORK}{:07}{slot:03}", bank % 10_000_000);
        let msisdn = format!("+8496{:04}{slot:03}", bank % 9_000);
        let imei = with_luhn(format!("{tac}{:03}{slot:03}", bank % 1_000));
        Self {
            iccid,
            imsi,
            msisdn,
            imei,
        }
    }
}

/// One step of `SplitMix64`: neighbouring seeds give unlike numbers.
pub(crate) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Appends the Luhn check digit (ISO/IEC 7812-1 annex B).
fn with_luhn(mut digits: String) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            // Counted from the check digit every second digit is doubled, the first one too.
            let doubled = if place % 2 == 0 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    digits.push_str(&((10 - sum % 10) % 10).to_string());
    digits
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_check_digit_is_luhns() {
        // The worked example of ISO/IEC 7812-1.
        assert_eq!(with_luhn("7992739871".to_owned()), "79927398713");
        assert_eq!(with_luhn("0".to_owned()), "00");
    }

    #[test]
    fn every_slot_has_its_own_and_keeps_it() {
        let mut seen = HashSet::new();
        for slot in 0..200 {
            let identity = Identity::new(7, slot, "86012304");
            assert_eq!(identity, Identity::new(7, slot, "86012304"));
            assert_eq!(
                (
                    identity.iccid.len(),
                    identity.imsi.len(),
                    identity.msisdn.len(),
                    identity.imei.len()
                ),
                (20, 15, 12, 15)
            );
            for value in [
                identity.iccid,
                identity.imsi,
                identity.msisdn,
                identity.imei,
            ] {
                assert!(seen.insert(value));
            }
        }
    }
}
