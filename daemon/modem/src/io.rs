//! What goes into an engine and what comes out.

use crate::event::Event;
use crate::ids::{JobId, ReceiptToken};
use crate::settings::RestartHow;
use crate::state::DownReason;
use model::{Iccid, UnlockCode};
use std::time::{Duration, Instant};
use tpdu::PduHex;

/// What an engine takes.
#[derive(Debug)]
pub enum Input<'a> {
    /// The port was opened.
    Opened,
    /// Bytes came from the port.
    Bytes(&'a [u8]),
    /// The instant of the last [`Output::WakeAt`] has come. Earlier or more often does no harm.
    Tick,
    /// The port went away or was closed.
    Closed,
    /// Submit a TPDU. Accepted in [`ModemState::Ready`](crate::ModemState::Ready) while at most
    /// one other is in flight: one may wait, and goes out the moment the other ends. Refused with
    /// [`SubmitRefusal::NotReady`](crate::SubmitRefusal::NotReady) otherwise.
    Submit {
        /// Returned with the outcome.
        job: JobId,
        /// SMS-SUBMIT with the service centre in front.
        pdu: PduHex,
        /// More will follow at once: ask the modem to keep the radio link open.
        more: bool,
    },
    /// The same, for a TPDU that may not go out yet: `AT+CMGS` is written at once, and the TPDU
    /// itself when both the prompt and [`Input::Release`] have come.
    Prepare {
        /// Returned with the outcome.
        job: JobId,
        /// SMS-SUBMIT with the service centre in front.
        pdu: PduHex,
        /// More will follow at once: ask the modem to keep the radio link open.
        more: bool,
    },
    /// What was prepared may go out.
    Release(JobId),
    /// What was prepared must not go out: a prompt is left again. Its outcome is
    /// [`SubmitRefusal::NotReady`](crate::SubmitRefusal::NotReady). No effect on what has been released.
    Withdraw(JobId),
    /// A received TPDU is durable: acknowledge it to the network, or delete it from the SIM.
    Committed(ReceiptToken),
    /// A received TPDU could not be stored. It stays where it is, and is offered again.
    NotCommitted(ReceiptToken),
    /// Send a USSD code, or the reply in a session that is open.
    Ussd {
        /// Returned with the answer.
        id: u64,
        /// `*100#`, or what the menu asks for.
        code: &'a str,
    },
    /// End the USSD session.
    UssdCancel,
    /// Send one AT command of an operator.
    Raw {
        /// Returned with the answer.
        id: u64,
        /// The command, `AT` and all, without line end.
        command: &'a str,
    },
    /// The PIN of the SIM that is locked; without effect at any other time. One that was wrong
    /// before is not tried, and none while fewer than two tries are left, or other than
    /// [`ModemState::Locked`](crate::ModemState::Locked) told.
    Pin {
        /// The SIM that it belongs to; no other gets it.
        sim: &'a Iccid,
        /// Its digits.
        pin: &'a str,
    },
    /// Unlock the SIM on a person's word.
    Unlock {
        /// Returned with the answer.
        id: u64,
        /// PIN, or PUK and new PIN.
        code: UnlockCode,
        /// Also with one try left, with tries that nobody knows, or with a code that was wrong.
        last_try: bool,
    },
    /// TP-MR of the SIM's last accepted message, as the owner remembers it from an earlier run.
    LastReference(tpdu::MessageRef),
    /// List the memories now, whatever was announced.
    Sweep,
    /// What was found out about this kind of modem, for [`Settings`](crate::Settings).
    Adapt {
        /// `sweep_every` from now on.
        sweep_every: Duration,
        /// `keep_link` from now on.
        keep_link: bool,
    },
    /// What another port of the same modem said by itself.
    Heard(at::Urc),
    /// Start the modem anew.
    Restart(RestartHow),
}

/// What an engine wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Write these bytes to the port, in order.
    Write(Vec<u8>),
    /// Give [`Input::Tick`] at this instant; supersedes the one before.
    WakeAt(Instant),
    /// Tell the daemon.
    Event(Event),
    /// Close the port and open it again; [`Input::Closed`] and [`Input::Opened`] follow.
    Reopen(DownReason),
}
