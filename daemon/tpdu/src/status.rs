//! TP-ST, what became of a message (TS 23.040 §9.2.3.15).

/// TP-ST, the octet as it is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub u8);

/// The four groups of TP-ST, by what the sender may still expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusClass {
    /// The transaction is complete.
    Delivered,
    /// Temporary error; the service centre goes on trying, another report will come.
    StillTrying,
    /// Permanent error; the service centre gave up.
    Permanent,
    /// Temporary error; the service centre gave up. The same message may go through later.
    TemporaryGaveUp,
}

/// "Service rejected": what a reserved value shall be taken for.
const SERVICE_REJECTED: u8 = 0x63;

impl Status {
    /// The clause of the table.
    pub const CLAUSE: &'static str = "3GPP TS 23.040 9.2.3.15";

    /// Which group the value is in. Reserved values count as 0x63, service
    /// rejected, as the standard wants.
    pub const fn class(self) -> StatusClass {
        match self.meaning() {
            0x00..=0x1F => StatusClass::Delivered,
            0x20..=0x3F => StatusClass::StillTrying,
            0x40..=0x5F => StatusClass::Permanent,
            _ => StatusClass::TemporaryGaveUp,
        }
    }

    /// Whether the standard keeps the value for later.
    pub const fn is_reserved(self) -> bool {
        matches!(self.0, 0x03..=0x0F | 0x26..=0x2F | 0x4A..=0x4F | 0x66..=0x6F | 0x80..=0xFF)
    }

    /// Whether the value's meaning is the service centre's own.
    pub const fn is_service_centre_specific(self) -> bool {
        matches!(self.0, 0x10..=0x1F | 0x30..=0x3F | 0x50..=0x5F | 0x70..=0x7F)
    }

    const fn meaning(self) -> u8 {
        if self.is_reserved() {
            SERVICE_REJECTED
        } else {
            self.0
        }
    }

    /// The standard's words, shortened.
    pub const fn text(self) -> &'static str {
        match self.0 {
            0x00 => "received by the recipient",
            0x01 => "forwarded to the recipient, delivery cannot be confirmed",
            0x02 => "replaced by the service centre",
            0x20 | 0x60 => "congestion",
            0x21 | 0x61 => "recipient busy",
            0x22 | 0x62 => "no response from recipient",
            0x23 | 0x63 => "service rejected",
            0x24 | 0x44 | 0x64 => "quality of service not available",
            0x25 | 0x65 => "error in recipient",
            0x40 => "remote procedure error",
            0x41 => "incompatible destination",
            0x42 => "connection rejected by recipient",
            0x43 => "not obtainable",
            0x45 => "no interworking available",
            0x46 => "validity period expired",
            0x47 => "deleted by sender",
            0x48 => "deleted by service centre administration",
            0x49 => "message does not exist",
            _ if self.is_service_centre_specific() => "specific to the service centre",
            _ => "reserved",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_follow_the_top_bits() {
        for value in 0..=u8::MAX {
            let status = Status(value);
            let expected = match value {
                0x00..=0x02 | 0x10..=0x1F => StatusClass::Delivered,
                0x20..=0x25 | 0x30..=0x3F => StatusClass::StillTrying,
                0x40..=0x49 | 0x50..=0x5F => StatusClass::Permanent,
                _ => StatusClass::TemporaryGaveUp,
            };
            assert_eq!(status.class(), expected, "0x{value:02X}");
            assert_eq!(
                status.text() == "reserved",
                status.is_reserved(),
                "0x{value:02X}"
            );
        }
    }
}
