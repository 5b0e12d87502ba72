//! From octets to a TPDU.

use tpdu::{
    Alphabet, Dcs, DecodeError, DecodeErrorKind, Deliver, MoTpdu, MtTpdu, StatusReport, Submit,
};

use crate::direction::Direction;
use crate::problem::Problem;

/// A TPDU of any kind.
pub(crate) enum Tpdu {
    Mt(MtTpdu),
    Mo(MoTpdu),
}

/// Why octets were not read as they should.
pub(crate) enum Unread {
    /// The user data end before their length says: the capture was cut. What there is was read.
    Cut(Box<Tpdu>, Problem),
    Not(Problem),
}

/// Reads a TPDU that must be of the kind that `direction` says.
pub(crate) fn read_tpdu(octets: &[u8], direction: Direction) -> Result<Tpdu, Problem> {
    match read(octets, direction) {
        Ok(tpdu) => Ok(tpdu),
        Err(Unread::Cut(_, problem) | Unread::Not(problem)) => Err(problem),
    }
}

pub(crate) fn read(octets: &[u8], direction: Direction) -> Result<Tpdu, Unread> {
    let error = match by_kind(octets, direction) {
        Ok(tpdu) => return Ok(tpdu),
        Err(KindError::Kind(problem)) => return Err(Unread::Not(problem)),
        Err(KindError::Octets(error)) => error,
    };
    match shortened(octets, error).map(|octets| by_kind(&octets, direction)) {
        Some(Ok(tpdu)) => Err(Unread::Cut(Box::new(tpdu), error.into())),
        _ => Err(Unread::Not(error.into())),
    }
}

enum KindError {
    Octets(DecodeError),
    Kind(Problem),
}

fn by_kind(octets: &[u8], direction: Direction) -> Result<Tpdu, KindError> {
    let mti = octets.first().map_or(0, |first| first & 3);
    let mt = |tpdu: Result<MtTpdu, DecodeError>| tpdu.map(Tpdu::Mt).map_err(KindError::Octets);
    let mo = |tpdu: Result<MoTpdu, DecodeError>| tpdu.map(Tpdu::Mo).map_err(KindError::Octets);
    match (direction, mti) {
        // The reserved type is a DELIVER when it comes from the network (TS 23.040 §9.2.3.1).
        (Direction::Auto, 0) | (Direction::Deliver, 0 | 3) => {
            mt(Deliver::decode(octets).map(MtTpdu::Deliver))
        }
        (Direction::Auto | Direction::Submit, 1) => mo(Submit::decode(octets).map(MoTpdu::Submit)),
        (Direction::Auto | Direction::StatusReport, 2) => {
            mt(StatusReport::decode(octets).map(MtTpdu::StatusReport))
        }
        (Direction::SubmitReport, 1) => mt(MtTpdu::decode(octets)),
        (Direction::DeliverReport, 0) | (Direction::Command, 2) => mo(MoTpdu::decode(octets)),
        (direction, mti) => {
            let detail = match direction {
                Direction::Auto => format!("reserved value {mti}"),
                other => format!("value {mti} is not that of a {}", other.name()),
            };
            Err(KindError::Kind(Problem::at("TP-MTI", 0, detail)))
        }
    }
}

/// The TPDU with TP-UDL made to say what is there, when that is what `error` is about.
fn shortened(octets: &[u8], error: DecodeError) -> Option<Vec<u8>> {
    let DecodeErrorKind::Short { present, .. } = error.kind else {
        return None;
    };
    let length_at = error
        .offset
        .checked_sub(1)
        .filter(|_| error.field == "TP-UD")?;
    // TP-DCS stands before TP-SCTS or TP-VP.
    let between = match octets.first()? & 0x1B {
        0x01 => 0, // SUBMIT without TP-VP
        0x11 => 1, // relative
        _ => 7,    // absolute, enhanced, or TP-SCTS of a DELIVER
    };
    let dcs = Dcs(*octets.get(length_at.checked_sub(between + 1)?)?);
    let septets = dcs.alphabet() == Alphabet::Gsm7 && !dcs.is_compressed();
    let length = if septets { present * 8 / 7 } else { present };
    let mut shortened = octets.to_vec();
    shortened[length_at] = u8::try_from(length).ok()?;
    Some(shortened)
}
