//! The PIN of the SIM: offered from its row, or given by a person, and kept when it was right.

use std::time::Instant;

use modem::{Iccid, Input, Pin, PinTries, UnlockCode, UnlockError};
use tokio::sync::oneshot;

use super::super::handle::{CommandError, UnlockOutcome, Unlocked};
use super::Session;
use crate::gateway::modem_state;
use crate::model::SimConfig;

/// Where the outcome of a person's code goes.
pub(super) type UnlockReply = oneshot::Sender<Result<UnlockOutcome, CommandError>>;

impl Session {
    /// Gives the engine the PIN that the operator set, unless this SIM has refused it; whether there
    /// was one to give.
    pub(super) async fn offer_pin(&mut self) -> bool {
        let Some(iccid) = self.iccid.clone() else {
            return false;
        };
        match self.sim_config().await {
            Ok(config) => {
                let pin = config.pin.filter(|_| !config.pin_refused);
                let is_there = pin.is_some();
                if let Some(pin) = pin {
                    let input = Input::Pin {
                        sim: &iccid,
                        pin: &pin,
                    };
                    self.engine.handle(Instant::now(), input);
                    self.offered = Some(pin);
                }
                is_there
            }
            Err(error) => {
                tracing::error!(%iccid, %error, "cannot read the SIM's PIN; it stays locked");
                false
            }
        }
    }

    /// The SIM refused what was offered: never again, not after a restart either.
    pub(super) async fn pin_refused(&mut self, tries_left: Option<u8>) {
        let (iccid, remedy) = (
            self.iccid_text(),
            "give the right one: simgate modems unlock IMEI",
        );
        tracing::error!(
            iccid,
            tries_left,
            remedy,
            "the SIM refused its PIN; it is not tried again"
        );
        let (Some(iccid), offered) = (self.iccid.clone(), self.offered.take()) else {
            return;
        };
        let refused = move |config: &mut SimConfig| {
            // Unless an operator has set another one meanwhile, which may be right.
            config.pin_refused |= config.pin == offered;
        };
        let stored = self.links.store.change_sim(&iccid, refused, None).await;
        self.note(stored.map(drop), "refused PIN");
    }

    /// Whatever SIM is in the modem, it need not be the one that was known.
    pub(super) fn forget_sim(&mut self) {
        self.iccid = None;
        self.live(|live| live.iccid = None);
    }

    pub(super) fn unlock(&mut self, code: UnlockCode, last_try: bool, reply: UnlockReply) {
        let id = self.waiting.id();
        self.waiting.unlock.insert(id, reply);
        let input = Input::Unlock { id, code, last_try };
        self.engine.handle(Instant::now(), input);
    }

    pub(super) fn unlock_answer(&mut self, id: u64, result: Result<PinTries, UnlockError>) {
        let unlocked = result.map(|tries| Unlocked {
            state: modem_state(self.engine.state()),
            tries,
        });
        if let Some(reply) = self.waiting.unlock.remove(&id) {
            // The client may have given up waiting.
            let _ = reply.send(Ok(unlocked));
        }
    }

    /// A person's PIN was right: it is kept with the SIM that took it.
    pub(super) async fn pin_proved(&mut self, iccid: &Iccid, pin: &Pin) {
        if self.iccid.as_ref() != Some(iccid) {
            return;
        }
        let pin = pin.as_str().to_owned();
        let keep = move |config: &mut SimConfig| {
            config.pin = Some(pin.clone());
            config.pin_refused = false;
        };
        let stored = self.links.store.change_sim(iccid, keep, None).await;
        self.note(stored.map(drop), "PIN");
    }
}
