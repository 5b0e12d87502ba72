//! How a SIM does with each network, as far as a number's beginning tells that: a SIM that fails to
//! one gets less of it. Pure.

use std::collections::HashMap;
use std::time::Duration;

use model::Time;

/// `+`, the country's code and the network's, as a rule.
const PREFIX: usize = 5;
/// Prefixes remembered; the one that was not met for longest is forgotten.
const MOST: usize = 256;
/// After this a result counts half.
const HALF_LIFE: Duration = Duration::from_hours(1);

#[derive(Clone, Copy, Debug)]
struct Results {
    sent: f64,
    failed: f64,
    at: Time,
}

/// Results by prefix.
#[derive(Clone, Debug, Default)]
pub(super) struct SuccessRates(HashMap<Box<str>, Results>);

impl SuccessRates {
    pub(super) fn add(&mut self, to: &str, sent: bool, now: Time) {
        let prefix = prefix(to);
        if self.0.len() >= MOST && !self.0.contains_key(prefix) {
            let oldest = self.0.iter().min_by_key(|(_, results)| results.at);
            if let Some(oldest) = oldest.map(|(prefix, _)| prefix.clone()) {
                self.0.remove(&oldest);
            }
        }
        let results = self.0.entry(prefix.into()).or_insert(Results {
            sent: 0.0,
            failed: 0.0,
            at: now,
        });
        let weight = decay(results.at, now);
        results.sent = results.sent * weight + f64::from(u8::from(sent));
        results.failed = results.failed * weight + f64::from(u8::from(!sent));
        results.at = now;
    }

    /// The share of what went well, between 0 and 1; half a success is granted in advance, so that
    /// one failure is no sentence.
    pub(super) fn rate(&self, to: &str, now: Time) -> f64 {
        let Some(results) = self.0.get(prefix(to)) else {
            return 1.0;
        };
        let weight = decay(results.at, now);
        let (sent, failed) = (results.sent * weight, results.failed * weight);
        (sent + 1.0) / (sent + failed + 1.0)
    }
}

fn prefix(to: &str) -> &str {
    to.get(..PREFIX).unwrap_or(to)
}

/// After a step of the clock backwards everything is fresh.
fn decay(at: Time, now: Time) -> f64 {
    0.5_f64.powf(at.until(now).as_secs_f64() / HALF_LIFE.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_to_one_network_count_there_only_and_fade() {
        let now = Time(1_800_000_000_000);
        let mut success = SuccessRates::default();
        for _ in 0..9 {
            success.add("+84901234567", false, now);
        }
        assert!((success.rate("+84907654321", now) - 0.1).abs() < 1e-9);
        assert!((success.rate("+84381234567", now) - 1.0).abs() < 1e-9);
        let later = now.after(Duration::from_hours(8));
        assert!(success.rate("+84907654321", later) > 0.9);
    }

    #[test]
    fn memory_has_a_bound() {
        let mut success = SuccessRates::default();
        for n in 0..10_000 {
            success.add(&format!("+{n:05}000"), true, Time(n));
        }
        assert_eq!(success.0.len(), MOST);
    }
}
