//! The task that gives messages to carriers. It owns the heads of the lanes and the carriers' slots;
//! everything else reaches it by [`Signal`]s, and it writes to the store before a part goes out.

mod admission;
mod between;
mod blame;
mod claims;
mod explain;
mod jobs;
mod overlooked;
mod reads;
mod signals;
mod uncertain;
mod writes;

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use model::{Lane, RowId, Time, Watch};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use self::admission::Admitting;
use self::overlooked::Overlooked;
use self::uncertain::Uncertain;
use super::depth::Teller;
use super::handle::{Handle, SIGNALS, Signal};
use super::in_order::InOrder;
use super::lanes::Lanes;
use super::moment::Moment;
use super::pick::Scene;
use super::router::Router;
use super::slot::{GRACE, Slot, Slots};
use super::suspects::Suspects;
use super::write::Write;
use crate::events::Bus;
use crate::settings::Settings;
use store::{Accepted, Progress, Scanned, Store, StoreError, clock};

/// Before a write that failed (a full disk, as a rule) is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// The longest time between two looks at the clock while messages wait.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

type Pending<T> = FuturesUnordered<Pin<Box<dyn Future<Output = T> + Send>>>;
type Admitted = (Admitting, Result<Accepted, StoreError>);
type Written = (Write, Result<Progress, StoreError>);
/// With the routes' number by which it was begun.
type Read = (Lane, u64, Result<Scanned, StoreError>);

/// The scheduler's one task.
pub struct Dispatcher {
    store: Store,
    bus: Bus,
    /// Wakes the clock's keeper: something becomes due earlier than it knows.
    due: Arc<Notify>,
    router: Arc<Router>,
    /// Rises with each change of the routes: what was read by earlier ones is read again.
    epoch: u64,
    /// When a rule comes or goes by the hours of the day.
    reroute_at: Option<Time>,
    languages: Vec<tpdu::Language>,
    /// How long evidence on an uncertain part is waited for.
    uncertain_wait: Duration,
    signals: mpsc::Receiver<Signal>,
    lanes: Lanes,
    slots: Slots,
    suspects: Suspects,
    started_at: Instant,
    watch: Watch,
    uncertain: Uncertain,
    writes: Pending<Written>,
    in_order: InOrder,
    reads: Pending<Read>,
    overlooked: Overlooked,
    admissions: Pending<Admitted>,
    /// Messages that could not be claimed for damage, and until when they rest.
    aside: VecDeque<(Instant, RowId, Lane)>,
    /// No claims before this: the store could not take the last one.
    paused_until: Instant,
    turn: u64,
    depth: Teller,
    jobs: u64,
    stopping: bool,
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

    /// To be called before anything is counted or chosen: when the clock was set, spans that run go
    /// on as they did, and what waits is read anew, by its new times.
    fn look_at_clock(&mut self, moment: Moment) {
        let step = self.watch.look(moment.wall, moment.steady.into_std());
        let Some(step) = step else { return };
        for sim in self.slots.all_mut().filter_map(Slot::sim_mut) {
            sim.clock_set(step);
        }
        self.rerouted(step.to);
    }

    /// Gives waiting messages to free SIMs until either runs out.
    fn assign(&mut self, moment: Moment) {
        while let Some((hold, step)) = self.claim_next(moment) {
            self.write(Write::claim(hold, step));
        }
    }

    /// What is up, or was a moment ago.
    fn scene(&self, moment: Moment) -> Scene<'_> {
        let slots = self.slots.all();
        Scene {
            candidates: slots.filter_map(|slot| slot.candidate(moment)).collect(),
            router: &self.router,
            settling: moment.steady < self.started_at + GRACE,
            now: moment.wall,
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

#[cfg(test)]
mod tests;
