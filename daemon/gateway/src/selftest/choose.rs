//! Which two SIMs a test is between, and why there are none.

use std::collections::HashSet;

use model::{Iccid, Imei, ModemKind};

use super::{Cost, FROM_PARTNER, FROM_TESTED, StartError};
use crate::schedule::Hours;
use crate::{ModemView, SimState, SimView};
use store::clock;

/// One end of a test.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) imei: Imei,
    pub(super) iccid: Iccid,
    /// What the other end sends to; learnt in the test when it is not known.
    pub(super) number: Option<String>,
}

/// The two ends.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) tested: End,
    pub(super) partner: End,
    pub(super) kind: ModemKind,
}

impl Choice {
    pub(super) fn iccids(&self) -> [Iccid; 2] {
        [self.tested.iccid.clone(), self.partner.iccid.clone()]
    }
}

/// Chooses the partner: the one that is asked for, or the best of those that are ready.
pub(super) fn choose(
    imei: &Imei,
    modems: &[ModemView],
    sims: &[SimView],
    busy: &HashSet<Iccid>,
    wanted: Option<&Iccid>,
) -> Result<Choice, StartError> {
    let modem = modems
        .iter()
        .find(|modem| modem.record.imei == *imei)
        .ok_or(StartError::Unknown)?;
    let tested = sims
        .iter()
        .find(|sim| modem.sim.as_ref() == Some(&sim.record.iccid))
        .ok_or_else(|| {
            let why = if modem.state.is_some() {
                "no SIM can be read in the modem"
            } else {
                "the modem is not plugged in"
            };
            StartError::Conflict(why.to_owned())
        })?;
    if let Some(why) = hindrance(tested, busy, FROM_TESTED) {
        return Err(StartError::Conflict(format!("the SIM in the modem {why}")));
    }
    let partner = match wanted {
        Some(iccid) => asked_for(iccid, tested, sims, busy)?,
        None => best(tested, sims, busy)?,
    };
    let end = |sim: &SimView| {
        Some(End {
            imei: sim.modem.clone()?,
            iccid: sim.record.iccid.clone(),
            number: sim.record.number().map(str::to_owned),
        })
    };
    let gone = || StartError::Conflict("a modem was just pulled".to_owned());
    Ok(Choice {
        tested: end(tested).ok_or_else(gone)?,
        partner: end(partner).ok_or_else(gone)?,
        kind: modem.record.kind(),
    })
}

fn asked_for<'a>(
    iccid: &Iccid,
    tested: &SimView,
    sims: &'a [SimView],
    busy: &HashSet<Iccid>,
) -> Result<&'a SimView, StartError> {
    if *iccid == tested.record.iccid {
        let why = "is the SIM under test: it takes two";
        return Err(StartError::Partner(why.to_owned()));
    }
    let partner = sims
        .iter()
        .find(|sim| sim.record.iccid == *iccid)
        .ok_or_else(|| {
            StartError::Partner(
                "no SIM of that ICCID has been seen, or the caller may not use it".to_owned(),
            )
        })?;
    if let Some(why) = hindrance(partner, busy, FROM_PARTNER) {
        return Err(StartError::Conflict(format!("the partner SIM {why}")));
    }
    if !has_number(tested) && !has_number(partner) {
        return Err(numberless());
    }
    Ok(partner)
}

/// One of the same operator rather than another, one whose number is known rather than not, and
/// then the one that has sent least.
fn best<'a>(
    tested: &SimView,
    sims: &'a [SimView],
    busy: &HashSet<Iccid>,
) -> Result<&'a SimView, StartError> {
    let others = sims
        .iter()
        .filter(|sim| sim.record.iccid != tested.record.iccid)
        .filter(|sim| hindrance(sim, busy, FROM_PARTNER).is_none());
    let others: Vec<&SimView> = others.collect();
    if others.is_empty() {
        let why = "no second SIM is ready, has quota left and is in no other test";
        return Err(StartError::Conflict(why.to_owned()));
    }
    let operator = |sim: &SimView| sim.operator.as_ref().map(|operator| operator.name.clone());
    let home = operator(tested);
    others
        .into_iter()
        .filter(|sim| has_number(tested) || has_number(sim))
        .min_by_key(|sim| {
            let foreign = operator(sim) != home;
            (
                foreign,
                !has_number(sim),
                sim.today.sent,
                sim.record.iccid.to_string(),
            )
        })
        .ok_or_else(numberless)
}

fn has_number(sim: &SimView) -> bool {
    sim.record.number().is_some()
}

fn numberless() -> StartError {
    let why = "no number of the SIMs is known; set one with: simgate sims set ICCID --number";
    StartError::Conflict(why.to_owned())
}

/// Why a SIM cannot take part; none when it can.
fn hindrance(sim: &SimView, busy: &HashSet<Iccid>, cost: Cost) -> Option<String> {
    if busy.contains(&sim.record.iccid) {
        return Some("is in a test already".to_owned());
    }
    let why = match sim.state {
        SimState::Ready => None,
        SimState::Disabled => Some("is disabled"),
        SimState::Absent => Some("is in no modem that is plugged in"),
        SimState::Locked => Some("is locked by its PIN"),
        SimState::Unregistered => Some("is not registered in a network"),
        SimState::Denied => Some("was denied by the network"),
        SimState::Exhausted => Some("has used up its quota"),
        SimState::Fault => Some("is in a modem that does not work"),
        SimState::Cooling => Some("rests after failures"),
    };
    if let Some(why) = why {
        return Some(why.to_owned());
    }
    let config = &sim.record.config;
    let needed = if config.quota.segments {
        cost.parts
    } else {
        cost.messages
    };
    if room(sim) < needed {
        return Some(format!(
            "has less quota left than the {needed} that a test takes"
        ));
    }
    let hours = config
        .window
        .as_ref()
        .and_then(|window| Hours::new(window).ok());
    hours
        .and_then(|hours| hours.closed_until(clock::now()))
        .map(|opens| format!("is outside its sending window until {opens}"))
}

fn room(sim: &SimView) -> u32 {
    let (quota, used) = (&sim.record.config.quota, &sim.used);
    [
        (quota.per_minute, used.minute),
        (quota.per_hour, used.hour),
        (quota.per_day, used.day),
        (quota.per_month, used.month),
    ]
    .into_iter()
    .filter_map(|(limit, used)| limit.map(|limit| limit.saturating_sub(used)))
    .min()
    .unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
