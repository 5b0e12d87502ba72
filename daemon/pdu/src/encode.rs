//! Fields to PDUs.

use serde_json::{Value, json};

use crate::direction::Direction;
use crate::fields;
use crate::input::Input;
use crate::problem::Problem;
use crate::{Fields, address, cbs, component, exact, stream};

/// Answers a line.
pub(crate) fn line(fields: &Fields) -> Fields {
    let mut answer =
        try_line(Input::new(fields)).unwrap_or_else(|problem| stream::failed(&problem));
    if let Some(id) = fields.get("id") {
        answer.insert("id".to_owned(), id.clone());
    }
    answer
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
    [("pdu".to_owned(), json!(hex::encode_upper(octets)))]
        .into_iter()
        .collect()
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
    let (pdu, length) = match (pdus.as_mut_slice(), lengths.as_mut_slice()) {
        ([pdu], [length]) => (("pdu", pdu.take()), ("tpdu_len", length.take())),
        _ => (
            ("pdus", Value::Array(pdus)),
            ("tpdu_lens", Value::Array(lengths)),
        ),
    };
    Ok([pdu, length]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect())
}
