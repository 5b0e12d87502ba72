//! Takes PDUs apart and puts them together: JSON in, JSON out, without the daemon.

mod address;
mod cbs;
mod component;
mod decode;
mod direction;
mod encode;
mod exact;
mod fields;
mod hints;
mod input;
mod join;
mod names;
mod problem;
mod read;
mod shown;
mod stream;
#[cfg(test)]
mod tests;
mod timestamp;
mod user_data;
mod validity;

use serde_json::{Map, Value};

pub use direction::Direction;
pub use hints::Hints;
pub use stream::each_line;

/// JSON object: what a line says, in and out.
pub type Fields = Map<String, Value>;

/// What a line of fields says about its PDU.
pub fn decode_line(fields: &Fields) -> Fields {
    decode::line(fields)
}

/// What a PDU says.
pub fn decode(pdu: &str, direction: Direction, has_smsc: bool, hints: &Hints) -> Fields {
    decode::pdu(pdu, direction, has_smsc, hints)
}

/// The PDUs that a line of fields asks for.
pub fn encode_line(fields: &Fields) -> Fields {
    encode::line(fields)
}
