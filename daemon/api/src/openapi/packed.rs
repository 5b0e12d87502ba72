//! The document as it is kept: few ask for it, and packed it takes a tenth.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

pub(crate) fn pack(text: &str) -> Vec<u8> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
    // A vector takes whatever is written.
    let packed = packed
        .write_all(text.as_bytes())
        .and_then(|()| packed.finish());
    packed.unwrap_or_default()
}

pub(crate) fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let unpacked = DeflateDecoder::new(packed).read_to_end(&mut text);
    debug_assert!(unpacked.is_ok(), "it was packed here");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_and_takes_less() {
        let text = "{\"type\": \"string\"}, ".repeat(1000);
        let packed = pack(&text);
        assert_eq!(unpack(&packed), text.as_bytes());
        assert!(packed.len() < text.len() / 10);
    }
}
