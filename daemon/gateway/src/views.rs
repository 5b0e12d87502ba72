//! SIMs and modems as the API shows them: what is remembered, and what is so now.

use std::collections::HashMap;

use model::{
    Iccid, Imei, ModemFindings, ModemRecord, ModemStateName, PinTrouble, SimRecord, SimTotals, Time,
};
use modem::{Capabilities, ModemState, Operator, Registration, SignalStrength, Storage};
use serde::{Deserialize, Serialize};

use super::Gateway;
use crate::messages::own_numbers;
use crate::modems::{Live, Recovery, Unreported, is_up, modem_state};
use crate::schedule::{Health, InHand, SlotReport, Used};
use store::{StoreError, clock};

const DAY: i64 = 86_400_000;

/// The last one, UTC.
pub(crate) fn midnight(now: Time) -> Time {
    Time(now.0 - now.0.rem_euclid(DAY))
}

/// Whether a SIM can send, or why not.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
pub enum SimState {
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
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;
}

/// A SIM.
#[derive(Clone, Debug)]
pub struct SimView {
    pub record: SimRecord,
    pub state: SimState,
    /// The modem it is in now.
    pub modem: Option<Imei>,
    pub signal: Option<SignalStrength>,
    pub registration: Option<Registration>,
    pub operator: Option<Operator>,
    pub used: Used,
    pub health: Health,
    /// Since midnight UTC.
    pub today: SimTotals,
    /// What it has in hand.
    pub sending: Option<InHand>,
    /// It is outside its hours; they begin then.
    pub opens_at: Option<Time>,
    /// Other SIMs that have its number too.
    pub same_number: Vec<Iccid>,
}

/// A modem.
#[derive(Clone, Debug)]
pub struct ModemView {
    pub record: ModemRecord,
    /// None while it is not plugged in.
    pub port: Option<String>,
    pub state: Option<ModemState>,
    pub sim: Option<Iccid>,
    /// Why the SIM stays locked, if a PIN is kept for it.
    pub pin_trouble: Option<PinTrouble>,
    pub capabilities: Option<Capabilities>,
    pub storage: Vec<Storage>,
    /// What tests of its model and firmware have found.
    pub tested: Option<ModemFindings>,
    /// None when it has never failed.
    pub recovery: Option<Recovery>,
    /// Messages without a report, where they say that none comes.
    pub unreported: Option<Unreported>,
}

impl SimView {
    /// A SIM of which nothing is known but what the store remembers.
    pub fn absent(record: SimRecord, today: SimTotals) -> Self {
        sim_view(record, None, None, today)
    }
}

impl ModemView {
    /// A modem that is not plugged in.
    pub fn absent(record: ModemRecord) -> Self {
        modem_view(None, None, record)
    }
}

impl Gateway {
    pub async fn sims(&self) -> Result<Vec<SimView>, StoreError> {
        let now = clock::now();
        let records = self.admin().sims().await?;
        let today = self.admin().sim_totals(midnight(now)).await?;
        let mut slots = self.0.scheduler.report().await;
        let remembered: HashMap<_, _> = self.admin().all_sim_health().await?.into_iter().collect();
        let country = self.defaults().country();
        let keepers = own_numbers::keepers(&records, |sim| self.0.fleet.has_sim(sim), country);
        Ok(records
            .into_iter()
            .map(|record| {
                let live = self.0.fleet.holding(&record.iccid);
                let slot = slots.remove(&record.iccid);
                let totals = today.iter().find(|(iccid, _)| *iccid == record.iccid);
                let health = slot.as_ref().map_or_else(
                    || {
                        let known = remembered.get(&record.iccid);
                        known.map_or_else(Health::default, |known| Health::remembered(known, now))
                    },
                    |slot| slot.health.clone(),
                );
                let totals = totals.map(|(_, totals)| *totals).unwrap_or_default();
                let up = live.as_ref().map(|live| is_up(live.state));
                let recovery = self.0.fleet.recoveries().holding(&record.iccid);
                let number = own_numbers::of_sim(&record, country);
                let keepers = number.and_then(|number| keepers.get(&number));
                let mut view = SimView {
                    health,
                    same_number: others(keepers, &record.iccid),
                    ..sim_view(record, live, slot, totals)
                };
                view.judge(up, recovery);
                view
            })
            .collect())
    }

    pub async fn sim(&self, iccid: &Iccid) -> Result<Option<SimView>, StoreError> {
        Ok(self
            .sims()
            .await?
            .into_iter()
            .find(|sim| sim.record.iccid == *iccid))
    }

    pub async fn modems(&self) -> Result<Vec<ModemView>, StoreError> {
        let now = clock::now();
        let live = self.0.fleet.modems();
        let records = self.admin().modems().await?;
        let findings = self.admin().findings().await?;
        let tested = |record: &ModemRecord| {
            let kind = record.kind();
            findings.iter().find(|row| row.kind == kind).cloned()
        };
        Ok(records
            .into_iter()
            .map(|record| {
                let recovery = self.0.fleet.recoveries().of(&record.imei);
                let unreported = self.0.fleet.reports().of(&record.imei);
                ModemView {
                    tested: tested(&record),
                    unreported: unreported.filter(|unreported| unreported.is_telling(now)),
                    ..modem_view(live.get(&record.imei), recovery, record)
                }
            })
            .collect())
    }

    pub async fn modem(&self, imei: &Imei) -> Result<Option<ModemView>, StoreError> {
        Ok(self
            .modems()
            .await?
            .into_iter()
            .find(|modem| modem.record.imei == *imei))
    }
}

/// Which SIMs keep a number beside this one, if it does.
fn others(keepers: Option<&Vec<Iccid>>, iccid: &Iccid) -> Vec<Iccid> {
    let all = keepers.filter(|all| all.contains(iccid));
    let others = all.into_iter().flatten().filter(|other| *other != iccid);
    others.cloned().collect()
}

impl SimView {
    /// A modem that is being brought back still has its SIM. `up`: its modem is, where it is open.
    fn judge(&mut self, up: Option<bool>, recovery: Option<(Imei, Recovery)>) {
        let Some((imei, recovery)) = recovery else {
            return;
        };
        let fault = match up {
            Some(up) => !up && recovery.is_fault(),
            None => recovery.is_under_way(),
        };
        if fault && self.record.config.enabled {
            self.state = SimState::Fault;
            self.modem.get_or_insert(imei);
        }
    }
}

fn sim_view(
    record: SimRecord,
    live: Option<Live>,
    slot: Option<SlotReport>,
    today: SimTotals,
) -> SimView {
    let state = sim_state(&record, live.as_ref(), slot.as_ref());
    let opens_at = slot.as_ref().and_then(|slot| slot.opens_at);
    let (used, health, sending) = slot
        .map(|slot| (slot.used, slot.health, slot.sending))
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
        sending,
        opens_at,
        same_number: Vec::new(),
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

fn modem_view(live: Option<&Live>, recovery: Option<Recovery>, record: ModemRecord) -> ModemView {
    let port = live.map(|live| live.port.clone());
    ModemView {
        record,
        port: port.or_else(|| recovery.as_ref()?.port.clone()),
        state: live.map(|live| live.state),
        sim: live.and_then(|live| live.iccid.clone()),
        pin_trouble: live.and_then(|live| live.pin_trouble),
        capabilities: live.and_then(|live| live.capabilities.clone()),
        storage: live.map(|live| live.storage.clone()).unwrap_or_default(),
        tested: None,
        recovery,
        unreported: None,
    }
}

impl ModemView {
    /// How its state is shown.
    pub fn shown_state(&self) -> ModemStateName {
        let recovery = self.recovery.as_ref();
        let fault = recovery.is_some_and(Recovery::is_fault);
        match self.state {
            Some(state) if fault && !is_up(state) => ModemStateName::Fault,
            Some(state) => modem_state(state),
            None if fault => ModemStateName::Fault,
            None if recovery.is_some_and(Recovery::is_under_way) => ModemStateName::Down,
            None => ModemStateName::Absent,
        }
    }

    /// In no port, and nobody brings it back.
    pub(crate) fn is_absent(&self) -> bool {
        self.shown_state() == ModemStateName::Absent
    }
}
