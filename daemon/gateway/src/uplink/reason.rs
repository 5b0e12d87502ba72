//! What an SMSC or a session says, in a form that programs can compare.

use smpp::Doubt;

use model::Reason;

/// A `command_status` as a reason.
pub fn reason(status: u32) -> Reason {
    let detail = match smpp::command_status(status) {
        Some(known) => format!("{}: {}", known.name, known.meaning),
        None => "a status of the SMSC's own".to_owned(),
    };
    Reason::new(format!("smpp-0x{status:02x}"), detail)
}

/// Why it is not known whether a part went out.
pub fn doubt(why: Doubt) -> Reason {
    match why {
        Doubt::ConnectionLost => Reason::new(
            "uplink-lost",
            "the connection went before the SMSC's answer; it may have been taken",
        ),
        Doubt::NoAnswer => Reason::new(
            "no-answer",
            "the SMSC gave no answer in time; it may have been taken",
        ),
        Doubt::Malformed => Reason::new(
            "uplink-garbled",
            "the SMSC's answer cannot be read; it may have been taken",
        ),
    }
}
