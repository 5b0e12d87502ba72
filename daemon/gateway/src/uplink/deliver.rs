//! What an SMSC delivers: receipts and messages, on their way into the store. Only what is on disk
//! is acknowledged.

use smpp::{Concat, DeliverSm, Incoming, Mo, Receipt, ReceiptState, Style};
use tpdu::Alphabet;

use super::UplinkLinks;
use crate::carriers::{Arrivals, Match, is_stored};
use crate::messages::number::{self, Country};
use crate::messages::reassemble::UplinkPart;
use model::{Carrier, Coding, ConcatKey, InboundPart, ReasonFamily, Time, Untimed, UplinkName};
use store::{ById, NewReport, ReportClass, ReportKey, StoreError};

/// Of a state that is not known, so many characters are shown.
const LONGEST_WORD: usize = 32;

/// How something came.
pub(super) struct Came {
    pub(super) uplink: UplinkName,
    pub(super) at: Time,
    /// Since when the bind was up that brought it.
    pub(super) bound_since: Time,
    /// It came before and had no answer, so that it was to come again.
    pub(super) owed: bool,
    pub(super) sequence: u32,
    pub(super) counts_on: bool,
}

/// Stores it; true = it is durable.
pub(super) async fn commit(
    links: UplinkLinks,
    came: Came,
    style: Style,
    deliver: DeliverSm,
) -> bool {
    let links = &links;
    let name = &came.uplink;
    let carrier = Carrier::Uplink(name.clone());
    let stored = if let Some(receipt) = smpp::receipt(&incoming(&deliver), &style) {
        receipted(links, (&carrier, came.at), &deliver, &receipt).await
    } else {
        let mo = smpp::mo(&incoming(&deliver), &style);
        received(links, &came, &deliver, mo).await
    };
    is_stored(&carrier, &stored)
}

fn incoming(deliver: &DeliverSm) -> Incoming<'_> {
    Incoming {
        esm_class: deliver.esm_class,
        data_coding: deliver.data_coding,
        short_message: &deliver.short_message,
        message_payload: deliver.message_payload.as_deref(),
        receipted_message_id: deliver.receipted_message_id.as_deref(),
        message_state: deliver.message_state,
        network_error_code: deliver.network_error_code,
        sar: deliver.sar.map(|(reference, total, sequence)| Concat {
            reference,
            total,
            sequence,
        }),
        destination_port: deliver.destination_port,
    }
}

async fn receipted(
    links: &UplinkLinks,
    (carrier, at): (&Carrier, Time),
    deliver: &DeliverSm,
    receipt: &Receipt,
) -> Result<(), StoreError> {
    let class = match receipt.state {
        ReceiptState::Delivered => ReportClass::Delivered,
        _ if receipt.is_final() => ReportClass::Permanent,
        _ => ReportClass::StillTrying,
    };
    let state = receipt.state.name();
    let word = receipt.unknown.as_deref().map(shown);
    if let Some(word) = &word {
        tracing::info!(%carrier, word, "a receipt of a state that is not known; receipt_states of the uplink can say what it means");
    }
    let word = word.map(|word| format!(" ({word})")).unwrap_or_default();
    let error = receipt.error.as_ref();
    let error = error.map(|error| format!(", error {error}"));
    let error = error.unwrap_or_default();
    let text = format!("the SMSC reports: {state}{word}{error}");
    let recipient = written(&deliver.source);
    let key = ById {
        carrier: carrier.clone(),
        ids: model::smsc_id::id_forms(&receipt.message_id),
        long_id: receipt.long_id.clone(),
        code: ReasonFamily::Receipt.code(state),
    };
    let new = NewReport {
        key: ReportKey::Id(key),
        recipient: recipient.clone(),
        class,
        text,
        discharged_at: None,
        received_at: at,
    };
    match links.arrivals().report(new).await? {
        Match::Found => {}
        // As like as not its submit_sm_resp is on its way.
        Match::None => tracing::debug!(%carrier, "a receipt matches no message yet"),
        Match::Again => tracing::debug!(%carrier, "a receipt came again"),
    }
    Ok(())
}

impl UplinkLinks {
    fn arrivals(&self) -> Arrivals<'_> {
        Arrivals {
            store: &self.store,
            bus: &self.bus,
            scheduler: &self.scheduler,
        }
    }
}

/// A word of the SMSC's own, as far as it can be shown.
fn shown(word: &str) -> String {
    let plain = word.chars().filter(|c| !c.is_control());
    plain.take(LONGEST_WORD).collect()
}

async fn received(
    links: &UplinkLinks,
    came: &Came,
    deliver: &DeliverSm,
    mo: Mo,
) -> Result<(), StoreError> {
    let carrier = Carrier::Uplink(came.uplink.clone());
    let concat = mo.concat.filter(|concat| concat.total > 1);
    let part = InboundPart {
        carrier: carrier.clone(),
        own: Some(kept(&deliver.destination, links.country.get())).filter(|own| !own.is_empty()),
        modem: None,
        originator: kept(&deliver.source, links.country.get()),
        smsc_time: None,
        concat: concat.map(|concat| ConcatKey {
            reference: concat.reference,
            wide: true,
            total: concat.total,
            seq: concat.sequence,
        }),
        tpdu: uplink_part(deliver, mo).encode(),
        untimed: Some(Untimed {
            bound_since: came.bound_since,
            owed: came.owed,
            marks: marks(deliver, concat),
            sequence: came.sequence,
            counts_on: came.counts_on,
            esm_class: deliver.esm_class,
        }),
        received_at: came.at,
    };
    links.arrivals().message(part).await
}

/// What only the same message has again.
fn marks(deliver: &DeliverSm, concat: Option<Concat>) -> Vec<u8> {
    let mut marks = Vec::new();
    if let Some(concat) = concat {
        marks.extend(concat.reference.to_be_bytes());
        marks.extend([concat.total, concat.sequence]);
    }
    // Some SMSCs send a 0 with every message.
    let reference = deliver.user_message_reference.filter(|number| *number != 0);
    marks.extend(reference.map(u16::to_be_bytes).into_iter().flatten());
    marks.extend(deliver.time.bytes());
    marks
}

fn uplink_part(deliver: &DeliverSm, mo: Mo) -> UplinkPart {
    // The group with a class, and class 0 (TS 23.038 §4).
    let class = deliver.data_coding & 0x10 != 0 && deliver.data_coding & 0xC0 != 0xC0
        || deliver.data_coding & 0xF0 == 0xF0;
    let flash = class && deliver.data_coding.trailing_zeros() >= 2;
    let (coding, octets) = match (mo.coding, mo.text) {
        (Alphabet::Ucs2, _) => (Coding::Ucs2, mo.octets),
        (_, Some(text)) => (Coding::Gsm7, text.into_bytes()),
        (_, None) => (Coding::Octets, mo.data.unwrap_or(mo.octets)),
    };
    UplinkPart {
        coding,
        flash,
        port: mo.port,
        octets,
    }
}

/// An address in the form in which numbers are kept.
fn kept(address: &smpp::Address, country: Option<Country>) -> String {
    let written = written(address);
    // Type of number 5 is a name.
    if address.ton == 5 {
        return written;
    }
    number::received(&written, country)
}

/// An address as numbers are written here: E.164 with `+`, or as it is.
fn written(address: &smpp::Address) -> String {
    let addr = address.addr.trim();
    let digits = !addr.is_empty() && addr.bytes().all(|byte| byte.is_ascii_digit());
    // Type of number 1 is international (SMPP 3.4 §5.2.5). Many SMSCs leave it 0 all the same;
    // only what is as long as an E.164 number with its country code is taken for one.
    let international = address.ton == 1 || address.ton == 0 && addr.len() >= 10;
    if digits && international && !addr.starts_with('0') {
        format!("+{addr}")
    } else {
        addr.to_owned()
    }
}
