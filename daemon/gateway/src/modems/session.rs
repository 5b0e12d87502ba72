//! One open port: bytes, clock and requests in, the engine's outputs carried out.

mod earlier;
mod events;
mod incidents;
mod life;
mod pins;
mod told;

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt};
use model::{Iccid, Imei, IncidentKind};
use modem::{DownReason, Engine, Input, JobId, Output, ReceiptToken, RestartHow};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot, watch};
use tpdu::PduHex;

use super::handle::{AtReply, Command, CommandError, MAILBOX, UssdReply};
use super::links::ModemLinks;
use super::shared_trace::SharedTrace;
use super::spot::Spot;
use super::until::{Until, told};
use earlier::Earlier;

/// What the engine has written and the port has not taken. A modem that takes nothing is
/// opened again at this bound: no command is that long.
const MOST_UNWRITTEN: usize = 64 * 1024;

/// How soon a SIM that could not be brought up, for trouble with the store, is tried again.
const UP_RETRY: Duration = Duration::from_secs(5);

/// A modem that has been up for so long works: what it did before is forgotten. Longer than it
/// takes to notice that an idle one has fallen silent.
const WORKED: Duration = Duration::from_mins(5);

/// A task without a wake-up from its engine looks at the clock this often.
const IDLE: Duration = Duration::from_hours(1);

/// Why a session ended.
#[derive(Debug)]
pub(super) enum End {
    /// The engine wants the port opened again.
    Reopen(DownReason),
    /// The port failed or went away.
    Port(io::Error),
    /// The gateway stops, or the port is gone.
    Stopped,
    /// Another port of this modem is in use.
    Second(Imei),
    /// A modem with this IMEI is in use, and it is another one.
    Stranger(Imei),
    /// The modem does not tell its IMEI.
    Nameless,
}

/// What is left when a session is over.
pub(super) struct Left {
    pub(super) engine: Engine,
    /// The modem that it had in the fleet.
    pub(super) imei: Option<Imei>,
    /// Something answered AT.
    pub(super) answered: bool,
}

/// Parts that are not let out yet: whether they were.
type Held = FuturesUnordered<Pin<Box<dyn Future<Output = (JobId, bool)> + Send>>>;
type Commits = FuturesUnordered<Pin<Box<dyn Future<Output = (ReceiptToken, bool)> + Send>>>;

/// The state of one open port.
pub(super) struct Session {
    links: ModemLinks,
    port: String,
    spot: Spot,
    engine: Engine,
    /// Bytes for the port.
    unwritten: Vec<u8>,
    wake_at: Instant,
    commands: mpsc::Receiver<Command>,
    mailbox: mpsc::Sender<Command>,
    commits: Commits,
    held: Held,
    waiting: Waiting,
    trace: SharedTrace,
    imei: Option<Imei>,
    iccid: Option<Iccid>,
    /// The scheduler knows this SIM as able to send.
    up: bool,
    /// When to try again to bring it up.
    up_retry_at: Option<Instant>,
    earlier: Earlier,
    /// The PIN that the engine was given last from the SIM's row.
    offered: Option<String>,
    /// The modem was restarted for what its engine asked that for.
    restarted: bool,
    /// Something answered AT.
    answered: bool,
    /// Another port has this IMEI, and only the SIM can tell whether it is the same modem.
    doubtful: Option<Imei>,
    /// The session is over for this.
    over: Option<End>,
    /// When the modem will have been up for long enough.
    worked_at: Option<Instant>,
}

/// Requests that wait for the modem's answer.
#[derive(Default)]
struct Waiting {
    next: u64,
    ussd: HashMap<u64, oneshot::Sender<Result<UssdReply, CommandError>>>,
    at: HashMap<u64, oneshot::Sender<Result<AtReply, CommandError>>>,
    unlock: HashMap<u64, pins::UnlockReply>,
    /// Submits in the engine's hands that ask for a status report: as many as it takes.
    reports: HashSet<JobId>,
}

impl Session {
    pub(super) fn new(links: ModemLinks, spot: Spot, engine: Engine, trace: SharedTrace) -> Self {
        let (mailbox, commands) = mpsc::channel(MAILBOX);
        let now = Instant::now();
        Self {
            links,
            port: spot.port.clone(),
            spot,
            engine,
            unwritten: Vec::new(),
            wake_at: now + IDLE,
            commands,
            mailbox,
            commits: FuturesUnordered::new(),
            held: FuturesUnordered::new(),
            waiting: Waiting::default(),
            trace,
            imei: None,
            iccid: None,
            up: false,
            up_retry_at: None,
            earlier: Earlier::default(),
            offered: None,
            restarted: false,
            answered: false,
            doubtful: None,
            over: None,
            worked_at: None,
        }
    }

    /// Runs until the port ends or `until` says so; then close the port, and the session.
    /// `restart`: the modem is to boot before anything else.
    pub(super) async fn run<S>(
        &mut self,
        stream: &mut S,
        restart: bool,
        mut until: watch::Receiver<Until>,
    ) -> End
    where
        S: AsyncRead + AsyncWrite + Send + Unpin,
    {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let mut buffer = [0; 4096];
        self.engine.handle(Instant::now(), Input::Opened);
        if restart {
            self.engine
                .handle(Instant::now(), Input::Restart(RestartHow::Soft));
        }
        let end = loop {
            if let Some(reason) = self.carry_out().await {
                break End::Reopen(reason);
            }
            if let Some(end) = self.over.take() {
                break end;
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
                Some((job, let_out)) = self.held.next() => {
                    let input = if let_out { Input::Release(job) } else { Input::Withdraw(job) };
                    self.engine.handle(Instant::now(), input);
                }
                Some((token, durable)) = self.commits.next() => {
                    let input = if durable { Input::Committed(token) } else { Input::NotCommitted(token) };
                    self.engine.handle(Instant::now(), input);
                }
                () = wake => self.engine.handle(Instant::now(), Input::Tick),
                () = at(self.up_retry_at) => self.set_up().await,
                () = at(self.worked_at) => self.worked(),
                () = told(&mut until) => break End::Stopped,
            }
        };
        self.ended(&end);
        end
    }

    /// Carries out what the engine wants; a reason when it wants the port opened again.
    async fn carry_out(&mut self) -> Option<DownReason> {
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
            Command::Submit { job, pdu, more, go } => {
                if asks_report(&pdu) {
                    self.waiting.reports.insert(job);
                }
                self.engine.handle(now, Input::Prepare { job, pdu, more });
                self.held
                    .push(Box::pin(async move { (job, go.await.is_ok()) }));
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
            Command::Unlock {
                code,
                last_try,
                reply,
            } => self.unlock(code, last_try, reply),
            Command::Restart(how) => {
                self.incident(IncidentKind::Restart, "asked for by an operator");
                self.engine.handle(now, Input::Restart(how));
            }
            Command::Sweep => self.engine.handle(now, Input::Sweep),
            Command::Adapt(advice) => self.adapt(advice),
            Command::Heard(urc, line) => {
                self.trace.add(line);
                self.engine.handle(now, Input::Heard(urc));
            }
            Command::Reconfigured => drop(self.offer_pin().await),
        }
    }

    /// Ends the engine's work, so that what is on the air is reported, and takes the modem off
    /// the books, for `reason` where it failed.
    pub(super) async fn close(mut self, reason: Option<&str>) -> Left {
        self.engine.handle(Instant::now(), Input::Closed);
        self.carry_out().await;
        // What is being stored is stored; the modem offers it again, and it is known then.
        while self.commits.next().await.is_some() {}
        self.set_down().await;
        let state = if reason.is_some() { "down" } else { "absent" };
        if let Some(imei) = &self.imei {
            self.links.fleet.remove(imei, &self.port);
            self.tell_modem(imei, state, reason);
        }
        if let Some(iccid) = self.iccid.take() {
            self.links.bus.sim_state(&iccid, state);
        }
        Left {
            engine: self.engine,
            imei: self.imei,
            answered: self.answered,
        }
    }
}

/// TP-SRR (TS 23.040 §9.2.3.5).
fn asks_report(pdu: &PduHex) -> bool {
    pdu.tpdu.first().is_some_and(|first| first & 0x20 != 0)
}

/// Waits until an instant, or for ever.
async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}

impl Waiting {
    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}
