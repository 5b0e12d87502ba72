//! The HTTP server: connections that take too long or are too many do not keep others out.
//!
//! A client needs no key to connect, so what it can hold without one is bounded: descriptors are left
//! for modems and the store. A connection without a request, or whose client takes or sends nothing, makes
//! room for the next one, and whoever holds most of them for those who hold few.

mod alive;
mod connections;
mod descriptors;
mod forwarded;
mod head;
mod redirect;
mod socket;
mod tally;
mod tls;
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
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower::ServiceExt as _;

use crate::problem::{Kind, Problem};
pub use alive::{Asked, Question, question};
pub use connections::Connections;
use connections::{Admission, Connection, Place};
pub use descriptors::{connections_at_most, raise};
use forwarded::Untold;
pub use forwarded::{ProxyHeader, TrustedProxies};
pub use redirect::redirect_to_https;
use socket::{Outlet, Socket};
use tally::Tally;
use tls::shake_hands;
pub use tls::{Certificate, Certificates, Source, TlsError};
use unread::Worded;
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

/// A request that came by TLS has it among its extensions.
#[derive(Clone, Copy)]
pub(crate) struct ByTls;

/// What a listener shows to its clients.
#[derive(Default)]
pub struct Face {
    /// What answers.
    pub router: Router,
    /// Whose word about the client's address counts.
    pub proxies: TrustedProxies,
    /// What is shown to clients; without it they are spoken to in plain HTTP.
    pub certificates: Option<Certificates>,
    /// Questions whether the server still goes round, answered by its loop.
    pub asked: Option<Asked>,
}

/// Serves until `stop` changes, and then until what is being answered is answered.
pub async fn serve(
    listener: TcpListener,
    mut face: Face,
    connections: Connections,
    mut stop: watch::Receiver<bool>,
) {
    let mut asked = face.asked.take();
    let face = Arc::new(face);
    let no_room = no_room();
    let mut tally = Tally::default();
    let mut tasks = JoinSet::new();
    loop {
        let accept = async {
            let descriptor = connections.descriptor().await;
            (listener.accept().await, descriptor)
        };
        let (accepted, descriptor) = tokio::select! {
            accepted = accept => accepted,
            Some(_) = tasks.join_next() => continue,
            () = sleep_until(tally.due()) => {
                tally.tell(Instant::now());
                continue;
            }
            () = Asked::answer(&mut asked) => continue,
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
                    let attended = attend(stream, peer, Arc::clone(&face), place, stop.clone());
                    tasks.spawn(async move {
                        attended.await;
                        drop(descriptor);
                    });
                } else {
                    tally.refused(peer.ip());
                    // It has room for one packet, or the client learns nothing but the end, as it does
                    // where it awaits a handshake.
                    if face.certificates.is_none() {
                        let _ = stream.try_write(&no_room);
                    }
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

/// One connection from its first octet to its end.
async fn attend(
    stream: TcpStream,
    peer: SocketAddr,
    face: Arc<Face>,
    place: Place,
    mut stop: watch::Receiver<bool>,
) {
    if face.certificates.is_some() {
        let connection = Arc::clone(place.connection());
        let plain = tokio::select! {
            plain = is_plain_http(&stream) => plain,
            _ = connection.overdue() => return,
            Ok(()) = stop.changed() => return,
        };
        if plain {
            let _ = stream.try_read(&mut vec![0; MAX_HEAD]);
            let _ = stream.try_write(&by_https());
            return;
        }
    }
    converse(stream, peer, face, place, stop).await;
}

/// Whether a client speaks HTTP where a handshake is awaited: a method begins with a letter, and no
/// record of TLS does.
async fn is_plain_http(stream: &TcpStream) -> bool {
    let mut first = [0];
    stream.peek(&mut first).await.is_ok() && first[0].is_ascii_alphabetic()
}

fn by_https() -> Vec<u8> {
    let detail = "This port speaks HTTPS: begin the address with https://.";
    Problem::new(Kind::MalformedRequest, detail).written_out()
}

/// One connection to its end, in TLS where there is a certificate to show.
async fn converse(
    stream: impl AsyncRead + Outlet + Unpin,
    peer: SocketAddr,
    face: Arc<Face>,
    place: Place,
    mut stop: watch::Receiver<bool>,
) {
    let connection = Arc::clone(place.connection());
    let socket = Socket::of(stream, Arc::clone(&connection));
    let Some(certificates) = face.certificates.clone() else {
        return speak(socket, peer, face, connection, stop).await;
    };
    let secured = tokio::select! {
        secured = shake_hands(socket, &certificates, &connection) => secured,
        Ok(()) = stop.changed() => return,
    };
    // A client that does not trust the certificate is no news here: a metric counts it.
    if let Ok(secured) = secured {
        speak(secured, peer, face, connection, stop).await;
    }
}

/// HTTP, until the client or the server ends it.
async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    face: Arc<Face>,
    connection: Arc<Connection>,
    mut stop: watch::Receiver<bool>,
) {
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
    let socket = TokioIo::new(Worded::of(stream));
    let mut serving = pin!(builder.serve_connection(socket, service));
    let mut overdue = pin!(connection.overdue());
    loop {
        tokio::select! {
            // A client that breaks off is no news.
            _ = serving.as_mut() => break,
            _ = overdue.as_mut() => break,
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
    let client = head::check(&request).and_then(|()| {
        let client = face.proxies.client(peer, request.headers());
        client.map_err(|Untold| untold())
    });
    let mut response = match client {
        Ok(client) => {
            connection.serves(client.ip());
            let mut request = request.map(|body| Body::new(RequestBody::of(body, connection)));
            request.extensions_mut().insert(ConnectInfo(client));
            if face.certificates.is_some() {
                request.extensions_mut().insert(ByTls);
            }
            face.router.clone().oneshot(request).await?
        }
        Err(problem) => problem.into_response(),
    };
    // A browser that cannot check who vouches for a certificate must be left a way in.
    let certificates = face.certificates.as_ref();
    let hsts = certificates.is_some_and(|certificates| !certificates.is_self_signed());
    crate::headers::dress(response.headers_mut(), hsts);
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
