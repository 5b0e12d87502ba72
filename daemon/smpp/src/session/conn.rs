//! One connection: framing both ways, sequence numbers, keepalive. Knows no role.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use rusmpp::tokio_codec::{CommandCodec, EncodeError};
use rusmpp::{Command, CommandStatus, Pdu};
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio::time::{Instant, timeout};
use tokio_util::codec::{FramedRead, FramedWrite};

use super::codec::{Frame, FrameCodec, FrameError};
use super::keepalive::Keepalive;
use super::sequence::Sequence;

/// TCP, or TLS on it.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Submits are put into the buffer up to here. What is beyond waits in the queue, where it
/// can still be given back as not sent.
const WRITE_HIGH: usize = 32 * 1024;
/// With this much unwritten, nothing is read: a peer that asks and does not read its
/// answers would fill the memory.
const WRITE_MAX: usize = 256 * 1024;
/// How long a last PDU may take on its way out before the connection is closed.
const CLOSING: Duration = Duration::from_millis(500);

/// Reads and writes at once: the reader's and the writer's half of one connection.
pub(crate) struct Conn {
    reader: FramedRead<ReadHalf<Box<dyn Io>>, FrameCodec>,
    writer: FramedWrite<WriteHalf<Box<dyn Io>>, CommandCodec>,
    /// Something may not have reached the socket yet. TLS keeps records of its own, so an
    /// empty buffer is not enough to know.
    unflushed: bool,
    /// Octets ever put into the buffer.
    encoded: u64,
    sequence: Sequence,
    /// How many requests the peer has sent.
    pub(crate) requests: u32,
    /// Whether frames are wanted at present.
    reading: bool,
    pub(crate) keepalive: Keepalive,
}

/// What [`Conn::poll`] came across.
pub(crate) enum Moved {
    Frame(Box<Frame>),
    Flushed,
    Closed,
    Failed(FrameError),
}

impl Conn {
    pub(crate) fn new(io: Box<dyn Io>, keepalive: Keepalive) -> Self {
        let (reader, writer) = tokio::io::split(io);
        Self {
            reader: FramedRead::new(reader, FrameCodec::default()),
            writer: FramedWrite::new(writer, CommandCodec::new()),
            unflushed: false,
            encoded: 0,
            sequence: Sequence::default(),
            requests: 0,
            reading: true,
            keepalive,
        }
    }

    /// Puts a request into the buffer; gives its sequence number and where it starts.
    pub(crate) fn request(&mut self, pdu: impl Into<Pdu>) -> (u32, u64) {
        let sequence = self.sequence.next();
        let starts_at = self.encoded;
        self.put(Command::new(CommandStatus::EsmeRok, sequence, pdu));
        (sequence, starts_at)
    }

    /// Puts a response into the buffer.
    pub(crate) fn respond(&mut self, status: u32, sequence: u32, pdu: impl Into<Pdu>) {
        self.put(Command::new(CommandStatus::from(status), sequence, pdu));
    }

    fn put(&mut self, command: Command) {
        let before = self.writer.write_buffer().len();
        // The codec writes to memory and cannot fail.
        if Pin::new(&mut self.writer).start_send(command).is_ok() {
            let octets = self.writer.write_buffer().len() - before;
            self.encoded += u64::try_from(octets).unwrap_or(0);
            self.unflushed = true;
        }
    }

    /// How many octets left the buffer. A PDU that starts there or later was not sent.
    pub(crate) fn written(&self) -> u64 {
        let waiting = u64::try_from(self.writer.write_buffer().len()).unwrap_or(0);
        self.encoded - waiting
    }

    /// Whether another submit should be put into the buffer.
    pub(crate) fn has_room(&self) -> bool {
        self.writer.write_buffer().len() < WRITE_HIGH
    }

    pub(crate) fn is_flushed(&self) -> bool {
        !self.unflushed
    }

    /// Takes note whether the owner wants frames; gives whether they are read.
    pub(crate) fn set_reading(&mut self, wanted: bool) -> bool {
        self.reading = wanted && self.writer.write_buffer().len() < WRITE_MAX;
        self.reading
    }

    /// Writes and reads what is possible. Loses nothing when dropped half way.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Moved> {
        if self.unflushed {
            match Sink::<Command>::poll_flush(Pin::new(&mut self.writer), cx) {
                Poll::Ready(Ok(())) => {
                    self.unflushed = false;
                    return Poll::Ready(Moved::Flushed);
                }
                Poll::Ready(Err(EncodeError::Io(err))) => {
                    return Poll::Ready(Moved::Failed(err.into()));
                }
                Poll::Ready(Err(_)) => return Poll::Ready(Moved::Closed),
                Poll::Pending => {}
            }
        }
        if !self.reading {
            return Poll::Pending;
        }
        Pin::new(&mut self.reader).poll_next(cx).map(moved)
    }

    /// The next frame, should one be there already.
    pub(crate) fn ready_frame(&mut self) -> Option<Moved> {
        self.reader.next().now_or_never().map(moved)
    }

    /// The next frame; what is in the buffer goes out first.
    pub(crate) async fn next(&mut self) -> Result<Frame, FrameError> {
        self.reading = true;
        loop {
            match std::future::poll_fn(|cx| self.poll(cx)).await {
                Moved::Frame(frame) => return Ok(*frame),
                Moved::Flushed => {}
                Moved::Closed => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Moved::Failed(err) => return Err(err),
            }
        }
    }

    /// Closes, after a short try to get the last PDUs out. With submits among those that
    /// were told to be not sent, drop it instead.
    pub(crate) async fn close(mut self) {
        let _ = timeout(CLOSING, SinkExt::<Command>::close(&mut self.writer)).await;
    }
}

fn moved(frame: Option<Result<Frame, FrameError>>) -> Moved {
    match frame {
        Some(Ok(frame)) => Moved::Frame(Box::new(frame)),
        Some(Err(err)) => Moved::Failed(err),
        None => Moved::Closed,
    }
}

/// The first of `conns` that has something, and what. Asks `first` first: taken in turn,
/// so that a busy connection does not silence the other.
pub(crate) async fn next_moved(conns: &mut [Conn], first: usize) -> (usize, Moved) {
    std::future::poll_fn(|cx| {
        for offset in 0..conns.len() {
            let index = (first + offset) % conns.len();
            if let Some(conn) = conns.get_mut(index)
                && let Poll::Ready(moved) = conn.poll(cx)
            {
                return Poll::Ready((index, moved));
            }
        }
        Poll::Pending
    })
    .await
}

/// The soonest that any keepalive has something to do.
pub(crate) fn keepalive_at(conns: &[Conn]) -> Option<Instant> {
    conns.iter().map(|conn| conn.keepalive.wake_at()).min()
}
