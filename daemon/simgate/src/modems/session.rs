//! One open port: bytes, clock and requests in, the engine's outputs carried out.

mod earlier;
mod events;
mod incidents;

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt};
use modem::{Engine, Iccid, Imei, Input, Output, Reason, ReceiptToken, Settings};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot, watch};

use super::fleet::{Fleet, SharedTrace};
use super::handle::{AtReply, Command, CommandError, MAILBOX, UssdReply};
use super::incidents::Incidents;
use super::left_on_air::LeftOnAir;
use crate::config::Config;
use crate::events::Bus;
use crate::model::IncidentKind;
use crate::schedule;
use crate::store::Store;
use earlier::Earlier;

/// What a port's task needs of the rest of the gateway.
#[derive(Clone)]
pub(crate) struct Links {
    pub(crate) config: Arc<Config>,
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) fleet: Fleet,
    pub(crate) scheduler: schedule::Handle,
    pub(crate) incidents: Incidents,
    /// What the run before left on the air.
    pub(crate) left: Option<LeftOnAir>,
}

/// What the engine has written and the port has not taken. A modem that takes nothing is
/// opened again at this bound: no command is that long.
const MOST_UNWRITTEN: usize = 64 * 1024;

/// How soon a SIM that could not be brought up, for trouble with the store, is tried again.
const UP_RETRY: Duration = Duration::from_secs(5);

/// A task without a wake-up from its engine looks at the clock this often.
const IDLE: Duration = Duration::from_hours(1);

/// Why a session ended.
#[derive(Debug)]
pub(super) enum End {
    /// The engine wants the port opened again.
    Reopen(Reason),
    /// The port failed or went away.
    Port(io::Error),
    /// The gateway stops.
    Stopped,
}

type Commits = FuturesUnordered<Pin<Box<dyn Future<Output = (ReceiptToken, bool)> + Send>>>;

/// The state of one open port.
pub(super) struct Session {
    links: Links,
    port: String,
    engine: Engine,
    /// Bytes for the port.
    unwritten: Vec<u8>,
    wake_at: Instant,
    commands: mpsc::Receiver<Command>,
    mailbox: mpsc::Sender<Command>,
    commits: Commits,
    waiting: Waiting,
    trace: SharedTrace,
    imei: Option<Imei>,
    iccid: Option<Iccid>,
    /// The scheduler knows this SIM as able to send.
    up: bool,
    /// When to try again to bring it up.
    up_retry_at: Option<Instant>,
    earlier: Earlier,
}

/// Requests that wait for the modem's answer.
#[derive(Default)]
struct Waiting {
    next: u64,
    ussd: HashMap<u64, oneshot::Sender<Result<UssdReply, CommandError>>>,
    at: HashMap<u64, oneshot::Sender<Result<AtReply, CommandError>>>,
}

impl Session {
    pub(super) fn new(links: Links, port: String, settings: Settings) -> Self {
        let (mailbox, commands) = mpsc::channel(MAILBOX);
        let now = Instant::now();
        Self {
            links,
            port,
            engine: Engine::new(now, settings),
            unwritten: Vec::new(),
            wake_at: now + IDLE,
            commands,
            mailbox,
            commits: FuturesUnordered::new(),
            waiting: Waiting::default(),
            trace: SharedTrace::default(),
            imei: None,
            iccid: None,
            up: false,
            up_retry_at: None,
            earlier: Earlier::default(),
        }
    }

    /// Runs until the port ends or `stop` says so, and leaves nothing half told.
    pub(super) async fn run<S>(mut self, stream: S, mut stop: watch::Receiver<bool>) -> End
    where
        S: AsyncRead + AsyncWrite + Send,
    {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let mut buffer = [0; 4096];
        self.engine.handle(Instant::now(), Input::Opened);
        let end = loop {
            if let Some(reason) = self.carry_out().await {
                break End::Reopen(reason);
            }
            if self.unwritten.len() > MOST_UNWRITTEN {
                break End::Port(io::Error::other("the modem takes no more bytes"));
            }
            let wake = tokio::time::sleep_until(self.wake_at.into());
            tokio::select! {
                read = reader.read(&mut buffer) => match read {
                    Ok(0) => break End::Port(io::ErrorKind::UnexpectedEof.into()),
                    Ok(n) => self.engine.handle(Instant::now(), Input::Bytes(&buffer[..n])),
                    Err(error) => break End::Port(error),
                },
                written = writer.write(&self.unwritten), if !self.unwritten.is_empty() => match written {
                    Ok(0) => break End::Port(io::ErrorKind::WriteZero.into()),
                    Ok(n) => drop(self.unwritten.drain(..n)),
                    Err(error) => break End::Port(error),
                },
                Some(command) = self.commands.recv() => self.command(command).await,
                Some((token, durable)) = self.commits.next() => {
                    let input = if durable { Input::Committed(token) } else { Input::NotCommitted(token) };
                    self.engine.handle(Instant::now(), input);
                }
                () = wake => self.engine.handle(Instant::now(), Input::Tick),
                () = at(self.up_retry_at) => self.set_up().await,
                () = told(&mut stop) => break End::Stopped,
            }
        };
        self.ended(&end);
        self.close().await;
        end
    }

    /// Carries out what the engine wants; a reason when it wants the port opened again.
    async fn carry_out(&mut self) -> Option<Reason> {
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Write(bytes) => self.unwritten.extend(bytes),
                Output::WakeAt(at) => self.wake_at = at,
                Output::Event(event) => self.event(event).await,
                Output::Reopen(reason) => return Some(reason),
            }
        }
        None
    }

    async fn command(&mut self, command: Command) {
        let now = Instant::now();
        match command {
            Command::Submit { job, pdu, more } => {
                self.engine.handle(now, Input::Submit { job, pdu, more });
            }
            Command::Ussd { code, reply } => {
                let id = self.waiting.id();
                self.waiting.ussd.insert(id, reply);
                self.engine.handle(now, Input::Ussd { id, code: &code });
            }
            Command::At { command, reply } => {
                let id = self.waiting.id();
                self.waiting.at.insert(id, reply);
                self.engine.handle(
                    now,
                    Input::Raw {
                        id,
                        command: &command,
                    },
                );
            }
            Command::Restart(how) => {
                self.incident(IncidentKind::Restart, "asked for by an operator");
                self.engine.handle(now, Input::Restart(how));
            }
            Command::Reconfigured => self.offer_pin().await,
        }
    }

    /// Ends the engine's work, so that what is on the air is reported, and takes the modem off
    /// the books.
    async fn close(&mut self) {
        self.engine.handle(Instant::now(), Input::Closed);
        self.carry_out().await;
        // What is being stored is stored; the modem offers it again, and it is known then.
        while self.commits.next().await.is_some() {}
        self.set_down().await;
        if let Some(imei) = self.imei.take() {
            self.links.fleet.remove(&imei, &self.port);
            self.links.bus.modem_state(&imei, "absent");
        }
        if let Some(iccid) = self.iccid.take() {
            self.links.bus.sim_state(&iccid, "absent");
        }
    }
}

/// Waits until an instant, or for ever.
async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}

/// Waits until a flag is set, or nobody is left to set it.
pub(super) async fn told(flag: &mut watch::Receiver<bool>) {
    let _ = flag.wait_for(|set| *set).await;
}

impl Waiting {
    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}
