//! The changes that clients ask for: what they may say, and those that are not done yet.

mod pem;
pub mod route_checks;
pub mod routes_document;
pub mod sim_patch;
mod uplink_checks;
pub mod uplink_put;

use std::sync::Arc;

use tokio::sync::{OwnedRwLockReadGuard, RwLock};

/// A handle; clones count together.
#[derive(Clone, Default)]
pub struct Changes(Arc<RwLock<()>>);

/// A change that runs, until it is dropped.
pub struct Running(
    #[expect(dead_code, reason = "held, not read")] Option<OwnedRwLockReadGuard<()>>,
);

impl Changes {
    /// Counts one more. After [`Changes::done`] none is waited for any more.
    pub fn begin(&self) -> Running {
        Running(Arc::clone(&self.0).try_read_owned().ok())
    }

    /// Waits until all that run are done: at a stop, when their clients have gone away too.
    pub async fn done(&self) {
        drop(self.0.write().await);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_stop_waits_for_the_changes_that_run() {
        let changes = Changes::default();
        let running = changes.begin();
        assert!(changes.done().now_or_never().is_none());
        drop(running);
        assert!(changes.done().now_or_never().is_some());
    }
}
