//! The first octet of every TPDU: TP-MTI and flags (TS 23.040 §9.2.3.1 to .7, .17, .23, .25 to .28).

/// TP-MTI from the service centre: DELIVER. To it: DELIVER-REPORT.
pub(crate) const MTI_DELIVER: u8 = 0b00;
/// TP-MTI to the service centre: SUBMIT. From it: SUBMIT-REPORT.
pub(crate) const MTI_SUBMIT: u8 = 0b01;
/// TP-MTI from the service centre: STATUS-REPORT. To it: COMMAND.
pub(crate) const MTI_STATUS_REPORT: u8 = 0b10;

/// TP-UDHI (§9.2.3.23): TP-UD begins with a header.
pub const UDHI: u8 = 1 << 6;

/// The octet, with bits numbered from 0.
#[derive(Clone, Copy)]
pub(crate) struct FirstOctet(pub(crate) u8);

impl FirstOctet {
    pub(crate) const fn mti(self) -> u8 {
        self.0 & 3
    }

    pub(crate) const fn bit(self, bit: u8) -> bool {
        self.0 >> bit & 1 != 0
    }

    pub(crate) const fn udhi(self) -> bool {
        self.0 & UDHI != 0
    }

    pub(crate) const fn vpf(self) -> u8 {
        self.0 >> 3 & 3
    }

    pub(crate) const fn with(self, bit: u8, on: bool) -> Self {
        Self(self.0 | (on as u8) << bit)
    }

    pub(crate) const fn with_vpf(self, bits: u8) -> Self {
        Self(self.0 | (bits & 3) << 3)
    }
}
