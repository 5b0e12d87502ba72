//! Whether status reports come back from each modem.
//!
//! Reports are asked for by the message and set up by `+CNMI`, and still there are modems, SIMs and
//! operators from which none ever comes: then `sent` is all that anybody will learn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Imei, Time};

/// So many messages in a row without a report are no chance.
const MANY: u32 = 20;
/// Their reports had this long to come.
const PATIENCE_MS: i64 = 10_000;

/// Messages of one modem that asked for a report, since the last report from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreported {
    /// How many.
    pub messages: u32,
    /// When the first of them was sent.
    pub since: Time,
}

impl Unreported {
    /// Whether that says that none comes.
    pub fn is_telling(&self, now: Time) -> bool {
        self.messages >= MANY && now.0.saturating_sub(self.since.0) >= PATIENCE_MS
    }
}

/// Of all modems of this run, and what was telling in the run before, by IMEI; a modem keeps its count when its port is opened again.
#[derive(Clone, Debug, Default)]
pub struct Reports(Arc<Mutex<HashMap<Imei, Unreported>>>);

impl Reports {
    /// A message went out that asks for a report. True when it is the one that makes it many.
    pub(super) fn sent(&self, imei: &Imei, now: Time) -> bool {
        let mut all = self.lock();
        let unreported = all.entry(imei.clone()).or_insert(Unreported {
            messages: 0,
            since: now,
        });
        unreported.messages = unreported.messages.saturating_add(1);
        unreported.messages == MANY
    }

    /// A report came.
    pub(super) fn came(&self, imei: &Imei) {
        self.lock().remove(imei);
    }

    /// It was so when the last run ended.
    pub(crate) fn recall(&self, imei: Imei, unreported: Unreported) {
        self.lock().entry(imei).or_insert(unreported);
    }

    pub fn of(&self, imei: &Imei) -> Option<Unreported> {
        self.lock().get(imei).copied()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Imei, Unreported>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_in_a_row_are_telling_and_one_report_ends_it() {
        let imei: Imei = "356938035643809".parse().unwrap();
        let reports = Reports::default();
        let told: Vec<bool> = (0..25).map(|_| reports.sent(&imei, Time(1_000))).collect();
        assert_eq!(told.iter().filter(|told| **told).count(), 1);
        assert!(told[19]);
        let unreported = reports.of(&imei).unwrap();
        assert_eq!(unreported.messages, 25);
        assert!(!unreported.is_telling(Time(5_000)));
        assert!(unreported.is_telling(Time(11_000)));
        reports.came(&imei);
        assert_eq!(reports.of(&imei), None);
        reports.sent(&imei, Time(50_000));
        assert!(!reports.of(&imei).unwrap().is_telling(Time(90_000)));
        let next_run = Reports::default();
        next_run.recall(imei.clone(), unreported);
        assert!(!next_run.sent(&imei, Time(60_000)), "it was told before");
        let unreported = next_run.of(&imei).unwrap();
        assert_eq!((unreported.messages, unreported.since), (26, Time(1_000)));
    }
}
