//! Spanish national language tables (TS 23.038 §6.2.1.2, annex A), identifier 2.

use super::Tables;

pub(super) const TABLES: Tables = Tables {
    locking: None,
    single_shift: &SINGLE_SHIFT,
};

#[rustfmt::skip]
const SINGLE_SHIFT: [(u8, char); 19] = [
    (0x09, 'ç'), (0x0A, '\u{000C}'), (0x14, '^'), (0x28, '{'), (0x29, '}'), (0x2F, '\\'),
    (0x3C, '['), (0x3D, '~'), (0x3E, ']'), (0x40, '|'), (0x41, 'Á'), (0x49, 'Í'),
    (0x4F, 'Ó'), (0x55, 'Ú'), (0x61, 'á'), (0x65, '€'), (0x69, 'í'), (0x6F, 'ó'),
    (0x75, 'ú'),
];
