//! TP-DCS, TP-UDL and TP-UD of lines.

use serde_json::{Value, json};
use tpdu::{
    Alphabet, Concat, ConcatRef, DataOptions, Dcs, Encoding, InformationElement, Language,
    MessageClass, Ports, TextOptions, UserBody, UserData, WaitingKind,
};

use crate::Fields;
use crate::hints::Hints;
use crate::input::Input;
use crate::names::{self, ALPHABETS};
use crate::problem::Problem;
use crate::shown::Shown as _;

/// Element 0x01, special SMS message indication (TS 23.040 §9.2.3.24.2).
const MESSAGE_INDICATION: u8 = 0x01;

/// Shows TP-DCS and what it means.
pub(crate) fn show_dcs(fields: &mut Fields, dcs: Dcs) {
    fields.put("dcs", dcs.0);
    fields.put("encoding", ALPHABETS.name(dcs.alphabet()));
    fields.put("compressed", dcs.is_compressed());
    fields.put("class", dcs.class().map(MessageClass::bits));
    fields.put("flash", dcs.class() == Some(MessageClass::Flash));
    if let Some(waiting) = dcs.message_waiting() {
        fields.put("mwi", if waiting.active { "set" } else { "clear" });
        fields.put("mwi_store", waiting.store);
        fields.put(
            "mwi_kind",
            match waiting.kind {
                WaitingKind::Voice => "voice",
                WaitingKind::Fax => "fax",
                WaitingKind::Email => "email",
                WaitingKind::Other => "other",
            },
        );
    }
}

/// Shows TP-UDL, TP-UD and its header. Gives what keeps it from being text, if anything does
/// that should be said aloud.
pub(crate) fn show(fields: &mut Fields, ud: &UserData, dcs: Dcs, hints: &Hints) -> Option<Problem> {
    fields.put("udhi", !ud.header.is_empty());
    show_header(fields, &ud.header);
    if let Ok((length, octets)) = ud.to_octets() {
        fields.put("udl", length);
        fields.put("ud_octets", octets.len());
        if !ud.header.is_empty() {
            fields.put("udhl", octets[0]);
        }
    }
    let hinted = hints.header(&ud.header);
    let shown = UserData {
        header: hinted,
        body: ud.body.clone(),
    };
    match (shown.text(dcs), &ud.body) {
        (Ok(text), body) => {
            // What cannot be had back from the text is shown as it came.
            let again = UserData::from_text(shown.header, &text, dcs);
            if again.is_ok_and(|again| again.body != *body) {
                show_octets(fields, body);
            }
            show_email(fields, &text);
            fields.put("text", text);
            None
        }
        (Err(error), body) => {
            show_octets(fields, body);
            if let UserBody::Octets(octets) = body
                && !dcs.is_compressed()
            {
                show_ascii(fields, octets);
                return None;
            }
            Some(error.into())
        }
    }
}

fn show_octets(fields: &mut Fields, body: &UserBody) {
    let (key, octets) = match body {
        UserBody::Septets(septets) => ("septets", septets),
        UserBody::Octets(octets) => ("data_hex", octets),
    };
    fields.put_hex(key, octets);
}

/// 8-bit data that happen to be printable ASCII are shown as that too.
fn show_ascii(fields: &mut Fields, octets: &[u8]) {
    let printable =
        |octet: &u8| (b' '..=b'~').contains(octet) || matches!(octet, b'\n' | b'\r' | b'\t');
    if !octets.is_empty() && octets.iter().all(printable) {
        let text = String::from_utf8_lossy(octets);
        fields.put("data_text", text.clone());
        fields.put("text", text);
    }
}

/// A text out of an e-mail gateway: the sender's address, a space, the body (TS 23.040 §3.8).
fn show_email(fields: &mut Fields, text: &str) {
    let Some((from, body)) = text.split_once(' ') else {
        return;
    };
    let is_address = from.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && domain.contains('.') && !domain.contains('@')
    });
    if is_address {
        fields.put("email_from", from);
        fields.put("email_body", body.strip_prefix('/').unwrap_or(body));
    }
}

/// Shows the elements, and those among them that are understood.
pub(crate) fn show_header(fields: &mut Fields, header: &[InformationElement]) {
    if header.is_empty() {
        return;
    }
    let element = |element: &InformationElement| {
        json!({
            "iei": element.iei,
            "len": element.data.len(),
            "data": hex::encode_upper(&element.data),
        })
    };
    fields.put("udh", header.iter().map(element).collect::<Value>());
    let ud = UserData {
        header: header.to_vec(),
        body: UserBody::default(),
    };
    if let Some(Concat {
        reference,
        total,
        seq,
    }) = ud.concat()
    {
        let width = if matches!(reference, ConcatRef::Eight(_)) {
            8
        } else {
            16
        };
        let concat =
            json!({ "ref": reference.number(), "total": total, "seq": seq, "width": width });
        fields.put("concat", concat);
    }
    if let Some(Ports { dst, src, wide }) = ud.ports() {
        let ports = json!({ "dst": dst, "src": src, "width": if wide { 16 } else { 8 } });
        fields.put("ports", ports);
    }
    let indications = header
        .iter()
        .filter(|element| element.iei == MESSAGE_INDICATION);
    let indications =
        indications.filter_map(|element| <[u8; 2]>::try_from(element.data.as_slice()).ok());
    if let Some((store, waiting)) = indications
        .map(|[kind, count]| (kind & 0x80 != 0, count > 0))
        .reduce(|(store, waiting), (also_store, also_waiting)| {
            (store || also_store, waiting || also_waiting)
        })
    {
        fields.put("mwi", if waiting { "set" } else { "clear" });
        fields.put("mwi_store", store);
    }
}

/// TP-DCS and the TP-UD of every part, from any of the forms [`show`] writes or from a text of
/// any length.
pub(crate) fn read(input: Input<'_>) -> Result<(Dcs, Vec<UserData>), Problem> {
    let header = read_header(input)?;
    let dcs = read_dcs(input)?;
    if let Some(septets) = input.octets("septets")? {
        let body = UserBody::Septets(septets.into_iter().map(|septet| septet & 0x7F).collect());
        return Ok((dcs.unwrap_or(Dcs::GSM7), vec![UserData { header, body }]));
    }
    if let Some(data) = read_data(input)? {
        return read_octets(input, header, dcs, &data);
    }
    let (text, transliterate) = match (input.text("text")?, input.text("input_text")?) {
        (Some(text), _) => (text, input.flag("transliterate")?.unwrap_or(false)),
        (None, Some(text)) => (text, true),
        (None, None) => ("", false),
    };
    let encoding = match dcs.map(Dcs::alphabet) {
        None => Encoding::Auto,
        Some(Alphabet::Gsm7) => Encoding::Gsm7,
        Some(Alphabet::Ucs2) => Encoding::Ucs2,
        Some(Alphabet::Octets) if text.is_ascii() => {
            return read_octets(input, header, dcs, text.as_bytes());
        }
        Some(Alphabet::Octets) => {
            return Err(Problem::new("text", "8-bit data expected, as data_hex"));
        }
    };
    let languages = read_languages(input)?;
    let wide_reference = input.number("ref_bits")? == Some(16);
    let options = TextOptions {
        encoding,
        languages: &languages,
        transliterate,
        wide_reference,
    };
    let plan = tpdu::plan(text, &options)?;
    let class = read_class(input)?;
    let dcs = dcs.unwrap_or(Dcs::new(plan.alphabet, class));
    if header.is_empty() {
        return Ok((dcs, plan.user_data(read_reference(input, wide_reference)?)));
    }
    let ud = UserData::from_text(header, &plan.text, dcs)?;
    Ok((dcs, vec![ud]))
}

fn read_data(input: Input<'_>) -> Result<Option<Vec<u8>>, Problem> {
    if let Some(data) = input.octets("data_hex")? {
        return Ok(Some(data));
    }
    let text = input.text("data_text")?;
    Ok(text.map(|text| text.as_bytes().to_vec()))
}

fn read_octets(
    input: Input<'_>,
    header: Vec<InformationElement>,
    dcs: Option<Dcs>,
    data: &[u8],
) -> Result<(Dcs, Vec<UserData>), Problem> {
    let dcs = dcs.unwrap_or(Dcs::new(Alphabet::Octets, read_class(input)?));
    let ports = read_ports(input)?;
    let only_ports = header.len() == usize::from(ports.is_some());
    if only_ports && input.get("udh").is_none() && dcs.alphabet() == Alphabet::Octets {
        let wide_reference = input.number("ref_bits")? == Some(16);
        let options = DataOptions {
            ports,
            wide_reference,
        };
        let plan = tpdu::plan_data(data, &options)?;
        return Ok((dcs, plan.user_data(read_reference(input, wide_reference)?)));
    }
    let body = UserBody::Octets(data.to_vec());
    Ok((dcs, vec![UserData { header, body }]))
}

/// TP-DCS as it is given, or as `encoding` says.
fn read_dcs(input: Input<'_>) -> Result<Option<Dcs>, Problem> {
    if let Some(dcs) = input.octet("dcs")? {
        return Ok(Some(Dcs(dcs)));
    }
    if input.text("encoding")? == Some("auto") {
        return Ok(None);
    }
    let Some(alphabet) = input.named(&ALPHABETS, "encoding")? else {
        return Ok(None);
    };
    Ok(Some(Dcs::new(alphabet, read_class(input)?)))
}

fn read_class(input: Input<'_>) -> Result<Option<MessageClass>, Problem> {
    match (input.octet("class")?, input.flag("flash")?) {
        (Some(class @ 0..=3), _) => Ok(Some(MessageClass::from_bits(class))),
        (Some(_), _) => Err(Problem::new("class", "a number from 0 to 3 expected")),
        (None, Some(true)) => Ok(Some(MessageClass::Flash)),
        (None, _) => Ok(None),
    }
}

fn read_languages(input: Input<'_>) -> Result<Vec<Language>, Problem> {
    let names = input.list("languages")?.into_iter().flatten();
    names
        .map(|name| {
            let found = name.as_str().and_then(names::language);
            found.ok_or_else(|| Problem::new("languages", format!("unknown language {name}")))
        })
        .collect()
}

fn read_reference(input: Input<'_>, wide: bool) -> Result<ConcatRef, Problem> {
    let number = input.word("reference")?;
    match (wide, u8::try_from(number)) {
        (true, _) => Ok(ConcatRef::Sixteen(number)),
        (false, Ok(number)) => Ok(ConcatRef::Eight(number)),
        (false, Err(_)) => Err(Problem::new("reference", "above 255 needs ref_bits 16")),
    }
}

/// The header from `udh`, or from `concat` and `ports`.
pub(crate) fn read_header(input: Input<'_>) -> Result<Vec<InformationElement>, Problem> {
    if let Some(elements) = input.list("udh")? {
        return elements.iter().map(read_element).collect();
    }
    let concat = read_concat(input)?.map(Concat::element);
    let ports = read_ports(input)?.map(Ports::element);
    Ok(concat.into_iter().chain(ports).collect())
}

fn read_element(element: &Value) -> Result<InformationElement, Problem> {
    let object = element
        .as_object()
        .ok_or_else(|| Problem::new("udh", "objects expected"))?;
    let input = Input::new(object);
    let iei = input.octet("iei")?.ok_or_else(|| Problem::missing("iei"))?;
    let data = input
        .octets("data")?
        .ok_or_else(|| Problem::missing("data"))?;
    Ok(InformationElement { iei, data })
}

fn read_concat(input: Input<'_>) -> Result<Option<Concat>, Problem> {
    let Some(concat) = input.object("concat")? else {
        return Ok(None);
    };
    let number = concat.number("ref")?.unwrap_or(0);
    let number = u16::try_from(number)
        .map_err(|_| Problem::new("concat", "ref from 0 to 65535 expected"))?;
    let reference = match (concat.number("width")?, u8::try_from(number)) {
        (Some(16), _) | (None, Err(_)) => ConcatRef::Sixteen(number),
        (_, Ok(number)) => ConcatRef::Eight(number),
        (Some(_), Err(_)) => return Err(Problem::new("concat", "ref above 255 needs width 16")),
    };
    let part = |key| concat.octet(key)?.ok_or_else(|| Problem::missing(key));
    Ok(Some(Concat {
        reference,
        total: part("total")?,
        seq: part("seq")?,
    }))
}

fn read_ports(input: Input<'_>) -> Result<Option<Ports>, Problem> {
    let Some(ports) = input.object("ports")? else {
        return Ok(None);
    };
    let port = |key| {
        let number = ports.number(key)?.unwrap_or(0);
        u16::try_from(number)
            .map_err(|_| Problem::new("ports", format!("{key} from 0 to 65535 expected")))
    };
    let (dst, src) = (port("dst")?, port("src")?);
    // Without a width: 8-bit ports lie above 239 (TS 23.040 §9.2.3.24.3), 16-bit ones are the rule.
    let wide = ports.number("width")? != Some(8);
    if !wide && dst.max(src) > 255 {
        return Err(Problem::new("ports", "above 255 needs width 16"));
    }
    Ok(Some(Ports { dst, src, wide }))
}
