//! Parts of one message, handed over together.

use serde_json::Value;
use tpdu::{Address, Concat, MoTpdu, MtTpdu};

use crate::Fields;
use crate::direction::Direction;
use crate::problem::Problem;
use crate::read::{Tpdu, read_tpdu};
use crate::shown::Shown as _;

/// A part: whose it is, its place, its text.
struct Part {
    party: Address,
    place: Concat,
    text: String,
}

/// Joins the texts of the parts by their places; a part may be missing or come twice.
pub(crate) fn decode(
    pdus: &[Value],
    direction: Direction,
    has_smsc: bool,
) -> Result<Fields, Problem> {
    let mut parts = pdus
        .iter()
        .map(|pdu| part(pdu, direction, has_smsc))
        .collect::<Result<Vec<_>, _>>()?;
    let strangers = parts.windows(2).any(|pair| {
        let [a, b] = pair else { return false };
        a.party != b.party
            || a.place.reference != b.place.reference
            || a.place.total != b.place.total
    });
    if strangers {
        return Err(Problem::new("pdus", "a part is of another message"));
    }
    parts.sort_by_key(|part| part.place.seq);
    parts.dedup_by_key(|part| part.place.seq);
    let Some(first) = parts.first() else {
        return Err(Problem::new("pdus", "no parts"));
    };
    let complete = parts.len() == usize::from(first.place.total);
    let text: String = parts.iter().map(|part| part.text.as_str()).collect();
    let mut shown = Fields::new();
    shown.put("address", first.party.to_string());
    shown.put("complete", complete);
    shown.put("joined_text", text);
    Ok(shown)
}

fn part(pdu: &Value, direction: Direction, has_smsc: bool) -> Result<Part, Problem> {
    let digits = pdu
        .as_str()
        .ok_or_else(|| Problem::new("pdus", "strings expected"))?;
    let octets = tpdu::codec::octets_from_hex(digits)?;
    let start = if has_smsc {
        Address::decode_smsc(&octets)?.1
    } else {
        0
    };
    let (party, ud, dcs) = match read_tpdu(&octets[start..], direction)? {
        Tpdu::Mt(MtTpdu::Deliver(deliver)) => (deliver.oa, deliver.ud, deliver.dcs),
        Tpdu::Mo(MoTpdu::Submit(submit)) => (submit.da, submit.ud, submit.dcs),
        _ => return Err(Problem::new("pdus", "a message expected, not a report")),
    };
    let place = ud
        .concat()
        .ok_or_else(|| Problem::new("pdus", "a PDU is no part of a longer message"))?;
    Ok(Part {
        party,
        place,
        text: ud.text(dcs)?,
    })
}
