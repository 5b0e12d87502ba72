//! What others hold of a modem: a mailbox, and what they may ask for.

use model::{Imei, Reason, ReasonCode, UnlockCode};
use modem::{JobId, PinTries, RestartHow, TraceLine, UnlockError};
use tokio::sync::{mpsc, oneshot};
use tpdu::PduHex;

use super::advice::Advice;
use crate::carriers::{Carry, LetOut, NotTaken, Part};

/// One submit in flight, one waiting, and room for an operator's requests.
/// What does not fit is refused as busy: waiting messages stay in the store.
pub(super) const MAILBOX: usize = 8;

/// A request to the task that owns a modem.
#[derive(Debug)]
pub enum Command {
    Submit {
        job: JobId,
        pdu: PduHex,
        more: bool,
        /// Lets the PDU out; when it is dropped the part is given up.
        go: oneshot::Receiver<()>,
    },
    Ussd {
        code: String,
        reply: oneshot::Sender<Result<UssdReply, CommandError>>,
    },
    At {
        command: String,
        reply: oneshot::Sender<Result<AtReply, CommandError>>,
    },
    Unlock {
        code: UnlockCode,
        last_try: bool,
        reply: oneshot::Sender<Result<UnlockOutcome, CommandError>>,
    },
    Restart(RestartHow),
    /// The memories are to be listed now.
    Sweep,
    /// A test has found something out about this kind of modem.
    Adapt(Advice),
    /// What another port of the same modem said by itself, and that line.
    Heard(at::Urc, TraceLine),
    /// The SIM's settings changed: a PIN may have come.
    Reconfigured,
}

/// An answer to a USSD code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UssdReply {
    pub reply: String,
    /// The network waits for another answer in this session.
    pub open: bool,
    /// How the code was written to the modem.
    pub coding: &'static str,
}

/// An answer to an operator's AT command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtReply {
    pub lines: Vec<String>,
    /// The final result code as the modem wrote it: `OK`, `ERROR`, `+CMS ERROR: 38`, …
    pub end: String,
}

/// What the SIM made of a code.
pub type UnlockOutcome = Result<Unlocked, UnlockError>;

/// A SIM that was unlocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unlocked {
    /// What its modem does now.
    pub state: &'static str,
    /// The tries that it has now, as far as the modem tells.
    pub tries: PinTries,
}

/// Why a request to a modem came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error("no such SIM or modem is known")]
    Unknown,
    #[error("{0}")]
    Unavailable(String),
    #[error("{0}")]
    Busy(String),
    #[error("the modem or the network did not answer in time")]
    TimedOut,
    #[error("{}", .0.detail)]
    Refused(Reason),
    #[error("{0}")]
    Unsupported(String),
}

/// A modem's mailbox.
#[derive(Clone, Debug)]
pub struct ModemHandle {
    imei: Imei,
    commands: mpsc::Sender<Command>,
}

impl ModemHandle {
    pub fn new(imei: Imei, commands: mpsc::Sender<Command>) -> Self {
        Self { imei, commands }
    }

    /// Whether the task behind it has ended.
    pub(super) fn is_gone(&self) -> bool {
        self.commands.is_closed()
    }

    pub fn imei(&self) -> &Imei {
        &self.imei
    }

    pub async fn ussd(&self, code: String) -> Result<UssdReply, CommandError> {
        self.ask(|reply| Command::Ussd { code, reply }).await
    }

    pub async fn at(&self, command: String) -> Result<AtReply, CommandError> {
        self.ask(|reply| Command::At { command, reply }).await
    }

    pub async fn unlock(
        &self,
        code: UnlockCode,
        last_try: bool,
    ) -> Result<UnlockOutcome, CommandError> {
        self.ask(|reply| Command::Unlock {
            code,
            last_try,
            reply,
        })
        .await
    }

    pub fn restart(&self, how: RestartHow) -> Result<(), CommandError> {
        self.post(Command::Restart(how))
    }

    pub fn sweep(&self) -> Result<(), CommandError> {
        self.post(Command::Sweep)
    }

    pub fn adapt(&self, advice: Advice) {
        // A modem whose mailbox is full is told when it is plugged in next.
        let _ = self.post(Command::Adapt(advice));
    }

    /// Passes on what another port of the modem said; waits for room, while the kernel keeps what
    /// comes after it.
    pub(super) async fn heard(&self, urc: at::Urc, line: TraceLine) {
        // A modem that is gone sweeps its memories when it is back.
        let _ = self.commands.send(Command::Heard(urc, line)).await;
    }

    pub fn reconfigured(&self) {
        // A full mailbox belongs to a modem that is at work, so its SIM needs no PIN.
        let _ = self.post(Command::Reconfigured);
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, CommandError>>) -> Command,
    ) -> Result<T, CommandError> {
        let (reply, answer) = oneshot::channel();
        self.post(command(reply))?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    fn post(&self, command: Command) -> Result<(), CommandError> {
        self.commands
            .try_send(command)
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => {
                    CommandError::Busy("the modem has other requests to work off; try again".into())
                }
                mpsc::error::TrySendError::Closed(_) => gone(),
            })
    }
}

impl Carry for ModemHandle {
    fn submit(&self, job: JobId, part: Part) -> Result<Option<LetOut>, NotTaken> {
        let Part::Pdu { pdu, more } = part else {
            let detail = "an uplink's part does not fit a SIM";
            return Err(NotTaken::Unfit(Reason::new(ReasonCode::Encoding, detail)));
        };
        let (let_out, go) = oneshot::channel();
        let submit = Command::Submit { job, pdu, more, go };
        self.commands.try_send(submit).map_err(|_| {
            let detail = "the modem went away before it was sent";
            NotTaken::Busy(Reason::new(ReasonCode::ModemGone, detail))
        })?;
        Ok(Some(let_out))
    }
}

fn gone() -> CommandError {
    CommandError::Unavailable("the modem was unplugged or is being opened again".into())
}
