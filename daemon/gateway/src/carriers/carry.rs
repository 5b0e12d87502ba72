//! How a part is handed over.

use std::fmt::Debug;
use std::sync::Arc;

use model::{Imei, Queued, Reason, Time};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{JobId, Part, Parts};

/// Lets a part out that its carrier has and holds. Dropped, it has the carrier give the part up.
pub type LetOut = oneshot::Sender<()>;

/// What a part is given to: the modem of a SIM, or the session of an uplink.
pub trait Carry: Debug + Send + Sync {
    /// Gives it a part, and never waits. What came of the part is told by its name
    /// ([`super::Notice::Answered`]), once for each that was taken. A modem holds the part at its
    /// prompt until it is let out; a session sends it at once, and gives nothing back here.
    fn submit(&self, job: JobId, part: Part) -> Result<Option<LetOut>, NotTaken>;
}

/// Why a part was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// Not now. Neither the message nor the carrier is the cause.
    Busy(Reason),
    /// The part is such that no later try will do.
    Unfit(Reason),
}

/// What takes the parts of a SIM.
#[derive(Clone, Debug)]
pub struct Modem {
    pub imei: Imei,
    pub line: Arc<dyn Carry>,
}

/// What takes the parts of an uplink: many at a time.
pub trait UplinkSession: Carry {
    fn state(&self) -> SessionState;

    /// A message as this uplink's SMSC takes it.
    fn parts(&self, message: &Queued, now: Time) -> Result<Parts, Reason>;

    /// The uplink's source address.
    fn source(&self) -> &str;

    /// The scheduler leaves the uplink alone until then; people are told so.
    fn rests_until(&self, until: Time);
}

/// A session at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionState {
    pub bound: bool,
    /// How many it takes at a time.
    pub window: usize,
    /// How many more it would take now.
    pub free: usize,
    /// When its rate lets it take the next, where that holds it back.
    pub rate_lets_at: Option<Instant>,
}
