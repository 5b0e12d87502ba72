//! What is plugged in now. The tasks of the ports write it, the API reads it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use model::{Iccid, Imei, PinTrouble, Time};
use modem::{Capabilities, ModemState, Operator, Received, Registration, SignalStrength, Storage};

use tokio::sync::{broadcast, watch};

use super::handle::ModemHandle;
use super::recovery::Recoveries;
use super::reports::Reports;
use super::roster::Roster;
use super::shared_trace::SharedTrace;
use super::spot::Spot;
use super::trace::TraceRow;
use store::clock;

/// A modem that is plugged in.
#[derive(Clone, Debug)]
pub struct Live {
    pub handle: ModemHandle,
    /// The tty or link it was opened by; shown, never stored.
    pub port: String,
    pub state: ModemState,
    pub iccid: Option<Iccid>,
    pub pin_trouble: Option<PinTrouble>,
    pub registration: Option<Registration>,
    pub operator: Option<Operator>,
    pub signal: Option<SignalStrength>,
    pub capabilities: Option<Capabilities>,
    pub storage: Vec<Storage>,
    spot: Spot,
    pub(super) trace: SharedTrace,
}

impl Live {
    pub(super) fn new(handle: ModemHandle, spot: Spot, trace: SharedTrace) -> Self {
        Self {
            handle,
            port: spot.port.clone(),
            spot,
            state: ModemState::Identifying,
            iccid: None,
            pin_trouble: None,
            registration: None,
            operator: None,
            signal: None,
            capabilities: None,
            storage: Vec::new(),
            trace,
        }
    }
}

/// A TPDU that came in from a SIM, and by what way.
#[derive(Debug)]
pub struct Arrival {
    pub iccid: Iccid,
    pub at: Time,
    pub received: Received,
}

/// What a listener may fall behind before it is told that it lost some.
const ARRIVALS: usize = 256;

#[derive(Clone, Debug)]
struct Arrivals(broadcast::Sender<Arc<Arrival>>);

impl Default for Arrivals {
    fn default() -> Self {
        Self(broadcast::Sender::new(ARRIVALS))
    }
}

/// The modems that are plugged in, by IMEI.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    modems: Arc<RwLock<HashMap<Imei, Live>>>,
    arrivals: Arrivals,
    /// Told when a modem came or went.
    changed: watch::Sender<()>,
    recoveries: Recoveries,
    reports: Reports,
    roster: Roster,
}

/// What a port's modem is to those in the fleet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It is in the fleet now.
    Yes,
    /// Another port of this very modem is.
    Kin,
    /// Another modem with its IMEI is.
    Stranger,
    /// One of the two: nothing but the SIM can tell.
    Unclear,
}

impl Fleet {
    pub fn modems(&self) -> HashMap<Imei, Live> {
        self.read().clone()
    }

    pub fn modem(&self, imei: &Imei) -> Option<Live> {
        self.read().get(imei).cloned()
    }

    /// The modem that a SIM sits in. While it moves two may have it: the one that works counts.
    pub fn holding(&self, iccid: &Iccid) -> Option<Live> {
        self.read()
            .values()
            .filter(|live| live.iccid.as_ref() == Some(iccid))
            .max_by_key(|live| live.state == ModemState::Ready)
            .cloned()
    }

    /// Whether a SIM sits in a modem, also in one that is just being brought back.
    pub fn has_sim(&self, iccid: &Iccid) -> bool {
        let last = || self.recoveries.holding(iccid);
        self.holding(iccid).is_some() || last().is_some_and(|(_, it)| it.is_under_way())
    }

    /// The SIM in a modem. Of a modem that is gone or not set up yet it is the one that was in it
    /// last, in this run, unless that was seen in another one since.
    pub fn sim_in(&self, imei: &Imei) -> Option<Iccid> {
        let modems = self.read();
        let live = modems.get(imei);
        let known = live.and_then(|live| live.iccid.clone());
        // Set up without a SIM that can be read: whose it is, nobody knows.
        if known.is_some() || live.is_some_and(|live| is_up(live.state)) {
            return known;
        }
        drop(modems);
        self.recoveries.iccid(imei)
    }

    pub fn trace(&self, imei: &Imei) -> Option<Vec<TraceRow>> {
        let live = self.read().get(imei).map(|live| live.trace.clone());
        live.map(|trace| trace.rows())
            .or_else(|| self.recoveries.trace(imei))
    }

    /// What comes in from now on, on all SIMs.
    pub fn arrivals(&self) -> broadcast::Receiver<Arc<Arrival>> {
        self.arrivals.0.subscribe()
    }

    /// Something came in from a SIM. Kept for nobody: it costs nothing while no test listens.
    pub(super) fn arrived(&self, iccid: &Iccid, received: &Received) {
        if self.arrivals.0.receiver_count() > 0 {
            let arrival = Arrival {
                iccid: iccid.clone(),
                at: clock::now(),
                received: received.clone(),
            };
            let _ = self.arrivals.0.send(Arc::new(arrival));
        }
    }

    /// The last lines of a modem, masked, as they may be kept and handed on; empty when it is not
    /// plugged in.
    pub fn dialogue(&self, imei: &Imei) -> String {
        let trace = self.read().get(imei).map(|live| live.trace.clone());
        trace.map_or_else(String::new, |trace| trace.dialogue(Some(imei)))
    }

    /// The SIMs of those that can send now.
    pub fn ready(&self) -> Vec<Option<Iccid>> {
        let modems = self.read();
        let ready = modems
            .values()
            .filter(|live| live.state == ModemState::Ready);
        ready.map(|live| live.iccid.clone()).collect()
    }

    /// How those that are plugged in stand.
    pub fn states(&self) -> Vec<ModemState> {
        self.read().values().map(|live| live.state).collect()
    }

    /// Adds a modem unless another port has its IMEI: one modem may offer several AT ports, and
    /// cheap clones share one IMEI.
    pub(super) fn add(&self, imei: &Imei, live: Live) -> Added {
        let mut modems = self.write();
        if let Some(other) = modems.get(imei)
            && !other.handle.is_gone()
            && other.port != live.port
        {
            return match (&other.spot.usb, &live.spot.usb) {
                (Some(other), Some(this)) if other.device == this.device => Added::Kin,
                (Some(_), Some(_)) => Added::Stranger,
                _ => Added::Unclear,
            };
        }
        self.recoveries.carried(imei, &live.spot, &live.trace);
        modems.insert(imei.clone(), live);
        drop(modems);
        self.changed.send_replace(());
        Added::Yes
    }

    /// Removes a modem if it is still the one on this port.
    pub(super) fn remove(&self, imei: &Imei, port: &str) {
        let mut modems = self.write();
        if modems.get(imei).is_some_and(|live| live.port == port) {
            modems.remove(imei);
            drop(modems);
            self.changed.send_replace(());
        }
    }

    /// Changes when a modem comes or goes.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// How the modems that failed are brought back.
    pub fn recoveries(&self) -> &Recoveries {
        &self.recoveries
    }

    /// Whether status reports come back.
    pub fn reports(&self) -> &Reports {
        &self.reports
    }

    /// The ports that are there, also those without a modem.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    pub(super) fn update(&self, imei: &Imei, change: impl FnOnce(&mut Live)) {
        if let Some(live) = self.write().get_mut(imei) {
            change(live);
        }
    }

    /// A modem that is ready, with this SIM in it, and behind which nobody listens.
    #[cfg(any(test, feature = "samples"))]
    pub fn plug(&self, imei: &Imei, iccid: &Iccid) {
        self.plug_as(imei, iccid, ModemState::Ready);
    }

    /// The same, in another state.
    #[cfg(any(test, feature = "samples"))]
    pub fn plug_as(&self, imei: &Imei, iccid: &Iccid, state: ModemState) {
        let (commands, _) = tokio::sync::mpsc::channel(1);
        let spot = Spot {
            port: format!("modem-{imei}"),
            usb: None,
        };
        let handle = ModemHandle::new(imei.clone(), commands);
        let live = Live {
            state,
            iccid: Some(iccid.clone()),
            ..Live::new(handle, spot, SharedTrace::default())
        };
        self.add(imei, live);
        self.recoveries.sim_seen(imei, iccid);
    }

    /// Takes such a modem away again.
    #[cfg(any(test, feature = "samples"))]
    pub fn unplug(&self, imei: &Imei) {
        self.remove(imei, &format!("modem-{imei}"));
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<Imei, Live>> {
        self.modems.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<Imei, Live>> {
        self.modems.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a modem answers and is set up.
pub fn is_up(state: ModemState) -> bool {
    match state {
        ModemState::Probing
        | ModemState::Identifying
        | ModemState::Starting
        | ModemState::Down(_) => false,
        ModemState::Locked { .. }
        | ModemState::NoSim
        | ModemState::Registering
        | ModemState::Ready => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modem_that_is_brought_back_still_has_its_sim() {
        let fleet = Fleet::default();
        let imei: Imei = "490154203237518".parse().unwrap();
        let iccid: Iccid = "8984011234567890123".parse().unwrap();
        assert!(!fleet.has_sim(&iccid));
        fleet.plug(&imei, &iccid);
        assert!(fleet.has_sim(&iccid));
        let spot = fleet.modem(&imei).unwrap().spot;
        let failed = || fleet.recoveries.failed(&imei, &spot, "silence", true);
        assert!(failed().is_some());
        fleet.unplug(&imei);
        assert!(fleet.has_sim(&iccid), "its port is opened again");
        assert!(!fleet.recoveries.vanished(&imei, &spot.port));
        assert!(!fleet.has_sim(&iccid), "somebody took it away");
    }
}
