//! The gateway, put together and run.

mod reload;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use api::http::{self, Certificates, Connections, Face, TlsError};
use gateway::running::OpenedGateway;
use gateway::{Gateway, StoreError, ports};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::config::{Config, KeyError};
use crate::systemd::{self, Loops, welcome};
pub(crate) use reload::Reload;

/// How long requests that are being answered may go on after a stop.
const LAST_REQUESTS: Duration = Duration::from_secs(5);
/// How long all that comes at a stop after what is on the air may take.
const LAST_STEPS: Duration = Duration::from_secs(40);

/// Why the gateway cannot start, or ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("{}: {error}", dir.display())]
    Store { dir: PathBuf, error: StoreError },
    #[error("{}", cannot_listen(*address, error))]
    Listen {
        address: SocketAddr,
        error: io::Error,
    },
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    #[error("the HTTP server failed: {0}")]
    Http(io::Error),
}

/// Why nothing can listen on an address, and what to do about it.
pub(crate) fn cannot_listen(address: SocketAddr, error: &io::Error) -> String {
    let what = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program listens there. Stop it, or choose another port".to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            let first = "a port below 1024 needs the capability CAP_NET_BIND_SERVICE";
            format!("{error}; {first}. Choose a port from 1024 up")
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address. `ip address` lists those that it has".to_owned()
        }
        _ => error.to_string(),
    };
    format!("cannot listen on {address}: {what}")
}

/// Runs the gateway until `stop`. `reload` is what a SIGHUP reads again beside the certificate. `ready` is
/// called with the address that it listens on.
///
/// A stop is clean: what is on the air is waited for (`scheduler.stop_wait_seconds`), nothing
/// new is claimed, and the modems are left at rest.
pub(crate) async fn run(
    config: Config,
    reload: Option<Reload>,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let resources = api::Resources::make();
    http::raise();
    let opened = OpenedGateway::new(config.home()?, config.gateway());
    let opened = opened.map_err(|error| ServeError::Store {
        dir: config.data_dir.clone(),
        error,
    })?;
    let certificates = config.certificate_source().map(Certificates::open);
    let certificates = certificates.transpose()?;
    let listener = listen(config.http.listen)?;
    let address = listener.local_addr().map_err(ServeError::Http)?;
    let redirects = config.http.redirect_listen.map(listen).transpose()?;

    let beside = redirects.as_ref().map(TcpListener::local_addr).transpose();
    let own = beside
        .map_err(ServeError::Http)?
        .into_iter()
        .chain([address]);
    let running = opened.start(config.running(), own.collect()).await;
    if let Some(certificates) = certificates.clone() {
        let attention = running.gateway().attention();
        attention.watch_certificate(move || certificates.for_attention());
    }
    let metrics = tokio::spawn(api::keep_metrics());
    let max_body = usize::try_from(config.http.max_body_bytes).unwrap_or(usize::MAX);
    let (question, asked) = http::question();
    let face = Face {
        router: web::in_front_of(api::router(running.gateway().clone(), resources, max_body)),
        proxies: config.proxies(),
        certificates: certificates.clone(),
        asked: Some(asked),
    };
    let again = signal(SignalKind::hangup()).map_err(ServeError::Http)?;
    let keeper = tokio::spawn(reload::keep(again, certificates.clone(), reload));
    let (stop_http, http_stop) = watch::channel(false);
    let connections = Connections::new(http::connections_at_most());
    let mut servers = JoinSet::new();
    if let Some(listener) = redirects {
        let face = Face {
            router: http::redirect_to_https(address.port()),
            ..Face::default()
        };
        servers.spawn(http::serve(
            listener,
            face,
            connections.clone(),
            http_stop.clone(),
        ));
    }
    servers.spawn(http::serve(listener, face, connections, http_stop));
    tell_start(&config, address, certificates.as_ref());
    let code = tell_setup_code(running.gateway()).await;
    let shown = certificates.as_ref().map(Certificates::certificate);
    let addresses = welcome::addresses(address, shown.as_ref());
    let welcome = welcome::keep(running.gateway().clone(), addresses, code);
    let life = systemd::keep(
        running.gateway().clone(),
        Loops::new(running.gateway().clone(), question),
    );
    systemd::ready();
    ready(address);

    let ended = tokio::select! {
        () = stop => Ok(()),
        Some(ended) = servers.join_next() => Err(ended.map_or_else(io::Error::other, |()| io::Error::other("it ended"))),
    };
    tracing::info!("stopping");
    let wait = Duration::from_secs(config.scheduler.stop_wait_seconds.into());
    // The server does not answer it any more.
    let beside = life.iter().chain(&welcome);
    beside.for_each(JoinHandle::abort);
    systemd::stopping(wait + LAST_STEPS);
    stop_http.send_replace(true);
    let quiet = running.quiet().await;
    let all = async { while servers.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(LAST_REQUESTS, all).await;
    servers.shutdown().await;
    keeper.abort();
    metrics.abort();
    quiet.close().await;
    ended.map_err(ServeError::Http)
}

fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    http::listen(address).map_err(|error| ServeError::Listen { address, error })
}

/// The first lines of a run: what runs, from what, and what it has found.
fn tell_start(config: &Config, address: SocketAddr, certificates: Option<&Certificates>) {
    let globs: Vec<String> = (config.modems.ports.globs().into_iter())
        .map(str::to_owned)
        .collect();
    let ports = ports::matching(&globs).len();
    let (version, data) = (env!("CARGO_PKG_VERSION"), config.data_dir.display());
    tracing::info!(version, %address, %data, ports, "simgate is running");
    if let Some(certificate) = certificates.map(Certificates::certificate) {
        let (fingerprint, ends, names) = (
            &certificate.fingerprint,
            certificate.ends_at,
            certificate.names.join(", "),
        );
        let self_signed = certificate.self_signed;
        tracing::info!(fingerprint, self_signed, %ends, names, "HTTPS is spoken, with this certificate (SHA-256)");
    }
    if ports::modem_manager_runs() {
        tracing::info!(
            "ModemManager runs beside simgate; it keeps off the modems that the udev rules know"
        );
    }
    if ports == 0 && !globs.is_empty() {
        let patterns = globs.join(", ");
        tracing::warn!(
            patterns,
            "no port matches modems.ports: plug a modem in, or mend the patterns in the configuration"
        );
    }
}

/// While there is no user: the code that makes the first one. Who reads the journal or the console owns
/// the machine.
async fn tell_setup_code(gateway: &Gateway) -> Option<String> {
    match gateway.users().setup_code().await {
        Ok(code) => {
            let code = code?.shown();
            tracing::warn!(
                code,
                "there is no user yet: this code makes the first one, once, within an hour; `simgate setup-code` gives another one"
            );
            Some(code)
        }
        Err(error) => {
            tracing::warn!(%error, "there is no code for the first user");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_taken_port_is_said_to_be_taken() {
        let address = SocketAddr::from(([127, 0, 0, 1], 80));
        for (kind, says) in [
            (io::ErrorKind::AddrInUse, "another program"),
            (io::ErrorKind::PermissionDenied, "CAP_NET_BIND_SERVICE"),
            (io::ErrorKind::AddrNotAvailable, "no such address"),
        ] {
            let said = cannot_listen(address, &kind.into());
            assert!(
                said.starts_with("cannot listen on 127.0.0.1:80: "),
                "{said}"
            );
            assert!(said.contains(says), "{said}");
            let taken = kind == io::ErrorKind::AddrInUse;
            assert_eq!(said.contains("another program"), taken, "{said}");
        }
    }
}
