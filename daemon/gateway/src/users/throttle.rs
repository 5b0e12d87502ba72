//! Delays after failed log-ins: they grow, to a bound, and lock nobody out.
//!
//! A stranger's failures delay that stranger's address, and others who come to the account from
//! where its user has never logged in, since many addresses may take turns at one account. From
//! where the user has logged in before, only failures there count, and only those at this account.
//! What delays the account is waited for, and the password looked at afterwards: so the right one
//! gets in. What delays an address is refused, and says when to come back. Log-ins that are under way
//! count as if they failed, or many at once would each come before the first failure.
//!
//! Whoever fails with a code of the second factor has shown the password, and is no stranger. At the
//! account such log-ins are refused for a while, whichever address they come from, but for those from
//! where the user has logged in before: there are a million codes, and addresses without number.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Failures that delay nothing: people mistype.
const FREE: u32 = 3;
/// The delay after the next one; it doubles with each.
const FIRST: Duration = Duration::from_secs(1);
/// Longest time that an address is refused.
const LONGEST: Duration = Duration::from_mins(1);
/// Longest time that a log-in at an account waits.
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// After so long without a failure they are forgotten.
const FORGOTTEN: Duration = Duration::from_mins(15);
/// Accounts and addresses remembered. At the bound the one that failed longest ago is forgotten.
const REMEMBERED: usize = 4096;

/// Who tries to log in, and from where.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) name: String,
    pub(super) from: Option<IpAddr>,
    /// The user has logged in from there before.
    pub(super) known_address: bool,
}

/// What a log-in has to do first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delay {
    /// Come back after that time.
    Refused(Duration),
    /// Wait for that time, which may be none.
    Wait(Duration),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    /// By name, whether there is such a user or not.
    Account(String),
    Address(Option<IpAddr>),
    AtHome(String, Option<IpAddr>),
    /// By name: with the password, and a code that may be wrong.
    Code(String),
}

struct Failures {
    count: u32,
    last: Instant,
}

#[derive(Default)]
pub(super) struct Throttle {
    failed: HashMap<Who, Failures>,
    /// Where log-ins are under way, and how many.
    under_way: HashMap<Who, u32>,
}

impl Throttle {
    /// What this attempt has to do first. Unless it is refused it is under way until [`Self::ended`].
    pub(super) fn begin(&mut self, attempt: &Attempt, now: Instant) -> Delay {
        let delay = self.delay(attempt, now);
        if let Delay::Wait(_) = delay {
            *self.under_way.entry(place(attempt)).or_default() += 1;
        }
        delay
    }

    /// An attempt that has begun is over.
    pub(super) fn ended(&mut self, attempt: &Attempt) {
        if let Entry::Occupied(mut count) = self.under_way.entry(place(attempt)) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    fn delay(&self, attempt: &Attempt, now: Instant) -> Delay {
        let place = place(attempt);
        let address = self.left(&place, LONGEST, now);
        if !address.is_zero() {
            return Delay::Refused(address);
        }
        let under_way = self.under_way.get(&place).copied().unwrap_or(0);
        // As many as could fail before there is a delay, and then one after each.
        let room = (FREE + 1).saturating_sub(self.failures(&place, now)).max(1);
        if under_way >= room {
            return Delay::Refused(FIRST);
        }
        if attempt.known_address {
            return Delay::Wait(Duration::ZERO);
        }
        // Not what is left of it: that would let those pass who come in the right moment.
        let account = Who::Account(attempt.name.clone());
        Delay::Wait(self.delay_of(&account, LONGEST_WAIT, now))
    }

    pub(super) fn failed(&mut self, attempt: &Attempt, now: Instant) {
        self.count(place(attempt), now);
        if !attempt.known_address {
            self.count(Who::Account(attempt.name.clone()), now);
        }
    }

    /// Before a code of the second factor is looked at, which counts as wrong until it is not: for how
    /// long it is not.
    pub(super) fn shows_code(&mut self, attempt: &Attempt, now: Instant) -> Option<Duration> {
        if attempt.known_address {
            return None;
        }
        let who = Who::Code(attempt.name.clone());
        let left = self.left(&who, LONGEST, now);
        if !left.is_zero() {
            return Some(left);
        }
        self.count(who, now);
        None
    }

    /// Whoever logs in has proved who they are where they are. It clears no other account's failures
    /// there: a stranger may have an account too.
    pub(super) fn succeeded(&mut self, attempt: &Attempt) {
        let name = &attempt.name;
        self.failed
            .remove(&Who::AtHome(name.clone(), network(attempt.from)));
        self.failed.remove(&Who::Code(name.clone()));
    }

    fn left(&self, who: &Who, longest: Duration, now: Instant) -> Duration {
        let Some(failures) = self.failed.get(who) else {
            return Duration::ZERO;
        };
        let until = failures.last + self.delay_of(who, longest, now);
        until.saturating_duration_since(now)
    }

    fn delay_of(&self, who: &Who, longest: Duration, now: Instant) -> Duration {
        let Some(beyond) = self.failures(who, now).checked_sub(FREE + 1) else {
            return Duration::ZERO;
        };
        FIRST.saturating_mul(1 << beyond.min(16)).min(longest)
    }

    fn failures(&self, who: &Who, now: Instant) -> u32 {
        let failures = self.failed.get(who);
        let failures = failures.filter(|failures| now - failures.last < FORGOTTEN);
        failures.map_or(0, |failures| failures.count)
    }

    fn count(&mut self, who: Who, now: Instant) {
        if self.failed.len() >= REMEMBERED && !self.failed.contains_key(&who) {
            let oldest = self.failed.iter().min_by_key(|(_, failures)| failures.last);
            if let Some(oldest) = oldest.map(|(who, _)| who.clone()) {
                self.failed.remove(&oldest);
            }
        }
        let failures = self.failed.entry(who).or_insert(Failures {
            count: 0,
            last: now,
        });
        if now - failures.last >= FORGOTTEN {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
    }
}

/// Where the failures of an attempt count.
fn place(attempt: &Attempt) -> Who {
    let from = network(attempt.from);
    if attempt.known_address {
        Who::AtHome(attempt.name.clone(), from)
    } else {
        Who::Address(from)
    }
}

/// Whoever has one address of IPv6 has a whole /64.
fn network(from: Option<IpAddr>) -> Option<IpAddr> {
    from.map(|address| match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(name: &str, last: u8, known_address: bool) -> Attempt {
        Attempt {
            name: name.to_owned(),
            from: Some(IpAddr::from([192, 0, 2, last])),
            known_address,
        }
    }

    fn refused(seconds: u64) -> Delay {
        Delay::Refused(Duration::from_secs(seconds))
    }

    const FREE_TO_GO: Delay = Delay::Wait(Duration::ZERO);

    #[test]
    fn an_address_is_refused_for_longer_each_time_up_to_a_bound() {
        let (mut throttle, mut now) = (Throttle::default(), Instant::now());
        let stranger = attempt("anna", 7, false);
        for _ in 0..3 {
            assert_eq!(throttle.delay(&stranger, now), FREE_TO_GO);
            throttle.failed(&stranger, now);
        }
        assert_eq!(throttle.delay(&stranger, now), FREE_TO_GO);
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            throttle.failed(&stranger, now);
            assert_eq!(throttle.delay(&stranger, now), refused(seconds));
            now += Duration::from_secs(seconds);
        }
        now += FORGOTTEN;
        assert_eq!(throttle.delay(&stranger, now), FREE_TO_GO);
        throttle.failed(&stranger, now);
        assert_eq!(
            throttle.delay(&stranger, now),
            FREE_TO_GO,
            "they are counted anew"
        );
    }

    #[test]
    fn a_stranger_locks_nobody_out() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for n in 0..100 {
            throttle.failed(&attempt("anna", n, false), now);
        }
        let at_home = attempt("anna", 200, true);
        assert_eq!(throttle.delay(&at_home, now), FREE_TO_GO);
        // On a journey, she waits, but gets in.
        let away = attempt("anna", 201, false);
        assert_eq!(throttle.delay(&away, now), Delay::Wait(LONGEST_WAIT));
        let other = attempt("bert", 201, false);
        assert_eq!(throttle.delay(&other, now), FREE_TO_GO);
    }

    #[test]
    fn failures_at_home_count_there_alone() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        let at_home = attempt("anna", 7, true);
        for _ in 0..5 {
            throttle.failed(&at_home, now);
        }
        assert_eq!(throttle.delay(&at_home, now), refused(2));
        assert_eq!(throttle.delay(&attempt("bert", 7, true), now), FREE_TO_GO);
        assert_eq!(throttle.delay(&attempt("anna", 8, true), now), FREE_TO_GO);
        throttle.succeeded(&at_home);
        assert_eq!(throttle.delay(&at_home, now), FREE_TO_GO);
    }

    #[test]
    fn a_whole_network_of_ipv6_is_one_place_and_the_memory_has_a_bound() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        let from = |text: &str| Attempt {
            from: Some(text.parse().unwrap()),
            ..attempt("anna", 0, false)
        };
        for n in 1..=4 {
            throttle.failed(&from(&format!("2001:db8::{n}")), now);
        }
        assert_eq!(throttle.delay(&from("2001:db8::ffff"), now), refused(1));
        for n in 0..5000_u32 {
            let name = format!("user{n}");
            let from = Some(IpAddr::from((0x0a00_0000 + n).to_be_bytes()));
            let attempt = Attempt {
                name,
                from,
                known_address: false,
            };
            throttle.failed(&attempt, now + Duration::from_secs(1));
        }
        assert_eq!(throttle.failed.len(), REMEMBERED);
    }

    #[test]
    fn log_ins_at_once_are_no_more_guesses_than_one_after_the_other() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for at_home in [false, true] {
            let stranger = attempt("anna", 7, at_home);
            let begun: Vec<_> = (0..20).map(|_| throttle.begin(&stranger, now)).collect();
            assert_eq!(begun[..4], [FREE_TO_GO; 4], "{at_home}");
            assert_eq!(begun[4..], [refused(1); 16], "{at_home}");
            for _ in 0..4 {
                throttle.failed(&stranger, now);
                throttle.ended(&stranger);
            }
            assert_eq!(throttle.delay(&stranger, now), refused(1));
            let later = now + Duration::from_secs(1);
            let begun = [0; 2].map(|_| throttle.begin(&stranger, later));
            assert_ne!(begun[0], refused(1), "{at_home}");
            assert_eq!(begun[1], refused(1), "{at_home}");
            throttle.ended(&stranger);
            // Of others nobody is kept out.
            assert_eq!(
                throttle.delay(&attempt("bert", 8, at_home), now),
                FREE_TO_GO
            );
        }
        assert!(throttle.under_way.is_empty());
    }

    #[test]
    fn codes_are_guessed_slowly_from_however_many_addresses() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for n in 0..4 {
            assert_eq!(throttle.shows_code(&attempt("anna", n, false), now), None);
        }
        let other = attempt("anna", 9, false);
        let left = throttle.shows_code(&other, now);
        assert_eq!(left, Some(Duration::from_secs(1)));
        assert_eq!(throttle.shows_code(&attempt("anna", 9, true), now), None);
        assert_eq!(throttle.shows_code(&attempt("bert", 9, false), now), None);
        let later = now + Duration::from_secs(1);
        assert_eq!(throttle.shows_code(&other, later), None);
        assert!(throttle.shows_code(&other, later).is_some());
        throttle.succeeded(&other);
        assert_eq!(throttle.shows_code(&other, later), None);
    }
}
