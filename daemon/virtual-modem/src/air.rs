//! What passes between a modem and the network, and what of it goes into the air log.

use std::time::{Duration, Instant};

/// What a modem says to the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uplink {
    /// A SIM is there and ready.
    Attach {
        /// Its number in international form.
        msisdn: String,
    },
    /// The SIM is no longer there.
    Detach {
        /// Its number in international form.
        msisdn: String,
    },
    /// An SMS-SUBMIT or SMS-COMMAND that has just crossed the air.
    Submit {
        /// The service centre, in international form.
        smsc: String,
        /// With the TP-MR that the modem gave it.
        tpdu: Vec<u8>,
    },
    /// RP-ACK, or RP-ERROR with its cause (TS 24.011 clause 8.2.5.4).
    Acknowledge {
        /// The delivery that is meant.
        delivery: u64,
        /// RP-Cause of an RP-ERROR.
        cause: Option<u8>,
    },
    /// RP-SMMA: a memory that was full has room again.
    MemoryAvailable,
    /// An USSD string, the first of a session or an answer in one.
    Ussd(String),
    /// The USSD session is given up.
    UssdRelease,
}

/// What the network says to a modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Downlink {
    /// What became of the submit.
    Verdict(Verdict),
    /// An SMS-DELIVER or SMS-STATUS-REPORT.
    Deliver(Delivery),
    /// An USSD string.
    Ussd {
        /// `<m>` of `+CUSD` (TS 27.007 clause 7.15).
        kind: u8,
        /// Empty when there is none.
        text: String,
    },
    /// A call comes in.
    Call {
        /// The caller's number.
        from: String,
        /// How often it rings.
        rings: u8,
    },
}

/// One delivery to a SIM, to be acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Names it in the acknowledgement; the same for each attempt.
    pub id: u64,
    /// 1 for the first try.
    pub attempt: u32,
    /// What brought it into the network, when it was an injection.
    pub injection: Option<u64>,
    /// The service centre, in international form.
    pub smsc: String,
    /// The TPDU.
    pub tpdu: Vec<u8>,
}

/// What became of a submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// RP-ACK.
    Accepted,
    /// RP-ACK, but the modem says so this much too late.
    AcceptedLate(Duration),
    /// RP-ACK, but the modem never says so.
    AcceptedInSilence,
    /// Lost on the air, and the modem says nothing.
    LostInSilence,
    /// Refused, as `+CMS ERROR: <code>`.
    Refused(u16),
    /// Refused, as plain ERROR.
    RefusedPlainly,
}

/// RP-Cause 22: memory capacity exceeded (TS 24.011 clause E-2).
pub(crate) const MEMORY_EXCEEDED: u8 = 22;
/// RP-Cause 111: protocol error, unspecified; a delivery that nobody acknowledged.
pub(crate) const NOT_ACKNOWLEDGED: u8 = 111;
/// RP-Cause 38: network out of order; the SIM is out of reach.
pub(crate) const OUT_OF_REACH: u8 = 38;

/// Something worth a line in the air log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AirEvent {
    /// When it was complete.
    pub at: Instant,
    /// ICCID of the SIM.
    pub iccid: String,
    /// What happened.
    pub what: AirEventKind,
}

/// The kinds of [`AirEvent`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AirEventKind {
    /// A message text was given to the modem with `AT+CMGS`, `+CMSS` or `+CMGC`.
    Submit(SubmitRecord),
    /// A delivery came to its end, for this attempt.
    Deliver(DeliverRecord),
    /// A message was deleted from a memory.
    Delete {
        /// `SM`, `ME` or `SR`.
        memory: &'static str,
        /// As the DTE counts.
        index: usize,
    },
}

/// One submit, from the command line to the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitRecord {
    /// TP-MR given by the modem; `None` when the message never got as far as the air or gave its number back.
    pub mr: Option<u8>,
    /// Service centre and TPDU in hexadecimal, as the DTE wrote them; in text mode as the modem made them.
    pub pdu: String,
    /// TP-DA as a number, empty when the PDU could not be read.
    pub to: String,
    /// Whether the network has it, whatever the modem says.
    pub accepted: bool,
    /// What the modem answered: `cms-38`, `error`; `None` for a success.
    pub error: Option<String>,
    /// When the command line was complete.
    pub command_at: Instant,
    /// When the prompt went out, if it did.
    pub prompt_at: Option<Instant>,
    /// When Ctrl-Z came in.
    pub ctrl_z_at: Instant,
    /// When the answer went out; `None` while the DTE has none.
    pub done_at: Option<Instant>,
}

/// One attempt of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliverRecord {
    /// The same for all attempts of one delivery.
    pub id: u64,
    /// 1 for the first.
    pub attempt: u32,
    /// The injection that it belongs to, if any.
    pub injection: Option<u64>,
    /// Whether it is an SMS-STATUS-REPORT.
    pub report: bool,
    /// Service centre and TPDU in hexadecimal.
    pub pdu: String,
    /// TP-MR of a status report.
    pub mr: Option<u8>,
    /// Whether the network got an RP-ACK.
    pub acknowledged: bool,
    /// How it reached the DTE: `cmt`, `cds`, `stored`, `lost` (announced, by a fault not stored) or `none`.
    pub route: &'static str,
    /// Memory and index when it was stored.
    pub stored: Option<(&'static str, usize)>,
}
