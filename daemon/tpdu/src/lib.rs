//! SMS TPDU codec: octets to types and back (3GPP TS 23.038 and TS 23.040).
//!
//! One type for each TPDU, with its fields under their TP- letters. Reading
//! is lenient where networks are sloppy and never panics; writing is strict.
//! No I/O, no clock, no `std`.
//!
//! ```
//! use tpdu::{ConcatRef, MessageRef, Pid, Submit, TextOptions};
//!
//! let plan = tpdu::plan("Hello", &TextOptions::default())?;
//! for ud in plan.user_data(ConcatRef::Eight(1)) {
//!     let submit = Submit {
//!         rd: false,
//!         rp: false,
//!         srr: true,
//!         mr: MessageRef(0),
//!         da: "+84912345678".parse()?,
//!         pid: Pid::NORMAL,
//!         dcs: plan.dcs,
//!         vp: None,
//!         ud,
//!     };
//!     assert_eq!(Submit::decode(&submit.encode()?)?, submit);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod address;
mod cell_broadcast;
mod charset;
mod command;
mod dcs;
mod deliver;
mod error;
mod failure_cause;
mod first_octet;
mod header;
mod octets;
mod optional;
mod pdu_hex;
mod pid;
mod plan;
mod reports;
mod septets;
mod status;
mod status_report;
mod submit;
mod timestamp;
mod tpdu;
mod user_data;
mod validity;

pub use address::{Address, NumberingPlan, TypeOfNumber};
pub use cell_broadcast::{CellBroadcastDcs, CellBroadcastPage, GeographicalScope};
pub use charset::Language;
pub use command::{Command, CommandType};
pub use dcs::{Alphabet, Dcs, MessageClass, MessageWaiting, WaitingKind};
pub use deliver::Deliver;
pub use error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};
pub use failure_cause::{FailureCause, FailureClass};
pub use header::{Concat, ConcatRef, InformationElement, Ports};
pub use pdu_hex::PduHex;
pub use pid::{Pid, PidKind};
pub use plan::{DataOptions, Encoding, MAX_PARTS, Plan, TextError, TextOptions, plan, plan_data};
pub use reports::{DeliverReport, SubmitReport};
pub use status::{Status, StatusClass};
pub use status_report::StatusReport;
pub use submit::{MessageRef, Submit};
pub use timestamp::{Timestamp, TimestampFields};
pub use tpdu::{MoTpdu, MtTpdu};
pub use user_data::{UserBody, UserData};
pub use validity::{EnhancedFormat, EnhancedValidity, ValidityPeriod};

/// The pieces TPDUs are made of, for tools that take one apart.
pub mod codec {
    pub use crate::address::{decode_digits, encode_digits};
    pub use crate::charset::{decode as septets_to_text, encode as text_to_septets};
    pub use crate::first_octet::UDHI;
    pub use crate::header::{decode_elements, encode_elements};
    pub use crate::pdu_hex::{octets_from_hex, octets_to_hex};
    pub use crate::septets::{pack, unpack};
    pub use crate::user_data::{decode_ucs2, encode_ucs2};
}
