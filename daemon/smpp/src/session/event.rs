//! What the session tells its owner.

use std::time::{Duration, SystemTime};

use model::UplinkTrouble;

use super::DeliverSm;

/// Something the owner of the session has to know.
#[derive(Debug)]
pub enum Event {
    /// The state changed, or a submit that was turned away would be taken now.
    Status(Status),
    /// What became of a submit. Comes exactly once for each that was taken.
    Answered {
        /// As given to [`super::Link::submit`].
        submission: u64,
        /// What to do next.
        outcome: Outcome,
    },
    /// A `submit_sm_resp` for a submit already reported as [`Doubt::NoAnswer`], on the same bind.
    LateAnswer {
        /// As given to [`super::Link::submit`].
        submission: u64,
        /// What the SMSC said after all.
        outcome: Outcome,
    },
    /// A `deliver_sm`, or a `data_sm` put in that form. Answer by [`super::Link::acknowledge`]
    /// within `response_timeout`, else the session answers `ESME_RX_T_APPN` itself.
    Delivered {
        /// For the acknowledgement.
        ack: Ack,
        /// What came.
        deliver: DeliverSm,
        /// When, and on which bind: what is delivered again can be told from what is new.
        arrival: Arrival,
    },
}

/// When something was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// By the wall clock.
    pub at: SystemTime,
    /// By the clock that nobody sets; the session answers for its owner `response_timeout` later.
    pub since: tokio::time::Instant,
    /// Since when the bind was up that brought it.
    pub bound_since: SystemTime,
    /// `sequence_number`.
    pub sequence: u32,
    /// The SMSC has not begun to count anew with the bind: the number is higher than so many requests
    /// make it. Then the same number again is the same PDU again.
    pub counts_on: bool,
}

/// The right to answer one `deliver_sm`. Worthless once its bind went down: the peer
/// delivers again.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Ack(pub(crate) u64);

/// What became of a submit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The SMSC has it.
    Accepted {
        /// `message_id`. Empty when the SMSC gave none or left the body out, which is legal, or
        /// when it was garbled on its way; receipts cannot be matched by it.
        message_id: String,
    },
    /// The SMSC does not take it. Never sent on.
    Refused {
        /// `command_status`. A `generic_nack` that says 0 counts as `ESME_RUNKNOWNERR` (0xFF).
        status: u32,
    },
    /// The SMSC is busy; the session pauses by itself. Submit again later.
    Throttled {
        /// `ESME_RTHROTTLED` or `ESME_RMSGQFUL`.
        status: u32,
    },
    /// It never left this host. Submit again.
    NotSent,
    /// It may have been taken or not.
    Uncertain {
        /// Why that is not known.
        why: Doubt,
    },
}

/// Why an outcome is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The connection went before the answer came.
    ConnectionLost,
    /// No answer within `response_timeout`.
    NoAnswer,
    /// The stream that the answer would have come in is out of step.
    Malformed,
}

/// Why a submit was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Not bound, or the peer is unbinding.
    #[error("not bound")]
    NotBound,
    /// The window is full.
    #[error("the window is full")]
    WindowFull,
    /// Throttled by the SMSC, or the rate is used up. [`Event::Status`] tells when it goes on.
    #[error("paused by throttling or the rate")]
    Paused,
    /// [`super::Link::stop`] was called.
    #[error("stopping")]
    Stopping,
    /// A field does not fit `submit_sm`; no later try will do.
    #[error("{0} does not fit submit_sm")]
    Invalid(&'static str),
}

/// Where the session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// TCP and TLS.
    Connecting,
    /// Connected; the answer to the bind is awaited.
    Binding,
    /// Bound; with [`super::Bind::Pair`] both are.
    Bound,
    /// Down; tries again after a while.
    Waiting {
        /// How long from when this state began.
        retry_in: Duration,
    },
    /// The SMSC refused the bind; tries again after a longer while.
    Refused {
        /// How long from when this state began.
        retry_in: Duration,
    },
    /// Ended for good.
    Stopped,
}

/// The session at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Where it stands.
    pub state: State,
    /// Since when bound.
    pub bound_since: Option<SystemTime>,
    /// Submits taken whose outcome was not handed over yet.
    pub in_flight: usize,
    /// The most that `in_flight` can be.
    pub window: usize,
    /// How many submits would be taken now.
    pub free: usize,
    /// When the rate lets the next go; `None`: it does already. No event tells.
    pub rate_lets_at: Option<tokio::time::Instant>,
    /// Until when the SMSC's throttling pauses the session.
    pub throttled_until: Option<SystemTime>,
    /// Why the bind last failed or went down. Never a password or a text.
    pub last_error: Option<String>,
    /// The same for programs.
    pub last_trouble: Option<UplinkTrouble>,
}
