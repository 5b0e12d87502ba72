//! The task: connects, binds, runs the bound session, waits, and again.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use model::UplinkTrouble;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep, timeout};

use super::backoff::{Kind, Tries};
use super::bind::{BindError, Role, bind, connect};
use super::bound::{Bound, End};
use super::conn::Conn;
use super::event::{Event, State};
use super::outbox::Outbox;
use super::shared::Shared;
use super::{Bind, Settings};

/// A bind that held this long was a good one. Less may be a peer that accepts and drops,
/// which must not be asked each second for ever.
const HELD: Duration = Duration::from_secs(5);

pub(crate) struct Runner {
    settings: Settings,
    shared: Arc<Shared>,
    outbox: Outbox,
    tries: Tries,
    /// Numbers the deliveries through all binds, so that an old `Ack` fits no new one.
    serial: u64,
}

impl Drop for Runner {
    // Here and not at the end of `run`: a stop() must not wait for a task that panicked, or
    // whose runtime is shutting down.
    fn drop(&mut self) {
        {
            let mut inner = self.shared.lock();
            inner.ended = true;
            inner.stopping = true;
            inner.accepting = false;
            inner.state = State::Stopped;
        }
        self.shared.ended.notify_waiters();
    }
}

/// The owner wants the session to end.
struct Stop;

impl Runner {
    pub(crate) fn new(settings: Settings, shared: Arc<Shared>, events: Sender<Event>) -> Self {
        let outbox = Outbox::new(events);
        Self {
            settings,
            shared,
            outbox,
            tries: Tries::default(),
            serial: 0,
        }
    }

    pub(crate) async fn run(mut self) {
        while self.cycle().await.is_ok() {}
        // Also when it was the owner that went away.
        self.shared.lock().stopping = true;
        self.set_state(State::Stopped, None);
        // The last outcomes. An owner that no longer takes them would keep stop() for ever.
        let _ = timeout(self.settings.response_timeout, async {
            while !self.outbox.is_empty() && !self.outbox.gone {
                self.outbox.pump(&self.shared).await;
            }
        })
        .await;
    }

    /// One try, and the wait after it.
    async fn cycle(&mut self) -> Result<(), Stop> {
        let (kind, why) = match self.bring_up().await? {
            Err(err) if err.is_refusal() => (Kind::Refused, (err.trouble(), err.to_string())),
            Err(err) => (Kind::Lost, (err.trouble(), err.to_string())),
            Ok(conns) => (Kind::Lost, self.bound(conns).await?),
        };
        let retry_in = self.tries.wait(kind, rand::random());
        let state = match kind {
            Kind::Lost => State::Waiting { retry_in },
            Kind::Refused => State::Refused { retry_in },
        };
        tracing::info!(host = %self.settings.host, why = why.1, retry_in_seconds = retry_in.as_secs(), "SMPP session is down");
        self.set_state(state, Some(why));
        self.during(sleep(retry_in)).await
    }

    async fn bring_up(&mut self) -> Result<Result<Vec<Conn>, BindError>, Stop> {
        self.set_state(State::Connecting, None);
        let roles: &[Role] = match self.settings.bind {
            Bind::Transceiver => &[Role::Transceiver],
            Bind::Pair => &[Role::Transmitter, Role::Receiver],
        };
        let settings = self.settings.clone();
        let mut conns = Vec::with_capacity(roles.len());
        for _ in roles {
            match self.during(connect(&settings)).await? {
                Ok(conn) => conns.push(conn),
                Err(err) => return Ok(Err(err)),
            }
        }
        self.set_state(State::Binding, None);
        for (conn, role) in conns.iter_mut().zip(roles) {
            if let Err(err) = self.during(bind(conn, &settings, *role)).await? {
                return Ok(Err(err));
            }
        }
        Ok(Ok(conns))
    }

    /// Runs the bound session; gives why it went down.
    async fn bound(&mut self, conns: Vec<Conn>) -> Result<(UplinkTrouble, String), Stop> {
        let began = Instant::now();
        {
            let mut inner = self.shared.lock();
            // Acknowledgements of the bind before fit no delivery of this one.
            inner.take_acks();
            inner.accepting = true;
            inner.bound_since = Some(SystemTime::now());
        }
        self.set_state(State::Bound, None);
        tracing::info!(host = %self.settings.host, "SMPP session is bound");
        let bound = Bound::new(&self.settings, &self.shared, &mut self.outbox, conns);
        let end = bound.run(&mut self.serial).await;
        if began.elapsed() >= HELD {
            self.tries.reset();
        }
        self.shared.lock().bound_since = None;
        match end {
            End::Stopped => Err(Stop),
            End::Lost(trouble, why) => Ok((trouble, why)),
        }
    }

    fn set_state(&mut self, state: State, why: Option<(UplinkTrouble, String)>) {
        {
            let mut inner = self.shared.lock();
            inner.state = state;
            if why.is_some() {
                inner.last_error = why;
            }
        }
        self.outbox.push_status(&self.shared);
        self.outbox.hand_over(&self.shared);
    }

    /// Does `work`, hands events over meanwhile, and lets a stop cut it short.
    async fn during<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Stop> {
        let mut work = pin!(work);
        loop {
            if self.outbox.gone || self.shared.lock().stopping {
                return Err(Stop);
            }
            tokio::select! {
                done = &mut work => return Ok(done),
                () = self.shared.wake.notified() => {}
                () = self.outbox.pump(&self.shared) => {}
            }
        }
    }
}
