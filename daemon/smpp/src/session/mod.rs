//! One bind to an SMSC, as an ESME.
//!
//! `start` spawns one task that owns everything; `Link` is its handle. The files by layer:
//!
//! - any SMPP peer, client or server: `codec`, `fields`, `read`, `conn`, `sequence`, `window`, `keepalive`, `status`
//! - an ESME's bind: `tls`, `bind`, `bound`, `inbound`, `deliveries`, `backoff`, `pace`
//! - the owner's side: `settings`, `pdu`, `convert`, `event`, `outbox`, `shared`, `link`, `run`

mod backoff;
mod bind;
mod bound;
mod codec;
mod conn;
mod convert;
mod deliveries;
mod event;
mod fields;
mod inbound;
mod keepalive;
mod link;
mod outbox;
mod pace;
mod pdu;
mod read;
mod run;
mod sequence;
mod settings;
mod shared;
mod status;
mod tls;
mod window;

pub use event::{Ack, Arrival, Doubt, Event, NotTaken, Outcome, State, Status};
pub use link::{Link, start};
pub use pdu::{Address, DeliverSm, SubmitSm, Tlv};
pub use read::deliver_sm;
pub use settings::{Bind, Settings, SettingsError};
pub use tls::{Tls, TlsError};
