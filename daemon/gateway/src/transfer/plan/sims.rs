//! What an import makes of SIMs.

use std::collections::HashSet;

use model::{Iccid, SimConfig, SimRecord};
use store::clock;

use super::{Entry, Plan};
use crate::FieldError;
use crate::changes::SimPatch;
use crate::messages::own_numbers;

impl Plan<'_> {
    pub(super) fn sim(&mut self, at: &str, name: &str, mut patch: SimPatch) -> Entry {
        let wrong = |_| vec![FieldError::new("", "is no ICCID: it has 18 to 20 digits")];
        let iccid: Iccid = name.parse().map_err(wrong)?;
        if let Some(pin) = self.secrets.remove(&format!("{at}/pin")) {
            patch.set_pin(pin);
        }
        let edit = patch.checked(self.before.defaults, &[])?;
        let known = self.before.sims.iter().find(|sim| sim.iccid == iccid);
        let known = known.map(|sim| &sim.config);
        let mut after = known.cloned().unwrap_or_default();
        edit.apply(&mut after);
        let is_regrouped =
            after.groups != known.map_or_else(Vec::new, |known| known.groups.clone());
        if is_regrouped && !self.before.usable.has_sim(&iccid) {
            let why = "the key that asks may use the SIMs of its groups only";
            return Err(vec![FieldError::new("/groups", why)]);
        }
        self.misses(format!("{at}/pin"), after.pin.is_none());
        if let Some(audit) = self.tell("sims", name, known, &after, None) {
            let edit = Box::new(move |config: &mut SimConfig| edit.apply(config));
            self.import.sims.push((iccid, edit, audit));
        }
        Ok(())
    }

    /// What the SIMs come to together: a number is one SIM's, and keys name their groups.
    pub(super) fn after_sims(&mut self) {
        let (sims, given) = self.sims_after();
        let of_all = sims.iter().flat_map(|sim| sim.config.groups.iter());
        self.groups = of_all.cloned().collect();
        let is_present = |sim: &Iccid| self.before.fleet.has_sim(sim);
        let keepers = own_numbers::keepers(&sims, is_present, self.before.defaults.country());
        let shared = keepers.into_values().filter(|sims| sims.len() > 1);
        for iccid in shared.flatten().filter(|iccid| given.contains(iccid)) {
            let at = FieldError::under("/sims", iccid.as_str(), "").pointer;
            let detail = "another SIM would have this number too";
            self.errors
                .push(FieldError::new(format!("{at}/number"), detail));
        }
    }

    /// All SIMs as they will be, and those that get another number.
    fn sims_after(&self) -> (Vec<SimRecord>, HashSet<Iccid>) {
        let mut sims = self.before.sims.clone();
        let mut given = HashSet::new();
        for (iccid, edit, _) in &self.import.sims {
            let at = sims.iter().position(|sim| sim.iccid == *iccid);
            let at = at.unwrap_or_else(|| {
                sims.push(unseen(iccid));
                sims.len() - 1
            });
            let config = &mut sims[at].config;
            let number = config.number.clone();
            edit(config);
            if config.number != number {
                given.insert(iccid.clone());
            }
        }
        (sims, given)
    }
}

/// One that was in no modem yet.
fn unseen(iccid: &Iccid) -> SimRecord {
    SimRecord {
        iccid: iccid.clone(),
        imsi: None,
        told: None,
        smsc: None,
        last_seen: clock::now(),
        config: SimConfig::default(),
    }
}
