//! What a modem is doing, as its owner sees it.

use model::Lock;

/// Where a modem stands. Messages are submitted in [`ModemState::Ready`] only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModemState {
    /// Finding out whether an AT command gets an answer.
    Probing,
    /// Reading IMEI, maker, model and firmware.
    Identifying,
    /// The SIM wants a code that was not given, was wrong, or must not be tried.
    Locked {
        /// Which code it wants.
        what: Lock,
        /// Tries left, when the modem can tell.
        tries_left: Option<u8>,
    },
    /// No SIM in the slot, or it does not answer.
    NoSim,
    /// Waiting until the SIM is ready, then setting up message handling.
    Starting,
    /// Set up; not registered in a network.
    Registering,
    /// Sends and receives.
    Ready,
    /// Not usable, see the reason.
    Down(DownReason),
}

/// Why a modem is down, or why its port should be opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
pub enum DownReason {
    /// No answer to AT within all tries.
    #[strum(to_string = "the modem does not answer")]
    NoReply,
    /// It answers AT, and one command or message after the other not at all.
    #[strum(to_string = "the modem answers AT and little else")]
    KeepsFailing,
    /// It refuses messages since TP-MR 255 and needs a restart (field notes A 8).
    #[strum(to_string = "the modem refuses messages after reference 255")]
    ReferenceStuck,
    /// The port is closed or went away.
    #[strum(to_string = "the port is closed")]
    PortClosed,
    /// It boots after `AT+CFUN=1,1`.
    #[strum(to_string = "the modem restarts")]
    Restarting,
    /// It refuses PDU mode, without which nothing can be sent or read.
    #[strum(to_string = "the modem refuses PDU mode")]
    NoPduMode,
}
