//! PDU to fields.

use serde_json::Value;
use tpdu::codec::octets_from_hex;
use tpdu::{Address, DecodeErrorKind};

use crate::direction::Direction;
use crate::hints::Hints;
use crate::input::Input;
use crate::problem::Problem;
use crate::read::{Unread, read};
use crate::shown::Shown as _;
use crate::{Fields, address, cbs, component, exact, fields, join, stream};

/// Answers a line.
pub(crate) fn line(fields: &Fields) -> Fields {
    stream::answer(fields, try_line(fields))
}

fn try_line(fields: &Fields) -> Result<Fields, Problem> {
    let input = Input::own(fields);
    let direction = input.direction()?.unwrap_or(Direction::Auto);
    let has_smsc = input.flag("has_smsc")?.unwrap_or(true);
    let hints = Hints::read(Input::new(fields))?;
    if let Some(pdus) = input.list("pdus")? {
        return join::decode(pdus, direction, has_smsc);
    }
    let digits = input.text("pdu")?.ok_or_else(|| Problem::missing("pdu"))?;
    Ok(pdu(digits, direction, has_smsc, &hints))
}

/// Shows one PDU. With an `error` there are other fields only where the rest could be read.
pub(crate) fn pdu(digits: &str, direction: Direction, has_smsc: bool, hints: &Hints) -> Fields {
    let shown = match direction {
        Direction::Component(component) => component::decode(component, digits, hints),
        Direction::Cbs => cbs::decode(digits),
        _ => whole(digits, direction, has_smsc, hints),
    };
    shown.unwrap_or_else(|problem| stream::failed(&problem))
}

fn whole(
    digits: &str,
    direction: Direction,
    has_smsc: bool,
    hints: &Hints,
) -> Result<Fields, Problem> {
    let (octets, cut_digit) = whole_octets(digits)?;
    let mut shown = Fields::new();
    let mut start = 0;
    if has_smsc {
        let (smsc, length) = Address::decode_smsc(&octets)?;
        start = length;
        shown.put("smsc", Value::Null);
        if let Some(smsc) = smsc {
            address::show(&mut shown, "smsc", &smsc);
            exact::show_smsc(&mut shown, &smsc, &octets[..start]);
        }
    }
    let octets = &octets[start..];
    shown.put("tpdu_len", octets.len());
    let (tpdu, cut) = match read(octets, direction) {
        Ok(tpdu) => (tpdu, None),
        Err(Unread::Cut(tpdu, problem)) => (*tpdu, Some(problem.moved(start))),
        Err(Unread::Not(problem)) => return Err(cut_digit.unwrap_or(problem.moved(start))),
    };
    let untold = fields::show(&mut shown, &tpdu, hints).map(|problem| Problem {
        // It counts from TP-UD.
        offset: exact::user_data_at(&tpdu, octets).map(|at| start + at),
        ..problem
    });
    exact::show(&mut shown, &tpdu, octets);
    if let Some(problem) = cut_digit.or(cut).or(untold) {
        shown.put("error", problem.json());
    }
    Ok(shown)
}

/// The octets, less half a one at the end, which is a problem beside them.
fn whole_octets(digits: &str) -> Result<(Vec<u8>, Option<Problem>), Problem> {
    let digits = digits.trim();
    match octets_from_hex(digits) {
        Ok(octets) => Ok((octets, None)),
        Err(error) if error.kind == DecodeErrorKind::OddHexDigits => {
            let even = octets_from_hex(&digits[..digits.len() - 1])?;
            Ok((even, Some(error.into())))
        }
        Err(error) => Err(error.into()),
    }
}
