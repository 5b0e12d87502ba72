//! The task of one port: opens it, has its modem driven, and does what the ladder says when that
//! fails, until the port is gone.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use model::{Backoff, Imei};
use modem::{Engine, Settings};
use tokio::sync::watch;
use tokio_serial::SerialStream;

use super::climb;
use super::ladder::Action;
use super::left_on_air::LeftOnAir;
use super::links::ModemLinks;
use super::roster::PortState;
use super::secondary::{self, Ended};
use super::session::{End, Left, Session};
use super::shared_trace::SharedTrace;
use super::spot::Spot;
use super::until::{Until, told};
use crate::ports::{self, OpenError, SYSFS, UsbPath};

/// Before a port that could not be used is looked at again: this, doubled each time.
const FIRST_LOOK: Duration = Duration::from_secs(2);
/// What never answered is no modem: seldom.
const SELDOM: Duration = Duration::from_mins(10);
/// What another program has may be free at any time.
const BUSY: Duration = Duration::from_secs(30);
/// A port that was lost may be on its way out: its node goes a little later.
const SETTLE: Duration = Duration::from_secs(1);
/// A port that is gone and of which nobody has told: the watcher looks that often.
const VANISHED: Duration = Duration::from_secs(10);
/// A modem on a port that stays is silent for a while after its power was cut.
const BOOT: Duration = Duration::from_secs(3);
/// How long it may be silent then.
const BOOT_LIMIT: Duration = Duration::from_mins(1);

/// What came of an attempt to use the port.
enum Outcome {
    /// The port is gone, or the gateway stops.
    Over,
    /// The port is gone, and nobody has told yet.
    Vanished,
    /// It was lost and is there again as another device.
    Returned,
    /// Not a modem's fault; the state says what it is.
    Unused(PortState, Option<String>),
    /// A modem with the IMEI of another one.
    Stranger(Imei),
    /// Another port carried the modem and is gone.
    Alone,
    /// The modem failed, or the device behind the port.
    Failed(String),
}

/// One port.
pub(super) struct Keeper {
    links: ModemLinks,
    path: PathBuf,
    spot: Spot,
    /// Kept over openings: it knows which submits may still be answered, and which PIN is wrong.
    engine: Engine,
    trace: SharedTrace,
    /// The modem that it carried, or is another port of.
    imei: Option<Imei>,
    /// Openings in a row without use.
    fruitless: u32,
    until: watch::Receiver<Until>,
    stop: watch::Receiver<bool>,
}

impl Keeper {
    pub(super) fn new(
        links: ModemLinks,
        path: PathBuf,
        until: watch::Receiver<Until>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let spot = Spot {
            port: path.display().to_string(),
            usb: UsbPath::of(Path::new(SYSFS), &path),
        };
        Self {
            links,
            path,
            spot,
            engine: Engine::new(Instant::now(), Settings::default()),
            trace: SharedTrace::default(),
            imei: None,
            fruitless: 0,
            until,
            stop,
        }
    }

    /// Runs until the port is gone.
    pub(super) async fn run(mut self) {
        self.show(PortState::Probing, None);
        let mut action = Action::Open;
        loop {
            let outcome = self.attempt(action).await;
            let (wait, next) = match outcome {
                Outcome::Over => break,
                outcome => self.judge(outcome).await,
            };
            if !self.rest(wait).await {
                break;
            }
            action = next;
        }
        self.leave();
    }

    async fn attempt(&mut self, action: Action) -> Outcome {
        if action == Action::CyclePower && !self.cycle_power().await {
            return Outcome::Over;
        }
        let node = node(&self.path);
        let mut stream = match ports::open(&self.path, self.links.settings.modems.baud).await {
            Ok(stream) => stream,
            Err(error) => return self.unopened(error).await,
        };
        self.configure(action);
        let mut session = Session::new(
            self.links.clone(),
            self.spot.clone(),
            std::mem::replace(
                &mut self.engine,
                Engine::new(Instant::now(), Settings::default()),
            ),
            self.trace.clone(),
        );
        let restart = action == Action::OpenAndRestart;
        let end = session.run(&mut stream, restart, self.until.clone()).await;
        // At once, and not when all is stored that came: as long as the dead node is open, the
        // device that comes back gets another number (field notes A 16).
        let stream = if let End::Second(_) = &end {
            Some(stream)
        } else {
            ports::close(stream).await;
            None
        };
        let reason = match &end {
            End::Reopen(reason) => Some(reason.to_string()),
            _ => None,
        };
        let left = session.close(reason.as_deref()).await;
        self.ended(end, left, stream, node).await
    }

    /// Cuts the power; false when the port went with it.
    async fn cycle_power(&mut self) -> bool {
        if let Some(imei) = &self.imei {
            climb::cycle_power(&self.links, imei).await;
        }
        self.pause(BOOT).await
    }

    fn configure(&mut self, action: Action) {
        let now = Instant::now();
        let mut settings = LeftOnAir::settings(self.links.left, now);
        if action == Action::CyclePower {
            settings.on_air_until = settings.on_air_until.max(Some(now + BOOT_LIMIT));
        }
        self.engine.configure(settings);
    }

    async fn unopened(&mut self, error: OpenError) -> Outcome {
        match error {
            OpenError::Gone => Outcome::Vanished,
            OpenError::InUse => Outcome::Unused(PortState::InUse, ports::culprit(&self.path).await),
            OpenError::Unusable(why) => Outcome::Unused(PortState::Unusable, Some(why)),
            OpenError::Failed(why) => Outcome::Failed(format!("the port cannot be opened: {why}")),
        }
    }

    /// What the end of a session means.
    async fn ended(
        &mut self,
        end: End,
        left: Left,
        stream: Option<SerialStream>,
        node: Option<Node>,
    ) -> Outcome {
        self.engine = left.engine;
        if left.imei.is_some() {
            self.imei = left.imei;
            self.fruitless = 0;
        }
        match end {
            End::Stopped => Outcome::Over,
            End::Nameless => Outcome::Unused(PortState::NoImei, None),
            End::Stranger(imei) => Outcome::Stranger(imei),
            End::Second(imei) => match stream {
                Some(stream) => self.listen(imei, stream, node).await,
                None => Outcome::Alone,
            },
            End::Port(error) => self.lost(&error.to_string(), node).await,
            End::Reopen(reason) if left.answered || self.imei.is_some() => {
                Outcome::Failed(reason.to_string())
            }
            End::Reopen(_) => match self.links.fleet.recoveries().remembered(&self.spot) {
                Some(imei) => {
                    self.imei = Some(imei);
                    Outcome::Failed("it does not answer after a restart".to_owned())
                }
                None => Outcome::Unused(PortState::Silent, None),
            },
        }
    }

    /// Listens to another port of a modem.
    async fn listen(
        &mut self,
        imei: Imei,
        mut stream: SerialStream,
        node: Option<Node>,
    ) -> Outcome {
        tracing::info!(port = self.spot.port, %imei, "another port of a modem in use; listening to it");
        self.imei = Some(imei.clone());
        self.fruitless = 0;
        self.show(PortState::Second, None);
        let fleet = &self.links.fleet;
        let ended = secondary::listen(fleet, &imei, &mut stream, self.until.clone()).await;
        ports::close(stream).await;
        match ended {
            Ended::Told => Outcome::Over,
            Ended::Alone => Outcome::Alone,
            Ended::Port(error) => self.lost(&error.to_string(), node).await,
        }
    }

    /// A port was lost: with its device, for which the modem is not to blame, or not.
    async fn lost(&mut self, error: &str, before: Option<Node>) -> Outcome {
        if !self.pause(SETTLE).await {
            return Outcome::Over;
        }
        match node(&self.path) {
            None => Outcome::Vanished,
            now if now != before => Outcome::Returned,
            _ => Outcome::Failed(format!("the port was lost: {error}")),
        }
    }

    /// How long to wait, and what to do then.
    async fn judge(&mut self, outcome: Outcome) -> (Duration, Action) {
        match outcome {
            Outcome::Over | Outcome::Returned | Outcome::Alone => {
                self.show(PortState::Probing, None);
                (Duration::ZERO, Action::Open)
            }
            Outcome::Vanished => (VANISHED, Action::Open),
            Outcome::Unused(state, detail) => {
                self.unused(state, detail);
                let longest = match state {
                    PortState::InUse => BUSY,
                    _ => SELDOM,
                };
                (self.next_look(longest), Action::Open)
            }
            Outcome::Stranger(imei) => {
                self.stranger(&imei).await;
                (Duration::ZERO, Action::Open)
            }
            Outcome::Failed(reason) => self.failed(&reason).await,
        }
    }

    async fn failed(&mut self, reason: &str) -> (Duration, Action) {
        let Some(imei) = self.imei.clone() else {
            self.unused(PortState::Unusable, Some(reason.to_owned()));
            return (self.next_look(SELDOM), Action::Open);
        };
        let plan = climb::failed(&self.links, &imei, &self.spot, reason).await;
        match plan {
            Some(plan) => {
                self.show(PortState::Recovering, Some(reason.to_owned()));
                (plan.wait, plan.action)
            }
            // Another port of it is in charge.
            None => (BUSY, Action::Open),
        }
    }

    /// Says once what a port is, if it is of no use.
    fn unused(&self, state: PortState, detail: Option<String>) {
        let port = &self.spot.port;
        let why = detail.clone().unwrap_or_default();
        if !self.show(state, detail) {
            return;
        }
        match state {
            PortState::NoImei => {
                tracing::error!(port, "the modem does not tell its IMEI; it is not used");
            }
            PortState::InUse => tracing::error!(port, why, "another program has the port"),
            PortState::Unusable => tracing::error!(port, why, "the port cannot be used"),
            _ => tracing::info!(
                port,
                "nothing answers AT; the port is looked at again now and then"
            ),
        }
    }

    /// Waits until the modem that has the same IMEI is gone.
    async fn stranger(&mut self, imei: &Imei) {
        let other = self.links.fleet.modem(imei).map(|live| live.port);
        let detail = other
            .as_ref()
            .map(|other| format!("has the IMEI of the modem at {other}"));
        if self.show_of(PortState::SameImei, Some(imei), detail) {
            tracing::error!(port = self.spot.port, other, %imei,
                "two modems have the same IMEI; the second is not used");
        }
        let mut changes = self.links.fleet.changes();
        let mut until = self.until.clone();
        while self.links.fleet.modem(imei).is_some() {
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { return },
                () = told(&mut until) => return,
            }
        }
    }

    fn next_look(&mut self, longest: Duration) -> Duration {
        self.fruitless = self.fruitless.saturating_add(1);
        let first = FIRST_LOOK;
        Backoff { first, longest }.wait(self.fruitless)
    }

    /// False when the port is to be left.
    async fn rest(&mut self, wait: Duration) -> bool {
        let recoveries = self.links.fleet.recoveries();
        let bell = self.imei.as_ref().and_then(|imei| recoveries.bell(imei));
        let mut until = self.until.clone();
        tokio::select! {
            biased;
            () = told(&mut until) => false,
            () = tokio::time::sleep(wait) => true,
            () = climb::rung(bell.as_deref()) => true,
        }
    }

    /// The same, whatever rings.
    async fn pause(&mut self, wait: Duration) -> bool {
        tokio::time::timeout(wait, told(&mut self.until))
            .await
            .is_err()
    }

    fn show(&self, state: PortState, detail: Option<String>) -> bool {
        self.show_of(state, self.imei.as_ref(), detail)
    }

    fn show_of(&self, state: PortState, imei: Option<&Imei>, detail: Option<String>) -> bool {
        self.links
            .fleet
            .roster()
            .set(&self.spot, state, imei, detail)
    }

    /// The port is gone. A modem that was told to boot is waited for.
    fn leave(self) {
        let fleet = &self.links.fleet;
        fleet.roster().remove(&self.spot);
        let Some(imei) = self.imei else {
            return;
        };
        let waits = fleet.recoveries().vanished(&imei, &self.spot.port);
        if waits && *self.until.borrow() == Until::Gone {
            tokio::spawn(climb::await_return(self.links, imei, self.spot, self.stop));
        }
    }
}

/// Tells a device from another that came under the same name: the name's own inode, and when
/// that was made.
type Node = (u64, u64, i64, i64);

fn node(path: &Path) -> Option<Node> {
    let link = path.symlink_metadata().ok()?;
    path.exists()
        .then(|| (link.dev(), link.ino(), link.ctime(), link.ctime_nsec()))
}
