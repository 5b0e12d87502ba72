//! Any octets as a `deliver_sm`'s body or its message, and any text as `submit_sm`s: no panic, and
//! what is sent reads back the same. The first octet says how the rest is taken.

use model::smsc_id::{id_forms, same_id};
use smpp::{
    Body, Concat, Incoming, Long, Style, TextCoding, Wanted, classify, deliver_sm, mo, pieces,
    receipt,
};

/// Runs one input.
pub(crate) fn run(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else {
        return;
    };
    let narrow = |bit: u8| {
        if choice & bit == 0 {
            TextCoding::Gsm7
        } else {
            TextCoding::Latin1
        }
    };
    let style = Style {
        default_alphabet: narrow(0x02),
        // GSM 7-bit goes under 0 here, so it is not sent where 0 means Latin-1.
        text: if choice & 0x02 == 0 {
            narrow(0x04)
        } else {
            TextCoding::Latin1
        },
        long: [Long::Udh, Long::Sar, Long::Payload][usize::from(choice >> 3) % 3],
        ..Style::default()
    };
    if choice & 0x61 == 0x60 {
        read_body(rest, &style);
    } else if choice & 0x01 == 0 {
        read_deliver(choice, rest, &style);
    } else {
        send_text(&String::from_utf8_lossy(rest), &style, choice & 0x80 != 0);
    }
}

/// A body as it comes. Nothing is made up: what was read is no more than what was there.
fn read_body(body: &[u8], style: &Style) {
    let Some(deliver) = deliver_sm(body) else {
        return;
    };
    let addresses = [&deliver.source, &deliver.destination];
    let characters = addresses.map(|address| address.addr.chars().count());
    let payload = deliver.message_payload.as_deref();
    let id = deliver.receipted_message_id.as_deref();
    let read = characters.iter().sum::<usize>()
        + deliver.short_message.len()
        + payload.map_or(0, <[u8]>::len)
        + id.map_or(0, |id| id.chars().count());
    assert!(read <= body.len());
    take(
        &Incoming {
            esm_class: deliver.esm_class,
            data_coding: deliver.data_coding,
            short_message: &deliver.short_message,
            message_payload: payload,
            receipted_message_id: id,
            message_state: deliver.message_state,
            network_error_code: deliver.network_error_code,
            sar: deliver.sar.map(|(reference, total, sequence)| Concat {
                reference,
                total,
                sequence,
            }),
            destination_port: deliver.destination_port,
        },
        style,
    );
}

/// `esm_class`, `data_coding`, `message_state` (0xFF for none), the length of
/// `receipted_message_id` (0xFF for none), the id, and the message.
fn read_deliver(choice: u8, octets: &[u8], style: &Style) {
    let [esm_class, data_coding, state, id_length, rest @ ..] = octets else {
        return;
    };
    let has_id = *id_length != 0xFF;
    let id_length = if has_id { usize::from(*id_length) } else { 0 };
    let (id, message) = rest.split_at(id_length.min(rest.len()));
    let id = String::from_utf8_lossy(id);
    let in_payload = choice & 0x80 != 0;
    let incoming = Incoming {
        esm_class: *esm_class,
        data_coding: *data_coding,
        short_message: if in_payload { &[] } else { message },
        message_payload: in_payload.then_some(message),
        receipted_message_id: has_id.then_some(&*id),
        message_state: (*state != 0xFF).then_some(*state),
        network_error_code: message.first_chunk().copied(),
        sar: None,
        destination_port: None,
    };
    take(&incoming, style);
    let _ = classify(u32::from_be_bytes([
        *esm_class,
        *data_coding,
        *state,
        choice,
    ]));
}

fn take(incoming: &Incoming<'_>, style: &Style) {
    if let Some(receipt) = receipt(incoming, style) {
        let _ = (receipt.is_final(), receipt.state.name());
        let forms = id_forms(&receipt.message_id);
        assert!(forms.len() <= 3);
        assert_eq!(
            same_id(&receipt.message_id, &receipt.message_id),
            !forms.is_empty()
        );
        for form in forms {
            assert!(same_id(&form, &receipt.message_id));
        }
    }
    let mo = mo(incoming, style);
    assert!(mo.text.is_some() != mo.data.is_some());
}

fn send_text(text: &str, style: &Style, flash: bool) {
    // These are no text where a part ends or begins with one.
    let text = text.replace(['\0', '\u{FEFF}', '\u{FFFE}'], "");
    let text = text.as_str();
    for wanted in [Wanted::Gsm7, Wanted::Ucs2] {
        let Ok(sent) = pieces(&Body::Text { text, wanted }, style, 0xABCD, flash) else {
            continue;
        };
        let mut joined = String::new();
        for piece in &sent {
            assert!(piece.short_message.len() <= 160);
            let incoming = Incoming {
                esm_class: piece.esm_class,
                data_coding: piece.data_coding,
                short_message: &piece.short_message,
                message_payload: piece.payload.as_deref(),
                sar: piece.sar,
                ..Incoming::default()
            };
            let read = mo(&incoming, style);
            assert_eq!(read.concat.is_some(), sent.len() > 1);
            joined += &read.text.expect("a text was sent");
        }
        assert_eq!(joined, text);
    }
}
