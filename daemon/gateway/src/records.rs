//! What the gateway remembers, for those who may only look.

use std::ops::Deref;
use std::path::Path;

use model::{
    AuditFilter, AuditRow, Iccid, Imei, Incident, ModemFindings, ModemRecord, Note, Priority,
    Reach, RowId, SimRecord, SimTotals, Time, UplinkConfig, UplinkName,
};
pub use store::{
    Assigned, AuditVerified, Conversation, ConversationFilter, Converted, DatabaseKey, ENCRYPTS,
    EncryptionError, Filter, Fitted, Home, Listed, NewReplay, Replayed, RestoreError, Restored,
    Seen, StateCount, StoreError, Summary, Work, WorkChange, check, verify_audit,
};
use store::{Reading, Store, clock};

use crate::Caller;
use crate::Once;

/// Restores a backup in a data directory that no daemon uses, for who has the rights of it.
pub fn restore(home: impl Into<Home>, file: &Path) -> Result<Restored, RestoreError> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let entry = Caller::command_line().entry(format!("restored {name}"));
    store::restore(home, file, clock::now(), &entry)
}

/// Encrypts the database of a data directory that no daemon uses, for who has the rights of it.
pub fn encrypt(home: Home) -> Result<Converted, EncryptionError> {
    let entry = Caller::command_line().entry("encrypted the database".to_owned());
    store::encrypt(home, clock::now(), &entry)
}

/// The reverse of [`encrypt`].
pub fn decrypt(home: Home) -> Result<Converted, EncryptionError> {
    let entry = Caller::command_line().entry("decrypted the database".to_owned());
    store::decrypt(home, clock::now(), &entry)
}

/// A handle; clones share one store.
#[derive(Clone)]
pub struct Records(Store);

/// What there is of these.
type Read<T> = Result<T, StoreError>;

/// Messages as the store has them: whoever asks looks at the caller's reach.
impl Deref for Records {
    type Target = Reading;

    fn deref(&self) -> &Reading {
        self.0.reading()
    }
}

impl Records {
    pub(crate) fn of(store: Store) -> Self {
        Self(store)
    }

    /// Opens a data directory beside the daemon that may be using it, or without one.
    pub fn open(home: impl Into<Home>) -> Read<Self> {
        Store::open_tool(home).map(Self)
    }

    /// Ends what was opened.
    pub async fn close(&self) {
        self.0.close().await;
    }

    /// The notes on a conversation, newest first, those before `before`.
    pub async fn notes(
        &self,
        number: &str,
        limit: usize,
        before: Option<RowId>,
    ) -> Read<Vec<Note>> {
        self.0.staff().notes(number, limit, before).await
    }

    /// The SIMs that were ever seen.
    pub async fn sims(&self) -> Read<Vec<SimRecord>> {
        self.0.admin().sims().await
    }

    pub async fn sim_totals(&self, since: Time) -> Read<Vec<(Iccid, SimTotals)>> {
        self.0.admin().sim_totals(since).await
    }

    /// The modems that were ever seen.
    pub async fn modems(&self) -> Read<Vec<ModemRecord>> {
        self.0.admin().modems().await
    }

    pub async fn incidents(
        &self,
        imei: Option<&Imei>,
        reach: &Reach,
        limit: usize,
        before: Option<RowId>,
    ) -> Read<Vec<Incident>> {
        self.0.admin().incidents(imei, reach, limit, before).await
    }

    /// What self-tests have found out about kinds of modem.
    pub async fn findings(&self) -> Read<Vec<ModemFindings>> {
        self.0.admin().findings().await
    }

    pub async fn uplinks(&self) -> Read<Vec<(UplinkName, UplinkConfig)>> {
        self.0.admin().uplinks().await
    }

    /// Messages that wait, by priority.
    pub fn queue_depth(&self) -> [(Priority, u64); 3] {
        self.0.queue().queue_depth()
    }

    /// The answer to a request that came before under this name.
    pub async fn replay(&self, once: &Once) -> Read<Option<Replayed>> {
        let now = clock::now();
        self.0
            .reading()
            .replay(once.key, &once.name, once.request, now)
            .await
    }

    pub async fn audited(
        &self,
        filter: AuditFilter,
        limit: usize,
        before: Option<RowId>,
    ) -> Read<Listed<AuditRow>> {
        self.0.admin().audited(filter, limit, before).await
    }
}
