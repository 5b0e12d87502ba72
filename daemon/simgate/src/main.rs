//! simgate: an SMS gateway over banks of GSM and LTE modems.

mod cli;
mod config;
mod logging;
mod serve;
mod systemd;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
