//! What the task of a modem is told.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::air::Downlink;
use crate::fault::FaultRule;
use crate::memory::Status;
use crate::sim::Sim;

/// Orders that wait for a modem; whoever gives more waits, and what the network has is lost on the air.
pub(super) const MAILBOX: usize = 256;

/// What a station is told.
#[derive(Debug)]
pub(super) enum Order {
    Network(Downlink),
    /// How many clients have a port open.
    Clients {
        port: usize,
        open: usize,
    },
    /// Pull the modem off its port.
    Pull,
    /// Put it back, under another name when one is given.
    Plug {
        name: Option<String>,
        done: oneshot::Sender<io::Result<PathBuf>>,
    },
    /// Take its power, and give it back after this time, under another name when one is given.
    PowerCycle {
        off_for: Duration,
        name: Option<String>,
    },
    /// Tell that all orders before this one were obeyed.
    Tell(oneshot::Sender<()>),
    Fault(FaultRule),
    NoFaults,
    Coverage {
        network: bool,
        rssi: Option<u8>,
    },
    Urc(String),
    TakeSim(oneshot::Sender<Option<Box<Sim>>>),
    PutSim(Option<Box<Sim>>),
    /// The SIM comes out of the holder while the modem runs.
    EjectSim,
    /// And back in.
    InsertSim,
    LockSim(Option<String>),
    /// Fills a memory up to so many free slots; tells how many messages that took, or that there is no such memory.
    Fill {
        memory: String,
        free: usize,
        status: Status,
        done: oneshot::Sender<Option<usize>>,
    },
    /// Empties a memory, of one kind of message or of all.
    Empty {
        memory: String,
        status: Option<Status>,
        done: oneshot::Sender<Option<usize>>,
    },
}
