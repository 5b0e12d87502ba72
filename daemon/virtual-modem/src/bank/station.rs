//! The task that owns one modem and its port.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Sleep, sleep};

use crate::air::{AirEvent, AirEventKind, Downlink};
use crate::fault::FaultRule;
use crate::modem::{Input, Output, VirtualModem};
use crate::sim::Sim;

use super::air_log::{self, AirLog};
use super::clients::Clients;
use super::hub::HubInput;
use super::port::Port;

/// Orders that wait for a modem.
pub(super) const MAILBOX: usize = 256;
/// The most that is read at once.
const READ: usize = 4_096;

/// What a station is told.
#[derive(Debug)]
pub(super) enum Order {
    Network(Downlink),
    /// How many clients have the port open.
    Clients(usize),
    /// Pull the modem off its port.
    Pull,
    /// Put it back, under another name when one is given.
    Plug {
        name: Option<String>,
        done: oneshot::Sender<io::Result<PathBuf>>,
    },
    Fault(FaultRule),
    NoFaults,
    Coverage {
        network: bool,
        rssi: Option<u8>,
    },
    Urc(String),
    TakeSim(oneshot::Sender<Option<Box<Sim>>>),
    PutSim(Option<Box<Sim>>),
}

/// Counts of one modem, for `stats`.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) clients: AtomicUsize,
    pub(super) plugged: AtomicUsize,
    pub(super) submits: AtomicUsize,
    pub(super) accepted: AtomicUsize,
    pub(super) deliveries: AtomicUsize,
    pub(super) acknowledged: AtomicUsize,
}

/// One modem, its port and its ways out.
pub(super) struct Station {
    pub(super) modem: VirtualModem,
    pub(super) port: Option<Port>,
    pub(super) link: PathBuf,
    pub(super) who: air_log::Station,
    pub(super) hub: mpsc::Sender<HubInput>,
    pub(super) log: Arc<AirLog>,
    pub(super) clients: Arc<Clients>,
    pub(super) counts: Arc<Counts>,
    pub(super) wake: Option<Instant>,
    /// When a modem that vanished comes back.
    pub(super) back_at: Option<Instant>,
}

impl Station {
    /// Runs until the bank is gone.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut buffer = vec![0; READ];
        let mut timer = Box::pin(sleep(Duration::ZERO));
        self.drain().await;
        loop {
            set(
                &mut timer,
                [self.wake, self.back_at].into_iter().flatten().min(),
            );
            let armed = self.wake.is_some() || self.back_at.is_some();
            let ended = tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => {
                        self.obey(order);
                        false
                    }
                    None => true,
                },
                read = transfer(&mut self.port, &mut buffer) => {
                    self.transferred(read, &buffer);
                    false
                }
                () = &mut timer, if armed => {
                    self.timer_due();
                    false
                }
            };
            if ended {
                return;
            }
            self.drain().await;
        }
    }

    fn transferred(&mut self, read: io::Result<Option<usize>>, buffer: &[u8]) {
        match read {
            Ok(Some(count)) => {
                // Whoever writes is there, though the word of the opening may come later.
                self.counts.clients.fetch_max(1, Ordering::Relaxed);
                self.modem
                    .handle(Instant::now(), Input::Bytes(&buffer[..count]));
            }
            Ok(None) => {}
            Err(error) => {
                eprintln!("virtual-modem: {}: {error}", self.link.display());
                self.unplug();
            }
        }
    }

    fn timer_due(&mut self) {
        let now = Instant::now();
        if self.back_at.is_some_and(|at| at <= now) {
            self.back_at = None;
            let link = self.link.clone();
            if let Err(error) = self.plug(link) {
                eprintln!("virtual-modem: {}: {error}", self.link.display());
            }
        }
        self.modem.handle(now, Input::Tick);
    }

    fn obey(&mut self, order: Order) {
        let now = Instant::now();
        match order {
            Order::Network(downlink) => self.modem.handle(now, Input::Network(downlink)),
            Order::Clients(open) => self.clients_changed(open),
            Order::Pull => {
                self.unplug();
                self.modem.handle(now, Input::PowerOff);
                self.back_at = None;
            }
            Order::Plug { name, done } => {
                let link =
                    name.map_or_else(|| self.link.clone(), |name| self.link.with_file_name(name));
                let plugged = if self.port.is_some() {
                    Ok(())
                } else {
                    self.plug(link)
                };
                let _ = done.send(plugged.map(|()| self.link.clone()));
            }
            Order::Fault(rule) => self.modem.handle(now, Input::Fault(rule)),
            Order::NoFaults => self.modem.handle(now, Input::NoFaults),
            Order::Coverage { network, rssi } => {
                self.modem.handle(now, Input::Coverage { network, rssi });
            }
            Order::Urc(line) => self.modem.handle(now, Input::Urc(&line)),
            Order::TakeSim(sim) => {
                let _ = sim.send(self.modem.take_sim());
            }
            Order::PutSim(sim) => self.modem.handle(now, Input::Sim(sim)),
        }
    }

    fn clients_changed(&mut self, open: usize) {
        self.counts.clients.store(open, Ordering::Relaxed);
        if let (0, Some(port)) = (open, &mut self.port) {
            port.client_left();
        }
    }

    fn unplug(&mut self) {
        self.port = None;
        self.counts.clients.store(0, Ordering::Relaxed);
        self.counts.plugged.store(0, Ordering::Relaxed);
    }

    fn plug(&mut self, link: PathBuf) -> io::Result<()> {
        let port = Port::open(link.clone())?;
        self.clients.watch(self.who.slot, port.device())?;
        self.link = link;
        self.port = Some(port);
        self.counts.plugged.store(1, Ordering::Relaxed);
        self.modem.handle(Instant::now(), Input::PowerOn);
        Ok(())
    }

    /// Does what the modem wants done.
    async fn drain(&mut self) {
        while let Some(output) = self.modem.poll() {
            match output {
                Output::Write(bytes) => {
                    let listened = self.counts.clients.load(Ordering::Relaxed) > 0;
                    if let (true, Some(port)) = (listened, &mut self.port) {
                        port.write(&bytes);
                    }
                }
                Output::WakeAt(at) => self.wake = at,
                Output::Uplink(uplink) => {
                    // The network ends only with the bank.
                    let _ = self
                        .hub
                        .send(HubInput::Uplink {
                            slot: self.who.slot,
                            uplink,
                        })
                        .await;
                }
                Output::Air(event) => self.record(&event),
                Output::Vanish(back_after) => {
                    self.unplug();
                    self.back_at = Some(Instant::now() + back_after);
                }
            }
        }
    }

    fn record(&mut self, event: &AirEvent) {
        let count = |counter: &AtomicUsize, one: bool| {
            counter.fetch_add(usize::from(one), Ordering::Relaxed)
        };
        match &event.what {
            AirEventKind::Submit(record) => {
                count(&self.counts.submits, true);
                count(&self.counts.accepted, record.accepted);
            }
            AirEventKind::Deliver(record) => {
                count(&self.counts.deliveries, true);
                count(&self.counts.acknowledged, record.acknowledged);
            }
            AirEventKind::Delete { .. } => {}
        }
        self.log.event(&self.who, event);
    }
}

/// Moves bytes between a client and the port; waits for ever without a port.
async fn transfer(port: &mut Option<Port>, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match port {
        Some(port) => port.transfer(buffer).await,
        None => std::future::pending().await,
    }
}

fn set(timer: &mut Pin<Box<Sleep>>, at: Option<Instant>) {
    if let Some(at) = at
        && timer.deadline().into_std() != at
    {
        timer.as_mut().reset(at.into());
    }
}
