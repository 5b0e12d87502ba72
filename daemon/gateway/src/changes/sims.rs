//! SIMs: what is set for them, their health, USSD.

use model::{Iccid, SimConfig, SimHealth};

use super::Thing;
use super::sim_patch::{PatchField, SimPatch};
use crate::modems::{CommandError, UssdReply};
use crate::schedule::Signal;
use crate::{Caller, FieldError, Gateway, Refusal, SimView, Unknown};

/// Longest USSD string: 182 septets (TS 23.038 §6.1.2.3).
const MAX_USSD: usize = 182;

impl Gateway {
    /// Changes what is set for a SIM, at once and for good.
    pub async fn change_sim(
        &self,
        caller: &Caller,
        iccid: &Iccid,
        patch: SimPatch,
    ) -> Result<SimView, Refusal> {
        caller.reaches_sim(iccid)?;
        // Else a key could make more SIMs its own.
        if patch.sets_groups() {
            self.uses_sim(caller, iccid).await?;
        }
        let fields = patch.fields().join(", ");
        if !fields.is_empty() {
            let edit = patch.checked(self.defaults(), caller.groups())?;
            let _alone = self.alone(Thing::Sim(iccid.clone())).await;
            // Two SIMs are not given one number at the same time.
            let _numbers = match edit.number() {
                PatchField::Keep => None,
                PatchField::Set(number) => {
                    let alone = self.alone(Thing::Numbers).await;
                    self.refuse_taken(caller, iccid, number.as_deref()).await?;
                    Some(alone)
                }
            };
            let entry = caller.entry(format!("changed sim {iccid}: {fields}"));
            let edit = move |config: &mut _| edit.apply(config);
            let config = self.admin().change_sim(iccid, edit, Some(entry)).await?;
            self.set_to_work(iccid, config).await;
        }
        Ok(self.sim(iccid).await?.ok_or(Unknown::Sim)?)
    }

    /// Tells those at work what is set for a SIM now.
    pub(crate) async fn set_to_work(&self, iccid: &Iccid, config: SimConfig) {
        self.0.bus.label(iccid, config.label.as_deref());
        let changed = Signal::Configured {
            iccid: iccid.clone(),
            config: Box::new(config),
        };
        self.0.scheduler.signal(changed).await;
        if let Some(live) = self.0.fleet.holding(iccid) {
            live.handle.reconfigured();
        }
        self.0.senders.forget();
    }

    /// Forgets what a SIM failed: its breaker closes.
    pub async fn reset_health(&self, caller: &Caller, iccid: &Iccid) -> Result<SimView, Refusal> {
        caller.reaches_sim(iccid)?;
        let _alone = self.alone(Thing::Sim(iccid.clone())).await;
        self.sim(iccid).await?.ok_or(Unknown::Sim)?;
        let entry = caller.entry(format!("reset the health of sim {iccid}"));
        self.0.scheduler.forgive(iccid.clone()).await;
        let (store, nothing) = (&self.0.store, SimHealth::default());
        store
            .admin()
            .set_sim_health(iccid, nothing, Some(entry))
            .await?;
        Ok(self.sim(iccid).await?.ok_or(Unknown::Sim)?)
    }

    /// Runs a USSD code that a client gives.
    pub async fn ussd(
        &self,
        caller: &Caller,
        iccid: &Iccid,
        code: String,
    ) -> Result<UssdReply, Refusal> {
        self.uses_sim(caller, iccid).await?;
        check_ussd("/code", &code)?;
        let what = format!("ran a USSD code on sim {iccid}");
        self.note(caller, what).await;
        Ok(self.run_ussd(iccid, code).await?)
    }

    /// The same for ourselves.
    pub(crate) async fn run_ussd(
        &self,
        iccid: &Iccid,
        code: String,
    ) -> Result<UssdReply, CommandError> {
        let Some(live) = self.0.fleet.holding(iccid) else {
            return Err(self.no_modem_for(iccid).await);
        };
        live.handle.ussd(code).await
    }

    async fn no_modem_for(&self, iccid: &Iccid) -> CommandError {
        let known = self.admin().sims().await.unwrap_or_default();
        if known.iter().any(|sim| sim.iccid == *iccid) {
            CommandError::Unavailable("the SIM is in no modem that is plugged in".to_owned())
        } else {
            CommandError::Unknown
        }
    }
}

/// Says what is wrong with a USSD code.
pub(super) fn check_ussd(pointer: &str, code: &str) -> Result<(), FieldError> {
    // A quotation mark would end the string in AT+CUSD.
    let printable = code
        .bytes()
        .all(|b| (b' '..=b'~').contains(&b) && b != b'"');
    if code.is_empty() || code.len() > MAX_USSD || !printable {
        let detail = format!("must have 1 to {MAX_USSD} printable ASCII characters without \"");
        return Err(FieldError::new(pointer, detail));
    }
    Ok(())
}
