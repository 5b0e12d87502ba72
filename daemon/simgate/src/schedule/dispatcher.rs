//! The task that gives messages to SIMs. It owns the heads of the lanes and the SIMs' slots;
//! everything else reaches it by [`Signal`]s, and it writes to the store before a modem hears
//! of a part.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use modem::{Iccid, JobId, Submitted, Uncertainty};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use super::breaker::Phase;
use super::depth::Teller;
use super::lanes::Lanes;
use super::moment::Moment;
use super::pick::{Candidate, pick};
use super::quota::{History, Used};
use super::slot::{Health, Job, Slot};
use super::uncertain::Uncertain;
use super::why::{Obstacle, Waiting, explain};
use super::write::Write;
use super::{awaiting, health};
use crate::config::{Config, Strategy};
use crate::events::Bus;
use crate::model::{Lane, Queued, RowId, SimConfig, Time};
use crate::modems::ModemHandle;
use crate::store::{Answer, Progress, Scanned, Settled, Store, StoreError};

/// Signals on their way. Senders wait when it is full, the HTTP API's too, so that a flood of
/// requests is slowed down at its source.
const SIGNALS: usize = 512;

/// Before a write that failed (a full disk, as a rule) is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// How long a message rests whose rows are damaged, so that those behind it get their turn. At
/// two claims a second no more than 1200 rest at once.
const ASIDE: Duration = Duration::from_mins(10);

/// The longest time between two looks at the clock while messages wait.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// What the dispatcher is told.
#[derive(Debug)]
pub(crate) enum Signal {
    /// Committed and due.
    Accepted(Vec<Queued>),
    /// Messages of these lanes may have become due by the clock.
    Look(Vec<Lane>),
    /// Messages of these lanes were queued, due at this time or later.
    Queued(Vec<(Lane, Time)>),
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
        modem: modem::Imei,
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
    Report(oneshot::Sender<HashMap<Iccid, SlotReport>>),
    /// What does this message, which is queued, wait for?
    Explain {
        queued: Box<Queued>,
        reply: oneshot::Sender<Waiting>,
    },
    /// Claim nothing more; answer when nothing is on the air.
    Stop(oneshot::Sender<()>),
}

/// What the API shows of a SIM's slot.
#[derive(Clone, Debug)]
pub(crate) struct SlotReport {
    pub(crate) used: Used,
    pub(crate) health: Health,
    pub(crate) exhausted: bool,
}

/// How others reach the dispatcher.
#[derive(Clone)]
pub(crate) struct Handle(mpsc::Sender<Signal>);

impl Handle {
    pub(crate) async fn signal(&self, signal: Signal) {
        // The dispatcher ends last; after that nobody is left who could miss a signal.
        let _ = self.0.send(signal).await;
    }

    /// Evidence, or its policy, has settled messages: tell it, and look where they wait again.
    pub(crate) async fn settled(&self, bus: &Bus, settled: Vec<Settled>) {
        let mut lanes = Vec::new();
        for one in settled {
            bus.message(one.id, one.state, Some(&one.iccid), one.reason.as_ref());
            lanes.extend(one.again);
        }
        if !lanes.is_empty() {
            self.signal(Signal::Queued(lanes)).await;
        }
    }

    pub(crate) async fn report(&self) -> HashMap<Iccid, SlotReport> {
        let (reply, answer) = oneshot::channel();
        self.signal(Signal::Report(reply)).await;
        answer.await.unwrap_or_default()
    }

    /// None while the gateway stops.
    pub(crate) async fn explain(&self, queued: Queued) -> Option<Waiting> {
        let (reply, answer) = oneshot::channel();
        let queued = Box::new(queued);
        self.signal(Signal::Explain { queued, reply }).await;
        answer.await.ok()
    }

    /// Closes a SIM's breaker; what the store remembers is for the caller to delete then.
    pub(crate) async fn forgive(&self, iccid: Iccid) {
        let (done, forgiven) = oneshot::channel();
        self.signal(Signal::Forgive { iccid, done }).await;
        let _ = forgiven.await;
    }
}

type Pending<T> = FuturesUnordered<Pin<Box<dyn Future<Output = T> + Send>>>;
type Written = (Write, Result<Progress, StoreError>);
type Read = (Lane, Result<Scanned, StoreError>);

/// The scheduler's one task.
pub(crate) struct Dispatcher {
    pub(super) store: Store,
    pub(super) bus: Bus,
    /// Wakes the clock's keeper: something becomes due earlier than it knows.
    pub(super) due: Arc<Notify>,
    strategy: Strategy,
    pub(super) languages: Vec<tpdu::Language>,
    /// How long evidence on an uncertain part is waited for.
    pub(super) uncertain_wait: Duration,
    signals: mpsc::Receiver<Signal>,
    pub(super) lanes: Lanes,
    pub(super) slots: HashMap<Iccid, Slot>,
    pub(super) uncertain: Uncertain,
    writes: Pending<Written>,
    reads: Pending<Read>,
    /// Messages that could not be claimed for damage, and until when they rest.
    aside: VecDeque<(Instant, RowId, Lane)>,
    /// No claims before this: the store could not take the last one.
    paused_until: Instant,
    turn: u64,
    depth: Teller,
    pub(super) jobs: u64,
    pub(super) stopping: bool,
    stopped: Option<oneshot::Sender<()>>,
}

impl Dispatcher {
    pub(crate) fn new(config: &Config, store: Store, bus: Bus, due: Arc<Notify>) -> (Self, Handle) {
        let (sender, signals) = mpsc::channel(SIGNALS);
        let dispatcher = Self {
            store,
            bus,
            due,
            strategy: config.scheduler.strategy,
            languages: config.defaults.languages(),
            uncertain_wait: config.scheduler.uncertain_wait(),
            signals,
            lanes: Lanes::default(),
            slots: HashMap::new(),
            uncertain: Uncertain::default(),
            writes: FuturesUnordered::new(),
            reads: FuturesUnordered::new(),
            aside: VecDeque::new(),
            paused_until: Instant::now(),
            turn: 0,
            depth: Teller::default(),
            jobs: 0,
            stopping: false,
            stopped: None,
        };
        (dispatcher, Handle(sender))
    }

    /// Runs until it is stopped and nothing is on the air, or until all handles are gone.
    pub(crate) async fn run(mut self) {
        loop {
            self.read_lanes();
            let moment = Moment::now();
            self.assign(moment);
            if self.stopping && self.is_idle() {
                self.stopped.take().map(|done| done.send(()));
            }
            let tell_at = self.depth.tell(self.store.queue_depth(), &self.bus);
            let wake_at = tell_at.into_iter().chain([self.wake_at(moment)]).min();
            let wake_at = wake_at.unwrap_or_else(Instant::now);
            tokio::select! {
                signal = self.signals.recv() => match signal {
                    Some(signal) => self.handle(signal),
                    None => return,
                },
                Some((write, result)) = self.writes.next() => self.written(write, result),
                Some((lane, result)) = self.reads.next() => self.read(&lane, result),
                () = tokio::time::sleep_until(wake_at) => self.lanes.drop_expired(Time::now()),
            }
        }
    }

    fn handle(&mut self, signal: Signal) {
        match signal {
            Signal::Accepted(messages) => messages.into_iter().for_each(|m| self.lanes.accept(m)),
            Signal::Look(lanes) => {
                let now = Time::now();
                for lane in lanes {
                    self.lanes.look(lane, now);
                }
            }
            Signal::Queued(lanes) => {
                for (lane, from) in lanes {
                    self.lanes.mark_from(lane, from);
                }
            }
            Signal::Up {
                iccid,
                modem,
                config,
                history,
            } => self.up(iccid, modem, *config, &history),
            Signal::Down { iccid, modem } => self.down(&iccid, &modem),
            Signal::Configured { iccid, config } => {
                if let Some(slot) = self.slots.get_mut(&iccid) {
                    slot.configure(*config);
                }
            }
            Signal::Submitted {
                iccid,
                job,
                outcome,
                handed_over,
            } => self.submitted(&iccid, job, outcome, handed_over),
            Signal::LateAnswer { job, answer } => self.late(job, answer),
            Signal::Reported {
                iccid,
                mr,
                recipient,
            } => {
                if let Some(slot) = self.slots.get_mut(&iccid) {
                    slot.awaiting.reported(awaiting::recipient(&recipient), mr);
                }
            }
            Signal::Forgive { iccid, done } => {
                if let Some(slot) = self.slots.get_mut(&iccid) {
                    let change = slot.forgive();
                    health::tell(&self.bus, &iccid, change, None);
                }
                let _ = done.send(());
            }
            Signal::Report(reply) => {
                let _ = reply.send(self.slots.iter().map(report(Time::now())).collect());
            }
            Signal::Explain { queued, reply } => {
                let _ = reply.send(self.explain(&queued, Time::now()));
            }
            Signal::Stop(done) => {
                self.stopping = true;
                self.stopped = Some(done);
            }
        }
    }

    fn explain(&self, queued: &Queued, now: Time) -> Waiting {
        let obstacles = self.slots.iter().map(|(iccid, slot)| Obstacle {
            iccid,
            groups: &slot.config.groups,
            waiting: slot.obstacle(queued, now),
        });
        explain(queued, obstacles, now)
    }

    fn up(&mut self, iccid: Iccid, modem: ModemHandle, config: SimConfig, history: &History) {
        let slot = self
            .slots
            .entry(iccid)
            .or_insert_with(|| Slot::new(config.clone(), history, Time::now()));
        slot.configure(config);
        slot.modem = Some(modem);
    }

    fn down(&mut self, iccid: &Iccid, modem: &modem::Imei) {
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        // A SIM that moved is up in its new modem before the old one is known to have lost it.
        if slot.modem.as_ref().is_none_or(|now| now.imei() != modem) {
            return;
        }
        slot.modem = None;
        if let Some(job) = slot.job.as_ref().and_then(|job| job.on_air) {
            let (job, _) = job;
            self.submitted(
                iccid,
                job,
                Submitted::Uncertain(Uncertainty::PortClosed),
                true,
            );
        }
    }

    /// Gives waiting messages to free SIMs until either runs out.
    fn assign(&mut self, moment: Moment) {
        while let Some((iccid, steps)) = self.claim_next(moment) {
            self.write(Write::claim(iccid, steps));
        }
    }

    /// Puts the best next message into the hands of a SIM and says what to write for it.
    pub(super) fn claim_next(&mut self, moment: Moment) -> Option<(Iccid, crate::store::Step)> {
        let now = moment.wall;
        if self.stopping || self.paused_until > moment.steady {
            return None;
        }
        // Most often one of the two holds, and then looking at each SIM is saved.
        let is_idle = |slot: &Slot| slot.modem.is_some() && slot.job.is_none();
        if !self.slots.values().any(is_idle) || self.lanes.has_none_in_memory() {
            return None;
        }
        self.slots
            .values_mut()
            .for_each(|slot| slot.follow_clock(now));
        let next = pick(&self.lanes, &self.candidates(moment), self.strategy, now)?;
        let queued = self.lanes.take(&next.lane, next.row)?;
        let slot = self.slots.get_mut(&next.iccid)?;
        self.turn += 1;
        slot.last_turn = self.turn;
        if slot.phase(now) == Phase::HalfOpen {
            tracing::info!(iccid = %next.iccid, message = %queued.id, "a SIM that rested is tried with one message");
        }
        let step = crate::store::Step::Claim {
            row: queued.row,
            iccid: next.iccid.clone(),
            at: now,
        };
        slot.job = Some(Job {
            part: queued.next_part,
            queued,
            parts: Vec::new(),
            on_air: None,
        });
        Some((next.iccid, step))
    }

    /// The SIMs that are up.
    pub(super) fn candidates(&self, moment: Moment) -> Vec<Candidate<'_>> {
        self.slots
            .iter()
            .filter_map(|(iccid, slot)| slot.candidate(iccid, moment))
            .collect()
    }

    pub(super) fn write(&mut self, write: Write) {
        self.write_after(Duration::ZERO, write);
    }

    fn write_after(&mut self, wait: Duration, write: Write) {
        let store = self.store.clone();
        self.writes.push(Box::pin(async move {
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            let result = store.advance(write.steps.clone()).await;
            (write, result)
        }));
    }

    fn written(&mut self, write: Write, result: Result<Progress, StoreError>) {
        match result {
            Ok(done) => self.advanced(write, done),
            Err(error) if error.is_damage() => self.damaged(write),
            Err(error) if write.must_be_written() => {
                // What went on the air is known only here until it is written.
                if !error.is_told() {
                    tracing::error!(%error, "cannot record what was sent; trying again");
                }
                self.write_after(RETRY, write);
            }
            Err(error) => {
                if !error.is_told() {
                    tracing::error!(%error, "cannot claim a message; sending rests for a moment");
                }
                self.paused_until = Instant::now() + RETRY;
                if let Some(iccid) = write.starts {
                    self.give_back(&iccid);
                }
            }
        }
    }

    /// The rows that these steps need are on a page that is lost. A message that cannot be claimed
    /// goes aside; what was sent stays `sending` on the disk, from which a start makes `uncertain`.
    fn damaged(&mut self, write: Write) {
        self.paused_until = Instant::now() + RETRY;
        let (settles, starts) = write.split();
        if let Some(iccid) = starts {
            let slot = self.slots.get_mut(&iccid);
            if let Some(job) = slot.and_then(|slot| slot.job.take()) {
                // Its row stays held, so that no refill brings it back.
                let until = Instant::now() + ASIDE;
                self.aside
                    .push_back((until, job.queued.row, job.queued.lane));
            }
            if let Some(settles) = settles {
                self.write(settles);
            }
        } else if let Some((settled, _)) = settles.and_then(|write| write.settled) {
            let (message, iccid) = (settled.id, settled.iccid);
            tracing::error!(%message, %iccid, "what became of it cannot be recorded");
        }
    }

    /// Takes a message that waits no more out of a SIM's hands.
    pub(super) fn let_go(&mut self, iccid: &Iccid) {
        if let Some(job) = self.slots.get_mut(iccid).and_then(|slot| slot.job.take()) {
            self.lanes.release(job.queued.row);
        }
    }

    /// Takes a message that could not be claimed out of a SIM's hands.
    fn give_back(&mut self, iccid: &Iccid) {
        if let Some(job) = self.slots.get_mut(iccid).and_then(|slot| slot.job.take()) {
            self.lanes.release(job.queued.row);
            self.lanes.mark_from(job.queued.lane, job.queued.due_at);
        }
    }

    fn read_lanes(&mut self) {
        if self.paused_until > Instant::now() {
            return;
        }
        let now = Instant::now();
        while let Some((_, row, lane)) = self.aside.pop_front_if(|(until, ..)| *until <= now) {
            self.lanes.release(row);
            self.lanes.mark_from(lane, Time::ZERO);
        }
        for (lane, scan) in self.lanes.take_reads(Time::now()) {
            let store = self.store.clone();
            self.reads.push(Box::pin(async move {
                let read = store.scan(&lane, scan).await;
                (lane, read)
            }));
        }
    }

    fn read(&mut self, lane: &Lane, result: Result<Scanned, StoreError>) {
        match result {
            Ok(scanned) => self.lanes.refill(lane, scanned),
            // The clock's keeper has the lane looked at again.
            Err(error) if error.is_damage() => self.lanes.refill_damaged(lane),
            Err(error) => {
                tracing::error!(%error, "cannot read waiting messages; trying again");
                self.lanes.refill_failed(lane);
                self.paused_until = Instant::now() + RETRY;
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.writes.is_empty() && self.slots.values().all(|slot| slot.job.is_none())
    }

    /// When the clock alone may let something happen.
    fn wake_at(&self, moment: Moment) -> Instant {
        let latest = moment.steady + LONGEST_SLEEP;
        if self.lanes.is_empty() {
            return latest;
        }
        let sims = self.slots.values();
        let sims = sims.filter_map(|slot| slot.look_again_at(moment));
        let paused = Some(self.paused_until).filter(|until| *until > moment.steady);
        sims.chain(paused).chain([latest]).min().unwrap_or(latest)
    }
}

fn report(now: Time) -> impl Fn((&Iccid, &Slot)) -> (Iccid, SlotReport) {
    move |(iccid, slot)| {
        let health = slot.health(now);
        let (used, exhausted) = (slot.used(now), slot.exhausted(now));
        (
            iccid.clone(),
            SlotReport {
                used,
                health,
                exhausted,
            },
        )
    }
}

#[cfg(test)]
mod tests;
