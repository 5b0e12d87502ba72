//! What needs a person: one list, for the API, the commands, the metrics and whatever else tells of it.
//!
//! Looks are pure functions from facts to findings. [`Standing`] makes of findings what is raised and
//! cleared; the keeper looks again and again, and tells.

mod code;
mod facts;
mod gateway;
mod item;
mod keeper;
mod modems;
mod others;
mod quotas;
mod sims;
mod standing;
mod usb;

use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use model::{Iccid, Imei, Reach, Time};

pub use code::{Code, Severity, SubjectKind};
pub(crate) use gateway::span;
pub use item::{About, Action, Item, Method};
pub use keeper::keep;

use standing::Standing;

/// A certificate that the server shows.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The file.
    pub place: String,
    pub ends_at: Time,
    /// The names and addresses that it is for.
    pub names: Vec<String>,
    /// Nobody else vouches for it.
    pub self_signed: bool,
    /// SHA-256 of it, as in `AB:01:...`.
    pub fingerprint: String,
    /// Why clients refuse it now.
    pub fault: Option<String>,
    /// What the clock of the system says.
    pub now: Time,
}

type LookAtCertificate = Box<dyn Fn() -> Certificate + Send + Sync>;

/// A handle; clones share the list.
#[derive(Clone, Default)]
pub struct Attention(Arc<Shared>);

#[derive(Default)]
struct Shared {
    items: RwLock<Arc<Vec<Item>>>,
    /// None before the first look.
    standing: Mutex<Option<Standing>>,
    /// One look at a time.
    looking: tokio::sync::Mutex<()>,
    certificate: OnceLock<LookAtCertificate>,
}

impl Attention {
    /// All there is, most harmful first.
    pub fn items(&self) -> Arc<Vec<Item>> {
        Arc::clone(&self.0.items.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What somebody may see who reaches so far.
    pub fn seen_with(&self, reach: &Reach) -> Vec<Item> {
        let all = self.items();
        all.iter()
            .filter_map(|item| item.seen_with(reach))
            .collect()
    }

    /// Of what somebody may see, what is about this SIM.
    pub fn of_sim(&self, iccid: &Iccid, reach: &Reach) -> Vec<Item> {
        self.of((SubjectKind::Sim, iccid.as_str()), reach)
    }

    /// The same of a modem.
    pub fn of_modem(&self, imei: &Imei, reach: &Reach) -> Vec<Item> {
        self.of((SubjectKind::Modem, imei.as_str()), reach)
    }

    fn of(&self, (kind, id): (SubjectKind, &str), reach: &Reach) -> Vec<Item> {
        let all = self.items();
        let its = all.iter().filter(|item| item.is_about(kind, id));
        its.filter_map(|item| item.seen_with(reach)).collect()
    }

    /// How many of each severity somebody may see.
    pub fn counts(&self, reach: &Reach) -> [(Severity, usize); 3] {
        let all = self.items();
        let seen: Vec<_> = all
            .iter()
            .filter_map(|item| item.seen_with(reach))
            .collect();
        Severity::ALL.map(|severity| {
            let those = seen.iter().filter(|item| item.severity == severity);
            (severity, those.count())
        })
    }

    /// How to look at the certificate that the server shows.
    pub fn watch_certificate(&self, look: impl Fn() -> Certificate + Send + Sync + 'static) {
        // The server has one.
        let _ = self.0.certificate.set(Box::new(look));
    }

    /// The certificate that the server shows; none where it shows none.
    pub fn certificate(&self) -> Option<Certificate> {
        self.0.certificate.get().map(|look| look())
    }
}
