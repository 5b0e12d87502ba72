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
use super::slot::{GRACE, Hand, Job, Own, Sim, Slot, Slots, Uplink};
use super::suspects::Suspects;
use super::uncertain::Uncertain;
use super::write::{Hold, Write};
use super::{awaiting, health};
use crate::carriers::{History, Modem, Notice, Outcome, Session, modem_gone};
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
    pub(super) slots: Slots,
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
            slots: Slots::default(),
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
                if let Some(sim) = self.slots.sim_mut(&iccid) {
                    sim.configure(*config);
                }
            }
            Signal::Forgive { iccid, done } => {
                if let Some(sim) = self.slots.sim_mut(&iccid) {
                    let change = sim.forgive();
                    health::tell(&self.bus, &iccid, change, None);
                }
                let _ = done.send(());
            }
            Signal::Report(reply) => {
                let _ = reply.send(self.slots.sims().map(report(clock::now())).collect());
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
            Notice::Down { iccid, modem } => self.down(iccid, &modem),
            Notice::UplinkSet { name, session } => self.uplink_set(name, session),
            Notice::UplinkChanged(name) => self.uplink_changed(name),
            Notice::Answered {
                carrier,
                job,
                outcome,
                handed_over,
            } => self.answered(&carrier, job, (outcome, handed_over)),
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
                if let Some(sim) = self.slots.sim_mut(&iccid) {
                    sim.awaiting.reported(awaiting::recipient(&recipient), mr);
                    sim.silence.reported();
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
        let new = || Own::Sim(Box::new(Sim::new(config.clone(), history, clock::now())));
        let slot = self.slots.get_or_new(iccid.into(), new);
        slot.hand.is_up();
        if let Some(sim) = slot.sim_mut() {
            sim.configure(config);
            sim.modem = Some(modem);
        }
    }

    fn down(&mut self, iccid: Iccid, modem: &model::Imei) {
        let carrier = Carrier::from(iccid);
        let slot = self.slots.get_mut(&carrier);
        let Some((hand, sim)) = slot.and_then(Slot::as_sim_mut) else {
            return;
        };
        // A SIM that moved is up in its new modem before the old one is known to have lost it.
        if sim.modem.as_ref().is_none_or(|now| now.imei != *modem) {
            return;
        }
        sim.modem = None;
        hand.is_down();
        let given = hand.jobs().find_map(|job| job.given.as_ref());
        let given = given.map(|given| (given.id, given.is_held()));
        self.keep_parked(&carrier);
        let Some((id, held)) = given else { return };
        let answered = if held {
            (Outcome::modem_not_ready(), false)
        } else {
            let (reason, numbered) = (modem_gone(), false);
            (Outcome::Uncertain { reason, numbered }, true)
        };
        self.answered(&carrier, id, answered);
    }

    fn uplink_set(&mut self, name: UplinkName, session: Option<Arc<dyn Session>>) {
        let carrier = Carrier::Uplink(name);
        if session.is_none() && self.slots.get(&carrier).is_none() {
            return;
        }
        let new = || Own::Uplink(Uplink::default());
        let slot = self.slots.get_or_new(carrier, new);
        if let Own::Uplink(uplink) = &mut slot.own {
            uplink.session = session;
            uplink.look(&mut slot.hand);
        }
    }

    /// Its session has said something of itself: it is bound or not, or has room again.
    fn uplink_changed(&mut self, name: UplinkName) {
        let slot = self.slots.get_mut(&Carrier::Uplink(name));
        if let Some(Slot {
            hand,
            own: Own::Uplink(uplink),
        }) = slot
        {
            uplink.look(hand);
        }
    }

    /// Gives waiting messages to free SIMs until either runs out.
    fn assign(&mut self, moment: Moment) {
        while let Some((hold, step)) = self.claim_next(moment) {
            self.write(Write::claim(hold, step));
        }
    }

    /// What is up, or was a moment ago.
    pub(super) fn scene(&self, moment: Moment) -> Scene<'_> {
        let slots = self.slots.all();
        Scene {
            candidates: slots.filter_map(|slot| slot.candidate(moment)).collect(),
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
    pub(super) fn let_go(&mut self, starts: &Hold, state: Option<State>) {
        if let Some(queued) = self.take_back(starts) {
            self.lanes.release(queued.row);
            if state == Some(State::Queued) {
                self.lanes.mark_from(queued.lane, Time::ZERO);
            }
        }
    }

    /// Takes a message that could not be claimed out of its carrier's hands.
    fn give_back(&mut self, starts: &Hold) {
        let slot = self.slots.get_mut(&starts.carrier);
        if let Some((hand, sim)) = slot.and_then(Slot::as_sim_mut)
            && hand.job(starts.row).is_some_and(Job::has_begun)
        {
            // On disk it is still between two parts. Its modem is not kept at the prompt.
            sim.parked.extend(hand.take(starts.row));
            return self.keep_parked(&starts.carrier);
        }
        if let Some(queued) = self.take_back(starts) {
            self.lanes.release(queued.row);
            self.lanes.mark_from(queued.lane, queued.due_at);
        }
    }

    fn take_back(&mut self, starts: &Hold) -> Option<Queued> {
        Some(self.slots.take(starts)?.queued)
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
            && self.slots.all().all(|slot| slot.hand.is_empty())
    }

    /// When the clock alone may let something happen.
    fn wake_at(&self, moment: Moment) -> Instant {
        let latest = moment.steady + LONGEST_SLEEP;
        let parked = self.slots.all().any(Slot::has_parked);
        if self.lanes.is_empty() && !parked {
            return latest;
        }
        let slots = self.slots.all();
        let slots = slots.filter_map(|slot| slot.look_again_at(moment));
        let settled = self.started_at + GRACE;
        let paused = [self.paused_until, settled];
        let paused = paused.into_iter().filter(|until| *until > moment.steady);
        let falls_back = self.falls_back_at(moment);
        let all = slots.chain(paused).chain(falls_back);
        all.chain([latest]).min().unwrap_or(latest)
    }
}

fn report(now: Time) -> impl Fn((&Iccid, &Hand, &Sim)) -> (Iccid, SlotReport) {
    move |(iccid, _, sim)| {
        let report = SlotReport {
            used: sim.used(now),
            health: sim.health(now),
            exhausted: sim.exhausted(now),
            opens_at: sim.opens_again_at(now),
        };
        (iccid.clone(), report)
    }
}

#[cfg(test)]
mod tests;
