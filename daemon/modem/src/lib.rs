//! One modem's engine, sans-IO: time and bytes come in, writes, wake-ups and events go out.

mod identity;
mod settings;
mod state;

pub use identity::{BadIdentity, Iccid, Imei, Imsi, Msisdn, Pin};
pub use settings::{RestartHow, Settings};
pub use state::{Lock, ModemState, Reason, Registration};
