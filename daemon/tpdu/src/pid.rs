//! TP-PID, protocol identifier (TS 23.040 §9.2.3.9).

/// TP-PID, the octet as it is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Pid(pub u8);

/// What a TP-PID asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PidKind {
    /// 0x00 to 0x1F: no interworking; the five bits are the SME-to-SME protocol, 0 as a rule.
    SmeToSme(u8),
    /// 0x20 to 0x3F: telematic interworking, with the five bits of the device:
    /// 0x01 telex, 0x02 and 0x03 fax, 0x04 voice, 0x12 Internet electronic mail.
    Telematic(u8),
    /// 0x40: short message type 0, acknowledged and then discarded.
    TypeZero,
    /// 0x41 to 0x47: replaces a message of the same type and sender; 1 to 7.
    Replace(u8),
    /// 0x48: device triggering.
    DeviceTrigger,
    /// 0x5E: enhanced message service, obsolete.
    EnhancedMessage,
    /// 0x5F: return call message.
    ReturnCall,
    /// 0x7C: ANSI-136 R-DATA.
    AnsiRData,
    /// 0x7D: data download to the mobile.
    MobileDownload,
    /// 0x7E: depersonalisation of the mobile.
    Depersonalisation,
    /// 0x7F: data download to the SIM.
    SimDownload,
    /// 0xC0 to 0xFF: for the service centre's own use.
    ServiceCentreSpecific(u8),
    /// Anything else.
    Reserved(u8),
}

impl Pid {
    /// An ordinary message.
    pub const NORMAL: Self = Self(0x00);
    /// Internet electronic mail: the text begins with an address (TS 23.040 §3.8).
    pub const INTERNET_MAIL: Self = Self(0x32);

    /// What the octet asks for.
    pub const fn kind(self) -> PidKind {
        match self.0 {
            0x00..=0x1F => PidKind::SmeToSme(self.0),
            0x20..=0x3F => PidKind::Telematic(self.0 & 0x1F),
            0x40 => PidKind::TypeZero,
            0x41..=0x47 => PidKind::Replace(self.0 & 7),
            0x48 => PidKind::DeviceTrigger,
            0x5E => PidKind::EnhancedMessage,
            0x5F => PidKind::ReturnCall,
            0x7C => PidKind::AnsiRData,
            0x7D => PidKind::MobileDownload,
            0x7E => PidKind::Depersonalisation,
            0x7F => PidKind::SimDownload,
            0xC0..=0xFF => PidKind::ServiceCentreSpecific(self.0),
            _ => PidKind::Reserved(self.0),
        }
    }
}
