//! What several parts of the store read and write.

pub(crate) mod audit;
pub(crate) mod history;
pub(crate) mod outbound;
pub(crate) mod replays;
pub(crate) mod seen;
pub(crate) mod talks;
pub(crate) mod tallies;
