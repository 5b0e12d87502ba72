//! The hosts that something waits for, and those that are remembered for their answers.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::host::{Host, Standing};

/// Hosts that are remembered while nothing waits for them. Of more, those that answered last.
const REMEMBERED: usize = 1024;

/// By name and port.
#[derive(Default)]
pub(super) struct Hosts(HashMap<String, Host>);

impl Hosts {
    pub(super) fn of(&mut self, name: &str) -> &mut Host {
        self.0.entry(name.to_owned()).or_default()
    }

    pub(super) fn standing(&self, name: &str) -> Standing {
        let unknown = Standing::Untried;
        self.0.get(name).map_or(unknown, Host::standing)
    }

    /// No host rests any more.
    pub(super) fn forgive(&mut self) {
        for host in self.0.values_mut() {
            host.rests_until = None;
        }
    }

    /// Something waits for these, a line of it each, and for no others; and whether an operator has named
    /// the host. Others are remembered as long as they are good.
    pub(super) fn wait_for(&mut self, lines: impl IntoIterator<Item = (String, bool)>) {
        for host in self.0.values_mut() {
            (host.lines, host.is_named) = (0, false);
        }
        for (name, is_named) in lines {
            let host = self.0.entry(name).or_default();
            host.lines += 1;
            host.is_named |= is_named;
        }
        self.0
            .retain(|_, host| !host.is_idle() || host.standing() == Standing::Good);
        self.forget();
    }

    fn forget(&mut self) {
        let idle = self.0.iter().filter(|(_, host)| host.is_idle());
        let mut idle: Vec<_> = idle
            .map(|(name, host)| (Reverse(host.answered_at), name))
            .collect();
        if idle.len() <= REMEMBERED {
            return;
        }
        idle.sort_unstable();
        let longest_ago = idle.split_off(REMEMBERED).into_iter();
        for name in longest_ago
            .map(|(_, name)| name.clone())
            .collect::<Vec<_>>()
        {
            self.0.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::webhooks::host::Outcome;

    fn answer(hosts: &mut Hosts, name: &str, outcome: Outcome, now: Instant) {
        hosts.of(name).note(outcome, Duration::ZERO, now);
    }

    #[test]
    fn a_host_is_remembered_while_something_waits_for_it_or_it_is_good() {
        let (mut hosts, now) = (Hosts::default(), Instant::now());
        answer(&mut hosts, "good", Outcome::Answered, now);
        answer(&mut hosts, "bad", Outcome::Unanswered, now);
        let waiting = |name: &str, is_named| (name.to_owned(), is_named);
        hosts.wait_for([
            waiting("bad", false),
            waiting("named", true),
            waiting("named", true),
        ]);
        assert_eq!(hosts.standing("good"), Standing::Good);
        assert_eq!(hosts.standing("bad"), Standing::Slow);
        assert_eq!(hosts.standing("named"), Standing::Good);
        assert_eq!(hosts.of("named").lines, 2);
        hosts.wait_for([]);
        assert_eq!(hosts.standing("good"), Standing::Good);
        for gone in ["bad", "named"] {
            assert_eq!(hosts.standing(gone), Standing::Untried, "{gone}");
        }
    }

    #[test]
    fn of_too_many_those_are_forgotten_that_answered_longest_ago() {
        let (mut hosts, start) = (Hosts::default(), Instant::now());
        for n in 0..REMEMBERED + 2 {
            let at = start + Duration::from_secs(n as u64);
            answer(&mut hosts, &n.to_string(), Outcome::Answered, at);
        }
        hosts.wait_for([("0".to_owned(), false)]);
        assert_eq!(hosts.0.len(), REMEMBERED + 1);
        assert_eq!(hosts.standing("0"), Standing::Good);
        assert_eq!(hosts.standing("1"), Standing::Untried);
        assert_eq!(hosts.standing("2"), Standing::Good);
    }
}
