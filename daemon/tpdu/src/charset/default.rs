//! The GSM 7-bit default alphabet and its extension table (TS 23.038 §6.2.1).

use super::Tables;

pub(super) const TABLES: Tables = Tables {
    locking: Some(&LOCKING),
    single_shift: [&EXTENSION, &[]],
};

#[rustfmt::skip]
pub(super) const LOCKING: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', // 0x00
    'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', // 0x08
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', // 0x10
    'Σ', 'Θ', 'Ξ', '\u{001B}', 'Æ', 'æ', 'ß', 'É', // 0x18
    ' ', '!', '"', '#', '¤', '%', '&', '\'', // 0x20
    '(', ')', '*', '+', ',', '-', '.', '/', // 0x28
    '0', '1', '2', '3', '4', '5', '6', '7', // 0x30
    '8', '9', ':', ';', '<', '=', '>', '?', // 0x38
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', // 0x40
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', // 0x48
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', // 0x50
    'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', // 0x58
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', // 0x60
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', // 0x68
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', // 0x70
    'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à', // 0x78
];

/// The extension table, which other languages add to.
#[rustfmt::skip]
pub(super) const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{000C}'), (0x14, '^'), (0x28, '{'), (0x29, '}'), (0x2F, '\\'), (0x3C, '['),
    (0x3D, '~'), (0x3E, ']'), (0x40, '|'), (0x65, '€'),
];
