//! What a session tells: events of its modem, and lines of the operator's log, each with what helps.

use model::{Iccid, Imei, Lock};
use modem::{DownReason, ModemState, Registration};

use super::super::state::modem_state;
use super::Session;

impl Session {
    pub(super) fn imei_text(&self) -> Option<&str> {
        self.imei.as_ref().map(Imei::as_str)
    }

    pub(super) fn iccid_text(&self) -> Option<&str> {
        self.iccid.as_ref().map(Iccid::as_str)
    }

    /// The SIM as its operator calls it.
    fn sim_name(&self) -> Option<String> {
        let carrier = self.iccid.clone()?.into();
        Some(self.links.bus.named(&carrier))
    }

    /// Its SIM is named now: whoever is told of it later may find the modem gone.
    pub(super) fn tell_modem(&self, imei: &Imei, state: &str, reason: Option<&str>) {
        let sim = self.iccid.clone().or_else(|| self.links.fleet.sim_in(imei));
        let bus = &self.links.bus;
        bus.modem_state(imei, sim.as_ref(), state, reason);
    }

    pub(super) fn tell_state(&self, state: ModemState) {
        // An engine that has not begun yet is not worth a line.
        if state == ModemState::Down(DownReason::PortClosed) && !self.answered {
            return;
        }
        let reason = match state {
            ModemState::Down(reason) => Some(reason.to_string()),
            _ => None,
        };
        let (imei, sim) = (self.imei_text(), self.sim_name());
        let state = modem_state(state).as_str();
        tracing::info!(port = self.port, imei, sim, state, reason, "modem state");
    }

    /// It wants a code that is not there or was refused.
    pub(super) fn tell_locked(&self, what: Lock, tries_left: Option<u8>) {
        let (imei, sim) = (self.imei_text(), self.sim_name());
        let remedy = match what {
            Lock::Pin => {
                "give its PIN: simgate modems unlock IMEI, or simgate sims set ICCID --pin-file FILE"
            }
            Lock::Puk => "give its PUK and a new PIN: simgate modems unlock IMEI",
            Lock::Other => "have the modem or the SIM unlocked by who sold it",
        };
        tracing::warn!(
            port = self.port,
            imei,
            sim,
            tries_left,
            remedy,
            "the SIM is locked"
        );
    }

    /// The SIM was given its PIN, which may be right for all that is known.
    pub(super) fn tell_pin_unclear(&self, tries_left: Option<u8>) {
        let (imei, sim) = (self.imei_text(), self.sim_name());
        let remedy = "give it with: simgate modems unlock IMEI, or try the SIM in another modem";
        tracing::error!(
            port = self.port,
            imei,
            sim,
            tries_left,
            remedy,
            "the SIM stays locked: nobody knows whether its PIN is right, for the modem did not answer it clearly; \
             no refusal is known"
        );
    }

    pub(super) fn tell_registration(&self, registration: Registration) {
        if registration != Registration::Denied {
            return;
        }
        let (imei, sim) = (self.imei_text(), self.sim_name());
        let remedy = "see that it is activated, paid for, not barred, and may roam here";
        tracing::warn!(
            port = self.port,
            imei,
            sim,
            remedy,
            "the network denies the SIM"
        );
    }
}
