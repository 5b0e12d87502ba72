//! The connections that were refused or closed for others, told in the log now and then.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

/// From one line in the log to the next at least.
const PAUSE: Duration = Duration::from_mins(1);
/// Addresses that are told apart; of more only the numbers are counted.
const ADDRESSES: usize = 256;

/// Those since the last line.
#[derive(Default)]
pub(super) struct Tally {
    refused: u64,
    evicted: u64,
    by_address: HashMap<IpAddr, u64>,
    told_at: Option<Instant>,
}

impl Tally {
    pub(super) fn refused(&mut self, address: IpAddr) {
        self.refused += 1;
        metrics::counter!("simgate_http_connections_refused_total").increment(1);
        self.count(address);
    }

    pub(super) fn evicted(&mut self, address: IpAddr) {
        self.evicted += 1;
        metrics::counter!("simgate_http_connections_evicted_total").increment(1);
        self.count(address);
    }

    fn count(&mut self, address: IpAddr) {
        let address = address.to_canonical();
        if self.by_address.len() < ADDRESSES || self.by_address.contains_key(&address) {
            *self.by_address.entry(address).or_default() += 1;
        }
    }

    /// When a line is due; none while there is nothing to tell.
    pub(super) fn due(&self) -> Option<Instant> {
        let soonest = || self.told_at.map_or_else(Instant::now, |at| at + PAUSE);
        (self.refused + self.evicted > 0).then(soonest)
    }

    /// Logs how many, and the address that most of them came from, and begins anew.
    pub(super) fn tell(&mut self, now: Instant) {
        let most = self.by_address.iter().max_by_key(|(_, count)| **count);
        if let Some((address, _)) = most {
            let (refused, evicted) = (self.refused, self.evicted);
            tracing::info!(
                refused, evicted, %address,
                "all connections were in use: some were refused or closed for others, most of this address"
            );
        }
        *self = Self {
            told_at: Some(now),
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_due_at_once_and_the_next_a_minute_later() {
        let mut tally = Tally::default();
        assert_eq!(tally.due(), None);
        let address = IpAddr::from([192, 0, 2, 1]);
        tally.evicted(address);
        let now = Instant::now();
        assert!(tally.due().unwrap() <= Instant::now());
        tally.tell(now);
        assert_eq!(tally.due(), None, "all is told");
        tally.refused(address);
        assert_eq!(tally.due(), Some(now + PAUSE));
    }

    #[test]
    fn addresses_without_an_end_take_no_memory_without_an_end() {
        let mut tally = Tally::default();
        for number in 0..2_000_u32 {
            tally.refused(IpAddr::from(number.to_be_bytes()));
        }
        assert_eq!(tally.refused, 2_000);
        assert_eq!(tally.by_address.len(), ADDRESSES);
    }
}
