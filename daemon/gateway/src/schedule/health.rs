//! Tells what a result did to a SIM's breaker: one event, one line of the log, one count.

use model::{Iccid, Reason};

use super::breaker::{Change, Phase};
use crate::events::Bus;

/// Tells it, if it changed; `reason` is the failure that opened it.
pub(super) fn tell(bus: &Bus, iccid: &Iccid, change: Change, reason: Option<&Reason>) {
    let (phase, until) = match change {
        Change::None => return,
        Change::Opened(until) => (Phase::Open, Some(until)),
        Change::Closed => (Phase::Closed, None),
    };
    if let Some(until) = until {
        let code = reason.map(|reason| reason.code.as_str());
        tracing::warn!(%iccid, %until, code, "a SIM failed and rests");
    } else {
        tracing::info!(%iccid, "a SIM that rested sends again");
    }
    metrics::counter!("simgate_sim_breaker_changes_total", "to" => phase.as_str()).increment(1);
    bus.sim_breaker(iccid, phase.as_str(), until, reason);
}
