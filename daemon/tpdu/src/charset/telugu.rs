//! Telugu national language tables (TS 23.038 §6.2.1.2, annex A), identifier 12.

use super::indic::INDIC;
use super::{NONE, Tables};

pub(super) const TABLES: Tables = Tables {
    locking: Some(&LOCKING),
    single_shift: [&INDIC, &SINGLE_SHIFT],
};

#[rustfmt::skip]
const LOCKING: [char; 128] = [
    '\u{0C01}', '\u{0C02}', '\u{0C03}', '\u{0C05}', '\u{0C06}', '\u{0C07}', '\u{0C08}', '\u{0C09}', // 0x00
    '\u{0C0A}', '\u{0C0B}', '\n', '\u{0C0C}', NONE, '\r', '\u{0C0E}', '\u{0C0F}', // 0x08
    '\u{0C10}', NONE, '\u{0C12}', '\u{0C13}', '\u{0C14}', '\u{0C15}', '\u{0C16}', '\u{0C17}', // 0x10
    '\u{0C18}', '\u{0C19}', '\u{0C1A}', '\u{001B}', '\u{0C1B}', '\u{0C1C}', '\u{0C1D}', '\u{0C1E}', // 0x18
    ' ', '!', '\u{0C1F}', '\u{0C20}', '\u{0C21}', '\u{0C22}', '\u{0C23}', '\u{0C24}', // 0x20
    ')', '(', '\u{0C25}', '\u{0C26}', ',', '\u{0C27}', '.', '\u{0C28}', // 0x28
    '0', '1', '2', '3', '4', '5', '6', '7', // 0x30
    '8', '9', ':', ';', NONE, '\u{0C2A}', '\u{0C2B}', '?', // 0x38
    '\u{0C2C}', '\u{0C2D}', '\u{0C2E}', '\u{0C2F}', '\u{0C30}', '\u{0C31}', '\u{0C32}', '\u{0C33}', // 0x40
    NONE, '\u{0C35}', '\u{0C36}', '\u{0C37}', '\u{0C38}', '\u{0C39}', NONE, '\u{0C3D}', // 0x48
    '\u{0C3E}', '\u{0C3F}', '\u{0C40}', '\u{0C41}', '\u{0C42}', '\u{0C43}', '\u{0C44}', NONE, // 0x50
    '\u{0C46}', '\u{0C47}', '\u{0C48}', NONE, '\u{0C4A}', '\u{0C4B}', '\u{0C4C}', '\u{0C4D}', // 0x58
    '\u{0C55}', 'a', 'b', 'c', 'd', 'e', 'f', 'g', // 0x60
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', // 0x68
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', // 0x70
    'x', 'y', 'z', '\u{0C56}', '\u{0C60}', '\u{0C61}', '\u{0C62}', '\u{0C63}', // 0x78
];

#[rustfmt::skip]
const SINGLE_SHIFT: [(u8, char); 20] = [
    (0x1C, '\u{0C66}'), (0x1D, '\u{0C67}'), (0x1E, '\u{0C68}'), (0x1F, '\u{0C69}'), (0x20, '\u{0C6A}'), (0x21, '\u{0C6B}'),
    (0x22, '\u{0C6C}'), (0x23, '\u{0C6D}'), (0x24, '\u{0C6E}'), (0x25, '\u{0C6F}'), (0x26, '\u{0C58}'), (0x27, '\u{0C59}'),
    (0x2A, '\u{0C78}'), (0x2B, '\u{0C79}'), (0x2C, '\u{0C7A}'), (0x2D, '\u{0C7B}'), (0x2E, '\u{0C7C}'), (0x30, '\u{0C7D}'),
    (0x31, '\u{0C7E}'), (0x32, '\u{0C7F}'),
];
