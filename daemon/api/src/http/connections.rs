//! The connections that are open: how many, and which of them may be closed for others.

mod wait;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use wait::Wait;

/// From the connection to the end of the first request's head.
const FIRST_HEAD: Duration = Duration::from_secs(10);
/// From one answer to the end of the next request's head.
const IDLE: Duration = Duration::from_mins(1);
/// From the last octet of an answer that the client took to the next.
const NOTHING_TAKEN: Duration = Duration::from_mins(1);
/// So far behind with an answer that is taken, or a body that is sent: it makes room for another, where
/// all places are taken.
const STALLED: Duration = Duration::from_secs(2);

/// What a client with manners is about to send comes within this: the request of a newcomer, the next one
/// after an answer, the rest of a body. Until then it makes room only where nobody else can. It is short,
/// since those who come and say nothing have a place each for as long.
const PROMPT: Duration = Duration::from_millis(250);

/// Of one that has had an answer, time without a request counts so many times less than of one that never
/// brought a whole request, as it is given so many times more of it.
const OF_USE: u32 = 6;

/// Whoever holds more than this part of all places gives one up before the newcomers of others do.
const LARGE_PART: usize = 16;

/// Connections that may be being closed for others while one more is accepted: on a machine that is busy
/// newcomers wait for that, outside.
const CLOSING: usize = 32;

/// The metric of how many are open, those too that are being closed for others.
const OPEN: &str = "simgate_http_connections";

/// Those that are open, by their age.
#[derive(Clone)]
pub struct Connections(Arc<Registry>);

struct Registry {
    at_most: usize,
    /// Those that are being closed have descriptors too.
    descriptors: Arc<Semaphore>,
    open: Mutex<(u64, Open)>,
}

type Open = BTreeMap<u64, Arc<Connection>>;

/// One of them.
pub(super) struct Connection {
    state: Mutex<State>,
    /// Told when it is to be closed for another, when its requests begin and end, and when the
    /// client takes no more.
    changed: Notify,
}

struct State {
    /// Whom it is counted for: the peer, then the client of its last request.
    holder: IpAddr,
    /// Requests that are being answered.
    requests: usize,
    /// When that changed last, or the client took something of an answer or sent some of a body.
    since: Instant,
    /// For the client to take what is to be written.
    no_room: Wait,
    /// For the rest of a body.
    body: Wait,
    answered: bool,
    unwanted: bool,
}

/// A place among the open ones, given back when dropped.
pub(super) struct Place {
    connections: Connections,
    number: u64,
    connection: Arc<Connection>,
}

/// What became of a newcomer.
#[derive(Default)]
pub(super) struct Admission {
    /// None where there is no room.
    pub(super) place: Option<Place>,
    /// Whose connection was closed for it.
    pub(super) evicted: Option<IpAddr>,
}

impl Connections {
    /// A register of so many at most, for all listeners that share it.
    pub fn new(at_most: usize) -> Self {
        Self(Arc::new(Registry {
            at_most,
            descriptors: Arc::new(Semaphore::new(at_most + CLOSING)),
            open: Mutex::default(),
        }))
    }

    /// Waits until one more may have a descriptor. To be dropped when its connection is closed.
    pub(super) async fn descriptor(&self) -> Option<OwnedSemaphorePermit> {
        let descriptors = Arc::clone(&self.0.descriptors);
        descriptors.acquire_owned().await.ok()
    }

    /// Makes room for one more. Where there is none, the one goes that has been idle or stalled for
    /// longest. Where nobody has, one goes of a holder of very many; else the one whose body is waited
    /// for longest; else the newcomer who came first. Where all are at work, the holder of most places
    /// gives one up to a holder who would still have fewer: nobody keeps more than half of them from others.
    pub(super) fn admit(&self, peer: IpAddr) -> Admission {
        let holder = holder(peer);
        let mut open = self.open();
        let (next, known) = &mut *open;
        let mut evicted = None;
        if known.len() >= self.0.at_most {
            let chosen = dispensable(known, holder, self.0.at_most);
            let Some(connection) = chosen.and_then(|number| known.remove(&number)) else {
                return Admission::default();
            };
            connection.dismiss();
            evicted = Some(connection.state().holder);
        }
        *next += 1;
        let connection = Arc::new(Connection::of(holder));
        known.insert(*next, Arc::clone(&connection));
        metrics::gauge!(OPEN).increment(1.0);
        let place = Some(Place {
            connections: self.clone(),
            number: *next,
            connection,
        });
        Admission { place, evicted }
    }

    fn open(&self) -> MutexGuard<'_, (u64, Open)> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whom places are counted for. A host has a whole /64 of IPv6.
fn holder(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let mut octets = address.octets();
            octets[8..].fill(0);
            octets.into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// The one that goes for a newcomer, if any may.
fn dispensable(known: &Open, newcomer: IpAddr, places: usize) -> Option<u64> {
    let now = Instant::now();
    longest(known, |state| state.unused_for(now))
        .or_else(|| of_most(known, newcomer, places / LARGE_PART))
        .or_else(|| longest(known, |state| state.awaited_for(now)))
        .or_else(|| longest(known, |state| state.asks_nothing_for(now)))
        .or_else(|| of_most(known, newcomer, 0))
}

fn longest(known: &Open, time: impl Fn(&State) -> Option<Duration>) -> Option<u64> {
    let times = known.iter().filter_map(|(number, connection)| {
        let time = time(&connection.state())?;
        Some((time, *number))
    });
    times.max().map(|(_, number)| number)
}

/// Of whoever holds most places, more than `few` and more than `newcomer` with one more, the one that
/// moved least recently.
fn of_most(known: &Open, newcomer: IpAddr, few: usize) -> Option<u64> {
    let mut held = HashMap::<IpAddr, usize>::new();
    for connection in known.values() {
        *held.entry(connection.state().holder).or_default() += 1;
    }
    let newcomers = held.get(&newcomer).copied().unwrap_or(0);
    let (most, places) = held.into_iter().max_by_key(|(_, places)| *places)?;
    if places <= few.max(newcomers + 1) {
        return None;
    }
    let its = known.iter().filter(|(_, one)| one.state().holder == most);
    let (number, _) = its.min_by_key(|(_, one)| one.state().since)?;
    Some(*number)
}

impl State {
    /// How long it has been idle, or how far its client is behind with taking or sending, if that is too
    /// much. None where it is at work, or its client may be about to send.
    fn unused_for(&self, now: Instant) -> Option<Duration> {
        if let Some(behind) = self.no_room.length(now).or(self.body.length(now)) {
            return (behind >= STALLED).then_some(behind);
        }
        let time = self.asks_nothing_for(now)?;
        let counted = if self.answered { time / OF_USE } else { time };
        (time >= PROMPT).then_some(counted)
    }

    /// How long it has had neither a request nor anything of an answer that is still to be taken: hyper
    /// has the rest of an answer in a buffer, and to it the request is over.
    fn asks_nothing_for(&self, now: Instant) -> Option<Duration> {
        let idle = self.requests == 0 && self.no_room.since().is_none();
        idle.then(|| now.saturating_duration_since(self.since))
    }

    /// How long its body is waited for.
    fn awaited_for(&self, now: Instant) -> Option<Duration> {
        let time = now.saturating_duration_since(self.body.since()?);
        (time >= PROMPT).then_some(time)
    }
}

impl Place {
    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().1.remove(&self.number);
        metrics::gauge!(OPEN).decrement(1.0);
    }
}

impl Connection {
    fn of(holder: IpAddr) -> Self {
        Self {
            state: Mutex::new(State {
                holder,
                requests: 0,
                since: Instant::now(),
                no_room: Wait::default(),
                body: Wait::default(),
                answered: false,
                unwanted: false,
            }),
            changed: Notify::new(),
        }
    }

    pub(super) fn begin(&self) {
        self.change(|state| state.requests += 1);
    }

    /// Whose request it has: behind a proxy, not the peer's.
    pub(super) fn serves(&self, client: IpAddr) {
        self.state().holder = holder(client);
    }

    pub(super) fn end(&self) {
        self.change(|state| {
            state.requests = state.requests.saturating_sub(1);
            state.answered = true;
        });
    }

    /// The client took something of an answer. Told of each write: what became later is found when
    /// what was due before has come.
    pub(super) fn took(&self, octets: usize) {
        let mut state = self.state();
        state.since = Instant::now();
        state.no_room.moved(octets);
    }

    /// There is more to write than the client takes.
    pub(super) fn has_no_room(&self) {
        if self.state().no_room.begin() {
            self.changed.notify_one();
        }
    }

    /// The rest of a request's body has not come yet.
    pub(super) fn awaits_body(&self) {
        self.state().body.begin();
    }

    /// Some of a body came.
    pub(super) fn body_moved(&self, octets: usize) {
        let mut state = self.state();
        state.since = Instant::now();
        state.body.moved(octets);
    }

    /// The rest of a body is no longer waited for.
    pub(super) fn body_ended(&self) {
        let mut state = self.state();
        state.since = Instant::now();
        state.body = Wait::default();
    }

    fn dismiss(&self) {
        self.change(|state| state.unwanted = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        state.since = Instant::now();
        drop(state);
        self.changed.notify_one();
    }

    /// Ends when the connection is to be closed: for another (`ConnectionAborted`), or for its slowness
    /// (`TimedOut`).
    pub(super) async fn overdue(&self) -> io::ErrorKind {
        while !self.state().unwanted {
            let changed = self.changed.notified();
            match self.due() {
                None => changed.await,
                Some(due) => {
                    let waited = tokio::time::timeout_at(due, changed).await;
                    if waited.is_err() && self.due().is_some_and(|now_due| now_due <= due) {
                        return io::ErrorKind::TimedOut;
                    }
                }
            }
        }
        io::ErrorKind::ConnectionAborted
    }

    /// When it has been without a request for too long, or its client has taken nothing for too
    /// long; none while a request is being answered and all that is written is taken.
    fn due(&self) -> Option<Instant> {
        let state = self.state();
        if let Some(since) = state.no_room.since() {
            return Some(since + NOTHING_TAKEN);
        }
        let patience = if state.answered { IDLE } else { FIRST_HEAD };
        (state.requests == 0).then(|| state.since + patience)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
