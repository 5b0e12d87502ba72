//! What messages wait for, as it is told to people.

use std::collections::HashMap;

use super::Gateway;
use crate::schedule::{For, Obstacle};
use model::{Carrier, Message, RowId, State, Time};
use store::StoreError;

/// Messages of which the scheduler is asked at once: it has more urgent things to do in between.
const ASKED: usize = 32;

/// What a queued message waits for.
#[derive(Clone, Debug)]
pub struct Wait {
    pub what: For,
    /// When that ends, where the clock ends it.
    pub until: Option<Time>,
    /// The SIM or uplink that it is about.
    pub carrier: Option<Carrier>,
    pub sentence: String,
}

impl Gateway {
    /// What each of these waits for that is queued.
    pub async fn waits(&self, messages: &[Message]) -> Result<HashMap<RowId, Wait>, StoreError> {
        let queued = messages.iter().filter(|one| one.state == State::Queued);
        let rows: Vec<RowId> = queued.map(|message| message.row).collect();
        let mut waits = HashMap::with_capacity(rows.len());
        for rows in rows.chunks(ASKED) {
            let queued = self.0.store.queued(rows.to_vec()).await?;
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
        Wait {
            what: obstacle.waiting.what,
            until: obstacle.waiting.until,
            sentence: obstacle.sentence(name.as_deref()),
            carrier: obstacle.carrier,
        }
    }
}
