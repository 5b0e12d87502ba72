//! Our `submit_sm` as rusmpp's.

use rusmpp::pdus;
use rusmpp::tlvs::MessageSubmissionRequestTlvValue;
use rusmpp::types::{AnyOctetString, COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{EsmClass, MessagePayload, ServiceType};

use super::pdu::{SubmitSm, Tlv};

/// The most octets of a `message_payload`: what the length of a parameter can say.
const PAYLOAD_MAX: usize = 0xFFFF;

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
