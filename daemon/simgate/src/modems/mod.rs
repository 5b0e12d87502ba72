//! The bank: one task for each port, and what is known of the modems and SIMs behind them.

mod climb;
mod dialogue;
mod ear;
mod fleet;
pub(crate) mod handle;
mod incidents;
mod keeper;
mod ladder;
mod left_on_air;
mod receipts;
mod recovery;
mod reports;
mod roster;
mod session;
mod supervisor;
mod trace;

pub(crate) use dialogue::masked;
pub(crate) use fleet::{Arrival, Fleet, Live, is_up};
pub(crate) use handle::{AtReply, CommandError, ModemHandle, UnlockOutcome, UssdReply};
pub(crate) use incidents::Incidents;
pub(crate) use ladder::Step;
pub(crate) use left_on_air::LeftOnAir;
pub(crate) use recovery::Recovery;
pub(crate) use reports::Unreported;
pub(crate) use roster::{PortRow, PortState};
pub(crate) use session::Links;
pub(crate) use supervisor::supervise;
pub(crate) use trace::TraceRow;
