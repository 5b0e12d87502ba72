//! `virtual-modem`: runs a bank of virtual modems until it is told to end.

mod help;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use virtual_modem::{Bank, BankOptions};

/// A bank of virtual GSM modems on ptys.
#[derive(Debug, Parser)]
#[command(version, after_long_help = help::HELP)]
struct Args {
    #[command(flatten)]
    bank: BankOptions,
}

fn main() -> ExitCode {
    match run(Args::parse().bank) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("virtual-modem: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One thread is enough: 128 modems are idle most of the time.
#[tokio::main(flavor = "current_thread")]
async fn run(options: BankOptions) -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let dir = options.dir.clone();
    let bank = Bank::start(options).await?;
    println!("ready: {} modems in {}", bank.ports().len(), dir.display());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = bank.quit_requested() => {}
    }
    bank.shutdown().await;
    Ok(())
}
