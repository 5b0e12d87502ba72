//! The gateway, put together and run.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::config::Config;
use api::http;
use gateway::events::{Bus, post_callbacks};
use gateway::modems::{Fleet, Incidents, LeftOnAir, Links, supervise};
use gateway::ports;
use gateway::power::Power;
use gateway::schedule::{Dispatcher, Handle, Signal, keep_time};
use gateway::uplink::{self, Uplinks};
use gateway::{Changes, Gateway, Parts};
use store::{Store, StoreError};

/// Ports that come at once; more wait in the watcher.
const PORT_EVENTS: usize = 64;

/// How long requests that are being answered may go on after a stop.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Why the gateway cannot start, or ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error("{}: {error}", dir.display())]
    Store { dir: PathBuf, error: StoreError },
    #[error("{}", cannot_listen(*address, error))]
    Listen {
        address: SocketAddr,
        error: io::Error,
    },
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

/// Runs the gateway until `stop`. `ready` is called with the address that it listens on.
///
/// A stop is clean: what is on the air is waited for (`scheduler.stop_wait_seconds`), nothing
/// new is claimed, and the modems are left at rest.
pub(crate) async fn run(
    config: Config,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    http::raise();
    let settings = Arc::new(config.gateway());
    let decide_after = config.scheduler.uncertain_wait();
    let store = Store::open(&config.data_dir, decide_after).map_err(|error| ServeError::Store {
        dir: config.data_dir.clone(),
        error,
    })?;
    let listener = http::listen(config.http.listen).map_err(|error| ServeError::Listen {
        address: config.http.listen,
        error,
    })?;
    let address = listener.local_addr().map_err(ServeError::Http)?;

    let (bus, fleet, due) = (Bus::new(), Fleet::default(), Arc::new(Notify::new()));
    let (dispatcher, scheduler) =
        Dispatcher::new(&settings, store.clone(), bus.clone(), Arc::clone(&due));
    let dispatcher = tokio::spawn(dispatcher.run());
    let keeper = keep_time(
        Arc::clone(&settings),
        store.clone(),
        bus.clone(),
        scheduler.clone(),
        Arc::clone(&due),
    );
    let keeper = tokio::spawn(keeper);
    let poster = tokio::spawn(post_callbacks(store.clone(), bus.clone()));
    let metrics = tokio::spawn(keep_telling(bus.clone()));

    let (incidents, incidents_writer) = Incidents::start(store.clone());
    let links = Links {
        settings: Arc::clone(&settings),
        store: store.clone(),
        bus: bus.clone(),
        fleet: fleet.clone(),
        scheduler: scheduler.clone(),
        incidents,
        left: LeftOnAir::read(&store).await,
        power: Power::new(&config.power),
    };
    let uplinks = Uplinks::new(uplink::Links {
        store: store.clone(),
        bus: bus.clone(),
        scheduler: scheduler.clone(),
    });
    let (stop_modems, modems_stop) = watch::channel(false);
    let (watcher, modems) = start_modems(&config, links, modems_stop);

    let parts = Parts {
        settings,
        configuration: config.running(),
        store: store.clone(),
        bus: bus.clone(),
        fleet,
        scheduler: scheduler.clone(),
        uplinks: uplinks.clone(),
    };
    let gateway = Gateway::new(parts);
    start_routing(&gateway, &uplinks).await;
    let max_body = usize::try_from(config.http.max_body_bytes).unwrap_or(usize::MAX);
    let (changes, router) = (gateway.changes().clone(), api::router(gateway, max_body));
    let (stop_http, http_stop) = watch::channel(false);
    let at_most = http::connections_at_most();
    let mut server = tokio::spawn(http::serve(listener, router, at_most, http_stop));
    tell_start(&config, address);
    ready(address);

    let ended = tokio::select! {
        () = stop => Ok(()),
        ended = &mut server => Err(ended.map_or_else(io::Error::other, |()| io::Error::other("it ended"))),
    };
    tracing::info!("stopping");
    stop_http.send_replace(true);
    finish_sending(
        &scheduler,
        Duration::from_secs(config.scheduler.stop_wait_seconds.into()),
    )
    .await;
    finish_changes(&changes).await;
    watcher.abort();
    unbind(&uplinks).await;
    stop_modems.send_replace(true);
    if modems.await.is_err() {
        tracing::error!("the modems' supervisor panicked");
    }
    // Clients that listen to events never end by themselves: their stream does.
    bus.close();
    if tokio::time::timeout(LAST_REQUESTS, &mut server)
        .await
        .is_err()
    {
        server.abort();
    }
    // What the modems said last is written before the store closes.
    finish_sending(&scheduler, LAST_REQUESTS).await;
    // It ends with the last modem's task.
    let _ = tokio::time::timeout(LAST_REQUESTS, incidents_writer).await;
    keeper.abort();
    poster.abort();
    metrics.abort();
    dispatcher.abort();
    store.close().await;
    ended.map_err(ServeError::Http)
}

/// The watcher of ports, and the supervisor of the modems that it finds.
fn start_modems(
    config: &Config,
    links: Links,
    stop: watch::Receiver<bool>,
) -> (JoinHandle<()>, JoinHandle<()>) {
    let (found, events) = mpsc::channel(PORT_EVENTS);
    let globs = config.modems.ports.globs().into_iter();
    let watcher = tokio::spawn(ports::watch(globs.map(str::to_owned).collect(), found));
    (watcher, tokio::spawn(supervise(links, events, stop)))
}

/// The first lines of a run: what runs, from what, and what it has found.
fn tell_start(config: &Config, address: SocketAddr) {
    let globs: Vec<String> = (config.modems.ports.globs().into_iter())
        .map(str::to_owned)
        .collect();
    let ports = ports::matching(&globs).len();
    let (version, data) = (env!("CARGO_PKG_VERSION"), config.data_dir.display());
    tracing::info!(version, %address, %data, ports, "simgate is running");
    if ports == 0 && !globs.is_empty() {
        let patterns = globs.join(", ");
        tracing::warn!(
            patterns,
            "no port matches modems.ports: plug a modem in, or mend the patterns in the configuration"
        );
    }
}

/// What is told from time to time, by metrics and the log.
async fn keep_telling(bus: Bus) {
    tokio::join!(api::keep_metrics(), bus.keep_log());
}

/// The log calls SIMs by their labels.
async fn name_sims(store: &Store, bus: &Bus) {
    // Without them it has ICCIDs.
    for sim in store.sims().await.unwrap_or_default() {
        bus.label(&sim.iccid, sim.config.label.as_deref());
    }
}

/// Before anything can be sent: what waits may have to go by the routes and the uplinks.
async fn start_routing(gateway: &Gateway, uplinks: &Uplinks) {
    name_sims(gateway.store(), gateway.bus()).await;
    if let Err(error) = gateway.reroute().await {
        tracing::error!(%error, "cannot read the routes; messages go by any SIM");
    }
    uplinks.start().await;
}

/// While the modems still answer: a radio that a client had turned off is turned on again.
async fn finish_changes(changes: &Changes) {
    if tokio::time::timeout(LAST_REQUESTS, changes.done())
        .await
        .is_err()
    {
        tracing::warn!("a client's change was not done in time");
    }
}

/// Uplinks hear answers and receipts until they are unbound.
async fn unbind(uplinks: &Uplinks) {
    let unbound = tokio::time::timeout(LAST_REQUESTS, uplinks.stop()).await;
    if unbound.is_err() {
        tracing::warn!("an uplink did not unbind in time");
    }
}

/// Lets the scheduler claim nothing more and waits until nothing is on the air.
async fn finish_sending(scheduler: &Handle, wait: Duration) {
    let (done, finished) = oneshot::channel();
    scheduler.signal(Signal::Stop(done)).await;
    if tokio::time::timeout(wait, finished).await.is_err() {
        tracing::warn!(
            "some messages are still on the air; their fate is settled at the next start"
        );
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
