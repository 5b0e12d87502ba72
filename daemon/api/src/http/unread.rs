//! What hyper answers by itself to a request that it cannot read, with words.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::problem::{Kind, Problem};

/// A stream that puts words into such answers.
pub(super) struct Worded<S>(S);

impl<S> Worded<S> {
    pub(super) fn of(stream: S) -> Self {
        Self(stream)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Worded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Worded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        match in_words(octets) {
            // It fits into the buffer of a client that takes anything; else its end is lost, as the
            // connection's is.
            Some(words) => {
                let written = Pin::new(&mut self.0).poll_write(context, &words);
                written.map_ok(|_| octets.len())
            }
            None => Pin::new(&mut self.0).poll_write(context, octets),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = octets {
            return self.poll_write(context, only);
        }
        Pin::new(&mut self.0).poll_write_vectored(context, octets)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

/// The answer to be written in place of this one of hyper's, whose body is empty. None for every
/// other: those of the API always have a body where they have such a status.
pub(super) fn in_words(octets: &[u8]) -> Option<Vec<u8>> {
    let after = octets.strip_prefix(b"HTTP/1.1 4")?;
    let head = std::str::from_utf8(after).ok()?.strip_suffix("\r\n\r\n")?;
    if head.contains("\r\n\r\n") || !head.contains("content-length: 0") {
        return None;
    }
    let (kind, detail) = match head.get(..3)? {
        "00 " => (
            Kind::MalformedRequest,
            "Its first line or a header is not HTTP/1.1. In an address, escape what is no letter and no digit: \
             a space as %20, a plus as %2B, a quotation mark as %22.",
        ),
        "31 " => (
            Kind::HeadTooLarge,
            "The address and the headers may have 32 KiB together.",
        ),
        _ => return None,
    };
    Some(Problem::new(kind, detail).written_out())
}
