//! Fields to PDUs.

use serde_json::json;

use crate::direction::Direction;
use crate::fields;
use crate::input::Input;
use crate::problem::Problem;
use crate::shown::Shown as _;
use crate::{Fields, address, cbs, component, exact, stream};

/// Answers a line.
pub(crate) fn line(fields: &Fields) -> Fields {
    stream::answer(fields, try_line(Input::new(fields)))
}

fn try_line(input: Input<'_>) -> Result<Fields, Problem> {
    let direction = match input.direction()? {
        None | Some(Direction::Auto) => guess(input),
        Some(direction) => direction,
    };
    match direction {
        Direction::Component(component) => Ok(alone(&component::encode(component, input)?)),
        Direction::Cbs => Ok(alone(&cbs::encode(input)?)),
        direction => whole(input, direction),
    }
}

/// What the fields are of, when the line does not say.
fn guess(input: Input<'_>) -> Direction {
    if input.get("status").is_some() {
        Direction::StatusReport
    } else if input.get("timestamp").is_some() {
        Direction::Deliver
    } else {
        Direction::Submit
    }
}

fn alone(octets: &[u8]) -> Fields {
    let mut answer = Fields::new();
    answer.put_hex("pdu", octets);
    answer
}

/// One PDU under `pdu`, or several under `pdus`.
fn whole(input: Input<'_>, direction: Direction) -> Result<Fields, Problem> {
    let smsc = match input.flag("has_smsc")? {
        Some(false) => Vec::new(),
        _ => exact::write_smsc(input, address::read(input, "smsc")?.as_ref())?,
    };
    let mut pdus = Vec::new();
    let mut lengths = Vec::new();
    for tpdu in fields::read(input, direction)? {
        let tpdu = exact::write(input, &tpdu)?;
        lengths.push(json!(tpdu.len()));
        pdus.push(json!(hex::encode_upper([smsc.as_slice(), &tpdu].concat())));
    }
    let mut answer = Fields::new();
    if let ([pdu], [length]) = (pdus.as_mut_slice(), lengths.as_mut_slice()) {
        answer.put("pdu", pdu.take());
        answer.put("tpdu_len", length.take());
    } else {
        answer.put("pdus", pdus);
        answer.put("tpdu_lens", lengths);
    }
    Ok(answer)
}
