//! What an engine tells its owner.

use crate::ids::{JobId, ReceiptToken};
use crate::state::ModemState;
use crate::submitted::{SubmitRefusal, Submitted};
use crate::trouble::{Remedy, Trouble};
use at::commands::{PinTries, Registration};
use model::{Counted, Iccid, Imei, Imsi, Lock, Msisdn, Pin};
use std::time::Duration;
use tpdu::{DecodeError, MessageRef, MtTpdu, PduHex};

/// Something happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The modem is in another state.
    State(ModemState),
    /// What the modem says it is.
    Identity(Identity),
    /// What the SIM says it is. May come twice: before the PIN as far as it is readable then, and
    /// complete after it.
    Sim(Sim),
    /// Registration changed.
    Registration(Registration),
    /// The operator or the radio technology changed.
    Operator(Operator),
    /// Signal strength was read.
    Signal(SignalStrength),
    /// How messages are handled, once set-up is done or it changed.
    Capabilities(Capabilities),
    /// How full a message memory is.
    Storage(Storage),
    /// A message memory is at 70 % or above: what arrives will soon find no room. Once until it is
    /// below 60 % again.
    StorageAlarm(Storage),
    /// A submit ended.
    Submitted {
        /// The job it was given as.
        job: JobId,
        /// What became of it.
        outcome: Submitted,
        /// The PDU and Ctrl-Z were written, so that the modem may have used up a TP-MR even when
        /// it refused.
        handed_over: bool,
    },
    /// A `+CMGS: <mr>` that came after its job had been reported as uncertain: it went out.
    LateAccepted {
        /// The uncertain job.
        job: JobId,
        /// TP-MR the modem gave it, if it can be read.
        mr: Option<MessageRef>,
    },
    /// A `+CMS ERROR` that came after its job had been reported as uncertain: it did not go out.
    LateRefused {
        /// The uncertain job.
        job: JobId,
        /// Why.
        refusal: SubmitRefusal,
    },
    /// A `+CMGS: <mr>` that nobody waited for: a message went out of which something else was told,
    /// or one of an earlier run.
    UnclaimedAccepted {
        /// The job that it is the answer to, told as refused or as accepted without a number.
        /// `None` when it is to a submit of an earlier run, or nobody can tell.
        job: Option<JobId>,
        /// TP-MR the modem gave it, if it can be read.
        mr: Option<MessageRef>,
    },
    /// A `+CMS ERROR` of the network that was heard after the port was opened and before this
    /// engine submitted anything: the answer to a submit of an earlier run, which did not go out.
    /// Once an opening at most.
    UnclaimedRefused {
        /// Why.
        refusal: SubmitRefusal,
    },
    /// The modem has started anew since it was last set up: TP-MR may have begun again, and what
    /// was on the air is cut off. Once a start.
    Booted,
    /// A TPDU from the network. Store it, then answer with [`Input::Committed`](crate::Input).
    Received(Received),
    /// The answer to [`Input::Ussd`](crate::Input).
    Ussd {
        /// As given with the code.
        id: u64,
        /// What came back.
        result: Result<UssdReply, UssdError>,
    },
    /// A USSD message nobody asked for: the network's own, or a late answer.
    UssdNotice(UssdReply),
    /// The answer to [`Input::Raw`](crate::Input).
    Raw {
        /// As given with the command.
        id: u64,
        /// Information lines, URCs taken out.
        lines: Vec<String>,
        /// The final result code, or why there is none.
        end: String,
    },
    /// Somebody called and was not answered. One event a call.
    MissedCall {
        /// The caller, unless withheld.
        from: Option<Msisdn>,
    },
    /// The SIM refused the PIN of [`Input::Pin`](crate::Input): it said so, or a try is used. It
    /// must not be given again.
    PinRefused {
        /// Tries left, when the modem can tell.
        tries_left: Option<u8>,
    },
    /// The PIN of [`Input::Pin`](crate::Input) was sent as often as it may be, and nobody knows what
    /// the SIM made of it, but that it is no refusal that can be seen.
    PinUnclear {
        /// Tries left, when the modem can tell.
        tries_left: Option<u8>,
        /// [`Counted::No`], or [`Counted::Unknown`].
        counted: Counted,
    },
    /// The SIM wants a code and does not tell who it is before it gets it (field notes A 40).
    /// Whatever SIM was known before, this need not be it.
    SimHidden,
    /// The answer to [`Input::Unlock`](crate::Input).
    Unlock {
        /// As given with the code.
        id: u64,
        /// The tries that the SIM has now, as far as the modem tells.
        result: Result<PinTries, UnlockError>,
    },
    /// A code of [`Input::Unlock`](crate::Input) or [`Input::Pin`](crate::Input) was right, and this
    /// is the SIM that took it.
    PinProved {
        /// Which SIM it is.
        iccid: Iccid,
        /// Its PIN from now on.
        pin: Pin,
    },
    /// Something went wrong with the modem. A bounded number each: one for a command that failed,
    /// not one for each step of getting in step again.
    Trouble {
        /// What is done about it.
        step: Remedy,
        /// What went wrong.
        reason: Trouble,
    },
    /// A line that went over the port.
    Trace(TraceLine),
}

/// What a modem says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Which modem it is. `None` when it refuses to tell.
    pub imei: Option<Imei>,
    /// `+CGMI`, empty when refused.
    pub manufacturer: String,
    /// `+CGMM`, empty when refused.
    pub model: String,
    /// `+CGMR`, empty when refused.
    pub firmware: String,
    /// Name of the profile that was chosen for it.
    pub profile: &'static str,
}

/// What a SIM says it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sim {
    /// Which SIM it is. `None` when no known command reads it.
    pub iccid: Option<Iccid>,
    /// Whose SIM it is; not readable before the PIN.
    pub imsi: Option<Imsi>,
    /// Its own number, where the operator wrote it on the SIM.
    pub number: Option<Msisdn>,
    /// Service centre address, as `+CSCA?` gives it.
    pub smsc: Option<String>,
}

/// The operator, as `+COPS?` gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Long or short name, or MCC and MNC.
    pub name: String,
    /// `GSM`, `UMTS`, `LTE`, ...; `None` when the modem does not say.
    pub technology: Option<&'static str>,
}

/// Signal strength, as `+CSQ` gives it (TS 27.007 8.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalStrength {
    /// -113 to -51 dBm; `None` when not known.
    pub rssi_dbm: Option<i16>,
    /// 0 to 5, for people.
    pub bars: u8,
}

/// How a modem handles messages: what was chosen from what it offers, and what stuck.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// How long after Ctrl-Z an answer to a submit is waited for before it counts as uncertain.
    pub submit_wait: Duration,
    /// `+CSMS` service: 1 means that routed messages are acknowledged with `+CNMA`.
    pub csms: Option<u8>,
    /// `+CNMI` mode, mt, bm, ds, bfr; `None` when the modem takes none of the ranked list, so
    /// that its memories are listed often instead.
    pub cnmi: Option<[u8; 5]>,
    /// Memory for received messages, when it can be chosen.
    pub memory: Option<String>,
    /// Memories that are listed by the sweep.
    pub memories: Vec<String>,
    /// Whether `+CMMS=2` is taken; `None` before it was tried.
    pub cmms: Option<bool>,
    /// How memories are listed: `4`, `"ALL"`, or `scan` when they are read index by index.
    pub listing: &'static str,
}

/// How full a message memory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// `SM`, `ME`, ...
    pub memory: String,
    /// Messages in it.
    pub used: u16,
    /// Messages it can hold.
    pub total: u16,
}

/// A TPDU from the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// For [`Input::Committed`](crate::Input).
    pub token: ReceiptToken,
    /// The octets; without TPDU when the line was not even hexadecimal.
    pub pdu: PduHex,
    /// What they mean, or why they mean nothing.
    pub content: Result<MtTpdu, DecodeError>,
    /// The line as the modem wrote it.
    pub raw: String,
    /// By what way it came.
    pub via: Box<Via>,
}

/// By what way a TPDU came from the modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// `+CMT` or `+CDS` brought it.
    Routed,
    /// `+CMTI` or `+CDSI` said where it is.
    Announced {
        /// The memory that the announcement named.
        named: String,
        /// The memory that it was read from.
        memory: String,
        /// Its place there.
        index: u16,
        /// Reads before that found nothing (field notes A 12).
        misses: u8,
    },
    /// It was found when the memories were listed.
    Listed {
        /// The memory that it was in.
        memory: String,
        /// Its place there.
        index: u16,
        /// Memory and place of an announcement that had led nowhere and caused the listing.
        announced: Option<(String, u16)>,
    },
}

/// What the network answered to a USSD code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UssdReply {
    /// The text, decoded.
    pub text: String,
    /// Whether the session is open and waits for a reply.
    pub open: bool,
    /// How the code was written: `text`, `packed-hex` or `ucs2`.
    pub coding: &'static str,
}

/// Why there is no answer to a USSD code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UssdError {
    /// The network did not answer in time; the session was cancelled.
    #[error("the network did not answer in time")]
    Timeout,
    /// The network ended the session, or another client took it.
    #[error("the network ended the session")]
    Ended,
    /// The network does not support the code.
    #[error("the network does not support the operation")]
    NotSupported,
    /// The modem refused the command.
    #[error("the modem refused: {0}")]
    Refused(String),
    /// The code cannot be written in the coding that the modem takes.
    #[error("the code has characters that USSD cannot carry")]
    BadCode,
    /// Another USSD exchange is going on.
    #[error("another USSD exchange is going on")]
    Busy,
    /// Cancelled by its owner.
    #[error("cancelled")]
    Cancelled,
    /// The modem is not ready, or went away.
    #[error("the modem is not ready")]
    NotReady,
}

/// Why a SIM was not unlocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnlockError {
    /// No SIM asks for anything.
    #[error("nothing is locked")]
    NotLocked,
    /// The modem is being set up; what the SIM wants is not known yet.
    #[error("the modem is being set up")]
    Busy,
    /// It is locked to a network, a SIM or a provider.
    #[error("it is locked in a way that neither PIN nor PUK opens")]
    OtherLock,
    /// It asks for another code.
    #[error("the SIM asks for another code")]
    Wanted(Lock, PinTries),
    /// Fewer than two tries are left, or nobody knows how many. Nothing was sent.
    #[error("fewer than two tries may be left")]
    FewTries(PinTries),
    /// The SIM has refused this very code before, or may have. Nothing was sent.
    #[error("the SIM has refused this code before, or may have")]
    Known(PinTries),
    /// The SIM refused it.
    #[error("the SIM refused the code")]
    Refused(PinTries),
    /// The modem did not say what became of it.
    #[error("the modem did not tell whether it was right")]
    NoAnswer,
}

/// One line that went over the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceLine {
    /// Written to the modem, or read from it.
    pub sent: bool,
    /// The line without its line end; the prompt as `> `, control characters in caret notation.
    pub text: String,
    /// Holds a message body, a PIN or a subscriber's number: not for logs.
    pub secret: bool,
}
