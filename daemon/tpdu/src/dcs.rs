//! TP-DCS: alphabet, class and message waiting (TS 23.038 §4).

/// TP-DCS, the octet as it is on the wire. Every value has a meaning:
/// reserved ones are read as the GSM 7-bit default alphabet (TS 23.038 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Dcs(pub u8);

/// How characters are written in the user data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// GSM 7-bit, the default alphabet or a national one.
    Gsm7,
    /// 8-bit data: octets without a meaning known here.
    Octets,
    /// UCS-2, which everybody reads as UTF-16.
    Ucs2,
}

/// Message class (TS 23.038 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageClass {
    /// Class 0: shown at once and not stored ("flash").
    Flash = 0,
    /// Class 1: to the mobile's memory.
    Mobile = 1,
    /// Class 2: to the SIM's memory.
    Sim = 2,
    /// Class 3: to the terminal equipment.
    Terminal = 3,
}

impl MessageClass {
    /// From the two bits on the wire; higher bits are ignored.
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Flash,
            1 => Self::Mobile,
            2 => Self::Sim,
            _ => Self::Terminal,
        }
    }

    /// The two bits on the wire.
    pub const fn bits(self) -> u8 {
        self as u8
    }
}

/// Message waiting indication out of a TP-DCS of the groups C0, D0 and E0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageWaiting {
    /// Whether the message itself is to be kept (groups D0 and E0).
    pub store: bool,
    /// Whether the indication is switched on or off.
    pub active: bool,
    /// What is waiting.
    pub kind: WaitingKind,
}

/// What a message waiting indication is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitingKind {
    /// 00: voice mail.
    Voice,
    /// 01: fax.
    Fax,
    /// 10: electronic mail.
    Email,
    /// 11: other.
    Other,
}

impl Dcs {
    /// GSM 7-bit default alphabet, no class.
    pub const GSM7: Self = Self(0x00);
    /// 8-bit data, no class.
    pub const OCTETS: Self = Self(0x04);
    /// UCS-2, no class.
    pub const UCS2: Self = Self(0x08);

    /// The alphabet of the user data.
    pub const fn alphabet(self) -> Alphabet {
        match self.0 >> 4 {
            // General data coding, and the same marked for automatic deletion.
            0x0..=0x7 => match self.0 >> 2 & 3 {
                1 => Alphabet::Octets,
                2 => Alphabet::Ucs2,
                _ => Alphabet::Gsm7,
            },
            // Message waiting, store, in UCS-2.
            0xE => Alphabet::Ucs2,
            // Data coding and message class; bit 3 is reserved and says nothing.
            0xF if self.0 & 0x04 != 0 => Alphabet::Octets,
            // Message waiting in GSM 7-bit (C, D), and reserved groups (8 to B).
            _ => Alphabet::Gsm7,
        }
    }

    /// Whether the user data are compressed (TS 23.042).
    pub const fn is_compressed(self) -> bool {
        self.0 & 0xA0 == 0x20
    }

    /// The message class, where the coding group has one and says that it does.
    pub const fn class(self) -> Option<MessageClass> {
        match self.0 >> 4 {
            0x0..=0x7 if self.0 & 0x10 != 0 => Some(MessageClass::from_bits(self.0)),
            0xF => Some(MessageClass::from_bits(self.0)),
            _ => None,
        }
    }

    /// Whether the receiver is asked to delete the message once it was read (group 01xx).
    pub const fn is_automatic_deletion(self) -> bool {
        self.0 & 0xC0 == 0x40
    }

    /// The message waiting indication, in the groups C0, D0 and E0.
    pub const fn message_waiting(self) -> Option<MessageWaiting> {
        if !matches!(self.0 >> 4, 0xC..=0xE) {
            return None;
        }
        Some(MessageWaiting {
            store: self.0 >> 4 != 0xC,
            active: self.0 & 0x08 != 0,
            kind: match self.0 & 3 {
                0 => WaitingKind::Voice,
                1 => WaitingKind::Fax,
                2 => WaitingKind::Email,
                _ => WaitingKind::Other,
            },
        })
    }

    /// Whether the value is one the standard keeps for later.
    pub const fn is_reserved(self) -> bool {
        match self.0 >> 4 {
            0x0..=0x7 => self.0 & 0x0C == 0x0C,
            0x8..=0xB => true,
            0xF => self.0 & 0x08 != 0,
            _ => self.0 & 0x04 != 0,
        }
    }

    /// General data coding (group 00xx) of an alphabet and a class, uncompressed.
    pub const fn new(alphabet: Alphabet, class: Option<MessageClass>) -> Self {
        let alphabet = match alphabet {
            Alphabet::Gsm7 => Self::GSM7.0,
            Alphabet::Octets => Self::OCTETS.0,
            Alphabet::Ucs2 => Self::UCS2.0,
        };
        match class {
            Some(class) => Self(alphabet | 0x10 | class.bits()),
            None => Self(alphabet),
        }
    }

    /// Whether the body is septets; if not, TP-UDL counts octets.
    pub(crate) fn has_septets(self) -> bool {
        self.alphabet() == Alphabet::Gsm7 && !self.is_compressed()
    }
}
