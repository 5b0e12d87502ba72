//! SMPP 3.4 as an ESME speaks it: sessions with windows and reconnects, texts, receipts.

mod content;
mod session;

pub use content::{Body, ContentError, Long, Piece, Style, TextCoding, Wanted, pieces};
pub use content::{Class, CommandStatus, classify, command_status};
pub use content::{Concat, Incoming, Mo, mo};
pub use content::{DateFields, Receipt, ReceiptState, receipt};

pub use session::{
    Ack, Address, Arrival, Bind, DeliverSm, Doubt, Event, Link, NotTaken, Outcome, Settings,
    SettingsError, State, Status, SubmitSm, Tls, TlsError, Tlv, deliver_sm, start,
};
