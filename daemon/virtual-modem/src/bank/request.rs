//! What the control socket understands.

use std::io;

use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};

use crate::fault::{BadRule, FaultRule};
use crate::memory::Status;
use crate::network::InjectError;

/// One request, a JSON object: `{"command": "inject", "slot": 0, "from": "+84901234567", "text": "Hello"}`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// A message from outside arrives at a SIM; a long one in parts.
    Inject {
        /// Which modem's SIM.
        slot: usize,
        /// Number or name of the originator.
        from: String,
        /// The text.
        text: String,
        /// Only these parts, from 1, in this order.
        #[serde(default)]
        parts: Vec<usize>,
        /// Reference that the parts share, for parts that arrive one by one.
        reference: Option<u8>,
    },
    /// Someone calls.
    Call {
        /// Which modem.
        slot: usize,
        /// The caller's number.
        from: String,
        /// How often it rings.
        #[serde(default = "three")]
        rings: u8,
    },
    /// A status report, beside those that the network sends by itself.
    Report {
        /// Which modem's SIM.
        slot: usize,
        /// TP-MR of the submit.
        mr: u8,
        /// The recipient's number.
        to: String,
        /// TP-ST.
        st: u8,
    },
    /// Pulls a modem: its port is gone, its power off.
    Pull {
        /// Which modem.
        slot: usize,
    },
    /// Puts a modem back.
    Plug {
        /// Which modem.
        slot: usize,
        /// Another name for its port.
        name: Option<String>,
    },
    /// Takes a modem's power and gives it back, as a controlled hub port does: all that is volatile is lost.
    Power {
        /// Which modem.
        slot: usize,
        /// Milliseconds without power.
        #[serde(default = "two_seconds")]
        ms: u64,
        /// Another name for its port.
        name: Option<String>,
    },
    /// Exchanges the SIMs of two modems, which are off for it.
    Swap {
        /// One modem.
        slot: usize,
        /// The other.
        with: usize,
    },
    /// From now on something goes wrong.
    Fault {
        /// Which modem; all when left out.
        slot: Option<usize>,
        /// What, and when.
        rule: FaultRule,
    },
    /// From now on nothing goes wrong.
    NoFaults {
        /// Which modem; all when left out.
        slot: Option<usize>,
    },
    /// Takes the SIM out of a running modem.
    EjectSim {
        /// Which modem; all when left out.
        slot: Option<usize>,
    },
    /// Puts the SIM back.
    InsertSim {
        /// Which modem; all when left out.
        slot: Option<usize>,
    },
    /// The SIM asks for its PIN again.
    LockSim {
        /// Which modem; all when left out.
        slot: Option<usize>,
        /// The PIN from now on; the one it has when left out.
        pin: Option<String>,
    },
    /// Fills a memory.
    Fill {
        /// Which modem.
        slot: usize,
        /// `SM`, `ME`.
        #[serde(default = "sim_memory")]
        memory: String,
        /// Slots that stay free.
        #[serde(default)]
        free: usize,
        /// With what.
        #[serde(default)]
        with: Kind,
    },
    /// Empties a memory, but for what the last command read.
    Empty {
        /// Which modem.
        slot: usize,
        /// `SM`, `ME`.
        #[serde(default = "sim_memory")]
        memory: String,
        /// Of what; of everything when left out.
        of: Option<Kind>,
    },
    /// The radio conditions change.
    Coverage {
        /// Which modem; all when left out.
        slot: Option<usize>,
        /// Whether there is a network.
        network: bool,
        /// `<rssi>` of `AT+CSQ`, 0 to 31.
        rssi: Option<u8>,
    },
    /// A modem says a line by itself.
    Urc {
        /// Which modem; all when left out.
        slot: Option<usize>,
        /// Without CR and LF.
        line: String,
    },
    /// How all modems stand.
    Stats,
    /// Ends the program.
    Quit,
}

/// A kind of stored message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Received and read.
    Received,
    /// Written and not sent.
    Unsent,
    /// Written and sent.
    #[default]
    Sent,
}

impl Kind {
    pub(super) fn status(self) -> Status {
        match self {
            Self::Received => Status::ReceivedRead,
            Self::Unsent => Status::Unsent,
            Self::Sent => Status::Sent,
        }
    }
}

fn three() -> u8 {
    3
}

fn two_seconds() -> u64 {
    2_000
}

fn sim_memory() -> String {
    "SM".to_owned()
}

/// Why a request was not met.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// There is no such modem.
    #[error("there is no modem {0}")]
    NoSuchModem(usize),
    /// The name is not a plain file name.
    #[error("a port's name has no slashes")]
    Name,
    /// The rule makes no sense.
    #[error(transparent)]
    Rule(#[from] BadRule),
    /// The modem has no such memory.
    #[error("no memory {0:?}")]
    Memory(String),
    /// The message cannot be.
    #[error(transparent)]
    Inject(#[from] InjectError),
    /// The port cannot be.
    #[error(transparent)]
    Port(#[from] io::Error),
    /// The bank is going down.
    #[error("the bank is going down")]
    Gone,
}

impl<T> From<mpsc::error::SendError<T>> for RequestError {
    fn from(_: mpsc::error::SendError<T>) -> Self {
        Self::Gone
    }
}

impl From<oneshot::error::RecvError> for RequestError {
    fn from(_: oneshot::error::RecvError) -> Self {
        Self::Gone
    }
}
