//! The country whose national numbers are understood.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{PatchField, Thing};
use crate::messages::number::Country;
use crate::{Caller, FieldCode, FieldError, Gateway, Refusal};

/// What to change of the gateway itself. Left out: stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SystemPatch {
    /// The country of numbers written without `+`, in two letters (ISO 3166-1); null: such numbers are refused.
    /// What was sent and received before stays as it is. Refused where simgate.toml says a country.
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
        self.take_country(country.as_deref());
        Ok(())
    }

    /// Goes by a country that is stored from here on, unless simgate.toml says one.
    pub(crate) fn take_country(&self, country: Option<&str>) {
        if self.settings().defaults.country.is_none() {
            let country = country.and_then(|code| code.parse().ok());
            self.defaults().country.set(country);
            // The SIMs' own numbers may read otherwise now.
            self.0.senders.forget();
        }
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
