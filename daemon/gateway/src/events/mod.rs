//! One bus of domain events, from which SSE, webhooks and metrics drink.

mod bus;
mod callbacks;
mod data;
mod publish;
mod steps;
mod subject;

pub use bus::{Bus, Event, Subscription};
pub use callbacks::{Posted, post_callbacks};
pub use data::{CallEvent, MessageEvent, ModemEvent, QueueDepth, SimEvent, UplinkEvent};
pub use subject::Subject;
