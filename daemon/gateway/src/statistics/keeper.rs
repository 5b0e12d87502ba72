//! What the statistics need beside the counting: where days begin, their sums, and the messages of before.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::steps::StatisticsStep;
use super::zone;
use crate::settings::Settings;
use store::{Store, StoreError, clock};

/// Where days begin is told so far ahead,
const AHEAD: Duration = Duration::from_hours(40 * 24);
/// and at first for what is there already: days are kept for three years.
const BEHIND: Duration = Duration::from_hours(3 * 366 * 24);
/// How often that is done.
const EVERY: Duration = Duration::from_hours(1);
/// Between two steps of counting: sends go on meanwhile.
const PAUSE: Duration = Duration::from_millis(20);
/// After one that failed.
const RETRY: Duration = Duration::from_mins(1);

/// Adds hours that are over to their days, and says where those begin that are still to come: before anything is counted, so
/// that it is counted in its day.
pub(crate) async fn keep_days(settings: &Settings, store: &Store) {
    let zone = zone(&settings.defaults.timezone).unwrap_or(TimeZone::UTC);
    let now = clock::now();
    let days = (BEHIND + AHEAD).as_secs() / (24 * 3600) + 2;
    let span = (now.before(BEHIND), now.after(AHEAD));
    let most = usize::try_from(days).unwrap_or(usize::MAX);
    let starts = StatisticsStep::Day
        .between(&zone, span, most)
        .unwrap_or_default();
    let statistics = store.statistics();
    for kept in [
        statistics.sum_up(now).await,
        statistics.set_days(starts, now).await,
    ] {
        if let Err(error) = kept {
            tell(&error);
        }
    }
}

/// Counts the messages of before, then keeps the days. Runs for ever.
pub(crate) async fn keep(settings: std::sync::Arc<Settings>, store: Store) {
    loop {
        match store.statistics().count_older().await {
            Ok(true) => tokio::time::sleep(PAUSE).await,
            Ok(false) => break,
            Err(error) => {
                tell(&error);
                tokio::time::sleep(RETRY).await;
            }
        }
    }
    loop {
        tokio::time::sleep(EVERY).await;
        keep_days(&settings, &store).await;
    }
}

fn tell(error: &StoreError) {
    if !error.is_told() {
        tracing::warn!(%error, "the statistics are behind; trying again");
    }
}
