//! What carries messages, as the scheduler has it: SIMs and uplinks behind one interface.
//!
//! The scheduler gives a carrier the parts of a message one by one ([`Carry`]), and hears what became
//! of each ([`Notice`], [`PartOutcome`]). What a modem or an SMSC says becomes a [`PartOutcome`] where it comes
//! in, so that the scheduler knows neither.

mod arrivals;
mod carry;
mod history;
mod notice;
mod outcome;
mod parts;

pub(crate) use arrivals::{Arrivals, Match, is_stored};
pub use carry::{Carry, LetOut, Modem, NotTaken, SessionState, UplinkSession};
pub use history::{HELD, History};
pub use notice::{Listen, Notice, Scheduler};
pub use outcome::{CarrierRefusal, PartOutcome, RefusalClass, modem_gone};
pub use parts::{Part, Parts};

/// The name of one part in a carrier's hands: what comes of it is told by this.
pub use modem::JobId;
