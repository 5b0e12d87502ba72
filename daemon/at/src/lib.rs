//! AT dialect of SMS modems (TS 27.005, TS 27.007, V.250): bytes to lines, final result codes,
//! unsolicited result codes, typed commands and answers.
//!
//! No I/O and no clock: the owner reads and writes the port and turns [`Command::deadline`] into
//! an instant. A [`Dialogue`] joins the parts for one port:
//!
//! ```
//! use at::{Command, Dialogue, Meaning, Request, commands::Csq};
//!
//! let mut dialogue = Dialogue::new();
//! let request = Request::of(&Csq);
//! assert_eq!(request.wire, b"AT+CSQ\r");
//! dialogue.start(request);
//! dialogue.feed(b"\r\n+CSQ: 20,99\r\n\r\n+CMTI: \"SM\",0\r\n\r\nOK\r\n");
//! while let Some(heard) = dialogue.poll() {
//!     if let Meaning::Done(reply) = heard.meaning {
//!         assert_eq!(Csq.answer(&reply).unwrap().dbm(), Some(-73));
//!     }
//! }
//! ```

mod command;
pub mod commands;
mod dialogue;
mod errors;
mod exchange;
mod final_code;
mod framing;
mod header;
mod number;
mod params;
mod privacy;
mod ranges;
mod reply;
mod request;
mod text;
pub mod urc;

pub use command::{Command, Failure, Unreadable};
pub use dialogue::{Dialogue, Heard, Meaning, Wary};
pub use errors::{CmeError, CmsError, ErrorClass, ErrorInfo};
pub use final_code::FinalCode;
pub use framing::{Frame, Framer, MAX_LINE};
pub use number::{INTERNATIONAL, with_plus};
pub use params::Params;
pub use privacy::private_from;
pub use ranges::Ranges;
pub use reply::Reply;
pub use request::{CTRL_Z, ESC, Expects, Request};
pub use text::{Charset, decode_text};
pub use urc::Urc;
