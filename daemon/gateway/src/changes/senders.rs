//! Whether the SIM or group that a message's `from` names is there, and is for this key.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::{Iccid, Key, Sender, UplinkConfig, UplinkName};

use crate::Gateway;
use crate::messages::own_numbers::OwnNumbers;
use store::StoreError;

/// How long numbers are believed. A SIM may come with another one's at any time.
const FRESH: Duration = Duration::from_secs(1);

/// What messages may name as their sender, as it was read last.
#[derive(Default)]
pub(crate) struct Senders {
    /// The SIMs and their groups, as they were when one was last not found among them.
    /// A name that is misspelled costs a reading, one that is right none.
    known: Mutex<Arc<Vec<Known>>>,
    numbers: Mutex<Option<(Instant, Arc<OwnNumbers>)>>,
}

struct Known {
    iccid: Iccid,
    groups: Vec<String>,
}

impl Gateway {
    /// Why a message of this key cannot name this sender.
    pub async fn sender_refusal(
        &self,
        key: &Key,
        sender: &Sender,
    ) -> Result<Option<&'static str>, StoreError> {
        if let Sender::Uplink(_) | Sender::Name(_) = sender {
            let known = self.admin().uplinks().await?;
            return Ok(uplink_refusal(&known, sender));
        }
        let senders = &self.0.senders;
        let known = Arc::clone(&lock(&senders.known));
        if refusal(&known, key, sender).is_none() {
            return Ok(None);
        }
        let records = self.admin().sims().await?.into_iter();
        let read = records.map(|sim| Known {
            iccid: sim.iccid,
            groups: sim.config.groups,
        });
        let read = Arc::new(read.collect::<Vec<_>>());
        *lock(&senders.known) = Arc::clone(&read);
        Ok(refusal(&read, key, sender))
    }

    /// The numbers of our SIMs.
    pub async fn own_numbers(&self) -> Result<Arc<OwnNumbers>, StoreError> {
        let senders = &self.0.senders;
        if let Some((read_at, numbers)) = &*lock(&senders.numbers)
            && read_at.elapsed() < FRESH
        {
            return Ok(Arc::clone(numbers));
        }
        let read_at = Instant::now();
        let sims = self.admin().sims().await?;
        let is_present = |sim: &Iccid| self.fleet().has_sim(sim);
        let numbers = OwnNumbers::of(&sims, is_present, self.defaults().country());
        let numbers = Arc::new(numbers);
        *lock(&senders.numbers) = Some((read_at, Arc::clone(&numbers)));
        Ok(numbers)
    }
}

#[cfg(feature = "samples")]
impl Gateway {
    /// What tests of other crates change behind our back counts at once.
    pub fn test_forget_senders(&self) {
        self.0.senders.forget();
    }
}

impl Senders {
    /// Makes a change of groups and numbers count at once.
    pub(crate) fn forget(&self) {
        *lock(&self.known) = Arc::default();
        *lock(&self.numbers) = None;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Uplinks are few, and read anew each time.
fn uplink_refusal(known: &[(UplinkName, UplinkConfig)], sender: &Sender) -> Option<&'static str> {
    match sender {
        Sender::Uplink(name) if !known.iter().any(|(known, _)| known == name) => {
            Some("no uplink of that name is configured")
        }
        Sender::Name(_) if known.is_empty() => {
            Some("an alphanumeric sender needs an uplink, and none is configured")
        }
        _ => None,
    }
}

fn refusal(known: &[Known], key: &Key, sender: &Sender) -> Option<&'static str> {
    match sender {
        Sender::Any | Sender::Uplink(_) | Sender::Name(_) => None,
        Sender::Group(name) => {
            let found = known.iter().any(|sim| sim.groups.contains(name));
            (!found).then_some("no SIM is in that group")
        }
        Sender::Sim(iccid) => match known.iter().find(|sim| sim.iccid == *iccid) {
            None => Some("no SIM of that ICCID has been seen"),
            Some(_) if key.groups.is_empty() => None,
            Some(sim) => {
                let allowed = sim.groups.iter().any(|group| key.groups.contains(group));
                (!allowed).then_some("this key may not use that SIM")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_with_groups_reaches_their_sims_only() {
        let iccid: Iccid = "8984011234567890123".parse().unwrap();
        let known = [Known {
            iccid: iccid.clone(),
            groups: vec!["a".to_owned()],
        }];
        let mut key = Key::of_gateway();
        let (sim, a, b) = (
            Sender::Sim(iccid),
            Sender::Group("a".to_owned()),
            Sender::Group("b".to_owned()),
        );
        assert_eq!(
            [&sim, &a].map(|sender| refusal(&known, &key, sender)),
            [None, None]
        );
        assert!(refusal(&known, &key, &b).is_some());
        assert!(refusal(&[], &key, &sim).is_some());
        key.groups = vec!["b".to_owned()];
        assert!(refusal(&known, &key, &sim).is_some());
    }
}
