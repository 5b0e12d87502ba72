//! A modem as it is answered.

use model::{Lock, ModemStateName, Time};
use modem::{Capabilities, ModemState, Storage};
use serde::Serialize;
use utoipa::ToSchema;

use super::models::TestedJson;
use gateway::ModemView;
use gateway::attention::Item;
use gateway::modems::{Attempts, ModemCause, Recovery};
use gateway::selftest::TestState;

/// A modem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Modem)]
pub(crate) struct ModemJson {
    /// What it is known by.
    #[schema(example = "356938035643809")]
    imei: String,
    /// Where it is plugged in now; null when it is not.
    #[schema(required)]
    port: Option<String>,
    /// As it tells it (`AT+CGMI`).
    manufacturer: String,
    /// As it tells it (`AT+CGMM`).
    model: String,
    /// As it tells it (`AT+CGMR`).
    firmware: String,
    /// What knows its ways.
    profile: String,
    state: ModemStateName,
    /// What keeps its SIM from being used until somebody gives it a code; null when nothing does.
    #[schema(required)]
    locked: Option<LockedJson>,
    /// ICCID of the SIM in it; null where there is none, or where it is hidden before the PIN.
    #[schema(required)]
    sim: Option<String>,
    /// When it last answered.
    #[schema(value_type = String, format = DateTime)]
    last_seen: Time,
    /// Times that it was restarted (`AT+CFUN=1,1`, or by cutting its power).
    restarts: u32,
    /// Null before it was asked.
    #[schema(required)]
    capabilities: Option<CapabilitiesJson>,
    /// How full its memories are.
    storage: Vec<StorageJson>,
    /// What tests of its model and firmware have found; null before one was done.
    #[schema(required)]
    tested: Option<TestedJson>,
    /// How far the test is that runs on it, or the last one since the gateway started; null without one, and in a
    /// support document. `GET /api/v1/modems/{imei}/test` tells the rest.
    #[schema(required)]
    test: Option<TestState>,
    /// How it is brought back when it fails; null when it has not failed since the gateway
    /// started.
    #[schema(required)]
    recovery: Option<RecoveryJson>,
    /// What needs a person; empty while nothing does.
    attention: Vec<Item>,
}

/// What a SIM or a modem asks for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModemLock)]
struct LockedJson {
    /// Which code it asks for.
    what: LockJson,
    /// Null where the modem does not tell.
    #[schema(required)]
    tries_left: Option<u8>,
}

/// Which code a locked modem asks for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ModemLockKind)]
enum LockJson {
    /// `POST /api/v1/modems/{imei}/unlock` with `pin`.
    Pin,
    /// The same with `puk` and `new_pin`.
    Puk,
    /// It is locked to a network, a provider or a SIM.
    Other,
}

/// How a modem is brought back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModemRecovery)]
struct RecoveryJson {
    /// `reopen`: its port is closed and opened. `restart`: `AT+CFUN=1,1`. `power`: its power is
    /// cut. `fault`: nothing has helped. Null while it works.
    #[schema(required, example = "restart")]
    step: Option<&'static str>,
    /// When it came to that step.
    #[schema(value_type = String, format = DateTime)]
    since: Time,
    /// Since the gateway started.
    attempts: Attempts,
    /// Why it last failed, for people.
    last_reason: String,
    /// The same as a code; null where the words alone tell it.
    #[schema(required)]
    last_cause: Option<ModemCause>,
    /// When the step is taken, or was.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    next_try_at: Option<Time>,
}

/// How a modem handles messages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModemCapabilities)]
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
#[schema(as = ModemMemory)]
struct StorageJson {
    /// `SM` (SIM), `ME` (modem) or another of TS 27.005 §3.2.2.
    #[schema(example = "SM")]
    memory: String,
    /// Messages that it holds.
    used: u16,
    /// Messages that it can hold.
    total: u16,
}

impl ModemJson {
    /// `attention`: what about it needs a person.
    pub(crate) fn of(view: ModemView, attention: Vec<Item>) -> Self {
        let state = view.shown_state();
        let locked = view.state.and_then(locked);
        let ModemView {
            record,
            port,
            sim,
            capabilities,
            storage,
            tested,
            recovery,
            ..
        } = view;
        Self {
            imei: record.imei.to_string(),
            port,
            manufacturer: record.manufacturer,
            model: record.model,
            firmware: record.firmware,
            profile: record.profile,
            state,
            locked,
            sim: sim.map(|iccid| iccid.to_string()),
            last_seen: record.last_seen,
            restarts: record.restarts,
            capabilities: capabilities.map(CapabilitiesJson::from),
            storage: storage.into_iter().map(StorageJson::from).collect(),
            tested: tested.map(TestedJson::from),
            test: None,
            recovery: recovery.map(RecoveryJson::from),
            attention,
        }
    }

    /// With its test.
    pub(super) fn with(self, test: Option<TestState>) -> Self {
        Self { test, ..self }
    }
}

fn locked(state: ModemState) -> Option<LockedJson> {
    let ModemState::Locked { what, tries_left } = state else {
        return None;
    };
    let what = match what {
        Lock::Pin => LockJson::Pin,
        Lock::Puk => LockJson::Puk,
        Lock::Other => LockJson::Other,
    };
    Some(LockedJson { what, tries_left })
}

impl From<Recovery> for RecoveryJson {
    fn from(recovery: Recovery) -> Self {
        Self {
            step: recovery.step.map(gateway::modems::Rung::as_str),
            since: recovery.since,
            attempts: recovery.attempts,
            last_cause: ModemCause::of(&recovery.last_reason),
            last_reason: recovery.last_reason,
            next_try_at: recovery.next_try_at,
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
