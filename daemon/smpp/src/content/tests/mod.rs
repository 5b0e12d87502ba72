//! Own vectors, made from the standard, and properties.

mod mo;
mod receipt;
mod status;
mod text;

use super::{Body, Incoming, Long, Mo, Piece, Style, TextCoding, Wanted, mo as read_mo, pieces};

/// A style for each way to write a text that needs no UCS-2, and each way to send a long one.
fn styles() -> Vec<Style> {
    let mut styles = Vec::new();
    for long in [Long::Udh, Long::Sar, Long::Payload] {
        for (default_alphabet, text) in [
            (TextCoding::Gsm7, TextCoding::Gsm7),
            (TextCoding::Gsm7, TextCoding::Latin1),
            (TextCoding::Latin1, TextCoding::Latin1),
        ] {
            styles.push(Style {
                default_alphabet,
                text,
                long,
                ..Style::default()
            });
        }
    }
    styles
}

/// A piece as if it came back to us.
fn returned(piece: &Piece) -> Incoming<'_> {
    Incoming {
        esm_class: piece.esm_class,
        data_coding: piece.data_coding,
        short_message: &piece.short_message,
        message_payload: piece.payload.as_deref(),
        sar: piece.sar,
        destination_port: piece.port,
        ..Incoming::default()
    }
}

fn read_back(pieces: &[Piece], style: &Style) -> Vec<Mo> {
    pieces
        .iter()
        .map(|piece| read_mo(&returned(piece), style))
        .collect()
}
