//! What carriers tell the scheduler, and how.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use model::{Carrier, Iccid, Imei, Lane, SimConfig, State, Time, UplinkName};
use store::{Joined, LateAnswer, Settled};
use tokio::sync::oneshot;

use super::{History, JobId, Modem, PartOutcome, UplinkSession};
use crate::events::Bus;

/// What carriers tell.
#[derive(Debug)]
pub enum Notice {
    /// A SIM can send, through this modem.
    Up {
        iccid: Iccid,
        modem: Modem,
        config: Box<SimConfig>,
        history: Box<History>,
    },
    /// It can't any more. The modem has reported on what it had in hand before.
    Down { iccid: Iccid, modem: Imei },
    /// An uplink has this session from now on; none = it is disabled or gone.
    UplinkSet {
        name: UplinkName,
        session: Option<Arc<dyn UplinkSession>>,
    },
    /// An uplink's session is bound or not any more, or takes messages again.
    UplinkChanged(UplinkName),
    /// What became of a part.
    Answered {
        carrier: Carrier,
        job: JobId,
        outcome: PartOutcome,
        /// The carrier had its octets.
        handed_over: bool,
    },
    /// The answer to a part that was uncertain came after all.
    LateAnswer { job: JobId, answer: LateAnswer },
    /// A modem has accepted what nobody waits for: is it what it refused last?
    Unclaimed {
        iccid: Iccid,
        modem: Imei,
        answer: LateAnswer,
        reply: oneshot::Sender<bool>,
    },
    /// A status report, the last of its part.
    Reported {
        iccid: Iccid,
        mr: u8,
        /// As the report names it.
        recipient: String,
    },
    /// Messages of these lanes were queued, due at this time or later.
    Queued(Vec<(Lane, Time)>),
}

impl Notice {
    /// Tells everybody of messages that evidence, or its policy, has settled. Some wait again.
    pub fn settled(bus: &Bus, settled: Vec<Settled>) -> Option<Self> {
        let mut lanes = Vec::new();
        for one in settled {
            bus.message(&one.change());
            lanes.extend(one.again);
        }
        (!lanes.is_empty()).then_some(Self::Queued(lanes))
    }

    /// Tells everybody of a message that came in. What it had us answer waits.
    pub fn joined(bus: &Bus, joined: Joined) -> Option<Self> {
        metrics::counter!("simgate_messages_received_total").increment(1);
        bus.received(&joined);
        let confirmed = joined.confirmed?;
        bus.accepted(&[(confirmed.id, State::Queued)], Some(&joined.from));
        Some(Self::Queued(vec![confirmed.waits]))
    }
}

/// Who hears the carriers: the scheduler.
pub trait Listen: Send + Sync {
    /// Ends when there is room for the notice.
    fn hear(&self, notice: Notice) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// How carriers reach the scheduler.
#[derive(Clone)]
pub struct Scheduler(Arc<dyn Listen>);

impl Scheduler {
    pub fn new(listener: impl Listen + 'static) -> Self {
        Self(Arc::new(listener))
    }

    pub async fn tell(&self, notice: Notice) {
        self.0.hear(notice).await;
    }

    /// Evidence has settled messages: tell it, and look where they wait again.
    pub async fn settled(&self, bus: &Bus, settled: Vec<Settled>) {
        if let Some(notice) = Notice::settled(bus, settled) {
            self.tell(notice).await;
        }
    }

    /// A message came in: tell it, and look where its answer waits.
    pub async fn joined(&self, bus: &Bus, joined: Joined) {
        if let Some(notice) = Notice::joined(bus, joined) {
            self.tell(notice).await;
        }
    }

    /// Whether an acceptance that nobody waited for is that of the part which this modem refused
    /// last; then it is taken.
    pub async fn accepted_after_all(&self, iccid: Iccid, modem: Imei, answer: LateAnswer) -> bool {
        let (reply, taken) = oneshot::channel();
        self.tell(Notice::Unclaimed {
            iccid,
            modem,
            answer,
            reply,
        })
        .await;
        taken.await.unwrap_or(false)
    }
}
