//! Punjabi national language tables (TS 23.038 §6.2.1.2, annex A), identifier 10.

use super::indic::INDIC;
use super::{NONE, Tables};

pub(super) const TABLES: Tables = Tables {
    locking: Some(&LOCKING),
    single_shift: [&INDIC, &SINGLE_SHIFT],
};

#[rustfmt::skip]
const LOCKING: [char; 128] = [
    '\u{0A01}', '\u{0A02}', '\u{0A03}', '\u{0A05}', '\u{0A06}', '\u{0A07}', '\u{0A08}', '\u{0A09}', // 0x00
    '\u{0A0A}', NONE, '\n', NONE, NONE, '\r', NONE, '\u{0A0F}', // 0x08
    '\u{0A10}', NONE, NONE, '\u{0A13}', '\u{0A14}', '\u{0A15}', '\u{0A16}', '\u{0A17}', // 0x10
    '\u{0A18}', '\u{0A19}', '\u{0A1A}', '\u{001B}', '\u{0A1B}', '\u{0A1C}', '\u{0A1D}', '\u{0A1E}', // 0x18
    ' ', '!', '\u{0A1F}', '\u{0A20}', '\u{0A21}', '\u{0A22}', '\u{0A23}', '\u{0A24}', // 0x20
    ')', '(', '\u{0A25}', '\u{0A26}', ',', '\u{0A27}', '.', '\u{0A28}', // 0x28
    '0', '1', '2', '3', '4', '5', '6', '7', // 0x30
    '8', '9', ':', ';', NONE, '\u{0A2A}', '\u{0A2B}', '?', // 0x38
    '\u{0A2C}', '\u{0A2D}', '\u{0A2E}', '\u{0A2F}', '\u{0A30}', NONE, '\u{0A32}', '\u{0A33}', // 0x40
    NONE, '\u{0A35}', '\u{0A36}', NONE, '\u{0A38}', '\u{0A39}', '\u{0A3C}', NONE, // 0x48
    '\u{0A3E}', '\u{0A3F}', '\u{0A40}', '\u{0A41}', '\u{0A42}', NONE, NONE, NONE, // 0x50
    NONE, '\u{0A47}', '\u{0A48}', NONE, NONE, '\u{0A4B}', '\u{0A4C}', '\u{0A4D}', // 0x58
    '\u{0A51}', 'a', 'b', 'c', 'd', 'e', 'f', 'g', // 0x60
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', // 0x68
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', // 0x70
    'x', 'y', 'z', '\u{0A70}', '\u{0A71}', '\u{0A72}', '\u{0A73}', '\u{0A74}', // 0x78
];

#[rustfmt::skip]
const SINGLE_SHIFT: [(u8, char); 18] = [
    (0x19, '\u{0964}'), (0x1A, '\u{0965}'), (0x1C, '\u{0A66}'), (0x1D, '\u{0A67}'), (0x1E, '\u{0A68}'), (0x1F, '\u{0A69}'),
    (0x20, '\u{0A6A}'), (0x21, '\u{0A6B}'), (0x22, '\u{0A6C}'), (0x23, '\u{0A6D}'), (0x24, '\u{0A6E}'), (0x25, '\u{0A6F}'),
    (0x26, '\u{0A59}'), (0x27, '\u{0A5A}'), (0x2A, '\u{0A5B}'), (0x2B, '\u{0A5C}'), (0x2C, '\u{0A5E}'), (0x2D, '\u{0A75}'),
];
