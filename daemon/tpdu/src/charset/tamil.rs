//! Tamil national language tables (TS 23.038 §6.2.1.2, annex A), identifier 11.

use super::indic::INDIC;
use super::{NONE, Tables};

pub(super) const TABLES: Tables = Tables {
    locking: Some(&LOCKING),
    single_shift: [&INDIC, &SINGLE_SHIFT],
};

#[rustfmt::skip]
const LOCKING: [char; 128] = [
    NONE, '\u{0B82}', '\u{0B83}', '\u{0B85}', '\u{0B86}', '\u{0B87}', '\u{0B88}', '\u{0B89}', // 0x00
    '\u{0B8A}', NONE, '\n', NONE, NONE, '\r', '\u{0B8E}', '\u{0B8F}', // 0x08
    '\u{0B90}', NONE, '\u{0B92}', '\u{0B93}', '\u{0B94}', '\u{0B95}', NONE, NONE, // 0x10
    NONE, '\u{0B99}', '\u{0B9A}', '\u{001B}', NONE, '\u{0B9C}', NONE, '\u{0B9E}', // 0x18
    ' ', '!', '\u{0B9F}', NONE, NONE, NONE, '\u{0BA3}', '\u{0BA4}', // 0x20
    ')', '(', NONE, NONE, ',', NONE, '.', '\u{0BA8}', // 0x28
    '0', '1', '2', '3', '4', '5', '6', '7', // 0x30
    '8', '9', ':', ';', '\u{0BA9}', '\u{0BAA}', NONE, '?', // 0x38
    NONE, NONE, '\u{0BAE}', '\u{0BAF}', '\u{0BB0}', '\u{0BB1}', '\u{0BB2}', '\u{0BB3}', // 0x40
    '\u{0BB4}', '\u{0BB5}', '\u{0BB6}', '\u{0BB7}', '\u{0BB8}', '\u{0BB9}', NONE, NONE, // 0x48
    '\u{0BBE}', '\u{0BBF}', '\u{0BC0}', '\u{0BC1}', '\u{0BC2}', NONE, NONE, NONE, // 0x50
    '\u{0BC6}', '\u{0BC7}', '\u{0BC8}', NONE, '\u{0BCA}', '\u{0BCB}', '\u{0BCC}', '\u{0BCD}', // 0x58
    '\u{0BD0}', 'a', 'b', 'c', 'd', 'e', 'f', 'g', // 0x60
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', // 0x68
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', // 0x70
    'x', 'y', 'z', '\u{0BD7}', '\u{0BF0}', '\u{0BF1}', '\u{0BF2}', '\u{0BF9}', // 0x78
];

#[rustfmt::skip]
const SINGLE_SHIFT: [(u8, char); 19] = [
    (0x19, '\u{0964}'), (0x1A, '\u{0965}'), (0x1C, '\u{0BE6}'), (0x1D, '\u{0BE7}'), (0x1E, '\u{0BE8}'), (0x1F, '\u{0BE9}'),
    (0x20, '\u{0BEA}'), (0x21, '\u{0BEB}'), (0x22, '\u{0BEC}'), (0x23, '\u{0BED}'), (0x24, '\u{0BEE}'), (0x25, '\u{0BEF}'),
    (0x26, '\u{0BF3}'), (0x27, '\u{0BF4}'), (0x2A, '\u{0BF5}'), (0x2B, '\u{0BF6}'), (0x2C, '\u{0BF7}'), (0x2D, '\u{0BF8}'),
    (0x2E, '\u{0BFA}'),
];
