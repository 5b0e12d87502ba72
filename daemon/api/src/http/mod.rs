//! The HTTP server: connections that take too long or are too many do not keep others out.
//!
//! A client needs no key to connect, so what it can hold without one is bounded: descriptors are left
//! for modems and the store. A connection without a request, or whose client takes or sends nothing, makes
//! room for the next one, and whoever holds most of them for those who hold few.

mod connections;
mod descriptors;
mod forwarded;
pub(crate) mod headers;
mod socket;
mod tally;
mod unread;
mod working;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use axum::response::IntoResponse as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncRead;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower::ServiceExt as _;

use crate::problem::{Kind, Problem};
use connections::{Admission, Connection, Connections, Place};
pub use descriptors::{connections_at_most, raise};
use forwarded::Untold;
pub use forwarded::{ProxyHeader, TrustedProxies};
use socket::{Outlet, Socket};
use tally::Tally;
use working::{RequestBody, Working};

/// After a connection could not be accepted: whatever is missing comes back by itself.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Octets of a request's head, and of what is read or written ahead: nobody needs a key for them.
const MAX_HEAD: usize = 32 * 1024;
/// Octets that the system may hold for a client beside that, which it doubles. Left to itself, it
/// would hold megabytes.
const SEND_BUFFER: u32 = 64 * 1024;
/// Connections that have not been accepted yet.
const BACKLOG: u32 = 1024;
/// Listens for clients.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A restart need not wait until the last connections of the run before are forgotten.
    socket.set_reuseaddr(true)?;
    // What is accepted inherits it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// What a listener shows to its clients.
#[derive(Default)]
pub struct Face {
    /// What answers.
    pub router: Router,
    /// Whose word about the client's address counts.
    pub proxies: TrustedProxies,
}

/// Serves until `stop` changes, and then until what is being answered is answered.
pub async fn serve(
    listener: TcpListener,
    face: Face,
    at_most: usize,
    mut stop: watch::Receiver<bool>,
) {
    let face = Arc::new(face);
    let connections = Connections::new(at_most);
    let no_room = no_room();
    let mut tally = Tally::default();
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = tasks.join_next() => continue,
            () = sleep_until(tally.due()) => {
                tally.tell(Instant::now());
                continue;
            }
            Ok(()) = stop.changed() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Admission { place, evicted } = connections.admit(peer.ip());
                if let Some(holder) = evicted {
                    tally.evicted(holder);
                }
                if let Some(place) = place {
                    let _ = stream.set_nodelay(true);
                    tasks.spawn(converse(
                        stream,
                        peer,
                        Arc::clone(&face),
                        place,
                        stop.clone(),
                    ));
                } else {
                    tally.refused(peer.ip());
                    // It has room for one packet, or the client learns nothing but the end.
                    let _ = stream.try_write(&no_room);
                }
            }
            Err(error) => rest(&error).await,
        }
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}

/// What a client is told for whom there is no room, in one packet.
fn no_room() -> Vec<u8> {
    let why = "All connections are in use. Try again soon.";
    Problem::new(Kind::Unavailable, why)
        .retry_after(1)
        .written_out()
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

async fn rest(error: &io::Error) {
    let aborted = [
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::ConnectionReset,
    ];
    if !aborted.contains(&error.kind()) {
        tracing::warn!(%error, "cannot accept a connection; trying again");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

/// One connection to its end.
async fn converse(
    stream: impl AsyncRead + Outlet + Unpin,
    peer: SocketAddr,
    face: Arc<Face>,
    place: Place,
    mut stop: watch::Receiver<bool>,
) {
    let connection = Arc::clone(place.connection());
    let service = {
        let connection = Arc::clone(&connection);
        service_fn(move |request| answer(request, peer, Arc::clone(&face), Arc::clone(&connection)))
    };
    // HTTP/1 only: an HTTP/2 client could open many streams and take no octet of any answer, without a
    // key. Times for heads, idleness and writing are kept here, from the first octet on.
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(None::<Duration>)
        .max_buf_size(MAX_HEAD);
    let socket = TokioIo::new(Socket::of(stream, Arc::clone(&connection)));
    let mut serving = pin!(builder.serve_connection(socket, service));
    let mut overdue = pin!(connection.overdue());
    loop {
        tokio::select! {
            // A client that breaks off is no news.
            _ = serving.as_mut() => break,
            () = overdue.as_mut() => break,
            Ok(()) = stop.changed() => serving.as_mut().graceful_shutdown(),
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    face: Arc<Face>,
    connection: Arc<Connection>,
) -> Result<Response<Body>, Infallible> {
    let working = Working::on(Arc::clone(&connection));
    let mut response = match face.proxies.client(peer, request.headers()) {
        Ok(client) => {
            connection.serves(client.ip());
            let mut request = request.map(|body| Body::new(RequestBody::of(body, connection)));
            request.extensions_mut().insert(ConnectInfo(client));
            face.router.clone().oneshot(request).await?
        }
        Err(Untold) => untold().into_response(),
    };
    headers::dress(response.headers_mut(), false);
    Ok(response.map(|body| Body::new(working.until_the_end_of(body))))
}

/// To go by the proxy's own address would open what is allowed to that alone.
fn untold() -> Problem {
    let detail = "The proxy that passed it on does not say from which address it came, in the header that \
                  http.proxy_header names.";
    Problem::new(Kind::MalformedRequest, detail)
}

#[cfg(test)]
mod tests;
