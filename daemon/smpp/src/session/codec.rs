//! Framing: cuts PDUs out of the stream, whatever is in their bodies.

use std::io;

use rusmpp::CommandId;
use tokio_util::bytes::{Buf, Bytes, BytesMut};
use tokio_util::codec::Decoder;

/// The longest PDU read: a `message_payload` of 65,535 octets (SMPP 3.4 §5.3.2.32) beside everything
/// else.
const LENGTH_MAX: usize = 66 * 1024;
/// A longer one is passed by up to here. Beyond, the stream is taken to be out of step.
const SKIPPED_MAX: usize = 1024 * 1024;
const HEADER: usize = 16;

/// A PDU as it came.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) id: CommandId,
    /// `command_status`, raw.
    pub(crate) status: u32,
    pub(crate) sequence: u32,
    /// `None` where it is longer than what is read.
    pub(crate) body: Option<Bytes>,
}

/// After this the stream is out of step and has to be closed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("command_length {length} is out of range")]
    Length { length: u32, sequence: u32 },
}

/// Reads no body. A peer that fills one in wrongly is still in step.
#[derive(Debug, Default)]
pub(crate) struct FrameCodec {
    /// Octets of a PDU too long that are still to come.
    skip: usize,
}

impl Decoder for FrameCodec {
    type Item = Frame;
    type Error = FrameError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        let skipped = self.skip.min(src.len());
        src.advance(skipped);
        self.skip -= skipped;
        let Some(length) = word(src, 0).filter(|_| self.skip == 0) else {
            return Ok(None);
        };
        let octets = usize::try_from(length).unwrap_or(usize::MAX);
        if !(HEADER..=SKIPPED_MAX).contains(&octets) {
            let sequence = word(src, 12).unwrap_or(0);
            return Err(FrameError::Length { length, sequence });
        }
        let is_read = octets <= LENGTH_MAX;
        let wanted = if is_read { octets } else { HEADER };
        if src.len() < wanted {
            src.reserve(wanted - src.len());
            return Ok(None);
        }
        let mut pdu = src.split_to(wanted);
        let (id, status, sequence) = (word(&pdu, 4), word(&pdu, 8), word(&pdu, 12));
        pdu.advance(HEADER);
        self.skip = octets - wanted;
        Ok(Some(Frame {
            id: CommandId::from(id.unwrap_or(0)),
            status: status.unwrap_or(0),
            sequence: sequence.unwrap_or(0),
            body: is_read.then(|| pdu.freeze()),
        }))
    }
}

fn word(src: &[u8], at: usize) -> Option<u32> {
    src.get(at..at + 4).map(|mut octets| octets.get_u32())
}
