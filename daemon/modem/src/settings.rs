//! What the owner of a modem chooses for its engine.

use std::time::{Duration, Instant};

/// How the engine runs one modem.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long to listen on a port that was just opened before the first byte is written. Raise
    /// it when the last run may have left a message on the air: the modem gives its answer to
    /// whoever opens the port next, and some give up sending when they are spoken to.
    pub listen_first: Duration,
    /// Until when the modem may be on the air with a message of an earlier run. Before that its
    /// silence is no failure: it is listened to first, asked for a sign of life every few seconds,
    /// and not given up. A modem that answers AT is not on the air.
    pub on_air_until: Option<Instant>,
    /// How often all message memories are listed for what no URC announced.
    pub sweep_every: Duration,
    /// How often signal, operator and memory use are read, while nothing else is to do.
    pub status_every: Duration,
    /// How often the choice of `+CNMI` is read back and set again when the modem lost it.
    pub recheck_every: Duration,
    /// Whether status reports are routed to us.
    pub request_reports: bool,
    /// Whether `+CMMS=2` may be tried where the profile allows it.
    pub keep_link: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen_first: Duration::from_millis(100),
            on_air_until: None,
            sweep_every: Duration::from_mins(10),
            status_every: Duration::from_mins(1),
            recheck_every: Duration::from_mins(3),
            request_reports: true,
            keep_link: true,
        }
    }
}

/// How to restart a modem, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestartHow {
    /// Cancel what is in flight, resynchronise and set the modem up again.
    Resync,
    /// `AT+CFUN=1,1`: the modem boots, and its port goes away for a while.
    Soft,
}
