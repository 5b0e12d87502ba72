//! Fields on their own.

use serde_json::Value;
use tpdu::codec::{
    decode_digits, decode_elements, decode_ucs2, encode_digits, encode_elements, encode_ucs2,
    octets_from_hex, pack, septets_to_text, text_to_septets, unpack,
};
use tpdu::{
    Address, Dcs, EncodeErrorKind, NumberingPlan, Timestamp, UserBody, UserData, ValidityPeriod,
};

use crate::direction::Component;
use crate::hints::Hints;
use crate::input::Input;
use crate::problem::Problem;
use crate::shown::Shown as _;
use crate::{Fields, address, timestamp, user_data, validity};

const CR: u8 = 0x0D;

/// Shows a field.
pub(crate) fn decode(component: Component, digits: &str, hints: &Hints) -> Result<Fields, Problem> {
    let octets = octets_from_hex(digits)?;
    let mut shown = Fields::new();
    match component {
        Component::Address => {
            let (read, length) = Address::decode_field(&octets)?;
            address::show(&mut shown, "address", &read);
            shown.put("octets_read", length);
            shown.put_hex("encoded", read.encode_field()?);
        }
        Component::Smsc => {
            let (read, length) = Address::decode_smsc(&octets)?;
            shown.put("smsc", Value::Null);
            shown.put("octets_read", length);
            if let Some(read) = read {
                address::show(&mut shown, "smsc", &read);
                shown.put_hex("encoded", read.encode_smsc()?);
            }
        }
        Component::TypeOfAddress => {
            address::show_type(&mut shown, "address", type_of_address(&octets)?);
        }
        Component::SemiOctets => {
            shown.put("digits", decode_digits(&octets, octets.len() * 2));
        }
        Component::Timestamp => {
            let octets = exactly("timestamp", &octets)?;
            timestamp::show(&mut shown, "timestamp", Timestamp::from_octets(octets));
        }
        Component::RelativeValidity => {
            let [value] = exactly("TP-VP", &octets)?;
            validity::show(&mut shown, Some(ValidityPeriod::Relative(value)));
        }
        Component::Validity => validity::show(&mut shown, Some(validity_period(&octets, hints)?)),
        Component::Gsm7 => show_septets(&mut shown, &unpacked(&octets, hints)),
        Component::Ucs2 => {
            shown.put("text", decode_ucs2(&octets));
        }
        Component::Header | Component::HeaderElement => {
            let cut = || Problem::new("TP-UDH", "an element is cut");
            let elements = decode_elements(&octets)
                .or_else(|| with_length(&octets))
                .ok_or_else(cut)?;
            user_data::show_header(&mut shown, &elements);
            if let (Component::HeaderElement, [element]) = (component, elements.as_slice()) {
                shown.put("iei", element.iei);
                shown.put_hex("data", &element.data);
            }
        }
        Component::UserDataGsm7 => {
            let length = hints.septet_count.unwrap_or(octets.len() * 8 / 7);
            let mut ud = UserData::from_octets(&octets, length, true, true)?;
            if let UserBody::Septets(septets) = &mut ud.body
                && hints.septet_count.is_none()
            {
                drop_padding(septets, octets.len());
            }
            if let UserBody::Septets(septets) = &ud.body {
                shown.put("septets_without_header", septets.len());
            }
            let problem = user_data::show(&mut shown, &ud, Dcs::GSM7, hints);
            if let Some(problem) = problem {
                return Err(problem);
            }
        }
        Component::LengthGsm7 => {
            let (length, rest) = split_length(&octets)?;
            let present = has(rest, (length * 7).div_ceil(8))?;
            show_septets(&mut shown, &unpack(present, 0, length));
        }
        Component::LengthUcs2 => {
            let (length, rest) = split_length(&octets)?;
            shown.put("text", decode_ucs2(has(rest, length)?));
        }
    }
    Ok(shown)
}

/// Septets without a length: as many as there are, less what only fills the last octet up.
fn unpacked(octets: &[u8], hints: &Hints) -> Vec<u8> {
    let count = hints.septet_count.unwrap_or(usize::MAX);
    let mut septets = unpack(octets, hints.fill_bits, count);
    if hints.septet_count.is_none() {
        drop_padding(&mut septets, octets.len());
    }
    septets
}

/// Seven spare bits look like one more character: zeros, or the CR that TS 23.038 §6.1.2.3.1
/// puts there.
fn drop_padding(septets: &mut Vec<u8>, octets: usize) {
    if octets.is_multiple_of(7) && matches!(septets.last(), Some(&(0 | CR))) {
        septets.pop();
    }
}

fn show_septets(shown: &mut Fields, septets: &[u8]) {
    shown.put_hex("septets", septets);
    shown.put("septet_count", septets.len());
    shown.put("octet_count", (septets.len() * 7).div_ceil(8));
    shown.put("text", septets_to_text(septets, None, None));
}

fn exactly<const N: usize>(field: &str, octets: &[u8]) -> Result<[u8; N], Problem> {
    <[u8; N]>::try_from(octets).map_err(|_| {
        let present = octets.len();
        let detail = format!("{N} octets expected, {present} present");
        Problem::at(field, present.min(N), detail)
    })
}

fn type_of_address(octets: &[u8]) -> Result<u8, Problem> {
    let [octet] = exactly("type of address", octets)?;
    let wrong = |detail| Problem::at("type of address", 0, detail);
    if octet & 0x80 == 0 {
        return Err(wrong("bit 7 is not set"));
    }
    match NumberingPlan::from_bits(octet) {
        NumberingPlan::Reserved(_) => Err(wrong("reserved numbering plan")),
        _ => Ok(octet),
    }
}

/// One octet is relative. Seven are what the hints say, else absolute when they are a date and
/// enhanced when not.
fn validity_period(octets: &[u8], hints: &Hints) -> Result<ValidityPeriod, Problem> {
    if let &[value] = octets {
        return Ok(ValidityPeriod::Relative(value));
    }
    let octets = exactly("TP-VP", octets)?;
    let date = Timestamp::from_octets(octets);
    let is_date = match hints.validity_format.as_deref() {
        Some("absolute") => true,
        Some("enhanced") => false,
        _ => date
            .fields()
            .is_some_and(|fields| fields.offset_quarters.is_some()),
    };
    Ok(if is_date {
        ValidityPeriod::Absolute(date)
    } else {
        ValidityPeriod::Enhanced(octets)
    })
}

/// Elements after their length, where it is given all the same.
fn with_length(octets: &[u8]) -> Option<Vec<tpdu::InformationElement>> {
    let (length, rest) = octets.split_first()?;
    (usize::from(*length) == rest.len())
        .then(|| decode_elements(rest))
        .flatten()
}

fn split_length(octets: &[u8]) -> Result<(usize, &[u8]), Problem> {
    let missing = || Problem::at("TP-UDL", 0, "ended early");
    let (length, rest) = octets.split_first().ok_or_else(missing)?;
    Ok((usize::from(*length), rest))
}

fn has(octets: &[u8], expected: usize) -> Result<&[u8], Problem> {
    octets.get(..expected).ok_or_else(|| {
        let detail = format!("{expected} octets expected, {} present", octets.len());
        Problem::at("TP-UD", 1, detail)
    })
}

/// Makes a field.
pub(crate) fn encode(component: Component, input: Input<'_>) -> Result<Vec<u8>, Problem> {
    let text = || Ok::<_, Problem>(input.text("text")?.unwrap_or(""));
    let out = match component {
        Component::Address => address::needed(input, "address")?.encode_field()?,
        Component::Smsc => match address::read(input, "smsc")? {
            Some(read) => read.encode_smsc()?,
            None => vec![0],
        },
        Component::TypeOfAddress => {
            let octet = input.octet("address_toa")?;
            vec![octet.ok_or_else(|| Problem::missing("address_toa"))?]
        }
        Component::SemiOctets => encode_digits(input.text("digits")?.unwrap_or(""), "digits")?,
        Component::Timestamp => timestamp::needed(input, "timestamp")?.octets().to_vec(),
        Component::RelativeValidity | Component::Validity => {
            match validity::read(input)?.ok_or_else(|| Problem::missing("vp_seconds"))? {
                ValidityPeriod::Relative(value) => vec![value],
                ValidityPeriod::Absolute(until) => until.octets().to_vec(),
                ValidityPeriod::Enhanced(octets) => octets.to_vec(),
            }
        }
        Component::Gsm7 => packed(input)?,
        Component::Ucs2 => encode_ucs2(text()?),
        Component::Header | Component::HeaderElement => {
            encode_elements(&user_data::read_header(input)?)?
        }
        Component::UserDataGsm7 => {
            let ud = UserData::from_text(user_data::read_header(input)?, text()?, Dcs::GSM7)?;
            ud.to_octets()?.1
        }
        Component::LengthGsm7 => {
            let septets = septets(text()?)?;
            with_length_octet(septets.len(), pack(&septets, 0))?
        }
        Component::LengthUcs2 => {
            let octets = encode_ucs2(text()?);
            with_length_octet(octets.len(), octets)?
        }
    };
    Ok(out)
}

/// Packed septets; `"padding": "cr"` fills seven spare bits as USSD does.
fn packed(input: Input<'_>) -> Result<Vec<u8>, Problem> {
    let mut septets = match input.octets("septets")? {
        Some(septets) => septets,
        None => septets(input.text("text")?.unwrap_or(""))?,
    };
    let fill_bits = usize::from(input.octet("fill_bits")?.unwrap_or(0)).min(6);
    match input.text("padding")? {
        Some("cr") if septets.len() % 8 == 7 => septets.push(CR),
        None | Some("cr") => {}
        Some(_) => return Err(Problem::new("padding", "cr expected")),
    }
    Ok(pack(&septets, fill_bits))
}

fn septets(text: &str) -> Result<Vec<u8>, Problem> {
    let no_code = |c| {
        Problem::from(tpdu::EncodeError {
            field: "text",
            kind: EncodeErrorKind::Character(c),
        })
    };
    text_to_septets(text, None, None).map_err(no_code)
}

fn with_length_octet(length: usize, octets: Vec<u8>) -> Result<Vec<u8>, Problem> {
    let length = u8::try_from(length).map_err(|_| Problem::new("text", "longer than 255"))?;
    Ok([vec![length], octets].concat())
}
