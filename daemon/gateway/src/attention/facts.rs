//! All that is looked at, as it is at one instant.

use std::collections::HashMap;
use std::path::Path;

use model::{Iccid, Imei, IncidentKind, Key, Time, WebhookName};
use store::{DamagedRow, Held, StoreError, clock};

use super::Certificate;
use crate::backups::BackupStatus;
use crate::modems::PortRow;
use crate::ports::{self, Udev, Unclaimed};
use crate::settings::BackupSchedule;
use crate::{Gateway, ModemView, SimView, UplinkView};

/// What tells that a modem starts anew, or that its port comes and goes.
const RESTARTS: &[IncidentKind] = &[
    IncidentKind::Restart,
    IncidentKind::Reboot,
    IncidentKind::Power,
    IncidentKind::PortLost,
];
const HOUR_MS: i64 = 3_600_000;

/// What is so.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) now: Time,
    pub(super) sims: Vec<SimView>,
    pub(super) modems: Vec<ModemView>,
    /// The modem that each SIM was in last.
    pub(super) last_modems: HashMap<Iccid, Imei>,
    /// How often each modem started anew or lost its port within the hour.
    pub(super) restarts: HashMap<Imei, u32>,
    pub(super) uplinks: Vec<UplinkView>,
    pub(super) parked: Vec<(WebhookName, u64)>,
    /// The message that has waited for longest waits since then.
    pub(super) waits_since: Option<Time>,
    pub(super) held: Held,
    /// Messages that wait because somebody has paused them.
    pub(super) paused: u64,
    pub(super) keys: Vec<Key>,
    /// Why nothing can be sent.
    pub(super) cannot_send: Option<String>,
    /// Why new messages are refused.
    pub(super) refuses: Option<String>,
    /// What is set and makes no sense.
    pub(super) damaged: Vec<DamagedRow>,
    /// Octets that are free on the disk of the database.
    pub(super) free_space: Option<u64>,
    /// None where no schedule makes backups.
    pub(super) backups: Option<BackupStatus>,
    pub(super) certificate: Option<Certificate>,
    /// False: a time server is to set the clock, and has not.
    pub(super) clock_set: Option<bool>,
    /// What the udev rules know beside modems' ports.
    pub(super) unclaimed: Vec<Unclaimed>,
    /// Ports that `ModemManager` may take; none where it does not run.
    pub(super) open_to_modem_manager: Vec<PortRow>,
    /// Something could not be read; what there is of it is missing here.
    pub(super) missing: bool,
}

impl Facts {
    pub(super) async fn gather(gateway: &Gateway, certificate: Option<Certificate>) -> Self {
        let (now, mut facts) = (clock::now(), Self::default());
        let store = gateway.store();
        facts.now = now;
        facts.refuses = store.trouble();
        facts.free_space = store.free_space();
        let backups = Some(gateway.backups().status());
        facts.backups = backups.filter(|status| status.schedule != BackupSchedule::Off);
        facts.clock_set = clock::is_synchronised(Path::new(clock::TIMESYNC));
        facts.certificate = certificate;
        let udev = Udev::default();
        facts.unclaimed = udev.unclaimed();
        facts.open_to_modem_manager = open_to_modem_manager(&udev, gateway).await;
        facts.cannot_send = gateway.cannot_send().await;
        facts.damaged = facts.of(store.upkeep().damaged().await);
        facts.sims = facts.of(gateway.sims().await);
        facts.modems = facts.of(gateway.modems().await);
        facts.uplinks = facts.of(gateway.uplinks().await);
        facts.parked = facts.of(gateway.webhooks_at_work().parked().await);
        facts.keys = facts.of(store.admin().keys().await);
        facts.last_modems = facts.of(store.reading().last_modems().await);
        facts.waits_since = facts.of(store.reading().waits_since().await);
        facts.held = facts.of(store.reading().held().await);
        facts.paused = facts.of(store.reading().paused().await);
        let hour_ago = Time(now.0 - HOUR_MS);
        let restarts = store.reading().incidents_since(hour_ago, RESTARTS).await;
        facts.restarts = facts.of(restarts);
        facts
    }

    fn of<T: Default>(&mut self, read: Result<T, StoreError>) -> T {
        read.unwrap_or_else(|error| {
            if !error.is_told() && !self.missing {
                tracing::warn!(%error, "cannot see all that may need a person");
            }
            self.missing = true;
            T::default()
        })
    }
}

async fn open_to_modem_manager(udev: &Udev, gateway: &Gateway) -> Vec<PortRow> {
    let mut open = gateway.fleet().roster().rows();
    open.retain(|row| !udev.keeps_modem_manager_off(Path::new(&row.port)));
    // Where the rules know all ports, nobody has to look through the processes.
    if open.is_empty() || !ports::find_modem_manager().await {
        return Vec::new();
    }
    open
}
