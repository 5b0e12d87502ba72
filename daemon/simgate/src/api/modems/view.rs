//! A modem as it is answered.

use modem::{Capabilities, Storage};
use serde::Serialize;
use utoipa::ToSchema;

use crate::gateway::{ModemView, modem_state};
use crate::model::Time;

/// A modem.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModemJson {
    #[schema(example = "356938035643809")]
    imei: String,
    /// Where it is plugged in now; null when it is not.
    #[schema(required)]
    port: Option<String>,
    manufacturer: String,
    model: String,
    firmware: String,
    /// What knows its ways.
    profile: String,
    /// `absent`, `probing`, `identifying`, `locked`, `no_sim`, `starting`, `registering`, `ready`
    /// or `down`.
    #[schema(example = "ready")]
    state: String,
    /// ICCID of the SIM in it.
    #[schema(required)]
    sim: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    last_seen: Time,
    /// Times that it had to be restarted.
    restarts: u32,
    /// Null before it was asked.
    #[schema(required)]
    capabilities: Option<CapabilitiesJson>,
    /// How full its memories are.
    storage: Vec<StorageJson>,
}

/// How a modem handles messages.
#[derive(Debug, Serialize, ToSchema)]
struct CapabilitiesJson {
    /// `+CSMS` service; 1 means that messages are acknowledged.
    #[schema(required)]
    csms: Option<u8>,
    /// `+CNMI` mode, mt, bm, ds, bfr.
    #[schema(required, value_type = Option<Vec<u8>>)]
    cnmi: Option<[u8; 5]>,
    /// Memory for received messages.
    #[schema(required)]
    memory: Option<String>,
    /// Memories that are listed from time to time.
    memories: Vec<String>,
    /// Keeps the link open between messages; null before it was tried.
    #[schema(required)]
    cmms: Option<bool>,
    /// How memories are listed.
    listing: String,
}

/// How full a memory is.
#[derive(Debug, Serialize, ToSchema)]
struct StorageJson {
    #[schema(example = "SM")]
    memory: String,
    used: u16,
    total: u16,
}

impl From<ModemView> for ModemJson {
    fn from(view: ModemView) -> Self {
        let ModemView {
            record,
            port,
            state,
            sim,
            capabilities,
            storage,
        } = view;
        Self {
            imei: record.imei.to_string(),
            port,
            manufacturer: record.manufacturer,
            model: record.model,
            firmware: record.firmware,
            profile: record.profile,
            state: state.map_or("absent", modem_state).to_owned(),
            sim: sim.map(|iccid| iccid.to_string()),
            last_seen: record.last_seen,
            restarts: record.restarts,
            capabilities: capabilities.map(CapabilitiesJson::from),
            storage: storage.into_iter().map(StorageJson::from).collect(),
        }
    }
}

impl From<Capabilities> for CapabilitiesJson {
    fn from(found: Capabilities) -> Self {
        let Capabilities {
            submit_wait: _,
            csms,
            cnmi,
            memory,
            memories,
            cmms,
            listing,
        } = found;
        Self {
            csms,
            cnmi,
            memory,
            memories,
            cmms,
            listing: listing.to_owned(),
        }
    }
}

impl From<Storage> for StorageJson {
    fn from(
        Storage {
            memory,
            used,
            total,
        }: Storage,
    ) -> Self {
        Self {
            memory,
            used,
            total,
        }
    }
}
