//! The bodies that an SMSC sends, read by ourselves and leniently: refused is only what has no
//! source or no content that can be read.

use super::fields::{Fields, Parameter, is_whole, latin1, parameters, split_stray};
use super::pdu::DeliverSm;
use model::smsc_id::can_be_id;

/// UCS-2 (SMPP 3.4 §5.2.19).
const UCS2: u8 = 8;

/// Reads the body of a `deliver_sm` (SMPP 3.4 §4.6.1); `None` where it ends before its message.
///
/// Fields may be longer than the standard's, strings are Latin-1 where they are no ASCII, a parameter
/// that does not fit is left out, and what stands between the message and its parameters too.
pub fn deliver_sm(body: &[u8]) -> Option<DeliverSm> {
    let mut fields = Fields::new(body);
    fields.string()?;
    let (source, destination) = (fields.address()?, fields.address()?);
    let esm_class = fields.octet()?;
    // protocol_id and priority_flag.
    fields.octets(2);
    let time = fields.string()?;
    // validity_period.
    fields.string()?;
    // registered_delivery and replace_if_present_flag.
    fields.octets(2);
    let data_coding = fields.octet()?;
    // sm_default_msg_id.
    fields.octet()?;
    let length = fields.octet()?;
    let mut short_message = fields.octets(length.into()).to_vec();
    let (stray, tail) = split_stray(fields.rest());
    short_message.extend(last_octet(stray, &short_message, data_coding));
    let mut deliver = DeliverSm {
        source,
        destination,
        esm_class,
        time,
        data_coding,
        short_message,
        ..DeliverSm::default()
    };
    deliver.take(tail);
    Some(deliver)
}

/// Reads the body of a `data_sm` (§4.7.1) as a `deliver_sm` without a short message.
pub(super) fn data_sm(body: &[u8]) -> Option<DeliverSm> {
    let mut fields = Fields::new(body);
    fields.string()?;
    let (source, destination) = (fields.address()?, fields.address()?);
    let esm_class = fields.octet()?;
    // registered_delivery.
    fields.octet()?;
    let mut deliver = DeliverSm {
        source,
        destination,
        esm_class,
        data_coding: fields.octet()?,
        ..DeliverSm::default()
    };
    let (_, tail) = split_stray(fields.rest());
    deliver.take(tail);
    Some(deliver)
}

/// The `message_id` in the body of a `submit_sm_resp` (§4.4.2); empty where there is none, or what
/// no id can be. With or without its NUL, and whatever is behind that: no character of an id is a
/// control character, and the tag of a parameter begins with one as a rule.
pub(super) fn message_id(body: &[u8]) -> String {
    let end = body.iter().position(|octet| *octet < b' ');
    let (id, behind) = body.split_at(end.unwrap_or(body.len()));
    // A line's end in place of the NUL, or padding, is no part of it.
    let ends = matches!(behind.trim_ascii_start(), [] | [0, ..]) || is_whole(behind);
    let id = latin1(id);
    if ends && can_be_id(&id) {
        id
    } else {
        String::new()
    }
}

/// The message's last octet, where `sm_length` is one short.
fn last_octet(stray: &[u8], message: &[u8], data_coding: u8) -> Option<u8> {
    let [octet] = stray else { return None };
    let halved = data_coding == UCS2 && !message.len().is_multiple_of(2);
    let is_text = data_coding != UCS2 && !message.is_empty() && *octet >= b' ';
    (halved || is_text).then_some(*octet)
}

impl DeliverSm {
    /// Takes the parameters that it has a use for.
    fn take(&mut self, tail: &[u8]) {
        let (mut reference, mut total, mut segment) = (None, None, None);
        for parameter in parameters(tail) {
            match parameter.tag {
                0x0204 => self.user_message_reference = parameter.number(),
                0x020A => self.source_port = parameter.number(),
                0x020B => self.destination_port = parameter.number(),
                0x020C => reference = parameter.number(),
                0x020E => total = parameter.number(),
                0x020F => segment = parameter.number(),
                0x001E => self.receipted_message_id = parameter.string(),
                // Cut, it is still the best that there is.
                0x0424 => self.message_payload = Some(parameter.value.to_vec()),
                0x0423 => self.network_error_code = network_error_code(&parameter),
                0x0427 => self.message_state = parameter.number(),
                _ => {}
            }
        }
        let sar = reference.zip(total).zip(segment);
        self.sar = sar.map(|((reference, total), segment)| (reference, total, segment));
    }
}

fn network_error_code(parameter: &Parameter<'_>) -> Option<[u8; 3]> {
    parameter.value.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusmpp::encode::Encode as _;
    use rusmpp::pdus;
    use rusmpp::tlvs::MessageDeliveryRequestTlvValue as Raw;
    use rusmpp::types::{COctetString, OctetString};
    use rusmpp::values::{EsmClass, MessageState};

    use super::*;

    proptest! {
        /// rusmpp writes them.
        #[test]
        fn what_follows_the_standard_is_read_as_it_is(
            source in "[ -~]{0,20}",
            to in "[0-9]{0,20}",
            esm_class: u8,
            data_coding: u8,
            text in proptest::collection::vec(any::<u8>(), 0..=255),
            id in "[!-~]{1,64}",
            reference: u16,
        ) {
            let string = |text: &str| COctetString::from_string(text.to_owned()).unwrap();
            let mut pdu = pdus::DeliverSm::builder()
                .source_addr(string(&source))
                .destination_addr(string(&to))
                .esm_class(EsmClass::from(esm_class))
                .data_coding(data_coding.into())
                .short_message(OctetString::from_vec(text.clone()).unwrap())
                .build();
            let id_string = COctetString::from_string(id.clone()).unwrap();
            pdu.set_tlvs(vec![
                Raw::ReceiptedMessageId(id_string),
                Raw::MessageState(MessageState::Delivered),
                Raw::SourcePort(reference),
            ]);
            let mut body = vec![0; 1024];
            let length = pdu.encode(&mut body);
            let deliver = deliver_sm(&body[..length]).unwrap();
            prop_assert_eq!(deliver.source.addr, source);
            prop_assert_eq!(deliver.destination.addr, to);
            prop_assert_eq!((deliver.esm_class, deliver.data_coding), (esm_class, data_coding));
            prop_assert_eq!(deliver.short_message, text);
            prop_assert_eq!(deliver.receipted_message_id, Some(id));
            prop_assert_eq!((deliver.message_state, deliver.source_port), (Some(2), Some(reference)));
        }

        #[test]
        fn any_octets_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = (deliver_sm(&body), data_sm(&body));
            prop_assert!(message_id(&body).chars().count() <= body.len());
        }
    }
}
