//! The store: everything that must survive a power cut, in one SQLite file.
//!
//! The only place with SQL; it calls nobody. One thread writes: jobs that wait while a commit is
//! syncing share the next one (`machine::writer`). Readers have connections of their own
//! (`machine::readers`), and a third party moves the log's pages into the file (`machine::checkpoint`).
//!
//! What a caller was told is on disk: every `Ok` of a writing function came after the `fsync`.
//!
//! Its parts are types of their own, and each can be given alone: [`Queue`], [`Evidence`],
//! [`Inbound`], [`Admin`], [`Reading`], [`Staff`], [`Statistics`], [`Upkeep`]. What several of them write stands in `tables`,
//! and below all of them is `machine`, the file.
//!
//! | word | what it is here |
//! |---|---|
//! | [`Step`] | what the scheduler wants done to an outbound message; [`Progress`] is what came of some |
//! | [`Reference`] | what a part's reports will name it by |
//! | [`LateAnswer`] | what a modem or an SMSC said of a part when nobody waited for it any more |
//! | [`NewReport`] | what a carrier says of a part later; `Fate` is what became of the part by it |
//! | `Verdict` | what is concluded of a part in doubt, and from what |
//! | [`Settled`] | a message that something else than a step of its own has moved |
#![allow(
    missing_docs,
    reason = "the crate is the gateway's own; a field says what it holds where its name does not"
)]

mod admin;
mod backup;
mod columns;
mod encryption;
mod error;
mod evidence;
mod exchange;
mod inbound;
mod machine;
mod queue;
mod reading;
mod restore;
#[cfg(any(test, feature = "samples"))]
mod samples;
mod staff;
mod statistics;
mod tables;
#[cfg(test)]
mod tests;
mod upkeep;
mod values;
mod webhooks;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rusqlite::Connection;

pub use admin::Admin;
pub use admin::import::Import;
pub use admin::keys::{Created, NewKey, Rotated, WhichKey};
pub use admin::sessions::{Factor, NewSession, OwnSession, Session, ShownBy};
pub use admin::sim_health::Submits;
pub use admin::sims::{SentCount, SentPart, SimSeen};
pub use admin::templates::TemplateStored;
pub use admin::users::{Account, NewUser, TwoFactor, UserChange, UserStored};
pub use backup::{
    BackupError, BackupFile, Course, LastBackup, back_up, backups, has_room_for_backup,
    prune_backups, remove_unfinished_backups,
};
pub use encryption::{Converted, EncryptionError, decrypt, encrypt};
pub use error::StoreError;
pub use evidence::Evidence;
pub use evidence::fate::{NewReport, ReportClass, ReportKey};
pub use evidence::finding::by_id::ById;
pub use evidence::finding::by_number::ByNumber;
pub use evidence::policy::Resolved;
pub use evidence::reference::{LateAnswer, Reference, RefusedBy};
pub use evidence::report::Reported;
pub use evidence::settled::Settled;
pub use inbound::opt_out::{Confirmed, Recognise};
pub use inbound::{Inbound, Joined, Received};
pub use machine::clock;
pub use machine::home::{DatabaseKey, Home};
pub use queue::Queue;
pub use queue::accept::{Accepted, OptedOut};
pub use queue::claim::AtOnce;
pub use queue::pause::Paused;
pub use queue::scan::{Scan, Scanned};
#[cfg(test)]
pub use queue::step::Advanced;
pub use queue::step::{Progress, Step};
pub use queue::turns::{Cancelled, Promoted};
pub use reading::Reading;
pub use reading::conversations::{Assigned, Conversation, ConversationFilter};
pub use reading::listing::{Filter, Listed};
pub use reading::overview::Overview;
pub use reading::standing::Held;
pub use reading::summary::{Referenced, StateCount, Summary};
pub use restore::{Fitted, RestoreError, Restored, restore};
pub use staff::{Marked, NewNote, Noted, Seen, Staff, Work, WorkChange, WorkStored};
pub use statistics::{Statistics, StatisticsGroup, StatisticsQuery, StatisticsRead};
pub use tables::audit::{AuditBreak, AuditVerified, NewAudit};
pub use tables::replays::{NewReplay, Once, Replayed};
pub use upkeep::Upkeep;
pub use upkeep::clock_step::ClockMove;
pub use upkeep::damaged::DamagedRow;
pub use upkeep::erase::Erasable;
pub use upkeep::soundness::{check, verify_audit};
pub use upkeep::thin::Thinned;
pub use webhooks::{
    DeliveryFilter, DeliveryLine, DueDelivery, EventAbout, ListedDelivery, NewEvent, Tried,
    Webhooks,
};

use evidence::recovery;
use machine::access::Access;
use machine::checkpoint::Checkpointer;
use machine::files::{self, Lock};
use machine::keeper::Keeper;
use machine::migrate;
use machine::readers::Readers;
use machine::reserve::Reserve;
use machine::room;
use machine::writer::{Chores, Shared, Writer};
use queue::lanes;
use reading::index;

/// Whether this program was built to encrypt.
pub const ENCRYPTS: bool = cfg!(feature = "encryption");

/// Connections for the API: more would only take turns on the disk.
const READERS: u32 = 2;
/// The scheduler's own, so that it never waits behind a list or a search.
const QUEUE_READERS: u32 = 1;
/// How long a daemon waits for a tool that is migrating.
const LOCK_WAIT: Duration = Duration::from_secs(5);

const CHORES: Chores = Chores {
    idle: index::idle_step,
    tally: tables::statistics::write,
};

/// A handle on the store; clones share it. Each part of it can be had alone, and is a handle too.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    queue_readers: Arc<Readers>,
    queue: Queue,
    evidence: Evidence,
    inbound: Inbound,
    admin: Admin,
    reading: Reading,
    staff: Staff,
    upkeep: Upkeep,
    webhooks: Webhooks,
    statistics: Statistics,
    dir: PathBuf,
}

impl Store {
    /// Opens the store of a daemon in `dir`, made when it is not there. Runs the migrations, and
    /// what was `sending` becomes `uncertain` (`recovery`), for `decide_after` at most.
    pub fn open(home: impl Into<Home>, decide_after: Duration) -> Result<Self, StoreError> {
        let home = home.into();
        let dir = home.dir();
        std::fs::create_dir_all(dir)?;
        let lock = Lock::take(dir, LOCK_WAIT)?.ok_or(StoreError::InUse)?;
        if let Err(error) = exchange::remove_leftovers(dir) {
            tracing::warn!(%error, "cannot delete what a restore left that was cut off");
        }
        let mut reserve = Reserve::new(dir);
        let connection = match open_files(&home, decide_after) {
            // On a full disk the log's first pages find no room: what was set aside has some.
            Err(StoreError::Full) if reserve.release(Instant::now()) => {
                open_files(&home, decide_after)
            }
            opened => opened,
        }?;
        let shared = Arc::new(Shared::default());
        for (depth, counted) in shared.depth.iter().zip(lanes::count(&connection)?) {
            depth.store(counted, Ordering::Relaxed);
        }
        let checkpointer = Checkpointer::start(&home)?;
        let keeper = Keeper::new(home.clone(), lock, reserve, checkpointer);
        Self::start(&home, connection, shared, Some(keeper))
    }

    /// Opens it for a tool (`simgate key`, `simgate check`), whether a daemon runs or not. Migrates
    /// only when none does, and recovers nothing.
    pub fn open_tool(home: impl Into<Home>) -> Result<Self, StoreError> {
        let home = home.into();
        std::fs::create_dir_all(home.dir())?;
        let mut connection = files::connect_writer(&home)?;
        if let Some(_lock) = Lock::take(home.dir(), Duration::ZERO)? {
            migrate::migrate(&mut connection)?;
        } else {
            let (found, known) = (migrate::version(&connection)?, migrate::known());
            if found > known {
                return Err(StoreError::Newer { found, known });
            } else if found < known {
                return Err(StoreError::OlderDaemon);
            }
        }
        Self::start(&home, connection, Arc::new(Shared::default()), None)
    }

    fn start(
        home: &Home,
        connection: Connection,
        shared: Arc<Shared>,
        keeper: Option<Keeper>,
    ) -> Result<Self, StoreError> {
        let readers = Arc::new(Readers::open(home, READERS)?);
        let queue_readers = Arc::new(Readers::open(home, QUEUE_READERS)?);
        let writer = Arc::new(Writer::start(connection, shared, keeper, CHORES)?);
        let for_api = Access::new(&writer, &readers);
        let for_scheduler = Access::new(&writer, &queue_readers);
        Ok(Self(Arc::new(Inner {
            queue: Queue::new(for_scheduler.clone()),
            evidence: Evidence::new(for_scheduler.clone()),
            inbound: Inbound::new(for_scheduler.clone()),
            admin: Admin::new(for_api.clone()),
            reading: Reading::new(for_api.clone()),
            staff: Staff::new(for_api.clone()),
            webhooks: Webhooks::new(for_api.clone()),
            statistics: Statistics::new(for_api),
            upkeep: Upkeep::new(for_scheduler),
            writer,
            readers,
            queue_readers,
            dir: home.dir().to_owned(),
        })))
    }

    /// Messages on their way out.
    pub fn queue(&self) -> &Queue {
        &self.0.queue
    }

    /// What the network says of them.
    pub fn evidence(&self) -> &Evidence {
        &self.0.evidence
    }

    /// Messages that come in.
    pub fn inbound(&self) -> &Inbound {
        &self.0.inbound
    }

    /// What operators set and are told.
    pub fn admin(&self) -> &Admin {
        &self.0.admin
    }

    /// Messages as they are shown.
    pub fn reading(&self) -> &Reading {
        &self.0.reading
    }

    /// Conversations as staff work on them.
    pub fn staff(&self) -> &Staff {
        &self.0.staff
    }

    /// What keeps it in order.
    pub fn upkeep(&self) -> &Upkeep {
        &self.0.upkeep
    }

    /// What is counted of messages.
    pub fn statistics(&self) -> &Statistics {
        &self.0.statistics
    }

    /// What is told to whom.
    pub fn webhooks(&self) -> &Webhooks {
        &self.0.webhooks
    }

    /// Why new messages are refused at the moment; none when they are not.
    pub fn trouble(&self) -> Option<String> {
        self.0.writer.shared.trouble.reason()
    }

    /// Octets that are free on its disk, where that is told.
    pub fn free_space(&self) -> Option<u64> {
        room::free(&self.0.dir)
    }

    /// Octets that the database and its log take.
    pub fn size(&self) -> u64 {
        let database = files::database_path(&self.0.dir);
        let log = files::beside(&database, "-wal");
        let sizes = [database, log].map(|path| path.metadata().map_or(0, |found| found.len()));
        sizes.iter().sum()
    }

    /// Finishes the jobs that wait, moves the log into the database and closes the file.
    /// Later calls of any clone get [`StoreError::Closed`].
    pub async fn close(&self) {
        self.0.readers.close().await;
        self.0.queue_readers.close().await;
        self.0.writer.stop().await;
    }
}

/// The database of a daemon, in its format and without leftovers of the run before.
fn open_files(home: &Home, decide_after: Duration) -> Result<Connection, StoreError> {
    let mut connection = files::connect_writer(home)?;
    migrate::migrate(&mut connection)?;
    recovery::recover(&mut connection, clock::now(), decide_after)?;
    Ok(connection)
}

/// A number of rows as SQL wants it.
fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A value as the columns with JSON hold it.
fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()).into())
}
