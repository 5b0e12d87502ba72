//! A bank of modems on real ptys.

mod air_log;
mod clients;
mod control;
mod desk;
mod hub;
mod options;
mod order;
mod port;
mod ports;
mod request;
mod station;

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use serde_json::Value;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::identity::{Identity, mix};
use crate::modem::{Input, Setup, VirtualModem};
use crate::network::{Injection, Network, NetworkOptions};
use crate::profile::Profile;
use crate::sim::Sim;

use self::air_log::AirLog;
use self::clients::Clients;
use self::desk::Desk;
pub use self::options::BankOptions;
use self::ports::Ports;
pub use self::request::{Kind, Request, RequestError};
use self::station::Order;
use self::station::{Counts, Station};

/// The most modems of a bank; identities have three digits for the slot.
const MOST: usize = 1_000;

/// A running bank. Dropped, its ports and its socket are gone.
#[derive(Debug)]
pub struct Bank {
    desk: Arc<Desk>,
    ports: Vec<PathBuf>,
    tasks: JoinSet<()>,
    _socket: Option<control::SocketFile>,
}

impl Bank {
    /// Opens the ports and starts the modems on the runtime of the caller. All ports are there when it returns.
    pub async fn start(options: BankOptions) -> io::Result<Self> {
        if options.modems == 0 || options.modems > MOST || options.profiles.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a bank has 1 to 1,000 modems",
            ));
        }
        if !(1..=ports::MOST).contains(&options.traits.ports) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a modem has 1 to 4 ports",
            ));
        }
        tokio::fs::create_dir_all(&options.dir).await?;
        let clock = Clock::system();
        let log = Arc::new(AirLog::open(options.air_log.as_deref())?);
        let clients = Arc::new(Clients::new()?);
        let (hub, hub_inputs) = mpsc::channel(hub::MAILBOX);
        let mut desk = Desk {
            stations: Vec::new(),
            hub: hub.clone(),
            counts: Vec::new(),
            identities: Vec::new(),
            log: Arc::clone(&log),
            quit: Arc::new(Notify::new()),
        };
        let mut starting = Vec::new();
        for slot in 0..options.modems {
            let profile = options.profiles[slot % options.profiles.len()];
            let identity = Identity::new(options.seed, slot, profile.tac);
            let link = options.dir.join(format!("modem{slot}"));
            let mut ports = Ports::new(
                link,
                options.traits.ports,
                options.mute_ports.clone(),
                options.keep_unread,
            );
            ports.open(&clients, slot)?;
            let counts = Arc::new(Counts::default());
            counts.plugged.store(1, Ordering::Relaxed);
            let (orders, inbox) = mpsc::channel(station::MAILBOX);
            let station = Station {
                modem: modem(&options, clock, profile, &identity, slot),
                ports,
                who: air_log::Station {
                    slot,
                    imei: identity.imei.clone(),
                },
                hub: hub.clone(),
                log: Arc::clone(&log),
                clients: Arc::clone(&clients),
                counts: Arc::clone(&counts),
                wake: None,
                back_at: None,
                drawer: None,
            };
            desk.stations.push(orders);
            desk.counts.push(counts);
            desk.identities.push(identity);
            starting.push((station, inbox));
        }
        let listening = options
            .control
            .as_deref()
            .map(control::listen)
            .transpose()?;
        let numbers = desk
            .identities
            .iter()
            .map(|identity| identity.msisdn.clone());
        let of_network = NetworkOptions {
            seed: options.seed,
            ..options.network.clone()
        };
        let network = Network::new(clock, of_network, numbers);
        let ports = starting
            .iter()
            .map(|(station, _)| station.ports.link().to_owned())
            .collect();

        let mut tasks = JoinSet::new();
        tasks.spawn(hub::run(network, hub_inputs, desk.stations.clone()));
        tasks.spawn(tell_clients(clients, desk.stations.clone()));
        for (station, inbox) in starting {
            tasks.spawn(station.run(inbox));
        }
        let desk = Arc::new(desk);
        let socket = listening.map(|(listener, file)| {
            tasks.spawn(control::serve(listener, Arc::clone(&desk)));
            file
        });
        Ok(Self {
            desk,
            ports,
            tasks,
            _socket: socket,
        })
    }

    /// The stable names of the modems' first ports, in the order of the slots.
    pub fn ports(&self) -> Vec<PathBuf> {
        self.ports.clone()
    }

    /// Who the modems and their SIMs are, in the order of the slots.
    pub fn identities(&self) -> &[Identity] {
        &self.desk.identities
    }

    /// A message from `from` arrives at the SIM of `slot`; tells how many parts it has.
    pub async fn inject(&self, slot: usize, from: &str, text: &str) -> Result<usize, RequestError> {
        let injection = Injection {
            from: from.to_owned(),
            text: text.to_owned(),
            parts: Vec::new(),
            reference: None,
        };
        Ok(self.desk.inject(slot, injection).await?.parts)
    }

    /// Meets a request as the control socket does.
    pub async fn request(&self, request: Request) -> Result<Value, RequestError> {
        self.desk.meet(request).await
    }

    /// Waits until someone asks over the control socket for the end.
    pub async fn quit_requested(&self) {
        self.desk.quit.notified().await;
    }

    /// Ends the modems and removes their ports.
    pub async fn shutdown(mut self) {
        self.tasks.shutdown().await;
    }
}

fn modem(
    options: &BankOptions,
    clock: Clock,
    profile: &'static Profile,
    identity: &Identity,
    slot: usize,
) -> VirtualModem {
    let slots = profile
        .memories
        .iter()
        .find(|(name, _)| *name == "SM")
        .map_or(20, |(_, size)| *size);
    let sim = Sim::new(
        identity,
        options.sim_slots.unwrap_or(slots),
        options.pin.as_deref(),
    );
    let setup = Setup {
        profile,
        imei: identity.imei.clone(),
        traits: options.traits.clone(),
        seed: mix(options.seed).wrapping_add(slot as u64),
    };
    let now = Instant::now();
    let mut modem = VirtualModem::new(now, clock, setup, Some(Box::new(sim)));
    for rule in &options.faults {
        modem.handle(now, Input::Fault(rule.clone()));
    }
    modem
}

/// Passes on who opens and closes the ports.
async fn tell_clients(clients: Arc<Clients>, stations: Vec<mpsc::Sender<Order>>) {
    loop {
        let changes = match clients.changes().await {
            Ok(changes) => changes,
            Err(error) => {
                eprintln!("virtual-modem: watching the ports: {error}");
                return;
            }
        };
        for change in changes {
            if let Some(station) = stations.get(change.slot) {
                // A station ends only with the bank.
                let told =
                    move |station: &mut Station| station.clients_changed(change.port, change.open);
                let _ = station.send(Box::new(told)).await;
            }
        }
    }
}

/// Registers a file descriptor with the runtime.
#[expect(
    deprecated,
    reason = "its replacement is unsafe for the sake of types that are not an OwnedFd, which is sound"
)]
fn watched(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(fd, interest)
}
