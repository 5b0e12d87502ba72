//! Addresses of lines: TP-DA, TP-OA, TP-RA and the service centre.

use tpdu::{Address, NumberingPlan, TypeOfNumber};

use crate::Fields;
use crate::input::Input;
use crate::names::Names;
use crate::problem::Problem;
use crate::shown::Shown as _;

const TYPES: Names<TypeOfNumber> = Names(
    "type of number",
    &[
        (TypeOfNumber::Unknown, "unknown"),
        (TypeOfNumber::International, "international"),
        (TypeOfNumber::National, "national"),
        (TypeOfNumber::NetworkSpecific, "network-specific"),
        (TypeOfNumber::Subscriber, "subscriber"),
        (TypeOfNumber::Alphanumeric, "alphanumeric"),
        (TypeOfNumber::Abbreviated, "abbreviated"),
        (TypeOfNumber::Reserved, "reserved"),
    ],
);

const PLANS: Names<NumberingPlan> = Names(
    "numbering plan",
    &[
        (NumberingPlan::Unknown, "unknown"),
        (NumberingPlan::Isdn, "isdn"),
        (NumberingPlan::Data, "data"),
        (NumberingPlan::Telex, "telex"),
        (NumberingPlan::National, "national"),
        (NumberingPlan::Private, "private"),
        (NumberingPlan::Ermes, "ermes"),
    ],
);

/// Shows an address under `key` and keys that begin with it.
pub(crate) fn show(fields: &mut Fields, key: &str, address: &Address) {
    fields.put(key, address.to_string());
    if !address.is_alphanumeric() {
        fields.put(format!("{key}_digits"), address.as_str());
    }
    show_type(fields, key, address.type_octet());
}

/// Shows a type-of-address octet.
pub(crate) fn show_type(fields: &mut Fields, key: &str, octet: u8) {
    let ton = TypeOfNumber::from_bits(octet >> 4);
    let plan = match NumberingPlan::from_bits(octet) {
        NumberingPlan::ServiceCentre(_) => "service-centre",
        plan => PLANS.name(plan).unwrap_or("reserved"),
    };
    fields.put(format!("{key}_ton"), TYPES.name(ton));
    fields.put(format!("{key}_npi"), plan);
    fields.put(format!("{key}_toa"), octet);
}

/// The address under `key`, of the type that the keys beside it say.
pub(crate) fn read(input: Input<'_>, key: &str) -> Result<Option<Address>, Problem> {
    let digits_key = format!("{key}_digits");
    let text = match input.text(key)? {
        None => input.text(&digits_key)?,
        text => text,
    };
    let Some(text) = text else { return Ok(None) };
    let problem = |error: tpdu::EncodeError| Problem {
        field: key.to_owned(),
        ..error.into()
    };
    let Some((ton, npi)) = read_type(input, key)? else {
        return text.parse().map(Some).map_err(problem);
    };
    let address = if ton == TypeOfNumber::Alphanumeric {
        Address::name(text).map(|mut name| {
            name.npi = npi;
            name
        })
    } else {
        Address::number(ton, npi, text.strip_prefix('+').unwrap_or(text))
    };
    address.map(Some).map_err(problem)
}

/// The address that must be there.
pub(crate) fn needed(input: Input<'_>, key: &str) -> Result<Address, Problem> {
    read(input, key)?.ok_or_else(|| Problem::missing(key))
}

/// Type and plan, when one of them is given.
fn read_type(
    input: Input<'_>,
    key: &str,
) -> Result<Option<(TypeOfNumber, NumberingPlan)>, Problem> {
    if let Some(octet) = input.octet(&format!("{key}_toa"))? {
        return Ok(Some((
            TypeOfNumber::from_bits(octet >> 4),
            NumberingPlan::from_bits(octet),
        )));
    }
    let npi = input.named(&PLANS, &format!("{key}_npi"))?;
    let Some(ton) = input.named(&TYPES, &format!("{key}_ton"))? else {
        // The plan alone: the type is what the text itself says.
        return Ok(match (npi, input.text(key)?) {
            (Some(npi), Some(text)) if text.starts_with('+') => {
                Some((TypeOfNumber::International, npi))
            }
            (Some(npi), _) => Some((TypeOfNumber::Unknown, npi)),
            (None, _) => None,
        });
    };
    let usual = if ton == TypeOfNumber::Alphanumeric {
        NumberingPlan::Unknown
    } else {
        NumberingPlan::Isdn
    };
    Ok(Some((ton, npi.unwrap_or(usual))))
}
