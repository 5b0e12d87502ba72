//! `simgate config` and `simgate completions`: texts that the program knows by itself.

use clap::Subcommand;

use super::Failure;
use super::output;
use crate::config::Config;

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  simgate completions bash > /etc/bash_completion.d/simgate
  simgate completions zsh > ~/.zfunc/_simgate
  simgate completions fish > ~/.config/fish/completions/simgate.fish";

pub(super) const CONFIG_EXAMPLES: &str = "\
Examples:
  simgate config default
  simgate config default > simgate.toml";

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print the documented file with every default in it.
    Default,
}

impl ConfigCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Default => output::print(&Config::default_file()),
        }
    }
}

pub(super) fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    // Into memory first: the generator panics when its writer fails, as a closed pipe does.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "simgate", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
