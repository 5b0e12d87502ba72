//! How others reach the dispatcher: what it can be told and asked.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use model::{Iccid, Lane, MessageId, NewMessage, Queued, SimConfig, Time};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::explanation::Explanation;
use super::health::Health;
use super::quota::Used;
use super::router::Router;
use super::why::Obstacle;
use crate::carriers::{Listen, Notice, Scheduler};
use crate::events::Bus;
use store::{Accepted, NewReplay, Settled, StoreError};

/// Signals on their way. Senders wait when it is full, the HTTP API's too, so that a flood of
/// requests is slowed down at its source.
pub(super) const SIGNALS: usize = 512;

/// Requests whose messages are on their way to the disk, whether their clients wait or not. Those
/// beyond wait with their clients.
const ADMISSIONS: usize = 512;

/// Messages to be stored, and who waits for that.
#[derive(Debug)]
pub struct Admission {
    pub(super) messages: Vec<NewMessage>,
    pub(super) replay: Option<NewReplay>,
    pub(super) answer: oneshot::Sender<Result<Accepted, StoreError>>,
    pub(super) room: OwnedSemaphorePermit,
}

/// What the dispatcher is told.
#[derive(Debug)]
pub enum Signal {
    /// To be stored, and sent.
    Admit(Admission),
    /// Messages of these lanes may have become due by the clock.
    Look(Vec<Lane>),
    /// What waits is to be read anew: it has other times since the clock was set, or some of it is paused.
    Moved,
    /// From a carrier.
    Told(Notice),
    Configured {
        iccid: Iccid,
        config: Box<SimConfig>,
    },
    /// An operator has seen to a SIM: what it failed before is forgotten.
    Forgive {
        iccid: Iccid,
        done: oneshot::Sender<()>,
    },
    /// The routes are these from now on.
    Routes(Box<Router>),
    /// Where would this message go, which is in no queue?
    ExplainRoute {
        queued: Box<Queued>,
        reply: oneshot::Sender<Explanation>,
    },
    Report(oneshot::Sender<HashMap<Iccid, SlotReport>>),
    /// What do these messages, which are queued, wait for?
    Explain {
        queued: Vec<Queued>,
        reply: oneshot::Sender<Vec<Obstacle>>,
    },
    /// Does it still go round?
    Alive(oneshot::Sender<()>),
    /// Claim nothing more; answer when nothing is on the air.
    Stop(oneshot::Sender<()>),
}

impl From<Notice> for Signal {
    fn from(notice: Notice) -> Self {
        Self::Told(notice)
    }
}

/// What the API shows of a SIM's slot.
#[derive(Clone, Debug)]
pub struct SlotReport {
    pub used: Used,
    pub health: Health,
    pub exhausted: bool,
    /// It is outside its hours; they begin then.
    pub opens_at: Option<Time>,
    pub sending: Option<InHand>,
}

/// What a SIM has in hand.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SimSending)]
pub struct InHand {
    /// The message that it sends.
    #[schema(value_type = String, format = Uuid)]
    pub message: MessageId,
    /// Which part of that is on its way, from 1.
    pub part: u16,
    /// How many parts the message has.
    pub parts: u16,
}

/// How others reach the dispatcher.
#[derive(Clone)]
pub struct Handle {
    signals: mpsc::Sender<Signal>,
    /// Room for admissions on their way to the disk.
    room: Arc<Semaphore>,
}

impl Handle {
    pub(super) fn new(signals: mpsc::Sender<Signal>) -> Self {
        let room = Arc::new(Semaphore::new(ADMISSIONS));
        Self { signals, room }
    }

    /// Commits messages; when it returns `Stored`, they will not be lost, and are on their way: none
    /// are in the answer. Whether anybody waits for that makes no difference to them.
    pub async fn admit(
        &self,
        messages: Vec<NewMessage>,
        replay: Option<NewReplay>,
    ) -> Result<Accepted, StoreError> {
        let room = self.room.clone().acquire_owned().await;
        let room = room.map_err(|_| StoreError::Closed)?;
        let (answer, accepted) = oneshot::channel();
        let admission = Admission {
            messages,
            replay,
            answer,
            room,
        };
        self.signal(Signal::Admit(admission)).await;
        accepted.await.map_err(|_| StoreError::Closed)?
    }

    pub async fn signal(&self, signal: impl Into<Signal>) {
        // The dispatcher ends last; after that nobody is left who could miss a signal.
        let _ = self.signals.send(signal.into()).await;
    }

    /// Answers as soon as the dispatcher does; false when it has ended.
    pub async fn is_alive(&self) -> bool {
        let (reply, answer) = oneshot::channel();
        self.signal(Signal::Alive(reply)).await;
        answer.await.is_ok()
    }

    /// For carriers.
    pub fn for_carriers(&self) -> Scheduler {
        Scheduler::new(self.clone())
    }

    /// Evidence, or its policy, has settled messages: tell it, and look where they wait again.
    pub async fn settled(&self, bus: &Bus, settled: Vec<Settled>) {
        if let Some(notice) = Notice::settled(bus, settled) {
            self.signal(notice).await;
        }
    }

    pub async fn report(&self) -> HashMap<Iccid, SlotReport> {
        let (reply, answer) = oneshot::channel();
        self.signal(Signal::Report(reply)).await;
        answer.await.unwrap_or_default()
    }

    /// Nothing while the gateway stops.
    pub async fn explain(&self, queued: Vec<Queued>) -> Vec<Obstacle> {
        if queued.is_empty() {
            return Vec::new();
        }
        let (reply, answer) = oneshot::channel();
        self.signal(Signal::Explain { queued, reply }).await;
        answer.await.unwrap_or_default()
    }

    /// None while the gateway stops.
    pub async fn explain_route(&self, queued: Queued) -> Option<Explanation> {
        let (reply, answer) = oneshot::channel();
        let queued = Box::new(queued);
        self.signal(Signal::ExplainRoute { queued, reply }).await;
        answer.await.ok()
    }

    /// Closes a SIM's breaker; what the store remembers is for the caller to delete then.
    pub async fn forgive(&self, iccid: Iccid) {
        let (done, forgiven) = oneshot::channel();
        self.signal(Signal::Forgive { iccid, done }).await;
        let _ = forgiven.await;
    }
}

impl Listen for Handle {
    fn hear(&self, notice: Notice) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.signal(notice))
    }
}
