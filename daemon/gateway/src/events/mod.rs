//! One bus of domain events, from which SSE, webhooks and metrics drink.

mod bus;
mod data;
mod publish;
mod steps;
mod subject;

pub use bus::{Bus, Event, Feed, Heard, Unheard};
pub use data::{
    CallEvent, ConversationChange, ConversationEvent, MessageEvent, ModemEvent, QueueDepth,
    SimEvent, UplinkEvent, with_time,
};
pub use subject::Subject;
