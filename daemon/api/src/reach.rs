//! What a caller may see and change: its own messages, its groups' SIMs, or everything.

use std::collections::HashSet;

use model::{Iccid, Imei, Key, MessageId, Reach, Scope};

use super::Api;
use super::problem::Problem;
use gateway::StoreError;

/// What a key may see and change where the scope `wide` opens the view to what others sent.
pub(super) async fn of(api: &Api, key: &Key, wide: Scope) -> Result<Reach, StoreError> {
    if key.scopes.contains(&Scope::Admin) {
        return Ok(Reach::All);
    }
    let sees_others = key.scopes.contains(&wide);
    if sees_others && key.groups.is_empty() {
        return Ok(Reach::All);
    }
    let sims = if sees_others {
        sims_in(api, &key.groups).await?
    } else {
        HashSet::new()
    };
    Ok(Reach::Part { key: key.id, sims })
}

async fn sims_in(api: &Api, groups: &[String]) -> Result<HashSet<Iccid>, StoreError> {
    let known = api.gateway().records().sims().await?.into_iter();
    let mine = known.filter(|sim| sim.config.groups.iter().any(|group| groups.contains(group)));
    Ok(mine.map(|sim| sim.iccid).collect())
}

/// A message that is out of reach is as if it were not there.
pub(super) async fn message(api: &Api, reach: &Reach, id: MessageId) -> Result<(), Problem> {
    if reach.is_all() {
        return Ok(());
    }
    let found = api.gateway().records().belongings(vec![id]).await?;
    match found.get(&id) {
        Some(belonging) if reach.has(belonging) => Ok(()),
        _ => Err(super::messages::no_message()),
    }
}

/// The same for a SIM.
pub(super) fn sim(reach: &Reach, iccid: &Iccid) -> Result<(), Problem> {
    if reach.has_sim(iccid) {
        Ok(())
    } else {
        Err(super::sims::no_sim())
    }
}

/// The same for a modem: it is within reach while a SIM is in it that is, or was when it went.
pub(super) fn modem(api: &Api, reach: &Reach, imei: &Imei) -> Result<(), Problem> {
    if has_modem(api, reach, imei) {
        Ok(())
    } else {
        Err(super::modems::no_modem())
    }
}

pub(super) fn has_modem(api: &Api, reach: &Reach, imei: &Imei) -> bool {
    let sim = || api.gateway().fleet().sim_in(imei);
    reach.is_all() || sim().is_some_and(|iccid| reach.has_sim(&iccid))
}
