//! What the gateway and a bank controller say to each other.
//!
//! A bank controller is a small board that holds the power, the keys and the SIM multiplexers of
//! a row of modems. Both sides use this crate: `no_std`, no I/O, no clock.
//!
//! A frame is `COBS(postcard(Message) + CRC-32) + 0x00`. It has at most [`MAX_FRAME`] octets, so
//! that one packet of full-speed USB holds it. The host asks, one request at a time, and the board
//! answers under the same number ([`Message::seq`]). A host without an answer repeats the request
//! under its old number. The board then answers as before and does nothing twice.
//!
//! The first request is [`Request::Hello`]. Its octets, and those of [`Refusal::Protocol`], are
//! the same in every version of the protocol.
//!
//! ```
//! use bank_wire::{Body, Frame, Message, Reader, Request};
//!
//! let asked = Message { seq: 7, body: Body::Request(Request::Bank) };
//! let frame = Frame::of(&asked);
//! let mut reader = Reader::new();
//! let heard = frame.octets().iter().find_map(|&octet| reader.feed(octet));
//! assert_eq!(heard, Some(Ok(asked)));
//! ```

#![no_std]

mod frame;
mod message;
mod reader;
mod reply;
mod request;
mod state;

pub use frame::{Frame, MAX_FRAME};
pub use message::{Body, Event, Message};
pub use reader::{FrameError, Reader};
pub use reply::{BankStatus, Board, Capabilities, Hello, Refusal, Reply, ResetCause};
pub use request::{Limits, Power, Request, Timing};
pub use state::{Fault, SlotState, SlotStatus};

/// The version of the protocol. It changes when an old peer would misunderstand a new one. A
/// variant that is added at the end of an enum is no such change: [`Refusal::Unknown`] answers it.
pub const PROTOCOL: u16 = 1;
