//! The gateway, put together, run and stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use store::{Home, Store, StoreError};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::backups::{self, Backups};
use crate::changes::fit_suppressions;
use crate::events::Bus;
use crate::messages::draft::Defaults;
use crate::modems::{Fleet, Incidents, LeftOnAir, ModemLinks, supervise};
use crate::power::Power;
use crate::schedule::{Dispatcher, Handle, Signal, keep_time};
use crate::settings::Settings;
use crate::uplink::{self, Uplinks};
use crate::webhooks::Webhooks;
use crate::{Gateway, GatewayParts, attention, opt_out, ports, statistics, webhooks};

/// Ports that come at once; more wait in the watcher.
const PORT_EVENTS: usize = 64;
/// How long each of the last things may take after a stop.
const LAST: Duration = Duration::from_secs(5);

/// A gateway that has its data directory for itself, and does nothing yet.
pub struct OpenedGateway {
    store: Store,
    settings: Arc<Settings>,
    defaults: Defaults,
    home: Home,
}

impl OpenedGateway {
    /// What the last run left on the air is uncertain from here on.
    pub fn new(home: impl Into<Home>, settings: Settings) -> Result<Self, StoreError> {
        let home = home.into();
        let store = Store::open(home.clone(), settings.scheduler.uncertain_wait())?;
        let defaults = Defaults::from(&settings);
        let recognise = opt_out::recognise(&settings, defaults.clone());
        store.inbound().heed_opt_outs(recognise);
        let settings = Arc::new(settings);
        Ok(Self {
            store,
            settings,
            defaults,
            home,
        })
    }

    /// Starts all parts. `configuration`: the whole file as it is, for whoever helps. `own`: where
    /// the API listens.
    pub async fn start(self, configuration: serde_json::Value, own: Vec<SocketAddr>) -> Running {
        let Self {
            store,
            settings,
            defaults,
            home,
        } = self;
        if let Err(error) = defaults.learn_country(store.admin()).await {
            tracing::error!(%error, "cannot read the country; numbers without + are refused");
        }
        // Before anything is sent.
        if let Err(error) = fit_suppressions(store.admin(), defaults.country()).await {
            tracing::error!(%error, "cannot give suppressed numbers their country code");
        }
        let (bus, fleet, due) = (Bus::new(), Fleet::default(), Arc::new(Notify::new()));
        let (dispatcher, scheduler) =
            Dispatcher::new(&settings, store.clone(), bus.clone(), Arc::clone(&due));
        let keeper = keep_time(
            Arc::clone(&settings),
            store.clone(),
            bus.clone(),
            scheduler.clone(),
            Arc::clone(&due),
        );
        let hooks = Webhooks::new(store.webhooks().clone(), &settings.webhooks.allow, own);
        if let Err(error) = hooks.start().await {
            tracing::error!(%error, "cannot read the webhooks; nothing is posted");
        }
        statistics::keep_days(&settings, &store).await;
        let copies = Backups::new(store.upkeep().clone(), home, settings.backup.clone()).await;
        let log = bus.clone();
        let mut tasks = vec![
            tokio::spawn(dispatcher.run()),
            tokio::spawn(keeper),
            tokio::spawn(webhooks::post(hooks.clone(), bus.clone())),
            tokio::spawn(webhooks::feed(hooks.clone(), bus.clone())),
            tokio::spawn(statistics::keep(Arc::clone(&settings), store.clone())),
            tokio::spawn(backups::keep_schedule(copies.clone())),
            tokio::spawn(async move { log.keep_log().await }),
        ];
        let (incidents, incidents_writer) = Incidents::start(store.admin().clone());
        let country = defaults.country.clone();
        let power = Power::start(&settings.power);
        let links = ModemLinks {
            settings: Arc::clone(&settings),
            country: country.clone(),
            store: store.clone(),
            bus: bus.clone(),
            fleet: fleet.clone(),
            scheduler: scheduler.for_carriers(),
            incidents,
            left: LeftOnAir::read(store.evidence()).await,
            power: power.clone(),
        };
        let uplinks = Uplinks::new(uplink::UplinkLinks {
            country,
            store: store.clone(),
            bus: bus.clone(),
            scheduler: scheduler.for_carriers(),
        });
        let (stop_modems, modems_stop) = watch::channel(false);
        let (watcher, modems) = start_modems(&settings, links, modems_stop);
        let gateway = Gateway::new(GatewayParts {
            settings: Arc::clone(&settings),
            defaults,
            configuration,
            store: store.clone(),
            bus,
            fleet,
            scheduler: scheduler.clone(),
            uplinks: uplinks.clone(),
            webhooks: hooks,
            backups: copies,
            power,
        });
        start_routing(&gateway, &uplinks).await;
        tasks.push(tokio::spawn(attention::keep(gateway.clone())));
        Running {
            gateway,
            store,
            settings,
            scheduler,
            uplinks,
            watcher,
            modems,
            stop_modems,
            incidents_writer,
            tasks,
        }
    }
}

/// A gateway at work.
pub struct Running {
    gateway: Gateway,
    store: Store,
    settings: Arc<Settings>,
    scheduler: Handle,
    uplinks: Uplinks,
    watcher: JoinHandle<()>,
    modems: JoinHandle<()>,
    stop_modems: watch::Sender<bool>,
    incidents_writer: JoinHandle<()>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Claims nothing more, waits for what is on the air, leaves modems and uplinks, and ends the
    /// streams of events. Requests are still answered.
    pub async fn quiet(self) -> Quiet {
        let wait = self.settings.scheduler.stop_wait_seconds;
        finish_sending(&self.scheduler, Duration::from_secs(wait.into())).await;
        finish_changes(&self.gateway).await;
        end_backup(&self.gateway).await;
        self.gateway.keys().write_used().await;
        self.watcher.abort();
        unbind(&self.uplinks).await;
        self.stop_modems.send_replace(true);
        if self.modems.await.is_err() {
            tracing::error!("the modems' supervisor panicked");
        }
        // Clients that listen to events never end by themselves: their stream does.
        self.gateway.bus().close();
        Quiet {
            store: self.store,
            scheduler: self.scheduler,
            incidents_writer: self.incidents_writer,
            tasks: self.tasks,
        }
    }
}

/// A gateway that sends and receives nothing more.
pub struct Quiet {
    store: Store,
    scheduler: Handle,
    incidents_writer: JoinHandle<()>,
    tasks: Vec<JoinHandle<()>>,
}

impl Quiet {
    /// Writes what is left and closes the store.
    pub async fn close(self) {
        // What the modems said last is written before the store closes.
        finish_sending(&self.scheduler, LAST).await;
        // It ends with the last modem's task.
        let _ = tokio::time::timeout(LAST, self.incidents_writer).await;
        for task in self.tasks {
            task.abort();
        }
        self.store.close().await;
    }
}

/// The watcher of ports, and the supervisor of the modems that it finds.
fn start_modems(
    settings: &Settings,
    links: ModemLinks,
    stop: watch::Receiver<bool>,
) -> (JoinHandle<()>, JoinHandle<()>) {
    let (found, events) = mpsc::channel(PORT_EVENTS);
    let globs = settings.modems.ports.globs().into_iter();
    let globs = globs.map(str::to_owned).collect();
    let watcher = tokio::spawn(ports::watch(globs, settings.power.board_port(), found));
    (watcher, tokio::spawn(supervise(links, events, stop)))
}

/// Before anything can be sent: what waits may have to go by the routes and the uplinks.
async fn start_routing(gateway: &Gateway, uplinks: &Uplinks) {
    name_sims(gateway).await;
    if let Err(error) = gateway.reroute().await {
        tracing::error!(%error, "cannot read the routes; messages go by any SIM");
    }
    uplinks.start().await;
}

/// The log calls SIMs by their labels.
async fn name_sims(gateway: &Gateway) {
    // Without them it has ICCIDs.
    for sim in gateway.records().sims().await.unwrap_or_default() {
        gateway.bus().label(&sim.iccid, sim.config.label.as_deref());
    }
}

/// While the modems still answer: a radio that a client had turned off is turned on again.
async fn finish_changes(gateway: &Gateway) {
    let done = tokio::time::timeout(LAST, gateway.changes().done()).await;
    if done.is_err() {
        tracing::warn!("a client's change was not done in time");
    }
}

/// One that is being made holds the database open.
async fn end_backup(gateway: &Gateway) {
    let ended = tokio::time::timeout(LAST, gateway.backups().stop()).await;
    if ended.is_err() {
        tracing::warn!("a backup did not end in time");
    }
}

/// Uplinks hear answers and receipts until they are unbound.
async fn unbind(uplinks: &Uplinks) {
    let unbound = tokio::time::timeout(LAST, uplinks.stop()).await;
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
