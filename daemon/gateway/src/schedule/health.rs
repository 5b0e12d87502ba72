//! How a SIM does, as others see it; and what a result did to its breaker: one event, one line of the
//! log, one count.

use model::{Iccid, Reason, SimError, SimHealth, Time};
use serde::Serialize;

use super::breaker::{Breaker, BreakerChange, Phase};
use crate::events::Bus;

/// How the SIM has done lately.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SimHealth)]
pub struct Health {
    /// 0 to 1, of the last 20 parts since it last rested. What a recipient or a message was
    /// refused for does not count, nor does a recipient that is refused again.
    pub success_rate: f64,
    /// Since it last sent one.
    pub consecutive_failures: u32,
    /// It rests until then.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub cooling_until: Option<Time>,
    pub breaker: Phase,
    /// The last failure that was taken for the SIM's.
    #[schema(required)]
    pub last_error: Option<SimError>,
}

impl Default for Health {
    fn default() -> Self {
        Self::of(&Breaker::default(), Time::ZERO)
    }
}

impl Health {
    /// Of a SIM that was not up in this run.
    pub fn remembered(health: &SimHealth, now: Time) -> Self {
        Self::of(&Breaker::restore(health), now)
    }

    pub(super) fn of(breaker: &Breaker, now: Time) -> Self {
        Self {
            success_rate: breaker.success_rate(),
            consecutive_failures: breaker.failures(),
            cooling_until: breaker.resting_until(now),
            breaker: breaker.phase(now),
            last_error: breaker.last_error().cloned(),
        }
    }
}

/// Tells it, if it changed; `reason` is the failure that opened it.
pub(super) fn tell(bus: &Bus, iccid: &Iccid, change: BreakerChange, reason: Option<&Reason>) {
    let (phase, until) = match change {
        BreakerChange::None => return,
        BreakerChange::Opened(until) => (Phase::Open, Some(until)),
        BreakerChange::Closed => (Phase::Closed, None),
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
