//! The numbers of our own SIMs, by which a message may name the SIM it is to go by.

use std::collections::BTreeMap;

use modem::Iccid;

use super::number::{self, Country};
use crate::model::SimRecord;

/// Which SIM has which number.
#[derive(Debug, Default)]
pub(crate) struct OwnNumbers(BTreeMap<String, Iccid>);

impl OwnNumbers {
    /// Where several SIMs have one number, as after an exchange of a card, it is the one's that was
    /// seen last.
    pub(crate) fn of(sims: &[SimRecord], country: Option<Country>) -> Self {
        let mut sims: Vec<_> = sims.iter().collect();
        sims.sort_by_key(|sim| sim.last_seen);
        let numbers = sims.into_iter().filter_map(|sim| {
            let number = of_sim(sim, country)?;
            Some((number, sim.iccid.clone()))
        });
        Self(numbers.collect())
    }

    /// The SIM that has this number, as people write it.
    pub(super) fn sim(&self, number: &str, country: Option<Country>) -> Option<&Iccid> {
        self.0.get(&number::normalise(number, country).ok()?)
    }
}

/// The number of a SIM: as set, or as the SIM says, which is as somebody wrote it there, in national
/// form too.
pub(crate) fn of_sim(sim: &SimRecord, country: Option<Country>) -> Option<String> {
    let number = sim.config.number.as_deref().or(sim.number.as_deref())?;
    number::normalise(number, country).ok()
}

/// Whether a `from` is meant as a number: it has digits and no letters, which names have.
pub(crate) fn is_number(from: &str) -> bool {
    let has_digits = from.bytes().any(|octet| octet.is_ascii_digit());
    has_digits && !from.contains(|c: char| c == ':' || c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SimConfig, Time};

    fn sim(iccid: &str, number: Option<&str>, set: Option<&str>, last_seen: i64) -> SimRecord {
        SimRecord {
            iccid: iccid.parse().unwrap(),
            imsi: None,
            number: number.map(str::to_owned),
            smsc: None,
            last_seen: Time(last_seen),
            config: SimConfig {
                number: set.map(str::to_owned),
                ..SimConfig::default()
            },
        }
    }

    #[test]
    fn a_number_names_the_sim_that_has_it_now() {
        let (a, b, c) = (
            "8984011234567890121",
            "8984011234567890122",
            "8984011234567890123",
        );
        let sims = [
            sim(a, Some("+84901111111"), None, 2),
            sim(b, Some("+84901111111"), None, 1),
            sim(c, Some("0902222222"), Some("+84903333333"), 1),
        ];
        let vietnam = Some("VN".parse().unwrap());
        let own = OwnNumbers::of(&sims, vietnam);
        let found = |number| own.sim(number, vietnam).map(Iccid::as_str);
        assert_eq!(found("090 111 11 11"), Some(a));
        assert_eq!(found("+84903333333"), Some(c));
        assert_eq!(found("0902222222"), None, "it was set to another");
        assert_eq!(found("+84904444444"), None);
    }

    #[test]
    fn names_are_no_numbers() {
        for (from, expected) in [
            ("+84901234567", true),
            ("090 123 45 67", true),
            ("1414", true),
            ("Shop24", false),
            ("sim:8984011234567890123", false),
            ("group:24", false),
            ("", false),
        ] {
            assert_eq!(is_number(from), expected, "{from}");
        }
    }
}
