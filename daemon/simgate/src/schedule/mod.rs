//! Which message goes through which SIM, and when.

mod admission;
mod awaiting;
mod between;
mod breaker;
mod claims;
mod clock;
mod depth;
mod dispatcher;
mod explain;
#[cfg(test)]
mod fixture;
mod handle;
mod health;
mod in_order;
mod jobs;
mod lanes;
mod luck;
mod moment;
mod outcome;
mod pick;
mod quota;
mod router;
mod silence;
mod slot;
mod strays;
mod uncertain;
mod uplink_slot;
mod uplinks;
mod wall_clock;
mod why;
mod window;
mod write;

pub(crate) use breaker::Phase;
pub(crate) use dispatcher::Dispatcher;
pub(crate) use explain::{CarrierView, Explanation, TargetView};
pub(crate) use handle::{Handle, Signal, SlotReport};
pub(crate) use outcome::{back_off, doubt, reason as refusal_reason};
pub(crate) use quota::{History, Used};
pub(crate) use router::Router;
pub(crate) use slot::Health;
pub(crate) use why::{For, Obstacle};
pub(crate) use window::Hours;

pub(crate) use clock::keep_time;
