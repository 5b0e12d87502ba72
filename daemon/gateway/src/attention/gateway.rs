//! The gateway as a whole: its disk, its clock, whether it can do its work.

use std::time::Duration;

use serde_json::json;

use super::code::Code;
use super::facts::Facts;
use super::item::{Finding, Method};
use crate::backups::BackupStatus;
use crate::settings::{AttentionLimits, BackupSchedule};

const MEGABYTE: u64 = 1_000_000;

pub(super) fn of(facts: &Facts, limits: &AttentionLimits) -> Vec<Finding> {
    let all = [
        refuses(facts),
        cannot_send(facts, limits),
        store_damaged(facts),
        disk_low(facts, limits),
        clock_unset(facts, limits),
        backup_old(facts, limits),
    ];
    all.into_iter().flatten().collect()
}

fn refuses(facts: &Facts) -> Option<Finding> {
    let why = facts.refuses.as_ref()?;
    let sentence = format!("New messages are refused: {why}.");
    Some(Finding::new(Code::StoreRefuses, sentence).params(json!({"reason": why})))
}

fn cannot_send(facts: &Facts, limits: &AttentionLimits) -> Option<Finding> {
    let why = facts.cannot_send.as_ref()?;
    let sentence = format!("Nothing can be sent: {why}.");
    let found = Finding::new(Code::CannotSend, sentence).params(json!({"reason": why}));
    Some(found.after_seconds(limits.cannot_send_seconds))
}

fn store_damaged(facts: &Facts) -> Option<Finding> {
    let named: Vec<_> = facts.damaged.iter().map(ToString::to_string).collect();
    let rows = named.len();
    if rows == 0 {
        return None;
    }
    let why = named.join("; ");
    let sentence = format!(
        "What is set in {} of the database makes no sense and is left out: {why}. Set it anew, or restore a backup.",
        if rows == 1 {
            "a row".to_owned()
        } else {
            format!("{rows} rows")
        },
    );
    let params = json!({"rows": rows, "reason": why});
    Some(Finding::new(Code::StoreDamaged, sentence).params(params))
}

/// Raised below the limit, and held until there is a tenth more.
fn disk_low(facts: &Facts, limits: &AttentionLimits) -> Option<Finding> {
    let free = facts.free_space? / MEGABYTE;
    let limit = u64::from(limits.disk_free_megabytes);
    if free >= limit.saturating_add(limit / 10) {
        return None;
    }
    let sentence = format!(
        "{free} MB are free on the disk of the database. When it is full, new messages are refused."
    );
    let params = json!({"free_megabytes": free, "limit_megabytes": limit});
    let found = Finding::new(Code::DiskLow, sentence).params(params);
    Some(found.holding(free >= limit))
}

fn clock_unset(facts: &Facts, limits: &AttentionLimits) -> Option<Finding> {
    let unset = facts.clock_set == Some(false);
    let sentence = "No time server has set the clock of this machine: quotas, hours and certificates go by a clock \
        that may be wrong. `timedatectl timesync-status` tells why.";
    let found = unset.then(|| Finding::new(Code::ClockUnset, sentence.to_owned()))?;
    Some(found.after_seconds(limits.clock_unset_seconds))
}

/// Or none at all, once one has failed. A schedule of longer steps has time for two of them.
fn backup_old(facts: &Facts, limits: &AttentionLimits) -> Option<Finding> {
    let BackupStatus {
        schedule,
        last_good,
        failed,
        ..
    } = facts.backups.as_ref()?;
    let hours = match schedule {
        BackupSchedule::Every(hours) => limits.backup_hours.max(2 * u32::from(*hours)),
        _ => limits.backup_hours,
    };
    let age = last_good.map(|at| at.until(facts.now));
    let is_old = age.is_some_and(|age| age >= Duration::from_hours(hours.into()));
    if !is_old && failed.is_none() {
        return None;
    }
    let last = match age {
        Some(age) => format!("The last good backup is {} old", span(age)),
        None => "There is no good backup yet".to_owned(),
    };
    let reason = failed
        .as_ref()
        .map(|failed| failed.reason.trim_end_matches('.'));
    let why = reason.map_or_else(String::new, |reason| {
        format!("; the last try failed: {reason}")
    });
    let found = Finding::new(Code::BackupOld, format!("{last}{why}."));
    let found =
        found.params(json!({"last_good": last_good, "reason": reason, "limit_hours": hours}));
    Some(found.action(Method::Post, "/backup"))
}

/// A span for a sentence: two units at most.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (name, size) in units {
        if rest >= size && parts.len() < 2 {
            parts.push(format!("{} {name}", rest / size));
        }
        rest %= size;
    }
    if parts.is_empty() {
        return "0 s".to_owned();
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backups::BackupFailure;
    use model::Time;

    fn with_free(megabytes: u64) -> Facts {
        Facts {
            free_space: Some(megabytes * MEGABYTE),
            ..Facts::default()
        }
    }

    #[test]
    fn a_disk_on_the_edge_is_neither_raised_nor_cleared() {
        let limits = AttentionLimits::default();
        let found = |free| disk_low(&with_free(free), &limits);
        assert!(found(600).is_none());
        assert!(found(520).unwrap().only_holds);
        let low = found(499).unwrap();
        assert!(!low.only_holds && low.item.sentence.contains("499 MB"));
    }

    #[test]
    fn a_backup_that_is_old_or_has_failed_is_told_of() {
        const HOUR_MS: i64 = 3_600_000;
        let found = |schedule, last: Option<i64>, failed: bool| {
            let failed = failed.then(|| BackupFailure {
                at: Time::ZERO,
                reason: "no room.".to_owned(),
            });
            let backups = BackupStatus {
                schedule,
                last_good: last.map(|hour| Time(hour * HOUR_MS)),
                failed,
                running: None,
            };
            let facts = Facts {
                now: Time(100 * HOUR_MS),
                backups: Some(backups),
                ..Facts::default()
            };
            backup_old(&facts, &AttentionLimits::default()).map(|found| found.item.sentence)
        };
        let (daily, weekly) = (BackupSchedule::Every(24), BackupSchedule::Every(168));
        assert_eq!(found(daily, Some(53), false), None);
        assert_eq!(found(daily, None, false), None, "the first is to come");
        assert_eq!(found(weekly, Some(1), false), None);
        let old = found(daily, Some(52), false).unwrap();
        assert_eq!(old, "The last good backup is 2 d old.");
        let failed = found(weekly, None, true).unwrap();
        assert_eq!(
            failed,
            "There is no good backup yet; the last try failed: no room."
        );
    }

    #[test]
    fn a_span_has_two_units_at_most() {
        let told = |seconds| span(Duration::from_secs(seconds));
        let spans = [0, 59, 61, 3_600, 90_061].map(told);
        assert_eq!(spans, ["0 s", "59 s", "1 min 1 s", "1 h", "1 d 1 h"]);
    }
}
