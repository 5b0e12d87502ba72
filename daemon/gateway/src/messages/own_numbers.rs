//! The numbers of our own SIMs, by which a message may name the SIM it is to go by.

use std::collections::{BTreeMap, HashMap};

use model::{Iccid, SimRecord};

use super::number::{self, Country};

/// Which SIM has which number.
#[derive(Debug, Default)]
pub struct OwnNumbers(BTreeMap<String, Iccid>);

impl OwnNumbers {
    /// Where several SIMs have one number, as after an exchange of a card, it is the one's that is
    /// in a modem; of several the one's that it was set for, and of those the one's that was seen last.
    pub fn of(
        sims: &[SimRecord],
        is_present: impl Fn(&Iccid) -> bool,
        country: Option<Country>,
    ) -> Self {
        let mut sims: Vec<_> = sims.iter().collect();
        sims.sort_by_cached_key(|sim| {
            let is_set = sim.config.number.is_some();
            (is_present(&sim.iccid), is_set, sim.last_seen)
        });
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

/// The number of a SIM: as set, or as the card tells it, which is as somebody wrote it there, in
/// national form too.
pub fn of_sim(sim: &SimRecord, country: Option<Country>) -> Option<String> {
    number::normalise(sim.number()?, country).ok()
}

/// The same, once nothing is set for it any more.
pub fn told_by(sim: &SimRecord, country: Option<Country>) -> Option<String> {
    number::normalise(sim.told.as_deref()?, country).ok()
}

/// The SIMs that keep a number from others, by number. They are several where a card with a number that
/// was set for another SIM in its absence is back.
pub fn keepers(
    sims: &[SimRecord],
    is_present: impl Fn(&Iccid) -> bool,
    country: Option<Country>,
) -> HashMap<String, Vec<Iccid>> {
    let mut by_number: HashMap<_, Vec<_>> = HashMap::new();
    for sim in sims {
        if let Some(number) = of_sim(sim, country)
            && keeps(sim, is_present(&sim.iccid))
        {
            by_number.entry(number).or_default().push(sim.iccid.clone());
        }
    }
    by_number
}

/// Whether a SIM keeps its number from others. One that was set is its own until somebody takes it
/// away; one that the card tells is only while it is here: its successor may tell or get the same.
fn keeps(sim: &SimRecord, is_present: bool) -> bool {
    is_present || sim.config.number.is_some()
}

/// Whether a `from` is meant as a number: it has digits and no letters, which names have.
pub fn is_number(from: &str) -> bool {
    let has_digits = from.bytes().any(|octet| octet.is_ascii_digit());
    has_digits && !from.contains(|c: char| c == ':' || c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{SimConfig, Time};

    fn sim(iccid: &str, number: Option<&str>, set: Option<&str>, last_seen: i64) -> SimRecord {
        SimRecord {
            iccid: iccid.parse().unwrap(),
            imsi: None,
            told: number.map(str::to_owned),
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
        let own = OwnNumbers::of(&sims, |_| true, vietnam);
        let found = |number| own.sim(number, vietnam).map(Iccid::as_str);
        assert_eq!(found("090 111 11 11"), Some(a));
        assert_eq!(found("+84903333333"), Some(c));
        assert_eq!(found("0902222222"), None, "it was set to another");
        assert_eq!(found("+84904444444"), None);
    }

    #[test]
    fn a_sim_that_is_here_comes_before_one_that_is_not_and_a_set_number_before_a_told_one() {
        let [a, b] = ["8984011234567890121", "8984011234567890122"];
        let number = "+84901111111";
        let [told, set] = [(Some(number), None), (None, Some(number))];
        let named = |(one, seen): ((_, _), i64), other: (_, _), here: &[&str]| {
            let sims = [sim(a, one.0, one.1, seen), sim(b, other.0, other.1, 1)];
            let own = OwnNumbers::of(&sims, |sim| here.contains(&sim.as_str()), None);
            own.sim(number, None).map(|sim| sim.as_str().to_owned())
        };
        for (one, other, here, expected) in [
            ((told, 2), set, &[a, b][..], b),
            ((told, 2), set, &[], b),
            ((told, 2), set, &[a], a),
            ((set, 2), told, &[b], b),
            ((set, 0), told, &[a, b], a),
            ((set, 2), set, &[a, b], a),
            ((set, 0), set, &[a, b], b),
        ] {
            let found = named(one, other, here);
            assert_eq!(
                found.as_deref(),
                Some(expected),
                "{one:?} {other:?} {here:?}"
            );
        }
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
