//! Addresses of lines: TP-DA, TP-OA, TP-RA and the service centre.

use serde_json::json;
use tpdu::{Address, NumberingPlan, TypeOfNumber};

use crate::Fields;
use crate::input::Input;
use crate::problem::Problem;

const TYPES: [(TypeOfNumber, &str); 8] = [
    (TypeOfNumber::Unknown, "unknown"),
    (TypeOfNumber::International, "international"),
    (TypeOfNumber::National, "national"),
    (TypeOfNumber::NetworkSpecific, "network-specific"),
    (TypeOfNumber::Subscriber, "subscriber"),
    (TypeOfNumber::Alphanumeric, "alphanumeric"),
    (TypeOfNumber::Abbreviated, "abbreviated"),
    (TypeOfNumber::Reserved, "reserved"),
];

const PLANS: [(NumberingPlan, &str); 7] = [
    (NumberingPlan::Unknown, "unknown"),
    (NumberingPlan::Isdn, "isdn"),
    (NumberingPlan::Data, "data"),
    (NumberingPlan::Telex, "telex"),
    (NumberingPlan::National, "national"),
    (NumberingPlan::Private, "private"),
    (NumberingPlan::Ermes, "ermes"),
];

/// Shows an address under `key` and keys that begin with it.
pub(crate) fn show(fields: &mut Fields, key: &str, address: &Address) {
    fields.insert(key.to_owned(), json!(address.to_string()));
    if !address.is_alphanumeric() {
        fields.insert(format!("{key}_digits"), json!(address.as_str()));
    }
    show_type(fields, key, address.type_octet());
}

/// Shows a type-of-address octet.
pub(crate) fn show_type(fields: &mut Fields, key: &str, octet: u8) {
    let ton = TypeOfNumber::from_bits(octet >> 4);
    let plan = match NumberingPlan::from_bits(octet) {
        NumberingPlan::ServiceCentre(_) => "service-centre",
        plan => PLANS
            .iter()
            .find(|(known, _)| *known == plan)
            .map_or("reserved", |(_, name)| name),
    };
    fields.insert(format!("{key}_ton"), json!(ton_name(ton)));
    fields.insert(format!("{key}_npi"), json!(plan));
    fields.insert(format!("{key}_toa"), json!(octet));
}

fn ton_name(ton: TypeOfNumber) -> &'static str {
    TYPES
        .iter()
        .find(|(known, _)| *known == ton)
        .map_or("reserved", |(_, name)| name)
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
    let (ton_key, npi_key) = (format!("{key}_ton"), format!("{key}_npi"));
    let npi = match input.text(&npi_key)? {
        None => None,
        Some(name) => Some(
            PLANS
                .iter()
                .find(|(_, known)| *known == name)
                .map(|(plan, _)| *plan)
                .ok_or_else(|| {
                    Problem::new(&npi_key, format!("unknown numbering plan {name:?}"))
                })?,
        ),
    };
    let Some(name) = input.text(&ton_key)? else {
        // The plan alone: the type is what the text itself says.
        return Ok(match (npi, input.text(key)?) {
            (Some(npi), Some(text)) if text.starts_with('+') => {
                Some((TypeOfNumber::International, npi))
            }
            (Some(npi), _) => Some((TypeOfNumber::Unknown, npi)),
            (None, _) => None,
        });
    };
    let ton = TYPES
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(ton, _)| *ton);
    let ton =
        ton.ok_or_else(|| Problem::new(&ton_key, format!("unknown type of number {name:?}")))?;
    let usual = if ton == TypeOfNumber::Alphanumeric {
        NumberingPlan::Unknown
    } else {
        NumberingPlan::Isdn
    };
    Ok(Some((ton, npi.unwrap_or(usual))))
}
