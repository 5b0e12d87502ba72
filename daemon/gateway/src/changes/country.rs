//! The country whose national numbers are understood.

use model::RowId;
use serde::Deserialize;
use store::{Admin, StoreError};
use utoipa::ToSchema;

use super::{PatchField, Thing};
use crate::messages::number::{self, Country};
use crate::{Caller, FieldCode, FieldError, Gateway, Refusal};

/// Numbers that are looked at together.
const STEP: usize = 500;

/// What to change of the gateway itself. Left out: stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SystemPatch {
    /// The country of numbers written without `+`, in two letters (ISO 3166-1); null: such numbers are refused.
    /// Suppressed numbers without `+` get its country code; messages and conversations of before stay under the
    /// numbers that they have. Refused where simgate.toml says a country.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z]{2}$", example = "VN")]
    country: PatchField<String>,
}

impl Gateway {
    /// Changes what an admin sets of the gateway itself.
    pub async fn change_system(&self, caller: &Caller, patch: SystemPatch) -> Result<(), Refusal> {
        let PatchField::Set(country) = patch.country else {
            return Ok(());
        };
        let country = country.map(|code| checked("/country", &code)).transpose()?;
        let _alone = self.alone(Thing::Country).await;
        if self.settings().defaults.country.is_some() {
            let why = "simgate.toml says the country (defaults.country). Change it there, or take the line out and restart.";
            return Err(Refusal::Conflict(why.to_owned()));
        }
        let what = match &country {
            Some(code) => format!("set the country {code}"),
            None => "removed the country".to_owned(),
        };
        let stored = self
            .admin()
            .set_country(country.clone(), caller.entry(what));
        stored.await?;
        self.take_country(country.as_deref()).await?;
        Ok(())
    }

    /// Goes by a country that is stored from here on, unless simgate.toml says one.
    pub(crate) async fn take_country(&self, country: Option<&str>) -> Result<(), StoreError> {
        if self.settings().defaults.country.is_some() {
            return Ok(());
        }
        let country = country.and_then(|code| code.parse().ok());
        // Before any number is read by it, so that none that asks for no messages gets one; and what asked meanwhile.
        fit_suppressions(self.admin(), country).await?;
        self.defaults().country.set(country);
        // The SIMs' own numbers may read otherwise now.
        self.0.senders.forget();
        fit_suppressions(self.admin(), country).await
    }
}

/// Numbers that were suppressed before a country was set get its code, as the numbers of messages do.
pub(crate) async fn fit_suppressions(
    admin: &Admin,
    country: Option<Country>,
) -> Result<(), StoreError> {
    if country.is_none() {
        return Ok(());
    }
    let mut after = RowId(0);
    loop {
        let found = admin.national_suppressions(after, STEP).await?;
        let Some((last, _)) = found.last() else {
            return Ok(());
        };
        after = *last;
        let renamed = found.into_iter().filter_map(|(row, number)| {
            let kept = number::normalise(&number, country).ok()?;
            kept.starts_with('+').then_some((row, kept))
        });
        admin.rename_suppressions(renamed.collect()).await?;
    }
}

/// A country's code in capitals, or what is wrong with the code.
pub(crate) fn checked(pointer: &str, code: &str) -> Result<String, FieldError> {
    let code = code.to_ascii_uppercase();
    match code.parse::<Country>() {
        Ok(_) => Ok(code),
        Err(_) => Err(
            FieldError::new(pointer, "must be two letters of ISO 3166-1, such as VN")
                .coded(FieldCode::Country),
        ),
    }
}
