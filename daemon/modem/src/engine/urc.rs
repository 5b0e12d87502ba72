//! What the modem says without being asked.

use super::Engine;
use super::inbox::Place;
use at::commands::RegistrationDomain;
use at::{Urc, decode_text};
use std::time::Instant;

impl Engine {
    pub(super) fn urc(&mut self, now: Instant, urc: Urc) {
        match urc {
            Urc::Cmti(stored) | Urc::Cdsi(stored) => self.announced(
                now,
                Place {
                    memory: stored.memory,
                    index: stored.index,
                },
            ),
            Urc::Cmt(routed) | Urc::Cds(routed) => self.routed(now, &routed.pdu),
            Urc::Damaged { header, body } => self.damaged(now, &header, body.as_deref()),
            Urc::Cusd { mode, text, dcs } => self.ussd_heard(mode, text.as_deref(), dcs),
            Urc::Ring => self.ring(now, None),
            Urc::Clip {
                number,
                type_of_address,
            } => {
                let plus = if type_of_address == Some(145) {
                    "+"
                } else {
                    ""
                };
                let number = number.map(|number| decode_text(&number, self.charset));
                let from = number.map(|number| format!("{plus}{}", number.trim_start_matches('+')));
                self.ring(now, from.and_then(|from| from.parse().ok()));
            }
            Urc::CallEnded => self.call_over(),
            Urc::Creg(status) => self.registered(RegistrationDomain::Cs, status.stat),
            Urc::Cereg(status) => self.registered(RegistrationDomain::Eps, status.stat),
            Urc::Cpin(state) => self.sim_said(&state),
            Urc::MemoryFull(_) => {
                self.inbox.sweep_at(now);
                self.idle.memory_soon();
            }
            Urc::Progress(progress) => self.progress(now, progress),
            // Cell broadcast is not for anybody in particular, packet registration carries no SMS
            // here, the technology comes with the operator's name.
            Urc::Cbm(_)
            | Urc::Cbmi(_)
            | Urc::Cgreg(_)
            | Urc::C5greg(_)
            | Urc::Voltage(_)
            | Urc::Vendor(_) => {}
        }
    }
}
