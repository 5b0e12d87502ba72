//! simgate: an SMS gateway over banks of GSM and LTE modems.

mod api;
mod cli;
mod config;
mod events;
mod gateway;
mod http;
mod logging;
mod mask;
mod messages;
mod model;
mod modems;
mod ports;
mod power;
mod schedule;
mod selftest;
mod serve;
mod store;
mod threads;
mod uplink;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
