//! A number is one SIM's: `from` names a SIM by it.

use modem::Iccid;

use super::super::Api;
use super::super::auth::May;
use super::super::problem::Problem;
use crate::messages::own_numbers;

/// 422 where another SIM has this number. Which one is told to those who may read it.
pub(super) async fn refuse_taken<N>(
    api: &Api,
    caller: &May<N>,
    iccid: &Iccid,
    number: &str,
) -> Result<(), Problem> {
    let sims = api.gateway().store().sims().await?;
    let country = api.defaults().country;
    let mut taken = false;
    for sim in sims.iter().filter(|sim| sim.iccid != *iccid) {
        if own_numbers::of_sim(sim, country).as_deref() != Some(number) {
            continue;
        }
        if caller.reads() && caller.reach.has_sim(&sim.iccid) {
            let other = &sim.iccid;
            let detail = format!("SIM {other} has this number; give that one another first");
            return Err(Problem::field("/number", detail));
        }
        taken = true;
    }
    if taken {
        return Err(Problem::field("/number", "another SIM has this number"));
    }
    Ok(())
}
