//! The commands. `serve`, `demo`, `check`, `key`, `config` and `pdu` work by themselves; the others
//! are clients of the HTTP API.

mod default_config;
mod failure;
mod output;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Printed below the list of commands.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused or failed; the reason is on standard error
  2  wrong usage
  3  the daemon cannot be reached";

/// An SMS gateway over banks of GSM and LTE modems.
#[derive(Debug, Parser)]
#[command(name = "simgate", version, after_help = EXIT_CODES, max_term_width = 100)]
#[command(
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the documented default configuration.
    #[command(subcommand)]
    Config(default_config::ConfigCommand),
    /// Print a completion script for a shell.
    #[command(after_help = default_config::COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell to print it for.
        shell: clap_complete::Shell,
    },
}

/// Reads the command line and does what it says.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Config(command) => command.run(),
        Command::Completions { shell } => default_config::completions(shell),
    }
}
