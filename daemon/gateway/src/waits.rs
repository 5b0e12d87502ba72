//! What messages wait for, as it is told to people.

use std::collections::HashMap;

use serde::{Serialize, Serializer};

use super::Gateway;
use crate::modems::{Recovery, is_up};
use crate::schedule::{Cause, For, Obstacle};
use model::{Carrier, Iccid, Imei, Message, RowId, State, Time, UplinkName};
use modem::{ModemState, Registration};
use store::StoreError;

/// Messages of which the scheduler is asked at once: it has more urgent things to do in between.
const ASKED: usize = 32;

/// What a queued message waits for: of all SIMs that may carry it, what is over first; or that it is paused.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = MessageWaiting)]
pub struct Wait {
    pub code: For,
    /// When that ends, where the clock ends it.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub until: Option<Time>,
    /// The SIM or uplink that it is about.
    #[serde(serialize_with = "route")]
    #[schema(required, value_type = Option<String>, example = "sim:8984011234567890123")]
    pub carrier: Option<Carrier>,
    /// The same in words, with the SIM's label.
    #[schema(
        example = "It waits because SIM shop is outside its hours, until 2026-11-22T08:00:00.000Z."
    )]
    pub sentence: String,
}

#[expect(clippy::ref_option, reason = "serde gives it so")]
fn route<S: Serializer>(carrier: &Option<Carrier>, serializer: S) -> Result<S::Ok, S::Error> {
    carrier.as_ref().map(Carrier::route).serialize(serializer)
}

impl Gateway {
    /// What each of these waits for that is queued, or paused.
    pub async fn waits(&self, messages: &[Message]) -> Result<HashMap<RowId, Wait>, StoreError> {
        let waiting = messages
            .iter()
            .filter(|one| matches!(one.state, State::Queued | State::Scheduled));
        let (paused, others): (Vec<_>, Vec<_>) = waiting.partition(|one| one.paused);
        let told = |one: &&Message| (one.row, self.worded(Obstacle::paused()));
        let mut waits: HashMap<RowId, Wait> = paused.iter().map(told).collect();
        let queued = others.iter().filter(|one| one.state == State::Queued);
        let rows: Vec<RowId> = queued.map(|message| message.row).collect();
        for rows in rows.chunks(ASKED) {
            let queued = self.0.store.reading().queued(rows.to_vec()).await?;
            let rows: Vec<RowId> = queued.iter().map(|queued| queued.row).collect();
            let obstacles = self.0.scheduler.explain(queued).await;
            let told = obstacles.into_iter().map(|obstacle| self.worded(obstacle));
            waits.extend(rows.into_iter().zip(told));
        }
        Ok(waits)
    }

    pub fn worded(&self, obstacle: Obstacle) -> Wait {
        let name = obstacle.carrier.as_ref();
        let name = name.map(|carrier| self.0.bus.named(carrier));
        let cause = self.cause(&obstacle);
        let what = obstacle.waiting.what;
        Wait {
            code: cause.as_ref().map_or(what, Cause::code),
            until: obstacle.waiting.until,
            sentence: obstacle.sentence(name.as_deref(), cause.as_ref()),
            carrier: obstacle.carrier,
        }
    }

    /// Why a SIM or an uplink cannot send at all, of which the schedule only knows that it cannot.
    fn cause(&self, obstacle: &Obstacle) -> Option<Cause> {
        match (obstacle.waiting.what, obstacle.carrier.as_ref()?) {
            (For::Sim, Carrier::Sim(iccid)) => self.cause_of_sim(iccid),
            (For::Uplink | For::Disabled, Carrier::Uplink(name)) => {
                self.cause_of_uplink(name, obstacle.waiting.what)
            }
            _ => None,
        }
    }

    fn cause_of_sim(&self, iccid: &Iccid) -> Option<Cause> {
        let recovery = self.0.fleet.recoveries().holding(iccid);
        let Some(live) = self.0.fleet.holding(iccid) else {
            let failed = recovery.filter(|(_, recovery)| recovery.is_under_way());
            return Some(match failed {
                Some((imei, recovery)) => Cause::Fault {
                    imei,
                    reason: recovery.last_reason,
                },
                None => Cause::Absent {
                    hidden: self.asks_for_a_hidden_sim(),
                },
            });
        };
        let imei = live.handle.imei().clone();
        let recovery = recovery.map(|(_, recovery)| recovery);
        let failed = recovery
            .as_ref()
            .is_some_and(|recovery| !is_up(live.state) && recovery.is_fault());
        match live.state {
            ModemState::Locked { what, .. } => Some(Cause::Locked {
                imei,
                what,
                trouble: live.pin_trouble,
            }),
            ModemState::Down(_) => Some(fault(imei, recovery)),
            _ if failed => Some(fault(imei, recovery)),
            _ if live.registration == Some(Registration::Denied) => Some(Cause::Denied),
            _ => None,
        }
    }

    /// A modem that asks for a PIN and does not tell of which SIM.
    fn asks_for_a_hidden_sim(&self) -> Option<Imei> {
        let modems = self.0.fleet.modems();
        let mut asking = modems.into_iter().filter(|(_, live)| {
            matches!(live.state, ModemState::Locked { .. }) && live.iccid.is_none()
        });
        asking.next().map(|(imei, _)| imei)
    }

    fn cause_of_uplink(&self, name: &UplinkName, what: For) -> Option<Cause> {
        let Some(status) = self.0.uplinks.status(name) else {
            return Some(Cause::Removed);
        };
        let last_error = status.last_error;
        (what == For::Uplink).then_some(Cause::NotBound { last_error })
    }
}

fn fault(imei: Imei, recovery: Option<Recovery>) -> Cause {
    let reason = recovery.map(|recovery| recovery.last_reason);
    Cause::Fault {
        imei,
        reason: reason.unwrap_or_default(),
    }
}
