//! Pages of cell broadcast messages.

use serde_json::json;
use tpdu::{Alphabet, CellBroadcastDcs, CellBroadcastPage, GeographicalScope};

use crate::Fields;
use crate::input::Input;
use crate::problem::Problem;

const SCOPES: [(GeographicalScope, &str); 4] = [
    (GeographicalScope::CellImmediate, "cell-immediate"),
    (GeographicalScope::Plmn, "plmn"),
    (GeographicalScope::LocationArea, "location-area"),
    (GeographicalScope::Cell, "cell"),
];

/// Shows a page.
pub(crate) fn decode(digits: &str) -> Result<Fields, Problem> {
    let octets = tpdu::codec::octets_from_hex(digits)?;
    let page = CellBroadcastPage::decode(&octets)?;
    let mut shown = Fields::new();
    let mut put = |key: &str, value| shown.insert(key.to_owned(), value);
    let scope = SCOPES
        .iter()
        .find(|(known, _)| *known == page.scope)
        .map(|(_, name)| *name);
    put("direction", json!("cbs"));
    put("gs", json!(scope));
    put("message_code", json!(page.message_code));
    put("update_number", json!(page.update_number));
    put("message_identifier", json!(page.message_identifier));
    put("dcs", json!(page.dcs.0));
    put("page", json!(page.page));
    put("max_pages", json!(page.pages));
    put("lang", json!(page.language()));
    match page.text() {
        Ok(text) => {
            let language = page.language().unwrap_or_default();
            let again = CellBroadcastPage::content_of(&text, page.dcs, &language);
            if again.is_ok_and(|again| again != page.content) {
                put("data_hex", json!(hex::encode_upper(&page.content)));
            }
            put("text", json!(text))
        }
        Err(error) if page.dcs.is_compressed() => {
            put("data_hex", json!(hex::encode_upper(&page.content)));
            put("error", Problem::from(error).json())
        }
        Err(_) => put("data_hex", json!(hex::encode_upper(&page.content))),
    };
    let encoding = match page.dcs.alphabet() {
        Alphabet::Gsm7 => "gsm7",
        Alphabet::Octets => "8bit",
        Alphabet::Ucs2 => "ucs2",
    };
    put("encoding", json!(encoding));
    Ok(shown)
}

/// Makes a page.
pub(crate) fn encode(input: Input<'_>) -> Result<Vec<u8>, Problem> {
    let scope = match input.text("gs")? {
        None => GeographicalScope::CellImmediate,
        Some(name) => SCOPES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(scope, _)| *scope)
            .ok_or_else(|| Problem::new("gs", format!("unknown scope {name:?}")))?,
    };
    let small = |key| {
        let number = input.number(key)?.unwrap_or(0);
        u16::try_from(number).map_err(|_| Problem::new(key, "a number from 0 to 65535 expected"))
    };
    let dcs = CellBroadcastDcs(input.octet("dcs")?.unwrap_or(0x0F));
    let content = if let Some(content) = input.octets("data_hex")? {
        content
    } else {
        let language = input.text("lang")?.unwrap_or("");
        CellBroadcastPage::content_of(input.text("text")?.unwrap_or(""), dcs, language)?
    };
    let page = CellBroadcastPage {
        scope,
        message_code: small("message_code")?,
        update_number: input.octet("update_number")?.unwrap_or(0),
        message_identifier: small("message_identifier")?,
        dcs,
        page: input.octet("page")?.unwrap_or(1),
        pages: input.octet("max_pages")?.unwrap_or(1),
        content,
    };
    Ok(page.encode()?)
}
