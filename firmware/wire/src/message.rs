//! The envelope: who speaks, and under which number.

use serde::{Deserialize, Serialize};

use crate::{Reply, Request, SlotStatus};

/// One frame's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// A reply has the number of its request. The host counts up from a number of its choice. An
    /// event has a number of the board's own count.
    pub seq: u32,
    /// What is said.
    pub body: Body,
}

/// Who speaks. One enum for both directions, so that a line that echoes (a UART with its ends
/// joined) never makes a request look like the reply to itself. Variants are only ever appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// The host asks.
    Request(Request),
    /// The board answers.
    Reply(Reply),
    /// The board tells what nobody asked.
    Event(Event),
}

/// What a board tells by itself. Variants are only ever appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A slot is in another state than before.
    Slot(SlotStatus),
}
