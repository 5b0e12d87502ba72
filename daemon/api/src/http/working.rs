//! A request that is being answered, from its body to the end of its answer's.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};

use super::connections::Connection;

/// Its connection has a request as long as this lives.
pub(super) struct Working(Arc<Connection>);

impl Working {
    pub(super) fn on(connection: Arc<Connection>) -> Self {
        connection.begin();
        Self(connection)
    }

    pub(super) fn until_the_end_of(self, body: Body) -> WorkingBody {
        WorkingBody {
            body,
            _working: self,
        }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// An answer's body.
pub(super) struct WorkingBody {
    body: Body,
    _working: Working,
}

impl HttpBody for WorkingBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A request's body, which tells its connection whether it comes in.
pub(super) struct RequestBody<B> {
    body: B,
    connection: Arc<Connection>,
}

impl<B> RequestBody<B> {
    pub(super) fn of(body: B, connection: Arc<Connection>) -> Self {
        Self { body, connection }
    }
}

impl<B> Drop for RequestBody<B> {
    fn drop(&mut self) {
        self.connection.body_ended();
    }
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for RequestBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        match &frame {
            Poll::Ready(Some(Ok(some))) => {
                let octets = some.data_ref().map_or(0, Bytes::len);
                self.connection.body_moved(octets);
            }
            Poll::Ready(_) => self.connection.body_ended(),
            Poll::Pending => self.connection.awaits_body(),
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
