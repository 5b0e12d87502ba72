//! Pages of cell broadcast messages.

use tpdu::{CellBroadcastDcs, CellBroadcastPage, GeographicalScope};

use crate::Fields;
use crate::input::Input;
use crate::names::{ALPHABETS, Names};
use crate::problem::Problem;
use crate::shown::Shown as _;

const SCOPES: Names<GeographicalScope> = Names(
    "scope",
    &[
        (GeographicalScope::CellImmediate, "cell-immediate"),
        (GeographicalScope::Plmn, "plmn"),
        (GeographicalScope::LocationArea, "location-area"),
        (GeographicalScope::Cell, "cell"),
    ],
);

/// Shows a page.
pub(crate) fn decode(digits: &str) -> Result<Fields, Problem> {
    let octets = tpdu::codec::octets_from_hex(digits)?;
    let page = CellBroadcastPage::decode(&octets)?;
    let mut shown = Fields::new();
    shown.put("direction", "cbs");
    shown.put("gs", SCOPES.name(page.scope));
    shown.put("message_code", page.message_code);
    shown.put("update_number", page.update_number);
    shown.put("message_identifier", page.message_identifier);
    shown.put("dcs", page.dcs.0);
    shown.put("page", page.page);
    shown.put("max_pages", page.pages);
    shown.put("lang", page.language());
    match page.text() {
        Ok(text) => {
            let language = page.language().unwrap_or_default();
            let again = CellBroadcastPage::content_of(&text, page.dcs, &language);
            if again.is_ok_and(|again| again != page.content) {
                shown.put_hex("data_hex", &page.content);
            }
            shown.put("text", text);
        }
        Err(error) if page.dcs.is_compressed() => {
            shown.put_hex("data_hex", &page.content);
            shown.put("error", Problem::from(error).json());
        }
        Err(_) => shown.put_hex("data_hex", &page.content),
    }
    shown.put("encoding", ALPHABETS.name(page.dcs.alphabet()));
    Ok(shown)
}

/// Makes a page.
pub(crate) fn encode(input: Input<'_>) -> Result<Vec<u8>, Problem> {
    let scope = input.named(&SCOPES, "gs")?;
    let dcs = CellBroadcastDcs(input.octet("dcs")?.unwrap_or(0x0F));
    let content = if let Some(content) = input.octets("data_hex")? {
        content
    } else {
        let language = input.text("lang")?.unwrap_or("");
        CellBroadcastPage::content_of(input.text("text")?.unwrap_or(""), dcs, language)?
    };
    let page = CellBroadcastPage {
        scope: scope.unwrap_or(GeographicalScope::CellImmediate),
        message_code: input.word("message_code")?,
        update_number: input.octet("update_number")?.unwrap_or(0),
        message_identifier: input.word("message_identifier")?,
        dcs,
        page: input.octet("page")?.unwrap_or(1),
        pages: input.octet("max_pages")?.unwrap_or(1),
        content,
    };
    Ok(page.encode()?)
}
