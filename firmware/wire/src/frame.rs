//! A message as octets.

use crc::{CRC_32_ISO_HDLC, Crc};

use crate::Message;

/// The most octets that a frame has, with its closing zero: a packet of full-speed USB.
pub const MAX_FRAME: usize = 64;
/// The most octets of a message and its checksum: COBS adds one, and the zero is one.
pub(crate) const MAX_CONTENT: usize = MAX_FRAME - 2;
/// The octets of the checksum, least significant first.
pub(crate) const CHECKSUM: usize = 4;

static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

pub(crate) fn checksum(octets: &[u8]) -> [u8; CHECKSUM] {
    CRC.checksum(octets).to_le_bytes()
}

/// A message, ready for the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    octets: [u8; MAX_FRAME],
    length: usize,
}

impl Frame {
    /// Encodes a message. The largest one fits: the tests hold each variant against the bound.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        let mut content = [0; MAX_CONTENT];
        let text = postcard::to_slice(message, &mut content[..MAX_CONTENT - CHECKSUM])
            .map_or(0, |text| text.len());
        let sum = checksum(&content[..text]);
        content[text..text + CHECKSUM].copy_from_slice(&sum);
        let mut octets = [0; MAX_FRAME];
        // The zero behind it is there already.
        let length = cobs::encode(&content[..text + CHECKSUM], &mut octets) + 1;
        Self { octets, length }
    }

    /// The octets, with the closing zero.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets[..self.length]
    }
}
