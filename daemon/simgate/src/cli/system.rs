//! `simgate system`: what runs, what it keeps for how long, and the country of national numbers.

use clap::Args;

use serde_json::json;

use super::client::Ask;
use super::or_none::OrNone;
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate system
  simgate system --country VN
  simgate system --json | jq -r .certificate.fingerprint";

#[derive(Debug, Args)]
pub(super) struct System {
    /// Set the country of numbers written without +, in two letters; none: such numbers are refused.
    #[arg(long, value_name = "CODE|none")]
    country: Option<OrNone<String>>,
    #[command(flatten)]
    ask: Ask,
}

impl System {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let client = self.ask.client()?;
        let mut document = match &self.country {
            Some(country) => client.patch("/system", &json!({"country": country}))?,
            None => client.get("/system", &[])?,
        };
        // What is absent is left out elsewhere. Here that is the state of a setting.
        if !self.ask.json && document["country"].is_null() {
            document["country"] = json!("none");
        }
        output::answer(&document, self.ask.json)
    }
}
