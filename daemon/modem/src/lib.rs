//! One modem's engine, sans-IO: time and bytes come in, writes, wake-ups and events go out.

mod engine;
mod event;
mod ids;
mod io;
mod profile;
mod settings;
mod state;
mod submitted;
mod trouble;

pub use at::commands::PinTries;
pub use at::commands::Registration;
pub use engine::Engine;
pub use event::{
    Capabilities, Event, Identity, Operator, Received, SignalStrength, Sim, Storage, TraceLine,
    UnlockError, UssdError, UssdReply, Via,
};
pub use ids::{JobId, ReceiptToken};
pub use io::{Input, Output};
pub use settings::{RestartHow, Settings};
pub use state::{DownReason, ModemState};
pub use submitted::{SubmitRefusal, Submitted, Uncertainty};
pub use trouble::{Remedy, Trouble};
