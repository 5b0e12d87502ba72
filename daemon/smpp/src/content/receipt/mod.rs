//! Receipts: what became of a message we submitted (SMPP 3.4 §2.11, §4.6.1, Appendix B).

mod date;
mod text;

pub use date::DateFields;

use super::incoming::Incoming;
use super::receipt_state::ReceiptState;
use super::style::Style;
use model::smsc_id::{bare, can_be_id, long_form};
use text::Fields;

/// Kinds of message in `esm_class`, bits 5 to 2 (§5.2.12).
const KIND: u8 = 0x3C;
const SMSC_RECEIPT: u8 = 0x04;
const INTERMEDIATE: u8 = 0x20;

/// What became of a message, or of one of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The message's id as the SMSC wrote it; see [`model::smsc_id::id_forms`]. Empty when the SMSC named
    /// none: it is still a receipt and no message for people, but nobody's.
    pub message_id: String,
    /// What it gives as an id and is too long for one, in lower case without leading zeros. No message
    /// gets such an id, but some of long ago have one.
    pub long_id: Option<String>,
    /// What became of it.
    pub state: ReceiptState,
    /// What the SMSC says of the state, where that is nothing known here.
    pub unknown: Option<String>,
    /// Why, in the words of the SMSC; `None` when it says "no error" or nothing.
    pub error: Option<String>,
    /// When the SMSC took the message.
    pub submit_date: Option<DateFields>,
    /// When the message reached its state.
    pub done_date: Option<DateFields>,
    /// An intermediate notification: one attempt failed, more follow.
    pub intermediate: bool,
}

impl Receipt {
    /// Whether no other receipt is to be waited for.
    ///
    /// An intermediate notification ends nothing, unless it says delivered.
    pub fn is_final(&self) -> bool {
        self.state == ReceiptState::Delivered || (!self.intermediate && self.state.is_final())
    }
}

/// Reads a `deliver_sm` as a receipt; `None` when it is a message from a mobile (MO), which an
/// acknowledgement by the recipient's equipment or hand (kinds 0x08 and 0x10) is too.
///
/// It is a receipt when `esm_class` says so. When it does not, it must name our message in
/// `receipted_message_id` and say its state in `message_state` or in a text of the form of
/// Appendix B. The text alone is not enough: anybody can send us one.
///
/// Where parameters and text disagree, the parameters count: the text has no binding form.
pub fn receipt(incoming: &Incoming<'_>, style: &Style) -> Option<Receipt> {
    let kind = incoming.esm_class & KIND;
    let marked = kind & !(SMSC_RECEIPT | INTERMEDIATE) == 0 && kind != 0;
    let tlv_id = incoming.receipted_message_id.map(bare);
    let tlv_id = tlv_id.filter(|id| !id.is_empty());
    // Nearly every message ends here, before its text is looked at.
    if !marked && tlv_id.is_none() {
        return None;
    }
    let fields = Fields::parse(incoming.body(), &style.receipt_words);
    let by_tlvs = incoming.message_state.is_some() && incoming.body().is_empty();
    if !marked && !by_tlvs && !fields.is_receipt() {
        return None;
    }
    let tlv_state = incoming.message_state.and_then(ReceiptState::from_octet);
    let state = tlv_state.or(fields.state);
    let unknown = || {
        let octet = incoming
            .message_state
            .map(|octet| format!("message_state {octet}"));
        fields.word.or(octet)
    };
    let tlv_error = incoming.network_error_code.and_then(network_error);
    let given = [tlv_id, fields.id.as_deref()];
    let long_id = given.into_iter().flatten().find_map(long_form);
    let tlv_id = tlv_id.filter(|id| can_be_id(id)).map(str::to_owned);
    Some(Receipt {
        long_id,
        message_id: tlv_id.or(fields.id).unwrap_or_default(),
        state: state.unwrap_or(ReceiptState::Unknown),
        unknown: if state.is_none() { unknown() } else { None },
        error: tlv_error.or(fields.error),
        submit_date: fields.submit_date,
        done_date: fields.done_date,
        intermediate: kind & INTERMEDIATE != 0,
    })
}

/// `network_error_code` (§5.3.2.31) for people; 0 is no error.
fn network_error([network, high, low]: [u8; 3]) -> Option<String> {
    let code = u16::from_be_bytes([high, low]);
    let network = match network {
        1 => "ANSI-136".to_owned(),
        2 => "IS-95".to_owned(),
        3 => "GSM".to_owned(),
        other => format!("network type {other}"),
    };
    (code != 0).then(|| format!("{network} error {code}"))
}
