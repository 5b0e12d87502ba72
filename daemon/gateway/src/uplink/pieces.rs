//! A waiting message, as the `submit_sm`s of its parts.

use smpp::{Address, Body, Long, Piece, ReceiptState, Style, SubmitSm, TextCoding, Tlv, Wanted};

use model::{
    self, Coding, Queued, Reason, ReasonCode, Sender, Time, UplinkConfig, UplinkLong,
    UplinkReceipt, UplinkText,
};

/// `registered_delivery`: a receipt for success and failure (SMPP 3.4 §5.2.17).
const RECEIPT: u8 = 1;
/// Type of number (§5.2.5) and numbering plan (§5.2.6).
const INTERNATIONAL: u8 = 1;
const NETWORK_SPECIFIC: u8 = 3;
const ALPHANUMERIC: u8 = 5;
const ISDN: u8 = 1;
/// `priority_flag` of what must not wait (§5.2.14).
const URGENT: u8 = 1;
/// The most seconds that a relative `validity_period` says here: 63 weeks, as TP-VP does.
const LONGEST_VALIDITY: u64 = 63 * 7 * 24 * 3600;

/// Every `submit_sm` of a message, in order, those that are sent already too.
pub(super) fn pieces(
    message: &Queued,
    config: &UplinkConfig,
    now: Time,
) -> Result<Vec<SubmitSm>, Reason> {
    let body = match &message.body {
        model::Body::Text(text) => Body::Text {
            text,
            wanted: match message.coding {
                Coding::Gsm7 => Wanted::Gsm7,
                Coding::Ucs2 | Coding::Octets => Wanted::Ucs2,
            },
        },
        model::Body::Data { octets, port } => Body::Data {
            octets,
            port: *port,
        },
    };
    let [low, high, ..] = message.row.0.to_le_bytes();
    let reference = u16::from_le_bytes([low, high]);
    let pieces = smpp::pieces(&body, &style(config), reference, message.flash)
        .map_err(|error| Reason::new(ReasonCode::Encoding, error.to_string()))?;
    let template = SubmitSm {
        source: source(message, config),
        destination: destination(&message.to),
        priority_flag: match message.lane.priority {
            model::Priority::Otp => URGENT,
            model::Priority::Normal | model::Priority::Bulk => 0,
        },
        validity_period: validity(now.until(message.expires_at).as_secs()),
        registered_delivery: if message.status_report { RECEIPT } else { 0 },
        ..SubmitSm::default()
    };
    let fill = |piece| filled(template.clone(), piece);
    Ok(pieces.into_iter().map(fill).collect())
}

/// How an uplink's SMSC wants its messages.
pub(super) fn style(config: &UplinkConfig) -> Style {
    let text = match config.text {
        UplinkText::Gsm7 => TextCoding::Gsm7,
        UplinkText::Latin1 => TextCoding::Latin1,
    };
    Style {
        default_alphabet: text,
        text,
        ucs2_data_coding: config.ucs2_data_coding,
        long: match config.long {
            UplinkLong::Udh => Long::Udh,
            UplinkLong::Sar => Long::Sar,
            UplinkLong::Payload => Long::Payload,
        },
        receipt_words: config
            .receipt_states
            .iter()
            .map(|(word, state)| (word.clone(), receipt_state(*state)))
            .collect(),
        ..Style::default()
    }
}

fn receipt_state(state: UplinkReceipt) -> ReceiptState {
    match state {
        UplinkReceipt::Enroute => ReceiptState::Enroute,
        UplinkReceipt::Accepted => ReceiptState::Accepted,
        UplinkReceipt::Delivered => ReceiptState::Delivered,
        UplinkReceipt::Undeliverable => ReceiptState::Undeliverable,
        UplinkReceipt::Expired => ReceiptState::Expired,
        UplinkReceipt::Deleted => ReceiptState::Deleted,
        UplinkReceipt::Rejected => ReceiptState::Rejected,
    }
}

fn filled(template: SubmitSm, piece: Piece) -> SubmitSm {
    let mut tlvs = Vec::new();
    if let Some(sar) = piece.sar {
        tlvs.push(Tlv::SarMsgRefNum(sar.reference));
        tlvs.push(Tlv::SarTotalSegments(sar.total));
        tlvs.push(Tlv::SarSegmentSeqnum(sar.sequence));
    }
    if let Some(port) = piece.port {
        tlvs.push(Tlv::SourcePort(port));
        tlvs.push(Tlv::DestinationPort(port));
    }
    tlvs.extend(piece.payload.map(Tlv::MessagePayload));
    SubmitSm {
        esm_class: piece.esm_class,
        data_coding: piece.data_coding,
        short_message: piece.short_message,
        tlvs,
        ..template
    }
}

fn source(message: &Queued, config: &UplinkConfig) -> Address {
    match &message.lane.sender {
        Sender::Name(name) => Address {
            ton: ALPHANUMERIC,
            npi: 0,
            addr: name.clone(),
        },
        _ => Address {
            ton: config.ton,
            npi: config.npi,
            addr: config.source_addr.trim_start_matches('+').to_owned(),
        },
    }
}

/// E.164 goes without its `+`; a short code is the network's own.
fn destination(to: &str) -> Address {
    match to.strip_prefix('+') {
        Some(digits) => Address {
            ton: INTERNATIONAL,
            npi: ISDN,
            addr: digits.to_owned(),
        },
        None => Address {
            ton: NETWORK_SPECIFIC,
            npi: 0,
            addr: to.to_owned(),
        },
    }
}

/// The relative form `YYMMDDhhmmss000R` of §7.1.1, in days at most, so that no SMSC has to know
/// how long a month is.
fn validity(seconds: u64) -> String {
    let seconds = seconds.clamp(60, LONGEST_VALIDITY);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // 99 days are the most that two digits say.
    let (months, days) = (days / 30, days % 30);
    let (years, months) = (months / 12, months % 12);
    let (hours, minutes, seconds) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{years:02}{months:02}{days:02}{hours:02}{minutes:02}{seconds:02}000R")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validity_is_relative_and_has_sixteen_characters() {
        assert_eq!(validity(0), "000000000100000R");
        assert_eq!(validity(86_400), "000001000000000R");
        assert_eq!(validity(3 * 86_400 + 3_661), "000003010101000R");
        assert_eq!(validity(u64::MAX).len(), 16);
    }

    #[test]
    fn a_number_is_international_and_a_short_code_the_networks_own() {
        assert_eq!(destination("+84901234567").addr, "84901234567");
        assert_eq!(destination("+84901234567").ton, INTERNATIONAL);
        assert_eq!(destination("1414").ton, NETWORK_SPECIFIC);
    }
}
