//! TP-FCS, why a DELIVER or a SUBMIT was refused (TS 23.040 §9.2.3.22).

/// TP-FCS, the octet as it is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FailureCause(pub u8);

/// What a TP-FCS finds fault with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// 0x80 to 0x8F: TP-PID.
    ProtocolIdentifier,
    /// 0x90 to 0x9F: TP-DCS.
    CodingScheme,
    /// 0xA0 to 0xAF: a COMMAND.
    Command,
    /// 0xB0: the TPDU is not supported.
    Tpdu,
    /// 0xC0 to 0xC7: the service centre refuses.
    ServiceCentre,
    /// 0xD0 to 0xD5: the mobile or its SIM refuses.
    Mobile,
    /// 0xE0 to 0xFE: the application's own.
    Application,
    /// 0xFF: unspecified.
    Unspecified,
    /// Any other value.
    Reserved,
}

impl FailureCause {
    /// The clause of the table.
    pub const CLAUSE: &'static str = "3GPP TS 23.040 9.2.3.22";

    /// What the cause finds fault with.
    pub const fn class(self) -> FailureClass {
        match self.0 {
            0x80..=0x8F => FailureClass::ProtocolIdentifier,
            0x90..=0x9F => FailureClass::CodingScheme,
            0xA0..=0xAF => FailureClass::Command,
            0xB0 => FailureClass::Tpdu,
            0xC0..=0xC7 => FailureClass::ServiceCentre,
            0xD0..=0xD5 => FailureClass::Mobile,
            0xE0..=0xFE => FailureClass::Application,
            0xFF => FailureClass::Unspecified,
            _ => FailureClass::Reserved,
        }
    }

    /// The standard's words, shortened.
    pub const fn text(self) -> &'static str {
        match self.0 {
            0x80 => "telematic interworking not supported",
            0x81 => "short message type 0 not supported",
            0x82 => "cannot replace short message",
            0x8F => "unspecified TP-PID error",
            0x90 => "data coding scheme (alphabet) not supported",
            0x91 => "message class not supported",
            0x9F => "unspecified TP-DCS error",
            0xA0 => "command cannot be actioned",
            0xA1 => "command unsupported",
            0xAF => "unspecified TP-Command error",
            0xB0 => "TPDU not supported",
            0xC0 => "service centre busy",
            0xC1 => "no service centre subscription",
            0xC2 => "service centre system failure",
            0xC3 => "invalid SME address",
            0xC4 => "destination SME barred",
            0xC5 => "rejected as a duplicate",
            0xC6 => "TP-VPF not supported",
            0xC7 => "TP-VP not supported",
            0xD0 => "SIM storage full",
            0xD1 => "no SMS storage capability in SIM",
            0xD2 => "error in mobile",
            0xD3 => "memory capacity exceeded",
            0xD4 => "SIM application toolkit busy",
            0xD5 => "SIM data download error",
            0xE0..=0xFE => "specific to the application",
            0xFF => "unspecified error cause",
            _ => "reserved",
        }
    }
}
