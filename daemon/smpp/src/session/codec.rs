//! Framing: cuts PDUs out of the stream so that one bad body does not lose the next header.

use std::io;

use rusmpp::tokio_codec::CommandCodec;
use rusmpp::{Command, CommandId, Pdu};
use tokio_util::bytes::{Buf, BytesMut};
use tokio_util::codec::Decoder;

/// The longest PDU taken. A `message_payload` of a few thousand octets fits.
const LENGTH_MAX: usize = 8192;
const HEADER: usize = 16;

/// A PDU as it came: the header is always readable, the body may not be.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) id: CommandId,
    /// `command_status`, raw.
    pub(crate) status: u32,
    pub(crate) sequence: u32,
    /// The rest had no octet.
    pub(crate) no_body: bool,
    /// `None` when the body cannot be read.
    command: Option<Command>,
}

impl Frame {
    /// The body, when there is one that can be read.
    pub(crate) fn pdu(&self) -> Option<&Pdu> {
        self.command.as_ref()?.pdu()
    }
}

/// After this the stream is out of step and has to be closed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("command_length {length} is out of range")]
    Length { length: u32, sequence: u32 },
}

/// rusmpp's codec behind a cut of our own: given the whole stream it reads past a body
/// that is too short into the next PDU, and after an error it does not know where that begins.
#[derive(Debug, Default)]
pub(crate) struct FrameCodec;

impl Decoder for FrameCodec {
    type Item = Frame;
    type Error = FrameError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        let Some(length) = word(src, 0) else {
            return Ok(None);
        };
        let octets = usize::try_from(length).unwrap_or(usize::MAX);
        if !(HEADER..=LENGTH_MAX).contains(&octets) {
            let sequence = word(src, 12).unwrap_or(0);
            return Err(FrameError::Length { length, sequence });
        }
        if src.len() < octets {
            src.reserve(octets - src.len());
            return Ok(None);
        }
        let mut pdu = src.split_to(octets);
        let (id, status, sequence) = (word(&pdu, 4), word(&pdu, 8), word(&pdu, 12));
        // A codec for each PDU: it keeps state between calls, and an error may leave it half way.
        let command = CommandCodec::new()
            .with_max_length(LENGTH_MAX)
            .decode(&mut pdu);
        Ok(Some(Frame {
            id: CommandId::from(id.unwrap_or(0)),
            status: status.unwrap_or(0),
            sequence: sequence.unwrap_or(0),
            no_body: octets == HEADER,
            command: command.ok().flatten(),
        }))
    }
}

fn word(src: &[u8], at: usize) -> Option<u32> {
    src.get(at..at + 4).map(|mut octets| octets.get_u32())
}
