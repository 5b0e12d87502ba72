//! Delays after failed log-ins: they grow, to a bound, and lock nobody out.
//!
//! A stranger's failures delay that stranger's address, and others who come to the account from
//! where its user has never logged in, since many addresses may take turns at one account. From
//! where the user has logged in before, only failures there count, and only those at this account.
//! What delays the account is waited for, and the password looked at afterwards: so the right one
//! gets in. What delays an address is refused, and says when to come back.

use std::collections::HashMap;
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
}

struct Failures {
    count: u32,
    last: Instant,
}

#[derive(Default)]
pub(super) struct Throttle(HashMap<Who, Failures>);

impl Throttle {
    /// What this attempt has to do first.
    pub(super) fn delay(&self, attempt: &Attempt, now: Instant) -> Delay {
        let address = self.left(&place(attempt), LONGEST, now);
        if !address.is_zero() {
            return Delay::Refused(address);
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

    /// Whoever logs in has proved who they are where they are. It clears no other account's failures
    /// there: a stranger may have an account too.
    pub(super) fn succeeded(&mut self, attempt: &Attempt) {
        self.0
            .remove(&Who::AtHome(attempt.name.clone(), network(attempt.from)));
    }

    fn left(&self, who: &Who, longest: Duration, now: Instant) -> Duration {
        let Some(failures) = self.0.get(who) else {
            return Duration::ZERO;
        };
        let until = failures.last + self.delay_of(who, longest, now);
        until.saturating_duration_since(now)
    }

    fn delay_of(&self, who: &Who, longest: Duration, now: Instant) -> Duration {
        let failures = self.0.get(who);
        let failures = failures.filter(|failures| now - failures.last < FORGOTTEN);
        let Some(beyond) = failures.and_then(|failures| failures.count.checked_sub(FREE + 1))
        else {
            return Duration::ZERO;
        };
        FIRST.saturating_mul(1 << beyond.min(16)).min(longest)
    }

    fn count(&mut self, who: Who, now: Instant) {
        if self.0.len() >= REMEMBERED && !self.0.contains_key(&who) {
            let oldest = self.0.iter().min_by_key(|(_, failures)| failures.last);
            if let Some(oldest) = oldest.map(|(who, _)| who.clone()) {
                self.0.remove(&oldest);
            }
        }
        let failures = self.0.entry(who).or_insert(Failures {
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
        assert_eq!(throttle.0.len(), REMEMBERED);
    }
}
