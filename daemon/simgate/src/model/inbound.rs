//! What comes in from a SIM, before it is a message.

use modem::Imei;

use super::{Carrier, Coding, Time};

/// One SMS-DELIVER, ready to be committed.
#[derive(Clone, Debug)]
pub(crate) struct InboundPart {
    pub(crate) carrier: Carrier,
    /// The address it was sent to, where that is told; else it is the SIM's own number.
    pub(crate) own: Option<String>,
    /// The modem that gave it, when known. What it keeps in its own memory stays there when its
    /// SIM is exchanged.
    pub(crate) modem: Option<Imei>,
    /// TP-OA as text: E.164 with `+`, a short code or an alphanumeric sender.
    pub(crate) originator: String,
    /// TP-SCTS in UTC.
    pub(crate) smsc_time: Option<Time>,
    /// The TPDU's octets. With SIM, originator and SMSC time they make a redelivery known.
    pub(crate) tpdu: Vec<u8>,
    /// Reference (16 bits when `wide`), total, sequence; TS 23.040 §9.2.3.24.1 and .8.
    pub(crate) concat: Option<ConcatKey>,
    /// Of an uplink, which tells no SMSC time: what a redelivery is known by.
    pub(crate) untimed: Option<Untimed>,
    pub(crate) received_at: Time,
}

/// What tells whether an uplink's message that came before comes again, or another one says the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Untimed {
    /// Since when its bind is up. What came before that by the same bind was answered.
    pub(crate) bound_since: Time,
    /// The SMSC had no answer to it the first time, so it has to come again.
    pub(crate) owed: bool,
    /// What two messages would not have in common: a reference, the SMSC's time. Empty = nothing.
    pub(crate) marks: Vec<u8>,
    /// `sequence_number`, and whether the same one again would be the same PDU.
    pub(crate) sequence: u32,
    pub(crate) counts_on: bool,
    /// `esm_class`: it is the same when the message comes again.
    pub(crate) esm_class: u8,
}

/// What parts of one message share, and which one this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConcatKey {
    pub(crate) reference: u16,
    pub(crate) wide: bool,
    pub(crate) total: u8,
    /// 1-based.
    pub(crate) seq: u8,
}

/// A stored part as it is given to the function that joins them, in the order of `seq`.
#[derive(Clone, Debug)]
pub(crate) struct RawPart {
    pub(crate) tpdu: Vec<u8>,
}

/// Joined parts: what the message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) body: super::Body,
    pub(crate) coding: Coding,
    pub(crate) flash: bool,
}
