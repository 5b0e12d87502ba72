//! Why a message that is queued and due is not on the air: what its SIMs lack. Pure.

mod cause;
mod sentence;

pub use cause::Cause;

use model::{Carrier, Queued, Time};

/// What a queued message waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub what: For,
    /// When that ends, where the clock ends it.
    pub until: Option<Time>,
}

/// The same, and which SIM or uplink it is about.
#[derive(Clone, Debug)]
pub struct Obstacle {
    pub waiting: Waiting,
    pub carrier: Option<Carrier>,
}

impl Obstacle {
    /// Of a message that somebody has paused: it waits for nobody else.
    pub fn paused() -> Self {
        Self {
            waiting: Waiting::new(For::Paused, None),
            carrier: None,
        }
    }
}

/// From what is over soonest to what only a person ends.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, utoipa::ToSchema,
)]
#[schema(as = WaitingCode)]
#[serde(rename_all = "kebab-case")]
pub enum For {
    /// Its turn: a SIM is free for it, or has a message in hand, or makes its gap.
    Turn,
    /// A report of the same recipient, which its own could be taken for.
    Report,
    /// The end of its back-off.
    Retry,
    /// Room in a quota.
    Quota,
    /// The hours in which a SIM sends.
    Window,
    /// A SIM that rests after failures.
    Cooling,
    /// An operator has disabled the SIMs that could carry it.
    Disabled,
    /// No SIM that could carry it is registered in a network.
    Sim,
    /// The network has denied its SIM.
    Denied,
    /// The modem of its SIM does not work.
    Fault,
    /// Its SIM is in no modem.
    Absent,
    /// Its SIM asks for a PIN or a PUK, or its modem is locked.
    Locked,
    /// No uplink that could carry it is bound.
    Uplink,
    /// The uplink that it is to go by was removed.
    Removed,
    /// Its sender is a name, and its route has no uplink, or there is none.
    Route,
    /// Somebody has paused it.
    Paused,
}

impl Waiting {
    pub fn new(what: For, until: Option<Time>) -> Self {
        Self { what, until }
    }
}

/// What is over first of what the SIMs and uplinks that may carry the message would make it wait
/// for; `nothing` where none could.
pub(super) fn explain(
    queued: &Queued,
    obstacles: impl IntoIterator<Item = Waiting>,
    nothing: For,
    now: Time,
) -> Waiting {
    if queued.due_at > now {
        return Waiting::new(For::Retry, Some(queued.due_at));
    }
    obstacles
        .into_iter()
        .min_by_key(|waiting| match waiting.what {
            For::Turn | For::Report => (0, Time::ZERO, waiting.what),
            // Of rests that the clock ends, the one that it ends first.
            what => match waiting.until {
                Some(until) => (1, until, what),
                None => (2, Time::ZERO, what),
            },
        })
        .unwrap_or(Waiting::new(nothing, None))
}

#[cfg(test)]
mod tests;
