//! How far a key sees.

use std::collections::HashSet;

use crate::Iccid;

use super::{Carrier, KeyId};

/// The messages and SIMs that a caller may see and change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    #[default]
    All,
    /// What `key` sent itself, and what these SIMs carry.
    Part { key: KeyId, sims: HashSet<Iccid> },
}

/// What tells whether a message is within reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Belonging {
    /// Who sent it; none for what came in.
    pub key: Option<KeyId>,
    pub carrier: Option<Carrier>,
}

impl Reach {
    pub fn is_all(&self) -> bool {
        *self == Self::All
    }

    pub fn has_sim(&self, iccid: &Iccid) -> bool {
        match self {
            Self::All => true,
            Self::Part { sims, .. } => sims.contains(iccid),
        }
    }

    pub fn has(&self, message: &Belonging) -> bool {
        match self {
            Self::All => true,
            Self::Part { key, sims } => {
                let sim = message.carrier.as_ref().and_then(Carrier::sim);
                message.key == Some(*key) || sim.is_some_and(|sim| sims.contains(sim))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_what_the_key_sent_and_what_its_sims_carry() {
        let [mine, theirs]: [Iccid; 2] =
            ["8984011234567890123", "8984011234567890124"].map(|iccid| iccid.parse().unwrap());
        let reach = Reach::Part {
            key: KeyId(2),
            sims: HashSet::from([mine.clone()]),
        };
        let message = |key: Option<i64>, sim: Option<&Iccid>| Belonging {
            key: key.map(KeyId),
            carrier: sim.cloned().map(Carrier::Sim),
        };
        assert!(reach.has(&message(Some(2), Some(&theirs))));
        assert!(reach.has(&message(Some(3), Some(&mine))));
        assert!(reach.has(&message(None, Some(&mine))));
        assert!(!reach.has(&message(Some(3), Some(&theirs))));
        assert!(!reach.has(&message(Some(22), None)));
        assert!(!reach.has(&message(None, None)));
        assert!(Reach::All.has(&message(None, None)));
    }
}
