//! `simgate system`: what runs, and what it keeps for how long.

use clap::Args;

use super::client::Ask;
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate system
  simgate system --json | jq -r .certificate.fingerprint";

#[derive(Debug, Args)]
pub(super) struct System {
    #[command(flatten)]
    ask: Ask,
}

impl System {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let document = self.ask.client()?.get("/system", &[])?;
        output::answer(&document, self.ask.json)
    }
}
