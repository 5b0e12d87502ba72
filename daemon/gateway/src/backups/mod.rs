//! Backups of the database: on request, by the clock, and what is told of them.

mod due;

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::Time;
use serde::Serialize;
use store::{
    BackupError, BackupFile, Course, Home, LastBackup, StoreError, Upkeep, back_up, backups, clock,
    has_room_for_backup, prune_backups, remove_unfinished_backups,
};
use tokio::sync::watch;

use crate::once::Remembered;
use crate::threads::Threads;
use crate::{Refusal, Unknown, settings};

/// Between two looks whether one is due: the clock may be set, and its zone may change.
const LOOK: Duration = Duration::from_mins(1);
/// After a failure the schedule waits for so long.
const RETRY: Duration = Duration::from_hours(1);

/// Copying, and looking into the folder: it may be another machine's, which hangs.
static COPY: Threads = Threads::new("backup", 1);
static FOLDER: Threads = Threads::new("backups", 2);

/// A handle; clones share the backups of one gateway.
#[derive(Clone)]
pub struct Backups(Arc<Inner>);

struct Inner {
    store: Upkeep,
    home: Home,
    folder: PathBuf,
    settings: settings::BackupSettings,
    state: Mutex<State>,
    /// True while one is made.
    at_work: watch::Sender<bool>,
    /// Those that requests have begun.
    begun: Remembered<BackupRun>,
}

#[derive(Default)]
struct State {
    running: Option<Running>,
    /// The last one that was made; none while the store was not asked yet.
    last: Option<LastBackup>,
    failed: Option<BackupFailure>,
    stopping: bool,
}

#[derive(Clone)]
struct Running {
    began_at: Time,
    course: Arc<Course>,
}

/// A backup that is being made.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct BackupRun {
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Time,
    /// Copied up to now. With all of them copied, it is looked through.
    pub copied_bytes: u64,
    /// Null until it is known.
    #[schema(required)]
    pub total_bytes: Option<u64>,
}

/// A backup that came to nothing.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct BackupFailure {
    /// When it failed.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Why, and what helps.
    pub reason: String,
}

/// How it stands with backups.
#[derive(Clone, Debug)]
pub struct BackupStatus {
    pub schedule: settings::BackupSchedule,
    /// When the last good one was made.
    pub last_good: Option<Time>,
    /// The last failure, unless a good one came after it.
    pub failed: Option<BackupFailure>,
    pub running: Option<BackupRun>,
}

impl Running {
    fn told(&self) -> BackupRun {
        let (copied_bytes, total) = self.course.octets();
        BackupRun {
            started_at: self.began_at,
            copied_bytes,
            total_bytes: (total > 0).then_some(total),
        }
    }
}

impl Backups {
    /// Those of the database in `home`. The last one is read from the store once; what a run left that
    /// was killed goes.
    pub async fn new(
        store: Upkeep,
        home: impl Into<Home>,
        settings: settings::BackupSettings,
    ) -> Self {
        let home = home.into();
        let last = store.last_backup().await.unwrap_or_else(|error| {
            tracing::error!(%error, "cannot read when the last backup was made");
            None
        });
        let folder = settings.folder(home.dir());
        tokio::spawn(tidy(folder.clone()));
        Self(Arc::new(Inner {
            store,
            home,
            folder,
            settings,
            state: Mutex::new(State {
                last,
                ..State::default()
            }),
            at_work: watch::Sender::new(false),
            begun: Remembered::default(),
        }))
    }

    /// How it stands with them; from memory.
    pub fn status(&self) -> BackupStatus {
        let state = self.state();
        BackupStatus {
            schedule: self.0.settings.schedule,
            last_good: state.last.as_ref().map(|last| last.at),
            failed: state.failed.clone(),
            running: state.running.as_ref().map(Running::told),
        }
    }

    /// The files that are there, newest first.
    pub async fn files(&self) -> Result<Vec<BackupFile>, StoreError> {
        let folder = self.0.folder.clone();
        FOLDER.run(move || backups(&folder)).await?
    }

    /// Whether one more has room, as far as that can be told before.
    pub async fn has_room(&self) -> Result<(), Refusal> {
        let inner = Arc::clone(&self.0);
        let look = move || has_room_for_backup(inner.home.dir(), &inner.folder);
        let looked = FOLDER.run(look).await.map_err(StoreError::from)?;
        looked.map_err(|error| Refusal::Conflict(error.to_string()))
    }

    /// Opens one for reading, where clients may have them; with its size.
    pub async fn open(&self, name: &str) -> Result<(File, u64), Refusal> {
        if !self.0.settings.download {
            let why =
                "Backups cannot be downloaded here: backup.download is false in the configuration.";
            return Err(Refusal::Conflict(why.to_owned()));
        }
        BackupFile::made_at(name).ok_or(Unknown::Backup)?;
        let path = self.0.folder.join(name);
        let open = move || {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            Ok((file, size))
        };
        let opened: io::Result<_> = FOLDER.run(open).await.map_err(StoreError::from)?;
        opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Unknown::Backup.into(),
            _ => StoreError::from(error).into(),
        })
    }

    /// Those that named requests have begun.
    pub(crate) fn begun(&self) -> &Remembered<BackupRun> {
        &self.0.begun
    }

    /// Begins a backup; the one that is being made where there is one.
    pub fn begin(&self) -> BackupRun {
        let mut state = self.state();
        if let Some(running) = &state.running {
            return running.told();
        }
        let running = Running {
            began_at: clock::now(),
            course: Arc::default(),
        };
        if state.stopping {
            running.course.stop();
        }
        state.running = Some(running.clone());
        self.0.at_work.send_replace(true);
        drop(state);
        let this = self.clone();
        let told = running.told();
        tokio::spawn(async move { this.make(running).await });
        told
    }

    /// Ends the one that is being made, without a trace, and begins no other.
    pub async fn stop(&self) {
        {
            let mut state = self.state();
            state.stopping = true;
            if let Some(running) = &state.running {
                running.course.stop();
            }
        }
        let mut at_work = self.0.at_work.subscribe();
        // The sender is ours.
        let _ = at_work.wait_for(|at_work| !at_work).await;
    }

    async fn make(self, running: Running) {
        let name = BackupFile::name(running.began_at);
        let (inner, course, file) = (Arc::clone(&self.0), running.course, name.clone());
        let made = COPY
            .run(move || back_up(inner.home.clone(), &inner.folder, &file, &course))
            .await
            .unwrap_or_else(|error| Err(BackupError::Source(error.into())));
        match made {
            Ok(octets) => {
                let at = running.began_at;
                tracing::info!(name, octets, "a backup was made");
                self.made(LastBackup { at, name }).await;
            }
            Err(BackupError::Stopped) => tracing::info!("a backup was ended by the stop"),
            Err(error) => self.failed(error.to_string()),
        }
        let mut state = self.state();
        state.running = None;
        self.0.at_work.send_replace(false);
    }

    async fn made(&self, last: LastBackup) {
        let name = last.name.clone();
        if let Err(error) = self.0.store.backed_up(last.clone()).await {
            tracing::error!(%error, "a restart will not know of the last backup");
        }
        {
            let mut state = self.state();
            state.last = Some(last);
            state.failed = None;
        }
        let inner = Arc::clone(&self.0);
        let keep = usize::try_from(inner.settings.keep).unwrap_or(usize::MAX);
        let pruned = FOLDER.run(move || prune_backups(&inner.folder, keep, &name));
        match pruned.await.map_err(StoreError::from).flatten() {
            Ok(gone) if gone.is_empty() => {}
            Ok(gone) => tracing::info!(names = gone.join(", "), "old backups were deleted"),
            Err(error) => tracing::error!(%error, "cannot delete old backups"),
        }
    }

    fn failed(&self, reason: String) {
        tracing::error!(reason, "no backup was made");
        metrics::counter!("simgate_backup_failures_total").increment(1);
        let at = clock::now();
        self.state().failed = Some(BackupFailure { at, reason });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the schedule wants one now.
    fn is_due(&self, now: Time) -> bool {
        let state = self.state();
        let failed = state.failed.as_ref().map(|failed| failed.at);
        let rests = failed.is_some_and(|at| at <= now && now < at.after(RETRY));
        let last = state.last.as_ref().map(|last| last.at);
        !rests && state.running.is_none() && due::is_due(self.0.settings.schedule, last, now)
    }
}

/// On the thread that makes backups: none begins meanwhile.
async fn tidy(folder: PathBuf) {
    let tidied = COPY.run(move || remove_unfinished_backups(&folder)).await;
    if let Err(error) = tidied.map_err(StoreError::from).flatten() {
        tracing::warn!(%error, "cannot delete what a backup left that was cut off");
    }
}

/// Makes backups when the schedule wants them. Runs for ever.
pub(crate) async fn keep_schedule(backups: Backups) {
    loop {
        tokio::time::sleep(LOOK).await;
        if clock::is_trusted() && backups.is_due(clock::now()) {
            backups.begin();
        }
    }
}
