//! A number is one SIM's: `from` names a SIM by it.

use model::Iccid;

use crate::messages::own_numbers;
use crate::{Caller, FieldCode, FieldError, Gateway, Refusal};

impl Gateway {
    /// Refuses where another SIM has the number that this one would have from now on: `set`, or with none
    /// what its card tells. Which SIM that is, is told to those who may read it.
    ///
    /// What is set already is left as it is, so that a request can be sent again; and with nothing set
    /// it is of no account what the card of an absent SIM tells.
    pub(super) async fn refuse_taken(
        &self,
        caller: &Caller,
        iccid: &Iccid,
        set: Option<&str>,
    ) -> Result<(), Refusal> {
        let (country, fleet) = (self.defaults().country(), self.fleet());
        let sims = self.admin().sims().await?;
        let this = sims.iter().find(|sim| sim.iccid == *iccid);
        if this.is_some_and(|sim| sim.config.number.as_deref() == set) {
            return Ok(());
        }
        let Some(number) = set.map(str::to_owned).or_else(|| {
            let this = this.filter(|_| fleet.has_sim(iccid))?;
            let told = own_numbers::told_by(this, country)?;
            (own_numbers::of_sim(this, country).as_ref() != Some(&told)).then_some(told)
        }) else {
            return Ok(());
        };
        let mut keepers = own_numbers::keepers(&sims, |sim| fleet.has_sim(sim), country);
        let mut others = keepers.remove(&number).unwrap_or_default();
        others.retain(|other| other != iccid);
        if others.is_empty() {
            return Ok(());
        }
        let is_shown = |sim: &&Iccid| caller.reads() && caller.reach.has_sim(sim);
        let other = match others.iter().find(is_shown) {
            Some(other) => format!("SIM {other}"),
            None => "another SIM".to_owned(),
        };
        let detail = match set {
            Some(_) => format!("{other} has this number; give that one another first"),
            None => {
                format!("{other} has the number that this card tells; give that one another first")
            }
        };
        Err(FieldError::new("/number", detail)
            .coded(FieldCode::NumberTaken)
            .into())
    }
}
