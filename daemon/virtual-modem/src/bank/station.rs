//! The task that owns one modem and its ports.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::{Sleep, sleep};

use crate::air::{AirEvent, AirEventKind};
use crate::modem::{Input, Output, VirtualModem};
use crate::sim::Sim;

use super::air_log::{self, AirLog};
use super::clients::Clients;
use super::hub::HubInput;
use super::order::Order;
use super::ports::{Ports, Transfer};

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

/// One modem, its ports and its ways out.
pub(super) struct Station {
    pub(super) modem: VirtualModem,
    pub(super) ports: Ports,
    pub(super) who: air_log::Station,
    pub(super) hub: mpsc::Sender<HubInput>,
    pub(super) log: Arc<AirLog>,
    pub(super) clients: Arc<Clients>,
    pub(super) counts: Arc<Counts>,
    pub(super) wake: Option<Instant>,
    /// When a modem that vanished comes back.
    pub(super) back_at: Option<Instant>,
    /// The SIM while it is out of the holder.
    pub(super) drawer: Option<Box<Sim>>,
}

impl Station {
    /// Runs until the bank is gone.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
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
                transfer = self.ports.transfer() => {
                    self.transferred(transfer);
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

    fn transferred(&mut self, transfer: io::Result<Transfer>) {
        match transfer {
            Ok(Transfer::Read { port, count }) => {
                if self.ports.somebody_wrote(port) {
                    self.modem.handle(Instant::now(), Input::PortOpened);
                    self.count_clients();
                }
                if let Some(bytes) = self.ports.heard(port, count) {
                    self.modem
                        .handle(Instant::now(), Input::BytesAt(port, bytes));
                }
            }
            Ok(Transfer::Written) => {}
            Err(error) => {
                eprintln!("virtual-modem: {}: {error}", self.ports.link().display());
                self.unplug();
            }
        }
    }

    fn timer_due(&mut self) {
        let now = Instant::now();
        if self.back_at.is_some_and(|at| at <= now) {
            self.back_at = None;
            if let Err(error) = self.plug(None) {
                eprintln!("virtual-modem: {}: {error}", self.ports.link().display());
            }
        }
        self.modem.handle(now, Input::Tick);
    }

    fn obey(&mut self, order: Order) {
        let now = Instant::now();
        match order {
            Order::Network(downlink) => self.modem.handle(now, Input::Network(downlink)),
            Order::Clients { port, open } => self.clients_changed(now, port, open),
            Order::Pull => self.pull(now),
            Order::Plug { name, done } => {
                let plugged = if self.ports.are_there() {
                    Ok(())
                } else {
                    self.plug(name)
                };
                let link = self.ports.link().to_owned();
                let _ = done.send(plugged.map(|()| link));
            }
            Order::PowerCycle { off_for, name } => {
                self.pull(now);
                if let Some(name) = name {
                    self.ports.rename(&name);
                }
                self.back_at = Some(now + off_for);
            }
            Order::Tell(done) => drop(done.send(())),
            Order::Fault(rule) => self.modem.handle(now, Input::Fault(rule)),
            Order::NoFaults => self.modem.handle(now, Input::NoFaults),
            Order::Coverage { network, rssi } => {
                self.modem.handle(now, Input::Coverage { network, rssi });
            }
            Order::Urc(line) => self.modem.handle(now, Input::Urc(&line)),
            Order::Fill {
                memory,
                free,
                status,
                done,
            } => drop(done.send(self.modem.fill(&memory, free, status))),
            Order::Empty {
                memory,
                status,
                done,
            } => drop(done.send(self.modem.empty(&memory, status))),
            order => self.handle_sim(now, order),
        }
    }

    /// The orders that concern the SIM and its holder.
    fn handle_sim(&mut self, now: Instant, order: Order) {
        match order {
            Order::TakeSim(sim) => {
                let taken = self.drawer.take().or_else(|| self.modem.take_sim());
                let _ = sim.send(taken);
            }
            Order::PutSim(sim) => self.modem.handle(now, Input::Sim(sim)),
            Order::EjectSim if self.drawer.is_none() => self.drawer = self.modem.take_sim(),
            Order::InsertSim if self.drawer.is_some() => {
                self.modem.handle(now, Input::Sim(self.drawer.take()));
            }
            Order::LockSim(pin) => self.modem.handle(now, Input::LockSim(pin.as_deref())),
            _ => {}
        }
    }

    fn clients_changed(&mut self, now: Instant, port: usize, open: usize) {
        let before = self.ports.clients();
        self.ports.clients_changed(port, open);
        match (before, self.ports.clients()) {
            (_, 0) => self.modem.handle(now, Input::PortClosed),
            (0, _) => self.modem.handle(now, Input::PortOpened),
            _ => {}
        }
        self.count_clients();
    }

    fn count_clients(&self) {
        self.counts
            .clients
            .store(self.ports.clients(), Ordering::Relaxed);
    }

    fn pull(&mut self, now: Instant) {
        self.unplug();
        self.modem.handle(now, Input::PowerOff);
        self.back_at = None;
    }

    fn unplug(&mut self) {
        self.ports.close();
        self.count_clients();
        self.counts.plugged.store(0, Ordering::Relaxed);
    }

    fn plug(&mut self, name: Option<String>) -> io::Result<()> {
        if let Some(name) = name {
            self.ports.rename(&name);
        }
        self.ports.open(&self.clients, self.who.slot)?;
        self.counts.plugged.store(1, Ordering::Relaxed);
        self.modem.handle(Instant::now(), Input::PowerOn);
        Ok(())
    }

    /// Does what the modem wants done.
    async fn drain(&mut self) {
        while let Some(output) = self.modem.poll() {
            match output {
                Output::Write { port, bytes } => self.ports.write(port, &bytes),
                Output::KeepUnread(keep) => self.ports.keep_unread(keep),
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

fn set(timer: &mut Pin<Box<Sleep>>, at: Option<Instant>) {
    if let Some(at) = at
        && timer.deadline().into_std() != at
    {
        timer.as_mut().reset(at.into());
    }
}
