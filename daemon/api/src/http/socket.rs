//! A socket that tells its connection whether the client takes what is written.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::net::{SendFlags, send};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::connections::Connection;

/// From one look whether a client that seems to take nothing took a little, to the next: at first, and
/// as a part of the time since it took something.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
const LATER: u32 = 4;

pub(super) struct Socket<S> {
    inner: S,
    connection: Arc<Connection>,
    look: Option<Look>,
}

/// While the client seems to take nothing.
struct Look {
    since: Instant,
    again: Pin<Box<Sleep>>,
}

/// What can be written to without its say-so.
pub(super) trait Outlet: AsyncWrite {
    /// Writes what there is room for at once.
    fn push(&self, octets: &[u8]) -> io::Result<usize>;
}

impl Outlet for TcpStream {
    fn push(&self, octets: &[u8]) -> io::Result<usize> {
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        Ok(send(self, octets, flags)?)
    }
}

impl<S: Outlet + Unpin> Socket<S> {
    pub(super) fn of(inner: S, connection: Arc<Connection>) -> Self {
        Self {
            inner,
            connection,
            look: None,
        }
    }

    /// Tells the connection what became of a write, of which `octets` are the first.
    fn noted(
        &mut self,
        written: Poll<io::Result<usize>>,
        octets: &[u8],
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let written = match written {
            Poll::Pending => self.look(octets, context),
            ready @ Poll::Ready(_) => ready,
        };
        match &written {
            Poll::Ready(Ok(taken)) if *taken > 0 => {
                self.look = None;
                self.connection.took(*taken);
            }
            Poll::Ready(_) => {}
            Poll::Pending => self.connection.has_no_room(),
        }
        written
    }

    /// The system says that there is room only when a third of its buffer is taken, but takes octets
    /// as soon as there is any. A client that reads slowly is told from one that does not by that.
    fn look(&mut self, octets: &[u8], context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let look = self.look.get_or_insert_with(|| Look {
            since: Instant::now(),
            again: Box::pin(sleep(LOOK_AGAIN)),
        });
        while look.again.as_mut().poll(context).is_ready() {
            match self.inner.push(octets) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let pause = LOOK_AGAIN.max(look.since.elapsed() / LATER);
                    look.again.as_mut().reset(Instant::now() + pause);
                }
                done => return Poll::Ready(done),
            }
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: Outlet + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, octets);
        self.noted(written, octets, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = octets {
            return self.poll_write(context, only);
        }
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, octets);
        let first = octets.iter().find(|slice| !slice.is_empty());
        self.noted(written, first.map_or(&[], |slice| slice), context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
