//! Failures of modems, with what was said on the port before them.

use crate::names::names;
use crate::{Iccid, Imei};

use super::{RowId, Time};

/// Octets of an AT dialogue that are kept; what is older goes.
pub const LONGEST_DIALOGUE: usize = 8 * 1024;
/// Octets of a reason; the rest is cut off.
const LONGEST_REASON: usize = 200;

names! {
    /// What failed.
    IncidentKind as ModemIncidentKind {
        /// A command was not answered; the modem was brought in step again.
        NoAnswer = "no_answer",
        /// The modem gave no prompt for a PDU, and was brought in step again.
        NoPrompt = "no_prompt",
        /// It had stopped telling what arrives.
        RoutingLost = "routing_lost",
        /// It refused everything after TP-MR 255 (field notes A 8).
        ReferenceStuck = "reference_stuck",
        /// It is not known whether a part went out.
        Uncertain = "uncertain",
        /// The port was closed and opened again, as the engine asked for.
        Reopened = "reopened",
        /// The port failed or went away.
        PortLost = "port_lost",
        /// The modem was restarted.
        Restart = "restart",
        /// The modem started anew by itself.
        Reboot = "reboot",
        /// Its power was cut.
        Power = "power",
        /// Nothing has brought it back.
        Fault = "fault",
    }
}

/// An incident to be remembered.
#[derive(Clone, Debug)]
pub struct NewIncident {
    pub at: Time,
    pub kind: IncidentKind,
    /// None before the modem has told it.
    pub imei: Option<Imei>,
    pub iccid: Option<Iccid>,
    pub reason: String,
    /// The AT lines before it, oldest first, without message bodies, PINs and whole numbers.
    pub dialogue: String,
}

impl NewIncident {
    /// What is too long is cut.
    pub fn new(
        at: Time,
        kind: IncidentKind,
        imei: Option<&Imei>,
        iccid: Option<&Iccid>,
        mut reason: String,
        mut dialogue: String,
    ) -> Self {
        reason.truncate(reason.floor_char_boundary(LONGEST_REASON));
        let excess = dialogue.len().saturating_sub(LONGEST_DIALOGUE);
        dialogue.drain(..dialogue.ceil_char_boundary(excess));
        Self {
            at,
            kind,
            imei: imei.cloned(),
            iccid: iccid.cloned(),
            reason,
            dialogue,
        }
    }
}

/// An incident as the store remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    pub row: RowId,
    pub at: Time,
    /// A name that a newer program wrote is one too.
    pub kind: String,
    pub imei: Option<Imei>,
    pub iccid: Option<Iccid>,
    pub reason: String,
    pub dialogue: String,
    /// More of the kind that the modem had in the minute after it.
    pub repeats: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_dialogue_is_kept() {
        let dialogue = format!("{}end", "ü".repeat(LONGEST_DIALOGUE));
        let new = NewIncident::new(
            Time(0),
            IncidentKind::NoAnswer,
            None,
            None,
            "ü".repeat(300),
            dialogue,
        );
        assert!(new.dialogue.len() <= LONGEST_DIALOGUE && new.dialogue.ends_with("üend"));
        assert_eq!(new.reason.len(), LONGEST_REASON);
    }
}
