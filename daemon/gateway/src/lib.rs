//! What the product does: messages, and what carries them. The only way in for the API and the
//! commands.
#![allow(
    missing_docs,
    reason = "the crate is the product's own; a field says what it holds where its name does not"
)]

pub mod changes;
pub mod events;
pub mod mask;
pub mod messages;
pub mod modems;
pub mod ports;
pub mod power;
mod reasons;
pub mod records;
mod routing;
pub mod running;
pub mod schedule;
pub mod selftest;
pub mod settings;
pub mod threads;
pub mod uplink;
mod uplinks;
mod views;
mod waits;

use std::sync::Arc;

use model::{
    Change, Iccid, Imei, MessageId, NewMessage, Reason, SimConfig, SimHealth, State, UnlockCode,
};
use modem::{ModemState, RestartHow};

pub use changes::Changes;
pub use uplinks::{UplinkDeleted, UplinkView};
pub use views::{ModemView, SimState, SimView};
pub use waits::Wait;

use crate::events::Bus;
use crate::modems::{
    AtReply, CommandError, Fleet, Live, ModemHandle, PortRow, PortState, Recovery, TraceRow,
    UnlockOutcome, UssdReply,
};
use crate::power::{Power, PowerError};
use crate::records::Records;
use crate::schedule::{Handle, Signal};
use crate::settings::Settings;
use crate::uplink::Uplinks;
pub use store::{Accepted, Cancelled, Resolved, StoreError, clock};
use store::{NewAudit, NewReplay, Store};

/// How a client asks for a restart.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[schema(as = ModemRestart)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// The modem boots (`AT+CFUN=1,1`).
    Soft,
    /// The radio is turned off and on (`AT+CFUN=4`, `AT+CFUN=1`).
    Radio,
    /// The power is cut and given back, by what is configured for that.
    Power,
}

/// A handle; clones share one gateway.
#[derive(Clone)]
pub struct Gateway(Arc<Whole>);

struct Whole {
    parts: Parts,
    records: Records,
    routing: routing::Routing,
    changes: Changes,
}

impl std::ops::Deref for Whole {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

/// What a gateway is put together from.
pub struct Parts {
    pub settings: Arc<Settings>,
    /// The whole configuration as it is, for whoever helps.
    pub configuration: serde_json::Value,
    pub store: Store,
    pub bus: Bus,
    pub fleet: Fleet,
    pub scheduler: Handle,
    pub uplinks: Uplinks,
}

impl Gateway {
    pub fn new(parts: Parts) -> Self {
        let routing = routing::Routing::default();
        let records = Records::of(parts.store.clone());
        Self(Arc::new(Whole {
            parts,
            records,
            routing,
            changes: Changes::default(),
        }))
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The configuration that the process was started with, secrets and all.
    pub fn configuration(&self) -> &serde_json::Value {
        &self.0.configuration
    }

    /// What it remembers.
    pub fn records(&self) -> &Records {
        &self.0.records
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// What tests of other crates prepare.
    #[cfg(feature = "samples")]
    pub fn test_store(&self) -> &Store {
        &self.0.store
    }

    pub fn bus(&self) -> &Bus {
        &self.0.bus
    }

    pub fn changes(&self) -> &Changes {
        &self.0.changes
    }

    pub fn fleet(&self) -> &Fleet {
        &self.0.fleet
    }

    /// Commits messages; when it returns `Stored`, they will not be lost. What is due has been
    /// handed to the scheduler and is not in the answer any more.
    pub async fn accept(
        &self,
        messages: Vec<NewMessage>,
        replay: Option<NewReplay>,
    ) -> Result<Accepted, StoreError> {
        self.learn_keys(&messages).await?;
        self.0.scheduler.admit(messages, replay).await
    }

    pub async fn cancel(
        &self,
        id: MessageId,
        audit: Option<NewAudit>,
    ) -> Result<Cancelled, StoreError> {
        let cancelled = self.0.store.cancel(id, clock::now(), audit).await?;
        if cancelled == Cancelled::Done {
            self.0.bus.message(&Change::of(id, State::Cancelled));
        }
        Ok(cancelled)
    }

    /// Takes a person's word for whether an uncertain message went out.
    pub async fn resolve(
        &self,
        id: MessageId,
        sent: bool,
        audit: NewAudit,
    ) -> Result<Resolved, StoreError> {
        let store = &self.0.store;
        let resolved = store.resolve(id, sent, clock::now(), Some(audit)).await?;
        if let Resolved::Done(settled) = &resolved {
            let settled = vec![settled.clone()];
            self.0.scheduler.settled(&self.0.bus, settled).await;
        }
        Ok(resolved)
    }

    /// Changes what the operator set for a SIM, at once and for good. Whoever does so, does it one
    /// at a time: what is told last to those at work must be what was committed last.
    pub async fn configure_sim(
        &self,
        iccid: &Iccid,
        edit: impl FnMut(&mut SimConfig) + Send + 'static,
        audit: NewAudit,
    ) -> Result<Option<SimView>, StoreError> {
        let config = self.0.store.change_sim(iccid, edit, Some(audit)).await?;
        self.0.bus.label(iccid, config.label.as_deref());
        let changed = Signal::Configured {
            iccid: iccid.clone(),
            config: Box::new(config),
        };
        self.0.scheduler.signal(changed).await;
        if let Some(live) = self.0.fleet.holding(iccid) {
            live.handle.reconfigured();
        }
        self.sim(iccid).await
    }

    /// Forgets what a SIM failed: its breaker closes.
    pub async fn reset_health(
        &self,
        iccid: &Iccid,
        audit: NewAudit,
    ) -> Result<Option<SimView>, StoreError> {
        if self.sim(iccid).await?.is_none() {
            return Ok(None);
        }
        self.0.scheduler.forgive(iccid.clone()).await;
        let nothing = SimHealth::default();
        let store = &self.0.store;
        store.set_sim_health(iccid, nothing, Some(audit)).await?;
        self.sim(iccid).await
    }

    pub async fn ussd(&self, iccid: &Iccid, code: String) -> Result<UssdReply, CommandError> {
        let Some(live) = self.0.fleet.holding(iccid) else {
            return Err(self.no_modem_for(iccid).await);
        };
        live.handle.ussd(code).await
    }

    pub async fn at(&self, imei: &Imei, command: String) -> Result<AtReply, CommandError> {
        self.live(imei).await?.handle.at(command).await
    }

    /// Gives the SIM in a modem its PIN, or its PUK and a new PIN.
    pub async fn unlock(
        &self,
        imei: &Imei,
        code: UnlockCode,
        last_try: bool,
    ) -> Result<UnlockOutcome, CommandError> {
        self.live(imei).await?.handle.unlock(code, last_try).await
    }

    pub async fn restart(&self, imei: &Imei, how: Restart) -> Result<(), CommandError> {
        match how {
            // The step that its recovery waits to take.
            Restart::Soft if self.0.fleet.modem(imei).is_none() => {
                if self.0.fleet.recoveries().try_now(imei) {
                    return Ok(());
                }
                return Err(self.not_live(imei).await);
            }
            Restart::Soft => self.live(imei).await?.handle.restart(RestartHow::Soft)?,
            Restart::Radio => {
                let handle = self.live(imei).await?.handle;
                done(&handle, "AT+CFUN=4").await?;
                done(&handle, "AT+CFUN=1").await?;
                return Ok(());
            }
            Restart::Power => self.cycle_power(imei).await?,
        }
        // Counting is a courtesy: a full disk must not make the restart look refused.
        if let Err(error) = self.0.store.restarted(imei).await {
            tracing::warn!(%imei, %error, "cannot count a restart");
        }
        Ok(())
    }

    /// Also that of a modem which does not answer, or whose port is gone.
    async fn cycle_power(&self, imei: &Imei) -> Result<(), CommandError> {
        let recoveries = self.0.fleet.recoveries();
        let Some(target) = recoveries.target(imei) else {
            return Err(self.not_live(imei).await);
        };
        let cycled = Power::new(&self.0.settings.power).cycle(&target).await;
        cycled.map_err(|error| match error {
            PowerError::None | PowerError::NotUsb => CommandError::Unsupported(error.to_string()),
            PowerError::Failed(_) => CommandError::Refused(Reason::new("power", error.to_string())),
        })?;
        recoveries.try_now(imei);
        Ok(())
    }

    /// The serial ports that are there, by name.
    pub fn ports(&self) -> Vec<PortRow> {
        self.0.fleet.roster().rows()
    }

    pub fn trace(&self, imei: &Imei) -> Option<Vec<TraceRow>> {
        self.0.fleet.trace(imei)
    }

    /// The last AT lines of a modem that is plugged in, masked, as they may be handed on.
    pub fn dialogue(&self, imei: &Imei) -> String {
        self.0.fleet.dialogue(imei)
    }

    /// Why the gateway can't do its work; empty when it can.
    pub async fn readiness(&self) -> Vec<String> {
        let mut why = Vec::new();
        why.extend(self.0.store.trouble());
        if self.0.uplinks.bound() == 0 {
            why.extend(self.no_sim_sends().await);
        }
        why
    }

    /// Why no SIM can send; rests that the clock ends aside.
    async fn no_sim_sends(&self) -> Option<String> {
        let ready = self.0.fleet.ready();
        if ready.is_empty() {
            return Some(match self.0.fleet.plugged() {
                0 => self.no_modem(),
                n => format!("none of {n} modems has a SIM that is registered in a network"),
            });
        }
        // Without an answer of the store nothing is known against them; what ails it is told by itself.
        let sims = self.0.store.sims().await.unwrap_or_default();
        let is_disabled = |iccid: &Option<Iccid>| {
            let mut disabled = sims.iter().filter(|sim| !sim.config.enabled);
            disabled.any(|sim| Some(&sim.iccid) == iccid.as_ref())
        };
        let all = ready.iter().all(is_disabled);
        all.then(|| match ready.len() {
            1 => "the SIM that is registered in a network is disabled".to_owned(),
            n => format!("all {n} SIMs that are registered in a network are disabled"),
        })
    }

    fn no_modem(&self) -> String {
        let ports = self.ports();
        let held = ports
            .iter()
            .filter(|row| row.state == PortState::InUse)
            .count();
        match held {
            0 => "no modem is plugged in, or none answers".to_owned(),
            n => format!("other programs have {n} of the {} ports", ports.len()),
        }
    }

    async fn live(&self, imei: &Imei) -> Result<Live, CommandError> {
        match self.0.fleet.modem(imei) {
            Some(live) => Ok(live),
            None => Err(self.not_live(imei).await),
        }
    }

    async fn not_live(&self, imei: &Imei) -> CommandError {
        let recovery = self.0.fleet.recoveries().of(imei);
        if let Some(recovery) = recovery.filter(Recovery::is_under_way) {
            let why = format!("the modem is being brought back: {}", recovery.last_reason);
            return CommandError::Unavailable(why);
        }
        let known = self.0.store.modems().await.unwrap_or_default();
        if known.iter().any(|modem| modem.imei == *imei) {
            CommandError::Unavailable("the modem is not plugged in".to_owned())
        } else {
            CommandError::Unknown
        }
    }

    async fn no_modem_for(&self, iccid: &Iccid) -> CommandError {
        let known = self.0.store.sims().await.unwrap_or_default();
        if known.iter().any(|sim| sim.iccid == *iccid) {
            CommandError::Unavailable("the SIM is in no modem that is plugged in".to_owned())
        } else {
            CommandError::Unknown
        }
    }
}

/// Has a modem do something; what it refuses is not done.
async fn done(modem: &ModemHandle, command: &str) -> Result<(), CommandError> {
    let reply = modem.at(command.to_owned()).await?;
    if reply.end == "OK" {
        return Ok(());
    }
    let detail = format!("the modem answered {} to {command}", reply.end);
    Err(CommandError::Refused(Reason::new("modem", detail)))
}

/// How a modem's state is shown.
pub fn modem_state(state: ModemState) -> &'static str {
    match state {
        ModemState::Probing => "probing",
        ModemState::Identifying => "identifying",
        ModemState::Locked { .. } => "locked",
        ModemState::NoSim => "no_sim",
        ModemState::Starting => "starting",
        ModemState::Registering => "registering",
        ModemState::Ready => "ready",
        ModemState::Down(_) => "down",
    }
}
