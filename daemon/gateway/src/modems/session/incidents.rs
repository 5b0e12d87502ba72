//! Failures of this session, told with the dialogue before them.

use std::path::Path;

use modem::{Submitted, Trouble};

use super::super::cause::GONE;
use super::super::outcome::doubt;
use super::{End, Session};
use model::IncidentKind;

impl Session {
    pub(super) fn incident(&self, kind: IncidentKind, reason: &str) {
        let (imei, iccid) = (self.imei.as_ref(), self.iccid.as_ref());
        let dialogue = self.trace.dialogue(imei);
        self.links
            .incidents
            .record(kind, imei, iccid, reason, dialogue);
    }

    pub(super) fn keep_trouble(&self, reason: Trouble) {
        let kind = match reason {
            Trouble::NoAnswer | Trouble::Deaf => IncidentKind::NoAnswer,
            Trouble::NoPrompt => IncidentKind::NoPrompt,
            Trouble::RoutingLost => IncidentKind::RoutingLost,
            Trouble::ReferenceStuck => IncidentKind::ReferenceStuck,
            // The submit's outcome came before, and told it.
            Trouble::NoOutcome => return,
        };
        self.incident(kind, &reason.to_string());
    }

    pub(super) fn keep_uncertain(&self, submitted: &Submitted) {
        if let Submitted::Uncertain(why) = submitted {
            self.incident(IncidentKind::Uncertain, &doubt(why).detail);
        }
    }

    /// How the port ended, before the modem is taken off the books.
    pub(super) fn ended(&self, end: &End) {
        match end {
            End::Reopen(reason) => self.incident(IncidentKind::Reopened, &reason.to_string()),
            // The kind alone: an error's text may name the port.
            End::Port(error) => self.incident(IncidentKind::PortLost, &error.kind().to_string()),
            // Told to stop because it is gone, before it could be read to its end.
            End::Stopped if !Path::new(&self.port).exists() => {
                self.incident(IncidentKind::PortLost, GONE);
            }
            _ => {}
        }
    }
}
