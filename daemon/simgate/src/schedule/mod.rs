//! Which message goes through which SIM, and when.

mod clock;
mod depth;
mod dispatcher;
mod jobs;
mod lanes;
mod outcome;
mod pick;
mod quota;
mod slot;
mod uncertain;
mod window;
mod write;

pub(crate) use dispatcher::{Dispatcher, Handle, Signal, SlotReport};
pub(crate) use outcome::{back_off, doubt, reason as refusal_reason};
pub(crate) use quota::{History, Used};
pub(crate) use slot::Health;
pub(crate) use window::Hours;

pub(crate) use clock::keep_time;
