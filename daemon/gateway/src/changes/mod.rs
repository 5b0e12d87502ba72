//! The changes that clients ask for.
//!
//! A change is one function of the [`Gateway`]. It takes who asks and what is to be. It waits until
//! nobody else changes the thing, checks, commits together with the row of the audit, and tells those
//! at work. What no commit holds, a modem's restart say, is audited before it is done.
//!
//! Who calls such a function runs it to its end ([`Changes::to_its_end`]): dropped in the middle, what
//! was committed would not be what is at work.

mod backups;
mod bank;
mod conversations;
mod country;
mod locks;
mod messages;
mod modems;
mod pem;
mod route_checks;
pub mod routes_document;
mod routing;
mod secret;
mod senders;
mod sim_number;
mod sim_patch;
mod sims;
mod suppressions;
mod templates;
mod uplink_checks;
mod uplink_put;
mod webhook_put;
mod webhooks;

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{OwnedMutexGuard, OwnedRwLockReadGuard, RwLock};
use tokio::task::JoinHandle;

pub use bank::{BankAction, BankWish};
pub use conversations::Erased;
pub use country::SystemPatch;
pub(crate) use country::{checked as country_checked, fit_suppressions};
pub(crate) use locks::Thing;
pub use messages::{ChangeAll, DRAFTS};
pub(crate) use route_checks::checked as routes_checked;
pub use routing::UplinkDeleted;
pub(crate) use senders::Senders;
pub use sim_patch::{PatchField, SimPatch, is_group};
pub use suppressions::SuppressionPut;
pub use templates::TemplatePut;
pub(crate) use templates::checked as template_checked;
pub use uplink_put::UplinkPut;
pub use webhook_put::WebhookPut;
pub use webhooks::WebhookTest;

use crate::{Caller, Gateway};
use locks::Locks;

/// A handle; clones count together.
#[derive(Clone, Default)]
pub struct Changes {
    running: Arc<RwLock<()>>,
    locks: Arc<Locks>,
}

/// A change that runs, until it is dropped.
struct Running(#[expect(dead_code, reason = "held, not read")] Option<OwnedRwLockReadGuard<()>>);

impl Changes {
    /// Runs a change to its end, also when whoever asked for it goes away meanwhile. A stop waits
    /// for it.
    pub fn to_its_end<T: Send + 'static>(
        &self,
        change: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let running = self.begin();
        tokio::spawn(async move {
            let done = change.await;
            drop(running);
            done
        })
    }

    /// Counts one more. After [`Changes::done`] none is waited for any more.
    fn begin(&self) -> Running {
        Running(Arc::clone(&self.running).try_read_owned().ok())
    }

    /// Waits until all that run are done: at a stop, when their clients have gone away too.
    pub async fn done(&self) {
        drop(self.running.write().await);
    }
}

impl Gateway {
    /// Held by whoever changes a thing, from reading what is there to the end.
    pub(crate) async fn alone(&self, thing: Thing) -> OwnedMutexGuard<()> {
        self.0.changes.locks.alone(thing).await
    }

    /// The same for a SIM, for tests of other crates.
    #[cfg(feature = "samples")]
    pub async fn test_alone(&self, iccid: &model::Iccid) -> OwnedMutexGuard<()> {
        self.alone(Thing::Sim(iccid.clone())).await
    }

    /// Remembers what a caller does that no commit holds. A full disk does not keep it from being
    /// done.
    pub(crate) async fn note(&self, caller: &Caller, what: String) {
        if let Err(error) = self.admin().audit(caller.entry(what)).await {
            tracing::error!(%error, "a change is missing in the audit");
        }
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
