//! SIMs and modems as they are remembered, and what each SIM has sent.

use modem::{Iccid, Imei};

use crate::model::{ModemRecord, SimConfig, SimRecord, SimTotals, Time};

use super::{Store, StoreError};

/// What a modem said of its SIM. What is `None` leaves what was known before.
#[derive(Clone, Debug)]
pub(crate) struct SimSeen {
    pub(crate) iccid: Iccid,
    pub(crate) imsi: Option<String>,
    pub(crate) number: Option<String>,
    pub(crate) smsc: Option<String>,
    pub(crate) imei: Option<Imei>,
    pub(crate) at: Time,
}

/// A part that was handed to the network, for the running quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SentPart {
    /// When it was given to the modem.
    pub(crate) at: Time,
    /// The first of its message: counts when whole messages are counted.
    pub(crate) first: bool,
}

/// How much a SIM has handed to the network, uncertain parts too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SentCount {
    pub(crate) messages: u64,
    pub(crate) parts: u64,
}

impl Store {
    /// Remembers a SIM, or what is new of it.
    pub(crate) async fn seen_sim(&self, _seen: SimSeen) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }

    /// Remembers a modem, or what is new of it; `restarts` is kept as it was.
    pub(crate) async fn seen_modem(&self, _modem: ModemRecord) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }

    /// Counts a restart of a modem.
    pub(crate) async fn restarted(&self, _imei: &Imei) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }

    /// Replaces what the operator set; false when there is no such SIM.
    pub(crate) async fn set_sim_config(
        &self,
        _iccid: &Iccid,
        _config: SimConfig,
    ) -> Result<bool, StoreError> {
        Err(StoreError::Closed)
    }

    /// All SIMs ever seen, by ICCID.
    pub(crate) async fn sims(&self) -> Result<Vec<SimRecord>, StoreError> {
        Err(StoreError::Closed)
    }

    /// All modems ever seen, by IMEI.
    pub(crate) async fn modems(&self) -> Result<Vec<ModemRecord>, StoreError> {
        Err(StoreError::Closed)
    }

    /// Messages sent, failed and received by each SIM since the full hour of `since`.
    pub(crate) async fn sim_totals(
        &self,
        _since: Time,
    ) -> Result<Vec<(Iccid, SimTotals)>, StoreError> {
        Err(StoreError::Closed)
    }

    /// The parts that a SIM handed to the network at or after `since`, oldest first: for
    /// the quotas of the running minute and hour.
    pub(crate) async fn sent_since(
        &self,
        _iccid: &Iccid,
        _since: Time,
    ) -> Result<Vec<SentPart>, StoreError> {
        Err(StoreError::Closed)
    }

    /// How much a SIM handed to the network since the full hour of `since`: for the quotas
    /// of the day and the month. Outlives the retention of messages.
    pub(crate) async fn sent_count(
        &self,
        _iccid: &Iccid,
        _since: Time,
    ) -> Result<SentCount, StoreError> {
        Err(StoreError::Closed)
    }
}
