//! The task that gives messages to SIMs. It owns the heads of the lanes and the SIMs' slots;
//! everything else reaches it by [`Signal`]s, and it writes to the store before a modem hears
//! of a part.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use model::{
    Carrier, Classifier, Iccid, Lane, Queued, RowId, SimConfig, State, Time, UplinkName, Watch,
};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use super::admission::Admitting;
use super::depth::Teller;
use super::handle::{Handle, SIGNALS, Signal, SlotReport};
use super::in_order::InOrder;
use super::lanes::Lanes;
use super::moment::Moment;
use super::overlooked::Overlooked;
use super::pick::Scene;
use super::router::Router;
use super::slot::{GRACE, Job, Slot};
use super::suspects::Suspects;
use super::uncertain::Uncertain;
use super::uplink_slot::UplinkSlot;
use super::write::{Start, Write};
use super::{awaiting, health};
use crate::carriers::{History, Modem, Notice, Outcome, modem_gone};
use crate::events::Bus;
use crate::settings::Settings;
use store::{Accepted, Progress, Scan, Scanned, Store, StoreError, clock};

/// Before a write that failed (a full disk, as a rule) is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// How long a message rests whose rows are damaged, so that those behind it get their turn. At
/// two claims a second no more than 1200 rest at once.
const ASIDE: Duration = Duration::from_mins(10);

/// The longest time between two looks at the clock while messages wait.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

pub(super) type Pending<T> = FuturesUnordered<Pin<Box<dyn Future<Output = T> + Send>>>;
type Admitted = (Admitting, Result<Accepted, StoreError>);
type Written = (Write, Result<Progress, StoreError>);
/// With the routes' number by which it was begun.
type Read = (Lane, u64, Result<Scanned, StoreError>);

/// The scheduler's one task.
pub struct Dispatcher {
    pub(super) store: Store,
    pub(super) bus: Bus,
    /// Wakes the clock's keeper: something becomes due earlier than it knows.
    pub(super) due: Arc<Notify>,
    pub(super) router: Arc<Router>,
    /// Rises with each change of the routes: what was read by earlier ones is read again.
    epoch: u64,
    /// When a rule comes or goes by the hours of the day.
    reroute_at: Option<Time>,
    pub(super) languages: Vec<tpdu::Language>,
    /// How long evidence on an uncertain part is waited for.
    pub(super) uncertain_wait: Duration,
    signals: mpsc::Receiver<Signal>,
    pub(super) lanes: Lanes,
    pub(super) slots: HashMap<Iccid, Slot>,
    pub(super) uplinks: HashMap<UplinkName, UplinkSlot>,
    pub(super) suspects: Suspects,
    started_at: Instant,
    pub(super) watch: Watch,
    pub(super) uncertain: Uncertain,
    writes: Pending<Written>,
    in_order: InOrder,
    reads: Pending<Read>,
    pub(super) overlooked: Overlooked,
    pub(super) admissions: Pending<Admitted>,
    /// Messages that could not be claimed for damage, and until when they rest.
    aside: VecDeque<(Instant, RowId, Lane)>,
    /// No claims before this: the store could not take the last one.
    pub(super) paused_until: Instant,
    pub(super) turn: u64,
    depth: Teller,
    pub(super) jobs: u64,
    pub(super) stopping: bool,
    stopped: Option<oneshot::Sender<()>>,
}

impl Dispatcher {
    pub fn new(settings: &Settings, store: Store, bus: Bus, due: Arc<Notify>) -> (Self, Handle) {
        let (sender, signals) = mpsc::channel(SIGNALS);
        let dispatcher = Self {
            store,
            bus,
            due,
            router: Arc::new(Router::new(
                Vec::new(),
                HashMap::new(),
                settings.scheduler.strategy,
            )),
            epoch: 0,
            reroute_at: None,
            languages: settings.defaults.languages(),
            uncertain_wait: settings.scheduler.uncertain_wait(),
            signals,
            lanes: Lanes::default(),
            slots: HashMap::new(),
            uplinks: HashMap::new(),
            suspects: Suspects::default(),
            started_at: Instant::now(),
            watch: Watch::new(clock::now(), std::time::Instant::now()),
            uncertain: Uncertain::default(),
            writes: FuturesUnordered::new(),
            in_order: InOrder::default(),
            reads: FuturesUnordered::new(),
            overlooked: Overlooked::new(Instant::now()),
            admissions: FuturesUnordered::new(),
            aside: VecDeque::new(),
            paused_until: Instant::now(),
            turn: 0,
            depth: Teller::default(),
            jobs: 0,
            stopping: false,
            stopped: None,
        };
        (dispatcher, Handle::new(sender))
    }

    /// Runs until it is stopped and nothing is on the air, or until all handles are gone.
    pub async fn run(mut self) {
        loop {
            let moment = Moment::now();
            self.look_at_clock(moment);
            if self.reroute_at.is_some_and(|at| at <= moment.wall) {
                self.rerouted(moment.wall);
            }
            self.read_lanes();
            self.check_lanes(moment);
            self.assign(moment);
            if self.stopping && self.is_idle() {
                self.stopped.take().map(|done| done.send(()));
            }
            let tell_at = self.depth.tell(self.store.queue().queue_depth(), &self.bus);
            let wake_at = tell_at.into_iter().chain([self.wake_at(moment)]).min();
            let wake_at = wake_at.unwrap_or_else(Instant::now);
            tokio::select! {
                signal = self.signals.recv() => match signal {
                    Some(signal) => self.handle(signal),
                    None => return,
                },
                Some((write, result)) = self.writes.next() => self.written(write, result),
                Some((admitting, accepted)) = self.admissions.next() => self.admitted(admitting, accepted),
                Some((lane, epoch, result)) = self.reads.next() => self.read(&lane, epoch, result),
                Some(found) = self.overlooked.next() => self.checked(found),
                () = tokio::time::sleep_until(wake_at) => self.lanes.drop_expired(clock::now()),
            }
        }
    }

    fn handle(&mut self, signal: Signal) {
        self.look_at_clock(Moment::now());
        match signal {
            Signal::Admit(admission) => self.admit(admission),
            Signal::Routes(router) => {
                self.router = Arc::from(router);
                self.rerouted(clock::now());
            }
            Signal::Told(notice) => self.told(notice),
            Signal::ExplainRoute { queued, reply } => {
                let _ = reply.send(self.explain_route(&queued));
            }
            Signal::Look(lanes) => {
                let now = clock::now();
                for lane in lanes {
                    self.lanes.look(lane, now);
                }
            }
            Signal::Moved => self.rerouted(clock::now()),
            Signal::Configured { iccid, config } => {
                if let Some(slot) = self.slots.get_mut(&iccid) {
                    slot.configure(*config);
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
                let _ = reply.send(self.slots.iter().map(report(clock::now())).collect());
            }
            Signal::Explain { queued, reply } => {
                let moment = Moment::now();
                let each = queued.iter().map(|queued| self.explain(queued, moment));
                let _ = reply.send(each.collect());
            }
            Signal::Stop(done) => {
                self.stopping = true;
                self.stopped = Some(done);
                self.unpark_all();
            }
        }
    }

    fn told(&mut self, notice: Notice) {
        match notice {
            Notice::Up {
                iccid,
                modem,
                config,
                history,
            } => self.up(iccid, modem, *config, &history),
            Notice::Down { iccid, modem } => self.down(&iccid, &modem),
            Notice::UplinkSet { name, session } => self.uplink_set(&name, session),
            Notice::UplinkChanged(name) => self.uplink_changed(&name),
            Notice::Answered {
                carrier,
                job,
                outcome,
                handed_over,
            } => match carrier {
                Carrier::Sim(iccid) => self.submitted(&iccid, job, outcome, handed_over),
                Carrier::Uplink(name) => self.answered_up(&name, job, outcome),
            },
            Notice::LateAnswer { job, answer } => self.late(job, answer),
            Notice::Unclaimed {
                iccid,
                modem,
                answer,
                reply,
            } => {
                let _ = reply.send(self.accepted_after_all(&iccid, &modem, answer));
            }
            Notice::Reported {
                iccid,
                mr,
                recipient,
            } => {
                if let Some(slot) = self.slots.get_mut(&iccid) {
                    slot.awaiting.reported(awaiting::recipient(&recipient), mr);
                    slot.silence.reported();
                }
            }
            Notice::Queued(lanes) => {
                for (lane, from) in lanes {
                    self.lanes.mark_from(lane, from);
                }
            }
        }
    }

    /// Messages just accepted. One whose route asks who talked to its recipient last is read from
    /// the store, which knows.
    pub(super) fn accepted_new(&mut self, messages: Vec<Queued>) {
        let now = clock::now();
        for queued in messages {
            let class = self.router.classify(&queued.lane, &queued.to, now);
            if class.sticky {
                self.lanes.mark_from(queued.lane, queued.due_at);
            } else {
                let route = class.route;
                self.lanes.accept(Queued { route, ..queued });
            }
        }
    }

    /// The routes have changed, the hours of one, or times in the store: whatever waits is read anew.
    pub(super) fn rerouted(&mut self, now: Time) {
        self.epoch += 1;
        self.reroute_at = self.router.changes_at(now);
        self.lanes.forget();
    }

    fn up(&mut self, iccid: Iccid, modem: Modem, config: SimConfig, history: &History) {
        let slot = self
            .slots
            .entry(iccid)
            .or_insert_with_key(|iccid| Slot::new(iccid, config.clone(), history, clock::now()));
        slot.configure(config);
        slot.modem = Some(modem);
        slot.down_since = None;
    }

    fn down(&mut self, iccid: &Iccid, modem: &model::Imei) {
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        // A SIM that moved is up in its new modem before the old one is known to have lost it.
        if slot.modem.as_ref().is_none_or(|now| now.imei != *modem) {
            return;
        }
        slot.modem = None;
        slot.down_since = Some(Instant::now());
        let job = slot.job.as_ref();
        let given = job.and_then(|job| job.on_air.as_ref());
        let given = given.map(|given| (given.id, given.go.is_some()));
        self.keep_parked(iccid);
        let Some((id, held)) = given else { return };
        let (outcome, handed_over) = if held {
            (Outcome::modem_not_ready(), false)
        } else {
            let (reason, numbered) = (modem_gone(), false);
            (Outcome::Uncertain { reason, numbered }, true)
        };
        self.submitted(iccid, id, outcome, handed_over);
    }

    /// Gives waiting messages to free SIMs until either runs out.
    fn assign(&mut self, moment: Moment) {
        while let Some((starts, steps)) = self.claim_next(moment) {
            self.write(Write::claim(starts, steps));
        }
    }

    /// What is up, or was a moment ago.
    pub(super) fn scene(&self, moment: Moment) -> Scene<'_> {
        let sims = self
            .slots
            .values()
            .filter_map(|slot| slot.candidate(moment));
        let uplinks = self.uplinks.values();
        let uplinks = uplinks.filter_map(|slot| slot.candidate(moment.steady, GRACE));
        Scene {
            candidates: sims.chain(uplinks).collect(),
            router: &self.router,
            settling: moment.steady < self.started_at + GRACE,
            now: moment.wall,
        }
    }

    pub(super) fn write(&mut self, write: Write) {
        if let Some(write) = self.in_order.admit(write) {
            self.write_after(Duration::ZERO, write);
        }
    }

    /// Hands what is admitted to the store.
    fn write_after(&mut self, wait: Duration, write: Write) {
        let store = self.store.clone();
        self.writes.push(Box::pin(async move {
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            let result = store.queue().advance(write.steps.clone()).await;
            (write, result)
        }));
    }

    fn written(&mut self, write: Write, result: Result<Progress, StoreError>) {
        if let Err(error) = &result
            && !error.is_damage()
            && write.must_be_written()
        {
            // What went on the air is known only here until it is written.
            if !error.is_told() {
                tracing::error!(%error, "cannot record what was sent; trying again");
            }
            return self.write_after(RETRY, write);
        }
        self.in_order.end(&write);
        match result {
            Ok(done) => self.advanced(write, done),
            Err(error) if error.is_damage() => self.damaged(write),
            Err(error) => {
                if !error.is_told() {
                    tracing::error!(%error, "cannot claim a message; sending rests for a moment");
                }
                self.rest_from_claims();
                if let Some(starts) = write.starts {
                    self.give_back(&starts);
                }
            }
        }
        while let Some(next) = self.in_order.take_next() {
            self.write_after(Duration::ZERO, next);
        }
    }

    /// The store took nothing: neither would it the next claim.
    pub(super) fn rest_from_claims(&mut self) {
        self.paused_until = Instant::now() + RETRY;
    }

    /// The rows that these steps need are on a page that is lost. A message that cannot be claimed
    /// goes aside; what was sent stays `sending` on the disk, from which a start makes `uncertain`.
    fn damaged(&mut self, write: Write) {
        self.paused_until = Instant::now() + RETRY;
        if let Some(row) = write.holds {
            self.lanes.release_withheld(row);
        }
        let (settles, starts) = write.split();
        if let Some(starts) = starts {
            if let Some(queued) = self.take_back(&starts) {
                // Its row stays held, so that no refill brings it back.
                let until = Instant::now() + ASIDE;
                self.aside.push_back((until, queued.row, queued.lane));
            }
            if let Some(settles) = settles {
                // Before what waits behind it.
                self.in_order.begin(&settles);
                self.write_after(Duration::ZERO, settles);
            }
        } else if let Some((settled, _)) = settles.and_then(|write| write.settled) {
            let (message, carrier) = (settled.id, settled.carrier);
            tracing::error!(%message, %carrier, "what became of it cannot be recorded");
        }
    }

    /// Takes a message out of its carrier's hands that was cancelled or expired in the meantime, or of
    /// which another part is next than the one in hand: that is read anew.
    pub(super) fn let_go(&mut self, starts: &Start, state: Option<State>) {
        if let Some(queued) = self.take_back(starts) {
            self.lanes.release(queued.row);
            if state == Some(State::Queued) {
                self.lanes.mark_from(queued.lane, Time::ZERO);
            }
        }
    }

    /// Takes a message that could not be claimed out of its carrier's hands.
    fn give_back(&mut self, starts: &Start) {
        if let Start::Sim(iccid) = starts
            && let Some(slot) = self.slots.get_mut(iccid)
            && slot.job.as_ref().is_some_and(Job::has_begun)
        {
            // On disk it is still between two parts. Its modem is not kept at the prompt.
            let job = slot.job.take().map(|job| Job {
                on_air: None,
                ..job
            });
            slot.parked.extend(job);
            return self.keep_parked(iccid);
        }
        if let Some(queued) = self.take_back(starts) {
            self.lanes.release(queued.row);
            self.lanes.mark_from(queued.lane, queued.due_at);
        }
    }

    /// The message that is in this one's hands.
    pub(super) fn row_in_hand(&self, starts: &Start) -> Option<RowId> {
        match starts {
            Start::Sim(iccid) => Some(self.slots.get(iccid)?.job.as_ref()?.queued.row),
            Start::Uplink(_, row) => Some(*row),
        }
    }

    fn take_back(&mut self, starts: &Start) -> Option<Queued> {
        match starts {
            Start::Sim(iccid) => self.take_from(iccid),
            Start::Uplink(name, row) => Some(self.uplinks.get_mut(name)?.jobs.remove(row)?.queued),
        }
    }

    /// Takes a SIM's message out of its hands; a modem that is at its prompt for it leaves that.
    pub(super) fn take_from(&mut self, iccid: &Iccid) -> Option<Queued> {
        Some(self.slots.get_mut(iccid)?.job.take()?.queued)
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
        let wall = clock::now();
        let reads = self.lanes.take_reads(wall);
        if reads.is_empty() {
            return;
        }
        let (router, epoch) = (Arc::clone(&self.router), self.epoch);
        let classifier = Classifier::new(move |lane, to| router.classify(lane, to, wall));
        for (lane, scan) in reads {
            let store = self.store.clone();
            let classifier = classifier.clone();
            let scan = Scan { classifier, ..scan };
            self.reads.push(Box::pin(async move {
                let read = store.queue().scan(&lane, scan).await;
                (lane, epoch, read)
            }));
        }
    }

    fn read(&mut self, lane: &Lane, epoch: u64, result: Result<Scanned, StoreError>) {
        if epoch != self.epoch {
            return;
        }
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
        self.writes.is_empty()
            && self.admissions.is_empty()
            && self.slots.values().all(|slot| slot.job.is_none())
            && self.uplinks.values().all(|slot| slot.jobs.is_empty())
    }

    /// When the clock alone may let something happen.
    fn wake_at(&self, moment: Moment) -> Instant {
        let latest = moment.steady + LONGEST_SLEEP;
        let parked = self.slots.values().any(|slot| !slot.parked.is_empty());
        if self.lanes.is_empty() && !parked {
            return latest;
        }
        let sims = self.slots.values();
        let sims = sims.filter_map(|slot| slot.look_again_at(moment));
        let uplinks = self.uplinks.values();
        let uplinks = uplinks.filter_map(|slot| slot.look_again_at(moment.steady, GRACE));
        let settled = self.started_at + GRACE;
        let paused = [self.paused_until, settled];
        let paused = paused.into_iter().filter(|until| *until > moment.steady);
        let falls_back = self.falls_back_at(moment);
        let all = sims.chain(uplinks).chain(paused).chain(falls_back);
        all.chain([latest]).min().unwrap_or(latest)
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
                opens_at: slot.opens_again_at(now),
            },
        )
    }
}

#[cfg(test)]
mod tests;
