//! `simgate completions`.

use super::Failure;
use super::output;

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate completions bash > /etc/bash_completion.d/simgate
  simgate completions zsh > ~/.zfunc/_simgate
  simgate completions fish > ~/.config/fish/completions/simgate.fish";

pub(super) fn run(shell: clap_complete::Shell) -> Result<(), Failure> {
    // Into memory first: the generator panics when its writer fails, as a closed pipe does.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "simgate", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
