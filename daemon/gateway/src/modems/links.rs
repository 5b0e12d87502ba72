//! What the tasks of the ports need of the rest of the gateway.

use std::sync::Arc;

use super::fleet::Fleet;
use super::incidents::Incidents;
use super::left_on_air::LeftOnAir;
use crate::carriers::Scheduler;
use crate::events::Bus;
use crate::messages::home_country::HomeCountry;
use crate::power::Power;
use crate::settings::Settings;
use store::Store;

/// Clones share it.
#[derive(Clone)]
pub struct ModemLinks {
    pub settings: Arc<Settings>,
    /// Whose national numbers are understood.
    pub country: HomeCountry,
    pub store: Store,
    pub bus: Bus,
    pub fleet: Fleet,
    pub scheduler: Scheduler,
    pub incidents: Incidents,
    /// What the run before left on the air.
    pub left: Option<LeftOnAir>,
    pub power: Power,
}
