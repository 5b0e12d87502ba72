//! How others reach the dispatcher: what it can be told and asked.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Iccid, Lane, NewMessage, Queued, SimConfig, Time, UplinkName};
use modem::{JobId, Submitted};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::admission::Admission;
use super::explain::Explanation;
use super::quota::{History, Used};
use super::router::Router;
use super::slot::Health;
use super::why::Obstacle;
use crate::events::Bus;
use crate::modems::ModemHandle;
use crate::uplink::Line;
use store::{Accepted, Answer, NewReplay, Settled, StoreError};

/// Signals on their way. Senders wait when it is full, the HTTP API's too, so that a flood of
/// requests is slowed down at its source.
pub(super) const SIGNALS: usize = 512;

/// Requests whose messages are on their way to the disk, whether their clients wait or not. Those
/// beyond wait with their clients.
const ADMISSIONS: usize = 512;

/// What the dispatcher is told.
#[derive(Debug)]
pub enum Signal {
    /// To be stored, and sent.
    Admit(Admission),
    /// Messages of these lanes may have become due by the clock.
    Look(Vec<Lane>),
    /// Messages of these lanes were queued, due at this time or later.
    Queued(Vec<(Lane, Time)>),
    /// What waits has other times since the clock was set.
    Moved,
    /// A SIM can send, through this modem.
    Up {
        iccid: Iccid,
        modem: ModemHandle,
        config: Box<SimConfig>,
        history: History,
    },
    /// It can't any more. The modem has reported on what it had in hand before.
    Down {
        iccid: Iccid,
        modem: model::Imei,
    },
    Configured {
        iccid: Iccid,
        config: Box<SimConfig>,
    },
    Submitted {
        iccid: Iccid,
        job: JobId,
        outcome: Submitted,
        /// The modem had the PDU.
        handed_over: bool,
    },
    /// The answer to a part that was uncertain came after all.
    LateAnswer {
        job: JobId,
        answer: Answer,
    },
    /// A modem has accepted what nobody waits for: is it what it refused last?
    Unclaimed {
        iccid: Iccid,
        modem: model::Imei,
        answer: Answer,
        reply: oneshot::Sender<bool>,
    },
    /// A status report, the last of its part.
    Reported {
        iccid: Iccid,
        mr: u8,
        /// As the report names it.
        recipient: String,
    },
    /// An operator has seen to a SIM: what it failed before is forgotten.
    Forgive {
        iccid: Iccid,
        done: oneshot::Sender<()>,
    },
    /// The routes are these from now on.
    Routes(Box<Router>),
    /// An uplink has this session from now on; none = it is disabled or gone.
    UplinkSet {
        name: UplinkName,
        line: Option<Line>,
    },
    /// An uplink's session is bound or not any more, or takes messages again.
    UplinkChanged(UplinkName),
    UplinkAnswered {
        name: UplinkName,
        job: JobId,
        outcome: smpp::Outcome,
    },
    /// The answer to a part that was uncertain came after all.
    UplinkLate {
        job: JobId,
        outcome: smpp::Outcome,
    },
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
    /// Claim nothing more; answer when nothing is on the air.
    Stop(oneshot::Sender<()>),
}

/// What the API shows of a SIM's slot.
#[derive(Clone, Debug)]
pub struct SlotReport {
    pub used: Used,
    pub health: Health,
    pub exhausted: bool,
    /// It is outside its hours; they begin then.
    pub opens_at: Option<Time>,
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

    pub async fn signal(&self, signal: Signal) {
        // The dispatcher ends last; after that nobody is left who could miss a signal.
        let _ = self.signals.send(signal).await;
    }

    /// Evidence, or its policy, has settled messages: tell it, and look where they wait again.
    pub async fn settled(&self, bus: &Bus, settled: Vec<Settled>) {
        let mut lanes = Vec::new();
        for one in settled {
            bus.message(&one.change());
            lanes.extend(one.again);
        }
        if !lanes.is_empty() {
            self.signal(Signal::Queued(lanes)).await;
        }
    }

    /// Whether an acceptance that nobody waited for is that of the part which this modem refused
    /// last; then it is taken.
    pub async fn accepted_after_all(
        &self,
        iccid: Iccid,
        modem: model::Imei,
        answer: Answer,
    ) -> bool {
        let (reply, taken) = oneshot::channel();
        self.signal(Signal::Unclaimed {
            iccid,
            modem,
            answer,
            reply,
        })
        .await;
        taken.await.unwrap_or(false)
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
