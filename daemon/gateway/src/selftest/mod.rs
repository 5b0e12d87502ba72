//! The self-test of a bank: a modem sends to another SIM of the bank and gets a message back, and
//! what is found out on the way is remembered for its model and firmware.
//!
//! Test messages are messages like any others: accepted, stored, counted by the quotas, sent by
//! the scheduler. They cost what messages cost. They are marked, and what comes in of them is: nobody
//! is to take them for a customer's.

mod choose;
mod legs;
mod record;
mod run;
mod said;
mod sights;
mod steps;
mod watch;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Iccid, Imei, Reach};

pub use record::{ModemTestEvent, TestRun, TestState};

use crate::Gateway;
use choose::{Choice, choose};
use record::Progress;
use store::StoreError;

/// SMS that a test sends from the SIM under test: one message of three parts, one of two.
const FROM_TESTED: Cost = Cost {
    parts: 5,
    messages: 2,
};
/// SMS that it sends from the partner.
const FROM_PARTNER: Cost = Cost {
    parts: 1,
    messages: 1,
};
/// SMS that a test sends in all.
pub const SMS_A_TEST: u32 = FROM_TESTED.parts + FROM_PARTNER.parts;

/// What quotas count.
#[derive(Clone, Copy, Debug)]
struct Cost {
    parts: u32,
    messages: u32,
}

/// What a client may choose.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The other SIM.
    pub partner: Option<Iccid>,
    /// The SIMs that it may be.
    pub reach: Reach,
    /// A code that costs nothing, `*101#` for instance.
    pub ussd: Option<String>,
}

/// Why a test cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("no such modem is known")]
    Unknown,
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    Partner(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The tests that run, and the last one of each modem since the start of the program.
#[derive(Clone, Default)]
pub struct Tests(Arc<Mutex<Registry>>);

/// One entry for each modem that was tested, which only modems that are plugged in can be.
#[derive(Default)]
struct Registry {
    runs: HashMap<Imei, Progress>,
    /// SIMs in a test now: each is in one at a time.
    busy: HashSet<Iccid>,
}

impl Tests {
    /// Chooses the two SIMs of a test and keeps them for it.
    pub async fn prepare(
        &self,
        gateway: &Gateway,
        imei: &Imei,
        wish: Wish,
    ) -> Result<Prepared, StartError> {
        let modems = gateway.modems().await?;
        let mut sims = gateway.sims().await?;
        sims.retain(|sim| wish.reach.has_sim(&sim.record.iccid));
        let mut registry = self.lock();
        let choice = choose(imei, &modems, &sims, &registry.busy, wish.partner.as_ref())?;
        let progress = Progress::new(&choice, wish.ussd.is_some());
        registry.busy.extend(choice.iccids());
        registry.runs.insert(imei.clone(), progress.clone());
        drop(registry);
        let hold = Hold {
            tests: self.clone(),
            sims: choice.iccids().to_vec(),
            progress,
        };
        Ok(Prepared {
            gateway: gateway.clone(),
            choice,
            ussd: wish.ussd,
            hold,
        })
    }

    /// The test that runs on a modem, or the last one.
    pub fn of(&self, imei: &Imei) -> Option<TestRun> {
        self.lock().runs.get(imei).map(Progress::shown)
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A test that is about to begin. Dropped, it is broken off.
pub struct Prepared {
    gateway: Gateway,
    choice: Choice,
    ussd: Option<String>,
    hold: Hold,
}

impl Prepared {
    /// The SIM at the other end.
    pub fn partner(&self) -> &Iccid {
        &self.choice.partner.iccid
    }

    /// Begins it, in the background.
    pub fn begin(self) -> TestRun {
        let Self {
            gateway,
            choice,
            ussd,
            mut hold,
        } = self;
        let progress = hold.progress.clone();
        let test = run::Test::new(gateway, choice, ussd, progress.clone());
        tokio::spawn(async move {
            let (test, failed) = test.run().await;
            // First, so that whoever sees the end can start the next one.
            hold.free();
            test.close(failed);
        });
        progress.shown()
    }
}

/// Two SIMs in a test; given back whatever becomes of it.
struct Hold {
    tests: Tests,
    sims: Vec<Iccid>,
    progress: Progress,
}

impl Hold {
    /// Once: later they may be in another test.
    fn free(&mut self) {
        let mut registry = self.tests.lock();
        for iccid in self.sims.drain(..) {
            registry.busy.remove(&iccid);
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.free();
        self.progress.broken_off();
    }
}
