//! `command_status` values this side reads or writes (SMPP 3.4 §5.1.3).

/// No error.
pub(crate) const ROK: u32 = 0x00;
pub(crate) const RINVCMDLEN: u32 = 0x02;
pub(crate) const RINVCMDID: u32 = 0x03;
pub(crate) const RINVBNDSTS: u32 = 0x04;
pub(crate) const RALYBND: u32 = 0x05;
pub(crate) const RSYSERR: u32 = 0x08;
pub(crate) const RMSGQFUL: u32 = 0x14;
pub(crate) const RTHROTTLED: u32 = 0x58;
pub(crate) const RX_T_APPN: u32 = 0x64;
pub(crate) const RX_P_APPN: u32 = 0x65;
pub(crate) const RUNKNOWNERR: u32 = 0xFF;

/// Busy, and not a fault of the message.
pub(crate) fn is_throttling(status: u32) -> bool {
    matches!(status, RTHROTTLED | RMSGQFUL)
}

/// A bind that may well succeed soon: busy, or the SMSC has not yet noticed that the
/// previous connection is gone.
pub(crate) fn bind_may_pass(status: u32) -> bool {
    matches!(status, RALYBND | RSYSERR | RTHROTTLED | RMSGQFUL)
}

/// For people: the name where it is one that a bind meets, and the number.
pub(crate) fn name(status: u32) -> String {
    let name = match status {
        RINVCMDID => "ESME_RINVCMDID",
        RINVBNDSTS => "ESME_RINVBNDSTS",
        RALYBND => "ESME_RALYBND, already bound",
        RSYSERR => "ESME_RSYSERR, system error",
        0x0D => "ESME_RBINDFAIL, bind failed",
        0x0E => "ESME_RINVPASWD, invalid password",
        0x0F => "ESME_RINVSYSID, invalid system_id",
        RMSGQFUL => "ESME_RMSGQFUL, queue full",
        0x53 => "ESME_RINVSYSTYP, invalid system_type",
        RTHROTTLED => "ESME_RTHROTTLED, throttled",
        _ => return format!("command_status 0x{status:08X}"),
    };
    format!("{name} (0x{status:08X})")
}
