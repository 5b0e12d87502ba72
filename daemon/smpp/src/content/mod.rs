//! What PDUs carry: texts and data out, receipts and messages in, refusals.
//!
//! Pure: octets and fields to types and back, without I/O and without a clock.

mod incoming;
mod latin1;
mod mo;
mod receipt;
mod receipt_state;
mod status;
mod style;
#[cfg(test)]
mod tests;
mod text;

pub use incoming::{Concat, Incoming};
pub use mo::{Mo, mo};
pub use receipt::{DateFields, Receipt, receipt};
pub use receipt_state::ReceiptState;
pub use status::{Class, CommandStatus, classify, command_status};
pub use style::{Long, Style, TextCoding};
pub use text::{Body, ContentError, Piece, Wanted, pieces};

/// UDHI in `esm_class`: the message begins with a user data header (SMPP 3.4 §5.2.12).
const UDHI: u8 = 0x40;
