//! One bus of domain events, from which SSE, webhooks and metrics drink.

mod bus;
mod callbacks;
mod data;
mod publish;
mod steps;
mod subject;

pub(crate) use bus::{Bus, Event, Subscription};
pub(crate) use callbacks::{Posted, post_callbacks};
pub(crate) use data::{CallEvent, MessageEvent, ModemEvent, QueueDepth, SimEvent, UplinkEvent};
pub(crate) use steps::Change;
pub(crate) use subject::Subject;
