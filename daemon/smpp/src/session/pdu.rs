//! The PDUs the owner of a session sees, with plain fields.

use std::fmt;

/// An address with its type of number and numbering plan.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// Type of number (SMPP 3.4 §5.2.5).
    pub ton: u8,
    /// Numbering plan indicator (§5.2.6).
    pub npi: u8,
    /// Sent, at most 20 ASCII characters; received, whatever came, as Latin-1.
    pub addr: String,
}

impl fmt::Debug for Address {
    // By hand: whole numbers stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skip = self.addr.chars().count().saturating_sub(3);
        let tail: String = self.addr.chars().skip(skip).collect();
        write!(f, "…{tail} ({}/{})", self.ton, self.npi)
    }
}

/// `submit_sm`, SMPP 3.4 §4.4.1. Sent at once, never scheduled, never replacing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SubmitSm {
    /// `service_type`, at most 5 ASCII characters.
    pub service_type: String,
    /// `source_addr` with its TON and NPI.
    pub source: Address,
    /// `destination_addr` with its TON and NPI.
    pub destination: Address,
    /// `esm_class`.
    pub esm_class: u8,
    /// `protocol_id`.
    pub protocol_id: u8,
    /// `priority_flag`.
    pub priority_flag: u8,
    /// `validity_period`: empty, or 16 characters.
    pub validity_period: String,
    /// `registered_delivery`.
    pub registered_delivery: u8,
    /// `data_coding`.
    pub data_coding: u8,
    /// `short_message`, at most 254 octets.
    pub short_message: Vec<u8>,
    /// Optional parameters.
    pub tlvs: Vec<Tlv>,
}

/// Optional parameters of `submit_sm`.
#[derive(Clone, PartialEq, Eq)]
pub enum Tlv {
    /// `sar_msg_ref_num`.
    SarMsgRefNum(u16),
    /// `sar_total_segments`.
    SarTotalSegments(u8),
    /// `sar_segment_seqnum`.
    SarSegmentSeqnum(u8),
    /// `message_payload`.
    MessagePayload(Vec<u8>),
    /// `source_port`.
    SourcePort(u16),
    /// `destination_port`.
    DestinationPort(u16),
}

impl fmt::Debug for SubmitSm {
    // By hand: no text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitSm")
            .field("destination", &self.destination)
            .field("esm_class", &self.esm_class)
            .field("data_coding", &self.data_coding)
            .field("octets", &self.short_message.len())
            .field("tlvs", &self.tlvs.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Tlv {
    // By hand: no text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SarMsgRefNum(n) => write!(f, "sar_msg_ref_num {n}"),
            Self::SarTotalSegments(n) => write!(f, "sar_total_segments {n}"),
            Self::SarSegmentSeqnum(n) => write!(f, "sar_segment_seqnum {n}"),
            Self::MessagePayload(octets) => write!(f, "message_payload, {} octets", octets.len()),
            Self::SourcePort(n) => write!(f, "source_port {n}"),
            Self::DestinationPort(n) => write!(f, "destination_port {n}"),
        }
    }
}

/// `deliver_sm`, SMPP 3.4 §4.6.1; also a `data_sm`, which has no `short_message`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DeliverSm {
    /// `source_addr` with its TON and NPI.
    pub source: Address,
    /// `destination_addr` with its TON and NPI.
    pub destination: Address,
    /// `esm_class`.
    pub esm_class: u8,
    /// `schedule_delivery_time`, which SMSCs that fill it in give their own time in.
    pub time: String,
    /// `data_coding`.
    pub data_coding: u8,
    /// `short_message`.
    pub short_message: Vec<u8>,
    /// `message_payload`.
    pub message_payload: Option<Vec<u8>>,
    /// `receipted_message_id`.
    pub receipted_message_id: Option<String>,
    /// `message_state`.
    pub message_state: Option<u8>,
    /// `network_error_code`: network type and a code of two octets.
    pub network_error_code: Option<[u8; 3]>,
    /// `sar_msg_ref_num`, `sar_total_segments`, `sar_segment_seqnum`, when all three came.
    pub sar: Option<(u16, u8, u8)>,
    /// `destination_port`.
    pub destination_port: Option<u16>,
    /// `source_port`.
    pub source_port: Option<u16>,
    /// `user_message_reference`.
    pub user_message_reference: Option<u16>,
}

impl fmt::Debug for DeliverSm {
    // By hand: no text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliverSm")
            .field("source", &self.source)
            .field("esm_class", &self.esm_class)
            .field("data_coding", &self.data_coding)
            .field("octets", &self.short_message.len())
            .field("receipted_message_id", &self.receipted_message_id)
            .field("message_state", &self.message_state)
            .finish_non_exhaustive()
    }
}
