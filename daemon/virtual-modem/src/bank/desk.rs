//! The counter at which requests are met.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::air::Downlink;
use crate::identity::Identity;
use crate::modem::{Input, VirtualModem};
use crate::network::{Injected, Injection, Network};

use super::air_log::AirLog;
use super::order::NetworkOrder;
use super::request::{Kind, Request, RequestError};
use super::station::{Counts, Order, Station};

/// The counter at which requests are met; the control socket and the library stand in the same queue.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) stations: Vec<mpsc::Sender<Order>>,
    pub(super) hub: mpsc::Sender<NetworkOrder>,
    pub(super) counts: Vec<Arc<Counts>>,
    pub(super) identities: Vec<Identity>,
    pub(super) log: Arc<AirLog>,
    /// Told when someone asks the program to end.
    pub(super) quit: Arc<Notify>,
}

impl Desk {
    /// Meets a request; the answer has `"ok": true`.
    pub(super) async fn meet(&self, request: Request) -> Result<Value, RequestError> {
        match request {
            Request::Inject {
                slot,
                from,
                text,
                parts,
                reference,
            } => {
                let injection = Injection {
                    from,
                    text,
                    parts,
                    reference,
                };
                let injected = self.inject(slot, injection).await?;
                return Ok(json!({"ok": true, "id": injected.id, "parts": injected.parts}));
            }
            Request::Call { slot, from, rings } => {
                let call = Downlink::Call { from, rings };
                let ring = |station: &mut Station| station.input(Input::Network(call));
                self.order(slot, ring).await?;
            }
            Request::Report { slot, mr, to, st } => {
                let report =
                    move |network: &mut Network, now| network.report(now, slot, mr, &to, st);
                self.of_network(report).await??;
            }
            Request::Pull { slot } => self.order(slot, Station::pull).await?,
            Request::Plug { slot, name } => {
                let port = self.plug(slot, name).await?;
                return Ok(json!({"ok": true, "port": port}));
            }
            Request::Swap { slot, with } => self.swap(slot, with).await?,
            Request::Power { slot, ms, name } => {
                check_name(name.as_deref())?;
                let off_for = Duration::from_millis(ms);
                let cycle =
                    move |station: &mut Station| station.power_cycle(off_for, name.as_deref());
                self.order(slot, cycle).await?;
            }
            Request::Fault { slot, rule } => {
                rule.check()?;
                self.input_each(slot, move || Input::Fault(rule.clone()))
                    .await?;
            }
            Request::NoFaults { slot } => self.input_each(slot, || Input::NoFaults).await?,
            Request::Coverage {
                slot,
                network,
                rssi,
            } => {
                let coverage = move || Input::Coverage { network, rssi };
                self.input_each(slot, coverage).await?;
            }
            Request::Urc { slot, line } => {
                let say = move |station: &mut Station| station.input(Input::Urc(&line));
                self.order_each(slot, say).await?;
            }
            Request::EjectSim { slot } => self.order_each(slot, Station::eject_sim).await?,
            Request::InsertSim { slot } => self.order_each(slot, Station::insert_sim).await?,
            Request::LockSim { slot, pin } => {
                let lock =
                    move |station: &mut Station| station.input(Input::LockSim(pin.as_deref()));
                self.order_each(slot, lock).await?;
            }
            Request::Fill {
                slot,
                memory,
                free,
                with,
            } => {
                let fill = move |modem: &mut VirtualModem, memory: &str| {
                    modem.fill(memory, free, with.status())
                };
                return self.in_memory(slot, memory, fill).await;
            }
            Request::Empty { slot, memory, of } => {
                let status = of.map(Kind::status);
                let empty =
                    move |modem: &mut VirtualModem, memory: &str| modem.empty(memory, status);
                return self.in_memory(slot, memory, empty).await;
            }
            Request::Stats => return self.stats().await,
            Request::Quit => self.quit.notify_one(),
        }
        Ok(json!({"ok": true}))
    }

    pub(super) async fn inject(
        &self,
        slot: usize,
        injection: Injection,
    ) -> Result<Injected, RequestError> {
        let home = self.identities.get(slot);
        let home = home.ok_or(RequestError::NoSuchModem(slot))?.msisdn.clone();
        let (from, text) = (injection.from.clone(), injection.text.clone());
        let inject = move |network: &mut Network, now| {
            let msisdn = network.attached_at(slot).unwrap_or(&home).to_owned();
            network.inject(now, &msisdn, &injection)
        };
        let injected = self.of_network(inject).await??;
        self.log.injected(slot, &from, &text, &injected);
        Ok(injected)
    }

    /// What came of something that the network's task did.
    async fn of_network<T: Send + 'static>(
        &self,
        order: impl FnOnce(&mut Network, Instant) -> T + Send + 'static,
    ) -> Result<T, RequestError> {
        let (done, answer) = oneshot::channel();
        let order = move |network: &mut Network, now| drop(done.send(order(network, now)));
        self.hub.send(Box::new(order)).await?;
        Ok(answer.await?)
    }

    /// Gives an order and waits until it was obeyed, with all that the modem did for it.
    async fn order<T: Send + 'static>(
        &self,
        slot: usize,
        order: impl FnOnce(&mut Station) -> T + Send + 'static,
    ) -> Result<T, RequestError> {
        let station = self.stations.get(slot);
        let station = station.ok_or(RequestError::NoSuchModem(slot))?;
        let (done, answer) = oneshot::channel();
        let order = move |station: &mut Station| drop(done.send(order(station)));
        station.send(Box::new(order)).await?;
        let (told, obeyed) = oneshot::channel();
        station
            .send(Box::new(|_| {
                let _ = told.send(());
            }))
            .await?;
        obeyed.await?;
        Ok(answer.await?)
    }

    async fn order_each(
        &self,
        slot: Option<usize>,
        order: impl FnOnce(&mut Station) + Clone + Send + 'static,
    ) -> Result<(), RequestError> {
        let slots = slot.map_or(0..self.stations.len(), |slot| slot..slot + 1);
        for slot in slots {
            self.order(slot, order.clone()).await?;
        }
        Ok(())
    }

    async fn input_each(
        &self,
        slot: Option<usize>,
        input: impl Fn() -> Input<'static> + Clone + Send + 'static,
    ) -> Result<(), RequestError> {
        self.order_each(slot, move |station| station.input(input()))
            .await
    }

    /// Fills or empties a memory; the answer says how many messages that concerned.
    async fn in_memory(
        &self,
        slot: usize,
        memory: String,
        change: impl FnOnce(&mut VirtualModem, &str) -> Option<usize> + Send + 'static,
    ) -> Result<Value, RequestError> {
        let name = memory.clone();
        let change = move |station: &mut Station| change(&mut station.modem, &name);
        let count = self.order(slot, change).await?;
        let count = count.ok_or(RequestError::Memory(memory))?;
        Ok(json!({"ok": true, "count": count}))
    }

    async fn plug(&self, slot: usize, name: Option<String>) -> Result<PathBuf, RequestError> {
        check_name(name.as_deref())?;
        let plug = move |station: &mut Station| station.plug_in(name.as_deref());
        Ok(self.order(slot, plug).await??)
    }

    async fn swap(&self, slot: usize, with: usize) -> Result<(), RequestError> {
        let mut sims = Vec::new();
        for slot in [slot, with] {
            self.order(slot, Station::pull).await?;
            sims.push(self.order(slot, Station::take_sim).await?);
        }
        for (slot, sim) in [with, slot].into_iter().zip(sims) {
            self.order(slot, |station| station.input(Input::Sim(sim)))
                .await?;
            self.plug(slot, None).await?;
        }
        Ok(())
    }

    async fn stats(&self) -> Result<Value, RequestError> {
        let mut modems = Vec::new();
        for (slot, (identity, counts)) in self.identities.iter().zip(&self.counts).enumerate() {
            let msisdn = identity.msisdn.clone();
            let waiting = self.of_network(move |network, _| network.waiting(&msisdn));
            let load = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
            modems.push(json!({
                "slot": slot,
                "imei": identity.imei,
                "iccid": identity.iccid,
                "imsi": identity.imsi,
                "msisdn": identity.msisdn,
                "plugged": load(&counts.plugged) == 1,
                "clients": load(&counts.clients),
                "submits": load(&counts.submits),
                "accepted": load(&counts.accepted),
                "deliveries": load(&counts.deliveries),
                "acknowledged": load(&counts.acknowledged),
                "waiting": waiting.await?,
            }));
        }
        Ok(json!({"ok": true, "modems": modems}))
    }
}

fn check_name(name: Option<&str>) -> Result<(), RequestError> {
    if name.is_some_and(|name| name.is_empty() || name.starts_with('.') || name.contains('/')) {
        return Err(RequestError::Name);
    }
    Ok(())
}
