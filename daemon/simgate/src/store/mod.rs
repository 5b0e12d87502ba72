//! The store: everything that must survive a power cut, in one SQLite file.
//!
//! The only place with SQL; it calls nobody. One writer thread commits in groups.

mod accept;
mod advance;
mod audit;
mod conversations;
mod error;
mod inbound;
mod keys;
mod messages;
mod queue;
mod reports;
mod retain;
mod sims;

use std::path::Path;

pub(crate) use accept::{Accepted, NewReplay, Replayed};
pub(crate) use advance::{Advanced, Step};
pub(crate) use audit::{AuditRow, NewAudit};
pub(crate) use conversations::Conversation;
pub(crate) use error::StoreError;
pub(crate) use inbound::{Join, Received};
pub(crate) use keys::{Created, NewKey, WhichKey};
pub(crate) use messages::Filter;
pub(crate) use queue::Cancelled;
pub(crate) use reports::{NewReport, ReportClass, Reported};
pub(crate) use sims::{SentCount, SentPart, SimSeen};

/// A handle on the store; clones share it.
#[derive(Clone)]
pub(crate) struct Store {}

impl Store {
    /// Opens the store of a daemon in `dir`, made when it is not there: migrations, and
    /// `sending` becomes `uncertain`.
    pub(crate) fn open(_dir: &Path) -> Result<Self, StoreError> {
        Err(StoreError::Closed)
    }

    /// Opens it for a tool, whether a daemon runs or not: no recovery.
    pub(crate) fn open_tool(_dir: &Path) -> Result<Self, StoreError> {
        Err(StoreError::Closed)
    }

    /// Why new messages are refused at the moment, or none when they are not.
    pub(crate) fn trouble(&self) -> Option<String> {
        None
    }

    /// What is wrong with the file; empty when nothing is.
    pub(crate) async fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        Err(StoreError::Closed)
    }

    /// Finishes the jobs that wait, checkpoints and closes the file.
    pub(crate) async fn close(&self) {}
}
