//! Between our PDUs and rusmpp's.

use std::str::FromStr;

use rusmpp::pdus;
use rusmpp::tlvs::{MessageSubmissionRequestTlvValue, Tlv as RawTlv, TlvValue};
use rusmpp::types::{AnyOctetString, COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{EsmClass, MessagePayload, ServiceType};

use super::pdu::{Address, DeliverSm, SubmitSm, Tlv};

/// The most octets of a `message_payload`: what fits the codec's longest PDU with all the
/// other fields at their longest.
const PAYLOAD_MAX: usize = 7900;

/// `Err` names the field that does not fit.
pub(crate) fn submit_sm(submit: SubmitSm) -> Result<pdus::SubmitSm, &'static str> {
    if submit.short_message.len() > 254 {
        return Err("short_message");
    }
    let text = OctetString::from_vec(submit.short_message).map_err(|_| "short_message")?;
    let mut tlvs = Vec::with_capacity(submit.tlvs.len());
    for tlv in submit.tlvs {
        tlvs.push(submit_tlv(tlv)?);
    }
    let service_type =
        COctetString::from_string(submit.service_type).map_err(|_| "service_type")?;
    let validity_period = EmptyOrFullCOctetString::from_string(submit.validity_period)
        .map_err(|_| "validity_period")?;
    let mut pdu = pdus::SubmitSm::builder()
        .service_type(ServiceType::new(service_type))
        .source_addr_ton(submit.source.ton.into())
        .source_addr_npi(submit.source.npi.into())
        .source_addr(COctetString::from_string(submit.source.addr).map_err(|_| "source_addr")?)
        .dest_addr_ton(submit.destination.ton.into())
        .dest_addr_npi(submit.destination.npi.into())
        // Always from the octet: EsmClass::default() is 0x08 on the wire.
        .esm_class(EsmClass::from(submit.esm_class))
        .protocol_id(submit.protocol_id)
        .priority_flag(submit.priority_flag.into())
        .validity_period(validity_period)
        .registered_delivery(submit.registered_delivery.into())
        .data_coding(submit.data_coding.into())
        .short_message(text)
        .build();
    pdu.destination_addr =
        COctetString::from_string(submit.destination.addr).map_err(|_| "destination_addr")?;
    pdu.set_tlvs(tlvs);
    Ok(pdu)
}

fn submit_tlv(tlv: Tlv) -> Result<MessageSubmissionRequestTlvValue, &'static str> {
    use MessageSubmissionRequestTlvValue as Raw;
    Ok(match tlv {
        Tlv::SarMsgRefNum(n) => Raw::SarMsgRefNum(n),
        Tlv::SarTotalSegments(n) => Raw::SarTotalSegments(n),
        Tlv::SarSegmentSeqnum(n) => Raw::SarSegmentSeqnum(n),
        Tlv::SourcePort(n) => Raw::SourcePort(n),
        Tlv::DestinationPort(n) => Raw::DestPort(n),
        Tlv::MessagePayload(octets) if octets.len() > PAYLOAD_MAX => {
            return Err("message_payload");
        }
        Tlv::MessagePayload(octets) => {
            Raw::MessagePayload(MessagePayload::new(AnyOctetString::from_vec(octets)))
        }
    })
}

pub(crate) fn deliver_sm(pdu: &pdus::DeliverSm) -> DeliverSm {
    let mut deliver = DeliverSm {
        source: address(
            pdu.source_addr_ton.into(),
            pdu.source_addr_npi.into(),
            &pdu.source_addr,
        ),
        destination: address(
            pdu.dest_addr_ton.into(),
            pdu.dest_addr_npi.into(),
            &pdu.destination_addr,
        ),
        esm_class: pdu.esm_class.into(),
        data_coding: pdu.data_coding.into(),
        short_message: pdu.short_message().to_vec(),
        ..DeliverSm::default()
    };
    take_tlvs(&mut deliver, pdu.tlvs());
    deliver
}

pub(crate) fn data_sm(pdu: &pdus::DataSm) -> DeliverSm {
    let mut deliver = DeliverSm {
        source: address(
            pdu.source_addr_ton.into(),
            pdu.source_addr_npi.into(),
            &pdu.source_addr,
        ),
        destination: address(
            pdu.dest_addr_ton.into(),
            pdu.dest_addr_npi.into(),
            &pdu.destination_addr,
        ),
        esm_class: pdu.esm_class.into(),
        data_coding: pdu.data_coding.into(),
        ..DeliverSm::default()
    };
    take_tlvs(&mut deliver, pdu.tlvs());
    deliver
}

fn address<const MAX: usize>(ton: u8, npi: u8, addr: &COctetString<1, MAX>) -> Address {
    Address {
        ton,
        npi,
        addr: addr.as_str().to_owned(),
    }
}

fn take_tlvs(deliver: &mut DeliverSm, tlvs: &[RawTlv]) {
    let (mut reference, mut total, mut segment) = (None, None, None);
    for value in tlvs.iter().filter_map(RawTlv::value) {
        match value {
            TlvValue::MessagePayload(payload) => {
                deliver.message_payload = Some(payload.value.to_vec());
            }
            TlvValue::ReceiptedMessageId(id) => {
                deliver.receipted_message_id = Some(id.as_str().to_owned());
            }
            TlvValue::MessageState(state) => deliver.message_state = Some((*state).into()),
            TlvValue::NetworkErrorCode(code) => {
                let [high, low] = code.error_code.to_be_bytes();
                deliver.network_error_code = Some([code.network_type.into(), high, low]);
            }
            TlvValue::SarMsgRefNum(n) => reference = Some(*n),
            TlvValue::SarTotalSegments(n) => total = Some(*n),
            TlvValue::SarSegmentSeqnum(n) => segment = Some(*n),
            TlvValue::DestPort(n) => deliver.destination_port = Some(*n),
            TlvValue::SourcePort(n) => deliver.source_port = Some(*n),
            TlvValue::UserMessageReference(n) => deliver.user_message_reference = Some(n.value),
            _ => {}
        }
    }
    deliver.sar = reference
        .zip(total)
        .zip(segment)
        .map(|((reference, total), segment)| (reference, total, segment));
}

/// A field of the bind PDUs.
pub(crate) fn field<const MAX: usize>(value: &str) -> Option<COctetString<1, MAX>> {
    COctetString::from_str(value).ok()
}
