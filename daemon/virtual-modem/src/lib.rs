//! A bank of virtual GSM modems on real ptys, that can also misbehave.
//!
//! For the demo, the tests and everyone without hardware. [`Bank`] runs the modems; each is a [`VirtualModem`], a value
//! that takes bytes and time, and they share a [`Network`], another such value. What was on the air goes into a log
//! that a checker can read.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use virtual_modem::{Bank, BankOptions};
//!
//! let bank = Bank::start(BankOptions::new(4, "/tmp/bank")).await?;
//! println!("{:?}", bank.ports()); // /tmp/bank/modem0 and so on
//! bank.inject(0, "+84901234567", "Hello").await.expect("slot 0 is there");
//! bank.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod air;
mod bank;
mod clock;
mod command;
mod fault;
mod identity;
mod memory;
mod modem;
mod network;
mod profile;
mod sim;
mod values;
#[cfg(test)]
mod world;

pub use air::{
    AirEvent, AirEventKind, DeliverRecord, Delivery, Downlink, SubmitRecord, Uplink, Verdict,
};
pub use bank::{Bank, BankOptions, Kind, Request, RequestError};
pub use clock::Clock;
pub use fault::{BadRule, Cure, Fault, FaultRule, Moment, PortFate};
pub use identity::Identity;
pub use modem::{CharsetName, Input, Output, Setup, Traits, VirtualModem};
pub use network::{
    InjectError, Injected, Injection, Network, NetworkOptions, Outcomes, Refuse, Replies,
};
pub use profile::Profile;
pub use sim::Sim;
