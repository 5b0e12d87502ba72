//! One modem's engine, sans-IO: time and bytes come in, writes, wake-ups and events go out.

mod engine;
mod event;
mod identity;
mod io;
mod profile;
mod settings;
mod state;
mod submitted;
mod tries;
mod trouble;

pub use at::commands::PinTries;
pub use at::commands::Registration;
pub use engine::Engine;
pub use event::{
    Capabilities, Event, Identity, Operator, Received, Signal, Sim, Storage, TraceLine,
    UnlockError, UssdError, UssdReply, Via,
};
pub use identity::{BadIdentity, Iccid, Imei, Imsi, Msisdn, Pin, Puk, UnlockCode};
pub use io::{Input, JobId, Output, ReceiptToken};
pub use settings::{RestartHow, Settings};
pub use state::{Lock, ModemState, Reason};
pub use submitted::{Refusal, Submitted, Uncertainty};
pub use tries::Counted;
pub use trouble::{Recovery, Trouble};
