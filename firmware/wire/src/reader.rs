//! Octets from a line, put together to messages.

use crate::frame::{CHECKSUM, MAX_FRAME, checksum};
use crate::{Body, Message};

/// Why a frame is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// More octets than any frame has. The rest up to the next zero is left out.
    TooLong,
    /// Octets were lost, added or changed.
    Damaged,
    /// The frame is whole, and says what this side does not know: the other side is newer.
    Unknown {
        /// The number, so that it can be refused.
        seq: u32,
    },
}

/// Takes octets as they come. A frame that is cut, damaged or too long costs only itself and, where
/// its zero was lost, the frame behind it.
#[derive(Clone, Debug)]
pub struct Reader {
    octets: [u8; MAX_FRAME],
    length: usize,
    overrun: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// Nothing heard yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            octets: [0; MAX_FRAME],
            length: 0,
            overrun: false,
        }
    }

    /// Takes one octet. A zero ends a frame. Zeros without anything between them are nothing.
    pub fn feed(&mut self, octet: u8) -> Option<Result<Message, FrameError>> {
        if octet != 0 {
            match self.octets.get_mut(self.length) {
                // The zero has no place here, so a frame is one shorter.
                Some(place) if self.length < MAX_FRAME - 1 => {
                    *place = octet;
                    self.length += 1;
                }
                _ => self.overrun = true,
            }
            return None;
        }
        let length = core::mem::take(&mut self.length);
        if core::mem::take(&mut self.overrun) {
            return Some(Err(FrameError::TooLong));
        }
        (length > 0).then(|| decode(&mut self.octets[..length]))
    }

    /// Forgets an unfinished frame: the line is a new one.
    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

fn decode(octets: &mut [u8]) -> Result<Message, FrameError> {
    let length = cobs::decode_in_place(octets).map_err(|_| FrameError::Damaged)?;
    let text = length.checked_sub(CHECKSUM).ok_or(FrameError::Damaged)?;
    let (text, sum) = octets[..length].split_at(text);
    if sum != checksum(text) {
        return Err(FrameError::Damaged);
    }
    let (seq, rest) = postcard::take_from_bytes(text).map_err(|_| FrameError::Damaged)?;
    match postcard::take_from_bytes::<Body>(rest) {
        Ok((body, [])) => Ok(Message { seq, body }),
        _ => Err(FrameError::Unknown { seq }),
    }
}
