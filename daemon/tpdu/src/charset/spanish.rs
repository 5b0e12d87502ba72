//! Spanish national language tables (TS 23.038 §6.2.1.2, annex A), identifier 2.

use super::Tables;
use super::default::EXTENSION;

pub(super) const TABLES: Tables = Tables {
    locking: None,
    single_shift: [&EXTENSION, &SINGLE_SHIFT],
};

#[rustfmt::skip]
const SINGLE_SHIFT: [(u8, char); 9] = [
    (0x09, 'ç'), (0x41, 'Á'), (0x49, 'Í'), (0x4F, 'Ó'), (0x55, 'Ú'), (0x61, 'á'),
    (0x69, 'í'), (0x6F, 'ó'), (0x75, 'ú'),
];
