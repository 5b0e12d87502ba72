//! What each port is found to be, for people to see: also those behind which no modem is used.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Imei, Time};
use serde::Serialize;

use super::spot::Spot;
use store::clock;

/// What a port is found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PortState {
    /// Just found, or looked at again.
    Probing,
    /// It carries a modem.
    Modem,
    /// Another port of a modem that is in use; it is only listened to.
    Second,
    /// Another program has it.
    InUse,
    /// It cannot be opened.
    Unusable,
    /// Nothing on it answers AT.
    Silent,
    /// A modem that does not tell its IMEI; not used.
    NoImei,
    /// A modem with the IMEI of another one; not used.
    SameImei,
    /// Its modem has failed and is being brought back.
    Recovering,
    /// A serial adapter that the configuration does not name; not opened.
    Offered,
}

/// A serial port.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SerialPort)]
pub struct PortRow {
    /// Its device, as the configuration leads to it.
    #[schema(example = "/dev/simgate/1-1.4/at")]
    pub port: String,
    /// Where it is on the USB; null when it is not.
    #[schema(required, example = "1-1.4:1.2")]
    pub usb_path: Option<String>,
    /// `probing`: being looked at. `modem`: it carries one. `second`: another port of a modem in
    /// use, which is listened to. `in_use`: another program has it. `unusable`: it cannot be
    /// opened. `silent`: nothing answers AT. `no_imei`: a modem that does not tell its IMEI.
    /// `same_imei`: a modem with the IMEI of another one. `recovering`: its modem has failed.
    /// `offered`: a serial adapter that may be named in `modems.ports`.
    #[schema(value_type = String, example = "modem")]
    pub state: PortState,
    /// Of the modem.
    #[schema(required, value_type = Option<String>)]
    pub imei: Option<Imei>,
    /// For people.
    #[schema(required)]
    pub detail: Option<String>,
    /// When it came into this state.
    #[schema(value_type = String, format = DateTime)]
    pub since: Time,
}

/// The ports that are there, by name.
#[derive(Clone, Debug, Default)]
pub struct Roster(Arc<Mutex<BTreeMap<String, PortRow>>>);

impl Roster {
    /// True when that is news.
    pub(super) fn set(
        &self,
        spot: &Spot,
        state: PortState,
        imei: Option<&Imei>,
        detail: Option<String>,
    ) -> bool {
        let mut ports = self.ports();
        let known = ports.get(&spot.port);
        if known.is_some_and(|row| {
            row.state == state && row.imei.as_ref() == imei && row.detail == detail
        }) {
            return false;
        }
        let row = PortRow {
            port: spot.port.clone(),
            usb_path: spot.usb.as_ref().map(ToString::to_string),
            state,
            imei: imei.cloned(),
            detail,
            since: clock::now(),
        };
        ports.insert(spot.port.clone(), row);
        true
    }

    pub(super) fn remove(&self, spot: &Spot) {
        self.ports().remove(&spot.port);
    }

    pub fn rows(&self) -> Vec<PortRow> {
        self.ports().values().cloned().collect()
    }

    fn ports(&self) -> MutexGuard<'_, BTreeMap<String, PortRow>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
