//! SMPP uplinks at work: one session each, whose answers go to the scheduler and whose deliveries
//! go into the store.

mod deliver;
mod line;
mod outcome;
mod overdue;
mod pieces;
mod session;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;

use line::Line;
use overdue::Accounts;

use crate::carriers::{Notice, Scheduler, UplinkSession};
use crate::events::Bus;
use crate::messages::home_country::HomeCountry;
use model::{Time, UplinkConfig, UplinkName, UplinkState, UplinkStatus};
use store::Store;

/// What the sessions tell, and whom.
#[derive(Clone)]
pub struct UplinkLinks {
    /// Whose national numbers are understood.
    pub country: HomeCountry,
    pub store: Store,
    pub bus: Bus,
    pub scheduler: Scheduler,
}

/// The uplinks there are; clones share them.
#[derive(Clone)]
pub struct Uplinks(Arc<Shared>);

struct Shared {
    links: UplinkLinks,
    accounts: Accounts,
    running: Mutex<HashMap<UplinkName, Running>>,
}

struct Running {
    /// None while it is disabled.
    line: Option<Line>,
    task: Option<JoinHandle<()>>,
}

impl Uplinks {
    pub fn new(links: UplinkLinks) -> Self {
        Self(Arc::new(Shared {
            links,
            accounts: Accounts::default(),
            running: Mutex::default(),
        }))
    }

    /// Starts all that are configured.
    pub async fn start(&self) {
        match self.0.links.store.admin().uplinks().await {
            Ok(uplinks) => {
                for (name, config) in uplinks {
                    self.set(&name, Some(config)).await;
                }
            }
            Err(error) => tracing::error!(%error, "cannot read the uplinks; none is started"),
        }
    }

    /// An uplink was configured, or is gone. Its session of before takes nothing more, and ends
    /// when what it has in flight is answered.
    pub async fn set(&self, name: &UplinkName, config: Option<UplinkConfig>) {
        let line = config
            .as_ref()
            .filter(|config| config.enabled)
            .map(|config| {
                let (config, links) = (config.clone(), self.0.links.clone());
                session::start(name, config, links, &self.0.accounts)
            });
        let (line, task) = line.map_or((None, None), |(line, task)| (Some(line), Some(task)));
        let running = Running {
            line: line.clone(),
            task,
        };
        let before = {
            let mut known = self.lock();
            match config {
                Some(_) => known.insert(name.clone(), running),
                None => known.remove(name),
            }
        };
        let session = line.map(|line| Arc::new(line) as Arc<dyn UplinkSession>);
        let name = name.clone();
        let set = Notice::UplinkSet { name, session };
        self.0.links.scheduler.tell(set).await;
        if let Some(before) = before {
            tokio::spawn(before.stop());
        }
    }

    /// None when there is no such uplink.
    pub fn status(&self, name: &UplinkName) -> Option<UplinkStatus> {
        let known = self.lock();
        let running = known.get(name)?;
        Some(running.line.as_ref().map_or_else(disabled, Line::status))
    }

    /// How each uplink stands, by name.
    pub fn all(&self) -> Vec<(UplinkName, UplinkStatus, usize)> {
        let known = self.lock();
        let mut all: Vec<_> = known
            .iter()
            .map(|(name, running)| match &running.line {
                Some(line) => (name.clone(), line.status(), line.window()),
                None => (name.clone(), disabled(), 0),
            })
            .collect();
        all.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        all
    }

    pub fn bound(&self) -> usize {
        let known = self.lock();
        let lines = known.values().filter_map(|running| running.line.as_ref());
        lines.filter(|line| line.is_bound()).count()
    }

    /// Unbinds all, once what is in flight is answered.
    pub async fn stop(&self) {
        let all: Vec<Running> = self.lock().drain().map(|(_, running)| running).collect();
        futures_util::future::join_all(all.into_iter().map(Running::stop)).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<UplinkName, Running>> {
        let running = &self.0.running;
        running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    async fn stop(self) {
        if let Some(line) = self.line {
            line.stop().await;
        }
        // It ends with the last event of its session.
        if let Some(task) = self.task
            && task.await.is_err()
        {
            tracing::error!("an uplink's task panicked");
        }
    }
}

fn disabled() -> UplinkStatus {
    UplinkStatus {
        state: UplinkState::Disabled,
        bound_since: None,
        in_flight: 0,
        last_error: None,
        last_error_code: None,
        rests_until: None,
    }
}

fn time(at: std::time::SystemTime) -> Time {
    let since = at.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
