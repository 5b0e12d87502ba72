//! The beginning of a connection with TLS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Certificates;
use crate::http::MAX_HEAD;
use crate::http::connections::Connection;

/// For the whole handshake, however often the client sends something.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Secures a connection, or gives it up: it ends within its time, and where the connection does.
pub(in crate::http) async fn shake_hands<S>(
    stream: S,
    certificates: &Certificates,
    connection: &Connection,
) -> io::Result<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let acceptor = TlsAcceptor::from(Arc::clone(&certificates.config()));
    let shaking = acceptor.accept_with(stream, |session| session.set_buffer_limit(Some(MAX_HEAD)));
    let shaken = tokio::select! {
        shaken = shaking => shaken,
        ended = connection.overdue() => Err(ended.into()),
        () = tokio::time::sleep(HANDSHAKE) => Err(io::ErrorKind::TimedOut.into()),
    };
    shaken.inspect_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::TimedOut => "slow",
            io::ErrorKind::ConnectionAborted => "evicted",
            io::ErrorKind::InvalidData => "refused",
            _ => "gone",
        };
        metrics::counter!("simgate_tls_handshakes_failed_total", "why" => why).increment(1);
    })
}
