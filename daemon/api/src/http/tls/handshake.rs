//! The beginning of a connection with TLS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Certificates;
use crate::http::MAX_HEAD;

/// For the whole handshake, however often the client sends something.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Secures a connection, or gives it up.
pub(in crate::http) async fn shake_hands<S>(
    stream: S,
    certificates: &Certificates,
) -> io::Result<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let acceptor = TlsAcceptor::from(Arc::clone(&certificates.config()));
    let shaking = acceptor.accept_with(stream, |session| session.set_buffer_limit(Some(MAX_HEAD)));
    let shaken = tokio::time::timeout(HANDSHAKE, shaking).await;
    let shaken = shaken.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    shaken.inspect_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::TimedOut => "slow",
            io::ErrorKind::InvalidData => "refused",
            _ => "gone",
        };
        metrics::counter!("simgate_tls_handshakes_failed_total", "why" => why).increment(1);
    })
}
