//! PDU to fields.

use serde_json::json;
use tpdu::codec::octets_from_hex;
use tpdu::{
    Address, Alphabet, Dcs, DecodeError, DecodeErrorKind, Deliver, InformationElement, Language,
    MoTpdu, MtTpdu, StatusReport, Submit,
};

use crate::direction::Direction;
use crate::fields::{self, Tpdu};
use crate::input::Input;
use crate::problem::Problem;
use crate::{Fields, address, cbs, component, exact, join, stream};

/// What a PDU alone does not say, and a line may add.
#[derive(Debug, Default)]
pub struct Hints {
    /// Septets there are, where no length octet says it.
    pub(crate) septet_count: Option<usize>,
    /// Bits before the first septet.
    pub(crate) fill_bits: usize,
    /// Which format TP-VP is in, where no first octet says it.
    pub(crate) validity_format: Option<String>,
    /// Tables that the sender used without naming them in the header.
    locking: Option<Language>,
    single_shift: Option<Language>,
}

impl Hints {
    /// From the line, or from what it says is expected: these are no answers but part of the question.
    fn read(input: Input<'_>) -> Result<Self, Problem> {
        let count = |key| {
            let number = input.number(key)?;
            number
                .map(usize::try_from)
                .transpose()
                .map_err(|_| Problem::new(key, "too large"))
        };
        let table = |key| {
            let Some(name) = input.text(key)? else {
                return Ok(None);
            };
            let language = Language::ALL
                .into_iter()
                .find(|language| language.name() == name);
            language
                .map(Some)
                .ok_or_else(|| Problem::new(key, format!("unknown language {name:?}")))
        };
        let fill_bits = count("fill_bits")?.unwrap_or(0);
        if fill_bits > 6 {
            return Err(Problem::new("fill_bits", "a number from 0 to 6 expected"));
        }
        Ok(Self {
            septet_count: count("septet_count")?,
            fill_bits,
            validity_format: input.text("vpf")?.map(str::to_owned),
            locking: table("decode_with_locking_table")?,
            single_shift: table("decode_with_single_shift_table")?,
        })
    }

    /// The header, with the tables named in it that only the hints know.
    pub(crate) fn header(&self, header: &[InformationElement]) -> Vec<InformationElement> {
        let locking = self.locking.map(InformationElement::locking_shift);
        let single_shift = self.single_shift.map(InformationElement::single_shift);
        let added = locking.into_iter().chain(single_shift);
        // In front: what the header itself says comes later and counts.
        added.chain(header.iter().cloned()).collect()
    }
}

/// Answers a line.
pub(crate) fn line(fields: &Fields) -> Fields {
    let mut answer = try_line(fields).unwrap_or_else(|problem| stream::failed(&problem));
    if let Some(id) = fields.get("id") {
        answer.insert("id".to_owned(), id.clone());
    }
    answer
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
        shown.insert("smsc".to_owned(), json!(null));
        if let Some(smsc) = smsc {
            address::show(&mut shown, "smsc", &smsc);
            exact::show_smsc(&mut shown, &smsc, &octets[..start]);
        }
    }
    let octets = &octets[start..];
    shown.insert("tpdu_len".to_owned(), json!(octets.len()));
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
        shown.insert("error".to_owned(), problem.json());
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

/// Why octets were not read as they should.
enum Unread {
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

fn read(octets: &[u8], direction: Direction) -> Result<Tpdu, Unread> {
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
        (direction, mti) => Err(KindError::Kind(Problem {
            field: "TP-MTI".to_owned(),
            offset: Some(0),
            detail: match direction {
                Direction::Auto => format!("reserved value {mti}"),
                other => format!("value {mti} is not that of a {}", other.name()),
            },
        })),
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
