//! A message as the parts that its carrier takes.

use smpp::SubmitSm;
use tpdu::PduHex;

/// All parts of a message, in order, those that are sent already too.
#[derive(Clone, Debug)]
pub enum Parts {
    /// For a SIM.
    Pdus(Vec<PduHex>),
    /// For an uplink, which may need more of them than a SIM, or fewer.
    Submits(Vec<SubmitSm>),
}

/// One part, on its way to its carrier.
#[derive(Clone, Debug)]
pub enum Part {
    /// For a SIM. `more`: another one follows at once.
    Pdu { pdu: PduHex, more: bool },
    /// For an uplink.
    Submit(SubmitSm),
}

impl Parts {
    pub fn count(&self) -> u16 {
        let count = match self {
            Self::Pdus(pdus) => pdus.len(),
            Self::Submits(submits) => submits.len(),
        };
        u16::try_from(count).unwrap_or(u16::MAX)
    }

    /// A part by its number, from 1 on; `more`: something follows at once.
    pub fn part(&self, number: u16, more: bool) -> Option<Part> {
        let at = usize::from(number.checked_sub(1)?);
        match self {
            Self::Pdus(pdus) => Some(Part::Pdu {
                pdu: pdus.get(at)?.clone(),
                more,
            }),
            Self::Submits(submits) => Some(Part::Submit(submits.get(at)?.clone())),
        }
    }
}
