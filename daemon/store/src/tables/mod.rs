//! What several parts of the store read and write.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod costs;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod numbers;
pub(crate) mod outbound;
pub(crate) mod reach;
pub(crate) mod replays;
pub(crate) mod seen;
pub(crate) mod statistics;
pub(crate) mod suppressions;
pub(crate) mod talks;
pub(crate) mod tallies;
pub(crate) mod work;
