//! Which message goes through which SIM, and when.

mod awaiting;
mod breaker;
mod clock;
mod depth;
mod dispatcher;
mod explanation;
#[cfg(test)]
mod fixture;
mod handle;
mod health;
mod in_order;
mod lanes;
mod moment;
mod outcome;
mod pick;
mod quota;
mod router;
mod silence;
mod slot;
mod success;
mod suspects;
mod wall_clock;
mod why;
mod window;
mod write;

pub use breaker::Phase;
pub use dispatcher::Dispatcher;
pub use explanation::{CarrierView, Explanation, TargetView};
pub use handle::{Handle, InHand, Signal, SlotReport};
pub use health::Health;
pub use quota::Used;
pub use router::Router;
pub use why::{Cause, For, Obstacle};
pub use window::Hours;

pub use clock::keep_time;
