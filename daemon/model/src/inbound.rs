//! What comes in from a SIM, before it is a message.

use crate::Imei;

use super::{Carrier, Coding, Time};

/// One SMS-DELIVER, ready to be committed.
#[derive(Clone, Debug)]
pub struct InboundPart {
    pub carrier: Carrier,
    /// The address it was sent to, where that is told; else it is the SIM's own number.
    pub own: Option<String>,
    /// The modem that gave it, when known. What it keeps in its own memory stays there when its
    /// SIM is exchanged.
    pub modem: Option<Imei>,
    /// TP-OA as text: E.164 with `+`, a short code or an alphanumeric sender.
    pub originator: String,
    /// TP-SCTS in UTC.
    pub smsc_time: Option<Time>,
    /// The TPDU's octets. With SIM, originator and SMSC time they make a redelivery known.
    pub tpdu: Vec<u8>,
    /// Reference (16 bits when `wide`), total, sequence; TS 23.040 §9.2.3.24.1 and .8.
    pub concat: Option<ConcatKey>,
    /// Of an uplink, which tells no SMSC time: what a redelivery is known by.
    pub untimed: Option<Untimed>,
    pub received_at: Time,
}

impl InboundPart {
    /// One of which no more is known.
    pub fn new(carrier: Carrier, originator: String, tpdu: Vec<u8>, received_at: Time) -> Self {
        Self {
            carrier,
            own: None,
            modem: None,
            originator,
            smsc_time: None,
            tpdu,
            concat: None,
            untimed: None,
            received_at,
        }
    }
}

/// What tells whether an uplink's message that came before comes again, or another one says the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Untimed {
    /// Since when its bind is up. What came before that by the same bind was answered.
    pub bound_since: Time,
    /// The SMSC had no answer to it the first time, so it has to come again.
    pub owed: bool,
    /// What two messages would not have in common: a reference, the SMSC's time. Empty = nothing.
    pub marks: Vec<u8>,
    /// `sequence_number`, and whether the same one again would be the same PDU.
    pub sequence: u32,
    pub counts_on: bool,
    /// `esm_class`: it is the same when the message comes again.
    pub esm_class: u8,
}

/// What parts of one message share, and which one this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConcatKey {
    pub reference: u16,
    pub wide: bool,
    pub total: u8,
    /// 1-based.
    pub seq: u8,
}

/// A stored part as it is given to the function that joins them, in the order of `seq`.
#[derive(Clone, Debug)]
pub struct RawPart {
    pub tpdu: Vec<u8>,
}

/// Joined parts: what the message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub body: super::Body,
    pub coding: Coding,
    pub flash: bool,
}
