//! `command_status`: what an SMSC refuses, and what is to be done then.

/// What a refusal is about, by what the scheduler does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The recipient's address, for good: no other message to it will fare better.
    Recipient,
    /// Something in this message, for good; others may pass.
    Message,
    /// Too fast: slow down, and send it again.
    Throttled,
    /// The SMSC cannot now: send it again later.
    Temporary,
    /// Our account, its settings or the bind: every message through this uplink is refused.
    Uplink,
    /// It does not say.
    Unknown,
}

/// A value of `command_status` with a meaning (SMPP 3.4 §5.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandStatus {
    /// The value.
    pub value: u32,
    /// The name in the standard.
    pub name: &'static str,
    /// What it says, for people.
    pub meaning: &'static str,
    /// What it is about.
    pub class: Class,
}

/// Refusals by ascending value: SMPP 3.4 §5.1.3, table 5-2; from 0x100 SMPP 5.0 §4.7.6, without
/// those of broadcasts.
///
/// - Source addresses are the message's matter, although an account has a list of those it may
///   use: another sender's messages pass, so the uplink is not to be shut for one sender.
/// - Types of number are the recipient's matter, although the uplink's settings may be wrong: one
///   short code must not shut the uplink for everybody.
/// - Service and system type are settings of the uplink and the same in every message.
/// - 0x45 and 0xFE give no reason. Trying again ends with the message's validity; giving up
///   would lose a message that a busy SMSC refused.
/// - Optional parameters are the message's: one part of a long message has some, others do not.
#[rustfmt::skip]
const TABLE: &[CommandStatus] = &[
    row(0x001, "ESME_RINVMSGLEN", "message length is invalid", Class::Message),
    row(0x002, "ESME_RINVCMDLEN", "command length is invalid", Class::Message),
    row(0x003, "ESME_RINVCMDID", "the SMSC does not know this command", Class::Uplink),
    row(0x004, "ESME_RINVBNDSTS", "the session is not bound for this command", Class::Uplink),
    row(0x005, "ESME_RALYBND", "the session is bound already", Class::Uplink),
    row(0x006, "ESME_RINVPRTFLG", "invalid priority flag", Class::Message),
    row(0x007, "ESME_RINVREGDLVFLG", "invalid registered delivery flag", Class::Message),
    row(0x008, "ESME_RSYSERR", "system error at the SMSC", Class::Temporary),
    row(0x00A, "ESME_RINVSRCADR", "invalid source address", Class::Message),
    row(0x00B, "ESME_RINVDSTADR", "invalid destination address", Class::Recipient),
    row(0x00C, "ESME_RINVMSGID", "message id is invalid", Class::Message),
    row(0x00D, "ESME_RBINDFAIL", "bind failed", Class::Uplink),
    row(0x00E, "ESME_RINVPASWD", "invalid password", Class::Uplink),
    row(0x00F, "ESME_RINVSYSID", "invalid system id", Class::Uplink),
    row(0x011, "ESME_RCANCELFAIL", "cancel_sm failed", Class::Message),
    row(0x013, "ESME_RREPLACEFAIL", "replace_sm failed", Class::Message),
    row(0x014, "ESME_RMSGQFUL", "message queue is full", Class::Temporary),
    row(0x015, "ESME_RINVSERTYP", "invalid service type", Class::Uplink),
    row(0x033, "ESME_RINVNUMDESTS", "invalid number of destinations", Class::Message),
    row(0x034, "ESME_RINVDLNAME", "invalid distribution list name", Class::Message),
    row(0x040, "ESME_RINVDESTFLAG", "destination flag is invalid", Class::Message),
    row(0x042, "ESME_RINVSUBREP", "invalid submit with replace request", Class::Message),
    row(0x043, "ESME_RINVESMCLASS", "invalid esm_class", Class::Message),
    row(0x044, "ESME_RCNTSUBDL", "cannot submit to a distribution list", Class::Message),
    row(0x045, "ESME_RSUBMITFAIL", "submit_sm failed", Class::Temporary),
    row(0x048, "ESME_RINVSRCTON", "invalid type of number of the source address", Class::Message),
    row(0x049, "ESME_RINVSRCNPI", "invalid numbering plan of the source address", Class::Message),
    row(0x050, "ESME_RINVDSTTON", "invalid type of number of the destination address", Class::Recipient),
    row(0x051, "ESME_RINVDSTNPI", "invalid numbering plan of the destination address", Class::Recipient),
    row(0x053, "ESME_RINVSYSTYP", "invalid system type", Class::Uplink),
    row(0x054, "ESME_RINVREPFLAG", "invalid replace_if_present flag", Class::Message),
    row(0x055, "ESME_RINVNUMMSGS", "invalid number of messages", Class::Message),
    row(0x058, "ESME_RTHROTTLED", "more messages than the SMSC allows in this time", Class::Throttled),
    row(0x061, "ESME_RINVSCHED", "invalid scheduled delivery time", Class::Message),
    row(0x062, "ESME_RINVEXPIRY", "invalid validity period", Class::Message),
    row(0x063, "ESME_RINVDFTMSGID", "predefined message is invalid or not found", Class::Message),
    row(0x064, "ESME_RX_T_APPN", "temporary error of the receiver", Class::Temporary),
    row(0x065, "ESME_RX_P_APPN", "permanent error of the receiver", Class::Message),
    row(0x066, "ESME_RX_R_APPN", "the receiver rejects the message", Class::Message),
    row(0x067, "ESME_RQUERYFAIL", "query_sm failed", Class::Message),
    row(0x0C0, "ESME_RINVOPTPARSTREAM", "error in the optional parameters", Class::Message),
    row(0x0C1, "ESME_ROPTPARNOTALLWD", "optional parameter is not allowed", Class::Message),
    row(0x0C2, "ESME_RINVPARLEN", "invalid length of a parameter", Class::Message),
    row(0x0C3, "ESME_RMISSINGOPTPARAM", "an optional parameter is missing", Class::Message),
    row(0x0C4, "ESME_RINVOPTPARAMVAL", "invalid value of an optional parameter", Class::Message),
    row(0x0FE, "ESME_RDELIVERYFAILURE", "delivery failed", Class::Temporary),
    row(0x0FF, "ESME_RUNKNOWNERR", "unknown error", Class::Unknown),
    row(0x100, "ESME_RSERTYPUNAUTH", "not authorised to use this service type", Class::Uplink),
    row(0x101, "ESME_RPROHIBITED", "prohibited from using this operation", Class::Uplink),
    row(0x102, "ESME_RSERTYPUNAVAIL", "service type is not available", Class::Temporary),
    row(0x103, "ESME_RSERTYPDENIED", "service type is denied", Class::Uplink),
    row(0x104, "ESME_RINVDCS", "invalid data coding", Class::Message),
    row(0x105, "ESME_RINVSRCADDRSUBUNIT", "invalid subunit of the source address", Class::Message),
    row(0x106, "ESME_RINVDSTADDRSUBUNIT", "invalid subunit of the destination address", Class::Recipient),
];

const fn row(value: u32, name: &'static str, meaning: &'static str, class: Class) -> CommandStatus {
    CommandStatus {
        value,
        name,
        meaning,
        class,
    }
}

/// Looks a refusal up; `None` for 0 (no error), and for reserved and vendors' values.
pub fn command_status(value: u32) -> Option<&'static CommandStatus> {
    let at = TABLE.binary_search_by_key(&value, |row| row.value).ok()?;
    TABLE.get(at)
}

/// What a refusal is about. Vendors' values (0x400 to 0x4FF) differ from SMSC to SMSC and are
/// [`Class::Unknown`]; so is 0, which is no refusal.
pub fn classify(value: u32) -> Class {
    command_status(value).map_or(Class::Unknown, |row| row.class)
}
