//! The bank: one task for each port, and what is known of the modems and SIMs behind them.

mod advice;
mod climb;
mod dialogue;
mod fleet;
pub mod handle;
mod incidents;
mod incoming;
mod keeper;
mod ladder;
mod left_on_air;
pub(crate) mod outcome;
mod recovery;
mod reports;
mod roster;
mod secondary;
mod session;
mod supervisor;
mod trace;

pub use advice::Advice;
pub use dialogue::masked;
pub use fleet::{Arrival, Fleet, Live, is_up};
pub use handle::{AtReply, CommandError, ModemHandle, UnlockOutcome, UssdReply};
pub use incidents::Incidents;
pub use ladder::Rung;
pub use left_on_air::LeftOnAir;
pub use recovery::Recovery;
pub use reports::Unreported;
pub use roster::{PortRow, PortState};
pub use session::Links;
pub use supervisor::supervise;
pub use trace::TraceRow;
