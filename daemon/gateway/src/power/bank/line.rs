//! A conversation with a board: one request at a time, said again under its number while no answer comes.

use std::collections::BTreeMap;
use std::time::Duration;

use bank_wire::{Body, Event, Frame, Message, Reader, Reply, Request, SlotStatus};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout, timeout_at};

use super::peer::{Peer, PeerError};

/// A board answers within milliseconds; a machine under load, or a UART with noise on it, may take longer.
const ANSWER: Duration = Duration::from_secs(2);
/// How often a request is said.
const TRIES: u32 = 4;

/// The host's end of a line.
pub(super) struct Line<S> {
    stream: S,
    reader: Reader,
    seq: u32,
    /// Octets that were read and not looked at yet.
    octets: [u8; 256],
    unread: std::ops::Range<usize>,
    /// The last state of each slot that the board told while it was asked something else.
    told: BTreeMap<u8, SlotStatus>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Line<S> {
    /// Ends whatever the line held.
    pub(super) async fn new(stream: S) -> Result<Self, PeerError> {
        let mut line = Self {
            stream,
            reader: Reader::new(),
            seq: 0,
            octets: [0; 256],
            unread: 0..0,
            told: BTreeMap::new(),
        };
        line.say(&[0]).await?;
        Ok(line)
    }

    pub(super) fn into_stream(self) -> S {
        self.stream
    }

    async fn say(&mut self, octets: &[u8]) -> Result<(), PeerError> {
        // A board that hangs takes nothing any more.
        match timeout(ANSWER, self.stream.write_all(octets)).await {
            Ok(written) => written.map_err(|error| PeerError::Lost(error.to_string())),
            Err(_) => Err(PeerError::Silent),
        }
    }

    /// The next message. What is damaged is left out: its request is said again.
    async fn message(&mut self) -> Result<Message, PeerError> {
        loop {
            for at in self.unread.by_ref() {
                if let Some(Ok(message)) = self.reader.feed(self.octets[at]) {
                    return Ok(message);
                }
            }
            let read = self.stream.read(&mut self.octets).await;
            let read = read.map_err(|error| PeerError::Lost(error.to_string()))?;
            if read == 0 {
                return Err(PeerError::Lost("the line is closed".to_owned()));
            }
            self.unread = 0..read;
        }
    }

    /// The answer to a number.
    async fn reply(&mut self, seq: u32) -> Result<Reply, PeerError> {
        loop {
            match self.message().await? {
                Message {
                    seq: of,
                    body: Body::Reply(reply),
                } if of == seq => return Ok(reply),
                Message {
                    body: Body::Event(Event::Slot(status)),
                    ..
                } => {
                    self.told.insert(status.slot, status);
                }
                // A late answer to an earlier request; or our own words, where the line echoes.
                _ => {}
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Peer for Line<S> {
    async fn ask(&mut self, request: Request) -> Result<Reply, PeerError> {
        self.seq = self.seq.wrapping_add(1);
        let seq = self.seq;
        let frame = Frame::of(&Message {
            seq,
            body: Body::Request(request),
        });
        for _ in 0..TRIES {
            self.say(frame.octets()).await?;
            let answered = timeout_at(Instant::now() + ANSWER, self.reply(seq)).await;
            if let Ok(answer) = answered {
                return answer;
            }
        }
        Err(PeerError::Silent)
    }

    async fn event(&mut self) -> Result<SlotStatus, PeerError> {
        loop {
            if let Some((_, status)) = self.told.pop_first() {
                return Ok(status);
            }
            if let Message {
                body: Body::Event(Event::Slot(status)),
                ..
            } = self.message().await?
            {
                return Ok(status);
            }
        }
    }
}
