//! What the modem says without being asked.

use super::Engine;
use super::inbox::Place;
use at::commands::{Registration, RegistrationDomain};
use at::{INTERNATIONAL, Urc, decode_text};
use std::time::Instant;

impl Engine {
    pub(super) fn urc(&mut self, now: Instant, urc: Urc) {
        match urc {
            Urc::Cmti(stored) | Urc::Cdsi(stored) => {
                let (memory, index) = (stored.memory, stored.index);
                self.inbox
                    .announced(Place { memory, index }, &mut self.modem);
            }
            Urc::Cmt(routed) | Urc::Cds(routed) => {
                self.inbox.routed(&routed.pdu, &mut self.modem);
            }
            Urc::Damaged { header, body } => {
                let lines = (header.as_str(), body.as_deref());
                self.inbox.damaged(lines, &mut self.modem);
            }
            Urc::Cusd { mode, text, dcs } => {
                let text = (text.as_deref(), dcs);
                self.ussd.heard(mode, text, &mut self.modem);
            }
            Urc::Ring => self.calls.ring(now, None),
            Urc::Clip {
                number,
                type_of_address,
            } => {
                let plus = if type_of_address == Some(INTERNATIONAL) {
                    "+"
                } else {
                    ""
                };
                let number = number.map(|number| decode_text(&number, self.modem.charset));
                let from = number.map(|number| format!("{plus}{}", number.trim_start_matches('+')));
                self.calls
                    .ring(now, from.and_then(|from| from.parse().ok()));
            }
            Urc::CallEnded => self.calls.over(&mut self.modem),
            Urc::Creg(status) => self.registered(RegistrationDomain::Cs, status.stat),
            Urc::Cereg(status) => self.registered(RegistrationDomain::Eps, status.stat),
            Urc::Cpin(state) => self.sim_said(&state),
            Urc::MemoryFull(_) => {
                self.inbox.sweep_at(now);
                self.status.memory_soon();
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
        self.settle(now);
    }

    /// Registration was told, asked for or not.
    pub(super) fn registered(&mut self, domain: RegistrationDomain, stat: Registration) {
        self.status.registered(domain, stat, &mut self.modem);
        self.show();
    }
}
