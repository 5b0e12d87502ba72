//! The PIN of the SIM: offered from its row, or given by a person, and kept when it was right.

use std::time::Instant;

use model::{Counted, Iccid, Lock, Pin, PinSent, PinTrouble, PinVerdict, SimConfig, UnlockCode};
use modem::{Event, Input, ModemState, PinTries, UnlockError};
use tokio::sync::oneshot;

use super::super::handle::{CommandError, UnlockOutcome, Unlocked};
use super::super::state::modem_state;
use super::Session;

/// Where the outcome of a person's code goes.
pub(super) type UnlockReply = oneshot::Sender<Result<UnlockOutcome, CommandError>>;

impl Session {
    /// What became of a PIN.
    pub(super) async fn pin_event(&mut self, event: Event) {
        match event {
            Event::PinRefused { tries_left } => self.pin_refused(tries_left).await,
            Event::PinUnclear {
                tries_left,
                counted,
            } => self.pin_unclear(tries_left, counted).await,
            Event::PinProved { iccid, pin } => self.pin_proved(&iccid, &pin).await,
            _ => {}
        }
    }

    /// Gives the engine the PIN that is kept for the SIM, unless this SIM has refused it or may
    /// have; whether it was given.
    pub(super) async fn offer_pin(&mut self) -> bool {
        let ModemState::Locked {
            what: Lock::Pin,
            tries_left: left,
        } = self.engine.state()
        else {
            return false;
        };
        let Some(iccid) = self.iccid.clone() else {
            return false;
        };
        let config = match self.sim_config().await {
            Ok(config) => config,
            Err(error) => {
                tracing::error!(%iccid, %error, "cannot read the SIM's PIN; it stays locked");
                return false;
            }
        };
        let verdict = config.pin_verdict(left);
        match verdict {
            PinVerdict::Refused | PinVerdict::RefusedMeanwhile => {
                self.pin_trouble(Some(PinTrouble::Refused));
            }
            PinVerdict::Unclear => self.pin_trouble(Some(PinTrouble::Unclear)),
            PinVerdict::None => self.pin_trouble(None),
            PinVerdict::Offer => {}
        }
        match verdict {
            PinVerdict::Offer => self.give_pin(&iccid, &config, left).await,
            PinVerdict::RefusedMeanwhile => {
                self.offered = config.pin;
                self.pin_refused(left).await;
                false
            }
            PinVerdict::Unclear => {
                self.tell_pin_unclear(left);
                false
            }
            PinVerdict::Refused | PinVerdict::None => false,
        }
    }

    /// Gives it, once it is kept that it may be sent from then on.
    async fn give_pin(&mut self, iccid: &Iccid, config: &SimConfig, left: Option<u8>) -> bool {
        let Some(pin) = config.pin.clone() else {
            return false;
        };
        if !self.engine.would_try_pin(iccid, &pin) {
            return false;
        }
        if config.pin_sent != Some(PinSent { left }) {
            let offered = config.pin.clone();
            let sent = move |config: &mut SimConfig| {
                if config.pin == offered {
                    config.mark_pin_sent(left);
                }
            };
            match self.links.store.admin().change_sim(iccid, sent, None).await {
                Ok(now) if now.pin == config.pin => {}
                // Another one was set meanwhile, and is on its way.
                Ok(_) => return true,
                Err(error) => {
                    tracing::error!(%iccid, %error, "cannot keep that the SIM was given its PIN; it stays locked");
                    return false;
                }
            }
        }
        let input = Input::Pin {
            sim: iccid,
            pin: &pin,
        };
        self.engine.handle(Instant::now(), input);
        self.offered = Some(pin);
        self.pin_trouble(None);
        true
    }

    /// The SIM refused what was offered: never again, not after a restart either.
    async fn pin_refused(&mut self, tries_left: Option<u8>) {
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
            if config.pin.is_some() && config.pin == offered {
                config.mark_pin_refused();
            }
        };
        let stored = self
            .links
            .store
            .admin()
            .change_sim(&iccid, refused, None)
            .await;
        self.note(stored.map(drop), "refused PIN");
    }

    /// The engine has given up. Where no try is used, what a person uses from now on is no
    /// refusal of this PIN.
    async fn pin_unclear(&mut self, tries_left: Option<u8>, counted: Counted) {
        self.tell_pin_unclear(tries_left);
        self.pin_trouble(Some(PinTrouble::Unclear));
        if let (Some(iccid), Counted::No) = (self.iccid.clone(), counted) {
            self.pin_settled(&iccid).await;
        }
    }

    /// What was sent is not in doubt any more: the SIM asks for nothing, or has not counted it.
    pub(super) async fn pin_settled(&mut self, iccid: &Iccid) {
        let settled = |config: &mut SimConfig| config.pin_sent = None;
        let stored = self
            .links
            .store
            .admin()
            .change_sim(iccid, settled, None)
            .await;
        self.note(stored.map(drop), "PIN");
    }

    fn pin_trouble(&self, trouble: Option<PinTrouble>) {
        self.live(|live| live.pin_trouble = trouble);
    }

    /// Whatever SIM is in the modem, it need not be the one that was known.
    pub(super) fn forget_sim(&mut self) {
        self.iccid = None;
        self.live(|live| live.iccid = None);
        self.pin_trouble(None);
    }

    pub(super) fn unlock(&mut self, code: UnlockCode, last_try: bool, reply: UnlockReply) {
        let id = self.waiting.id();
        self.waiting.unlock.insert(id, reply);
        let input = Input::Unlock { id, code, last_try };
        self.engine.handle(Instant::now(), input);
    }

    pub(super) fn unlock_answer(&mut self, id: u64, result: Result<PinTries, UnlockError>) {
        let unlocked = result.map(|tries| Unlocked {
            state: modem_state(self.engine.state()).as_str(),
            tries,
        });
        if let Some(reply) = self.waiting.unlock.remove(&id) {
            // The client may have given up waiting.
            let _ = reply.send(Ok(unlocked));
        }
    }

    /// A PIN was right: a person's is kept with the SIM that took it.
    async fn pin_proved(&mut self, iccid: &Iccid, pin: &Pin) {
        if self.iccid.as_ref() != Some(iccid) {
            return;
        }
        let pin = Some(pin.as_str().to_owned());
        let of_person = self.offered.take() != pin;
        let keep = move |config: &mut SimConfig| {
            if of_person {
                config.pin.clone_from(&pin);
            }
            if config.pin == pin {
                config.forget_pin_marks();
            }
        };
        let stored = self.links.store.admin().change_sim(iccid, keep, None).await;
        self.note(stored.map(drop), "PIN");
    }
}
