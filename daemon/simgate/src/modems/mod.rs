//! The bank: one task for each port, and what is known of the modems and SIMs behind them.

mod dialogue;
mod fleet;
pub(crate) mod handle;
mod incidents;
mod left_on_air;
mod receipts;
mod session;
mod supervisor;
mod trace;

pub(crate) use fleet::{Fleet, Live};
pub(crate) use handle::{AtReply, CommandError, ModemHandle, UssdReply};
pub(crate) use incidents::Incidents;
pub(crate) use left_on_air::LeftOnAir;
pub(crate) use session::Links;
pub(crate) use supervisor::supervise;
pub(crate) use trace::TraceRow;
