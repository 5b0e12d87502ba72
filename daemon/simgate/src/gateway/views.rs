//! SIMs and modems as the API shows them: what is remembered, and what is so now.

use modem::{Capabilities, Iccid, Imei, ModemState, Operator, Registration, Signal, Storage};
use serde::{Deserialize, Serialize};

use super::Gateway;
use crate::model::{ModemRecord, SimRecord, SimTotals, Time};
use crate::modems::Live;
use crate::schedule::{Health, SlotReport, Used};
use crate::store::StoreError;

const DAY: i64 = 86_400_000;

/// Whether a SIM can send, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SimState {
    Ready,
    /// By an operator.
    Disabled,
    /// In no modem that is plugged in.
    Absent,
    /// Wants a PIN or a PUK.
    Locked,
    Unregistered,
    /// By the network.
    Denied,
    /// A quota is used up.
    Exhausted,
    /// Rests after failures.
    Cooling,
    /// Its modem does not work.
    Fault,
}

impl SimState {
    pub(crate) const ALL: [Self; 9] = [
        Self::Ready,
        Self::Disabled,
        Self::Absent,
        Self::Locked,
        Self::Unregistered,
        Self::Denied,
        Self::Exhausted,
        Self::Cooling,
        Self::Fault,
    ];
}

/// A SIM.
#[derive(Clone, Debug)]
pub(crate) struct SimView {
    pub(crate) record: SimRecord,
    pub(crate) state: SimState,
    /// The modem it is in now.
    pub(crate) modem: Option<Imei>,
    pub(crate) signal: Option<Signal>,
    pub(crate) registration: Option<Registration>,
    pub(crate) operator: Option<Operator>,
    pub(crate) used: Used,
    pub(crate) health: Health,
    /// Since midnight UTC.
    pub(crate) today: SimTotals,
}

/// A modem.
#[derive(Clone, Debug)]
pub(crate) struct ModemView {
    pub(crate) record: ModemRecord,
    /// None while it is not plugged in.
    pub(crate) port: Option<String>,
    pub(crate) state: Option<ModemState>,
    pub(crate) sim: Option<Iccid>,
    pub(crate) capabilities: Option<Capabilities>,
    pub(crate) storage: Vec<Storage>,
}

impl SimView {
    /// A SIM of which nothing is known but what the store remembers.
    pub(crate) fn absent(record: SimRecord, today: SimTotals) -> Self {
        sim_view(record, None, None, today)
    }
}

impl ModemView {
    /// A modem that is not plugged in.
    pub(crate) fn absent(record: ModemRecord) -> Self {
        modem_view(None, record)
    }
}

impl Gateway {
    pub(crate) async fn sims(&self) -> Result<Vec<SimView>, StoreError> {
        let now = Time::now();
        let records = self.0.store.sims().await?;
        let today = self
            .0
            .store
            .sim_totals(Time(now.0 - now.0.rem_euclid(DAY)))
            .await?;
        let mut slots = self.0.scheduler.report().await;
        Ok(records
            .into_iter()
            .map(|record| {
                let live = self.0.fleet.holding(&record.iccid);
                let slot = slots.remove(&record.iccid);
                let totals = today.iter().find(|(iccid, _)| *iccid == record.iccid);
                sim_view(
                    record,
                    live,
                    slot,
                    totals.map(|(_, totals)| *totals).unwrap_or_default(),
                )
            })
            .collect())
    }

    pub(crate) async fn sim(&self, iccid: &Iccid) -> Result<Option<SimView>, StoreError> {
        Ok(self
            .sims()
            .await?
            .into_iter()
            .find(|sim| sim.record.iccid == *iccid))
    }

    pub(crate) async fn modems(&self) -> Result<Vec<ModemView>, StoreError> {
        let live = self.0.fleet.modems();
        let records = self.0.store.modems().await?;
        Ok(records
            .into_iter()
            .map(|record| modem_view(live.get(&record.imei), record))
            .collect())
    }

    pub(crate) async fn modem(&self, imei: &Imei) -> Result<Option<ModemView>, StoreError> {
        Ok(self
            .modems()
            .await?
            .into_iter()
            .find(|modem| modem.record.imei == *imei))
    }
}

fn sim_view(
    record: SimRecord,
    live: Option<Live>,
    slot: Option<SlotReport>,
    today: SimTotals,
) -> SimView {
    let state = sim_state(&record, live.as_ref(), slot.as_ref());
    let (used, health) = slot
        .map(|slot| (slot.used, slot.health))
        .unwrap_or_default();
    let (modem, signal, registration, operator) = live.map_or((None, None, None, None), |live| {
        (
            Some(live.handle.imei().clone()),
            live.signal,
            live.registration,
            live.operator,
        )
    });
    SimView {
        record,
        state,
        modem,
        signal,
        registration,
        operator,
        used,
        health,
        today,
    }
}

fn sim_state(record: &SimRecord, live: Option<&Live>, slot: Option<&SlotReport>) -> SimState {
    let Some(live) = live else {
        return if record.config.enabled {
            SimState::Absent
        } else {
            SimState::Disabled
        };
    };
    if !record.config.enabled {
        return SimState::Disabled;
    }
    match live.state {
        ModemState::Locked { .. } => SimState::Locked,
        ModemState::Down(_) => SimState::Fault,
        ModemState::Ready => match slot {
            Some(slot) if slot.exhausted => SimState::Exhausted,
            Some(slot) if slot.health.cooling_until.is_some() => SimState::Cooling,
            _ => SimState::Ready,
        },
        _ if live.registration == Some(Registration::Denied) => SimState::Denied,
        _ => SimState::Unregistered,
    }
}

fn modem_view(live: Option<&Live>, record: ModemRecord) -> ModemView {
    ModemView {
        record,
        port: live.map(|live| live.port.clone()),
        state: live.map(|live| live.state),
        sim: live.and_then(|live| live.iccid.clone()),
        capabilities: live.and_then(|live| live.capabilities.clone()),
        storage: live.map(|live| live.storage.clone()).unwrap_or_default(),
    }
}
