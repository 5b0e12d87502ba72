//! What a SIM did before the gateway started.

use std::time::Duration;

use model::{Iccid, SimHealth, Span, Time};
use store::{SentCount, SentPart, Store, StoreError, Submits};

/// How long a part whose report has not come keeps others away that could be mixed up with it.
pub const HELD: Duration = Duration::from_mins(5);

/// From the store.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Since the start of the running hour.
    pub hour: Vec<SentPart>,
    pub day: SentCount,
    pub month: SentCount,
    pub health: SimHealth,
    pub submits: Submits,
}

impl History {
    pub async fn read(store: &Store, iccid: &Iccid, now: Time) -> Result<Self, StoreError> {
        Ok(Self {
            hour: store
                .admin()
                .sent_since(iccid, Span::Hour.start(now))
                .await?,
            day: store
                .admin()
                .sent_count(iccid, Span::Day.start(now))
                .await?,
            month: store
                .admin()
                .sent_count(iccid, Span::Month.start(now))
                .await?,
            health: store.admin().sim_health(iccid).await?,
            submits: store.admin().submits(iccid, now.before(HELD)).await?,
        })
    }

    /// TP-MR of its last accepted submit.
    pub fn last_mr(&self) -> Option<u8> {
        self.submits.last_mr
    }

    /// When its last submit ended, refused or not.
    pub fn last_submit(&self) -> Option<Time> {
        self.submits.last.max(self.health.last_submit)
    }
}
