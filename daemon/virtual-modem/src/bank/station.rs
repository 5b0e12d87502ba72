//! The task that owns one modem and its ports.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::{Sleep, sleep};

use crate::air::{AirEvent, AirEventKind};
use crate::modem::{Input, Output, VirtualModem};
use crate::network::Network;
use crate::sim::Sim;

use super::air_log::{self, AirLog};
use super::clients::Clients;
use super::order::NetworkOrder;
use super::ports::{Ports, Transfer};

/// Orders that wait for a modem; whoever gives more waits, and what the network has is lost on the air.
pub(super) const MAILBOX: usize = 256;

/// Carried out by the task that owns a modem.
pub(super) type Order = Box<dyn FnOnce(&mut Station) + Send>;

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
    pub(super) hub: mpsc::Sender<NetworkOrder>,
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
                        order(&mut self);
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
                    self.input(Input::PortOpened);
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

    /// Something happens to the modem now.
    pub(super) fn input(&mut self, input: Input<'_>) {
        self.modem.handle(Instant::now(), input);
    }

    /// The port is put back, under another name when one is given.
    pub(super) fn plug_in(&mut self, name: Option<&str>) -> io::Result<PathBuf> {
        if !self.ports.are_there() {
            self.plug(name)?;
        }
        Ok(self.ports.link().to_owned())
    }

    /// The power goes, and comes back after this time.
    pub(super) fn power_cycle(&mut self, off_for: Duration, name: Option<&str>) {
        self.pull();
        if let Some(name) = name {
            self.ports.rename(name);
        }
        self.back_at = Some(Instant::now() + off_for);
    }

    /// The SIM, from the holder or from where it was put.
    pub(super) fn take_sim(&mut self) -> Option<Box<Sim>> {
        self.drawer.take().or_else(|| self.modem.take_sim())
    }

    /// The SIM comes out of the holder while the modem runs.
    pub(super) fn eject_sim(&mut self) {
        if self.drawer.is_none() {
            self.drawer = self.modem.take_sim();
        }
    }

    /// And back in.
    pub(super) fn insert_sim(&mut self) {
        if let Some(sim) = self.drawer.take() {
            self.input(Input::Sim(Some(sim)));
        }
    }

    /// So many clients have a port open.
    pub(super) fn clients_changed(&mut self, port: usize, open: usize) {
        let before = self.ports.clients();
        self.ports.clients_changed(port, open);
        match (before, self.ports.clients()) {
            (_, 0) => self.input(Input::PortClosed),
            (0, _) => self.input(Input::PortOpened),
            _ => {}
        }
        self.count_clients();
    }

    fn count_clients(&self) {
        self.counts
            .clients
            .store(self.ports.clients(), Ordering::Relaxed);
    }

    /// The modem is pulled off its port.
    pub(super) fn pull(&mut self) {
        self.unplug();
        self.input(Input::PowerOff);
        self.back_at = None;
    }

    fn unplug(&mut self) {
        self.ports.close();
        self.count_clients();
        self.counts.plugged.store(0, Ordering::Relaxed);
    }

    fn plug(&mut self, name: Option<&str>) -> io::Result<()> {
        if let Some(name) = name {
            self.ports.rename(name);
        }
        self.ports.open(&self.clients, self.who.slot)?;
        self.counts.plugged.store(1, Ordering::Relaxed);
        self.input(Input::PowerOn);
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
                    let slot = self.who.slot;
                    let order = move |network: &mut Network, now| network.uplink(now, slot, uplink);
                    let _ = self.hub.send(Box::new(order)).await;
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
