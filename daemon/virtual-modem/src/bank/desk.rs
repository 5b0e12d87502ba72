//! The counter at which requests are met.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::air::Downlink;
use crate::identity::Identity;
use crate::network::{Injected, Injection};

use super::air_log::AirLog;
use super::hub::HubInput;
use super::order::Order;
use super::request::{Kind, Request, RequestError};
use super::station::Counts;

/// The counter at which requests are met; the control socket and the library stand in the same queue.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) stations: Vec<mpsc::Sender<Order>>,
    pub(super) hub: mpsc::Sender<HubInput>,
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
                let injected = self
                    .inject(
                        slot,
                        Injection {
                            from,
                            text,
                            parts,
                            reference,
                        },
                    )
                    .await?;
                return Ok(json!({"ok": true, "id": injected.id, "parts": injected.parts}));
            }
            Request::Call { slot, from, rings } => {
                self.order(slot, Order::Network(Downlink::Call { from, rings }))
                    .await?;
            }
            Request::Report { slot, mr, to, st } => {
                let (done, answer) = oneshot::channel();
                self.hub
                    .send(HubInput::Report {
                        slot,
                        mr,
                        to,
                        st,
                        done,
                    })
                    .await?;
                answer.await??;
            }
            Request::Pull { slot } => self.order(slot, Order::Pull).await?,
            Request::Plug { slot, name } => {
                let port = self.plug(slot, name).await?;
                return Ok(json!({"ok": true, "port": port}));
            }
            Request::Swap { slot, with } => self.swap(slot, with).await?,
            Request::Power { slot, ms, name } => {
                check_name(name.as_deref())?;
                let off_for = Duration::from_millis(ms);
                self.order(slot, Order::PowerCycle { off_for, name })
                    .await?;
            }
            Request::Fault { slot, rule } => {
                rule.check()?;
                self.order_each(slot, || Order::Fault(rule.clone())).await?;
            }
            Request::NoFaults { slot } => self.order_each(slot, || Order::NoFaults).await?,
            Request::Coverage {
                slot,
                network,
                rssi,
            } => {
                self.order_each(slot, || Order::Coverage { network, rssi })
                    .await?;
            }
            Request::Urc { slot, line } => {
                self.order_each(slot, || Order::Urc(line.clone())).await?;
            }
            Request::Stats => return self.stats().await,
            Request::Quit => self.quit.notify_one(),
            request => return self.meet_card(request).await,
        }
        Ok(json!({"ok": true}))
    }

    /// The requests that concern the SIM and the memories.
    async fn meet_card(&self, request: Request) -> Result<Value, RequestError> {
        match request {
            Request::EjectSim { slot } => self.order_each(slot, || Order::EjectSim).await?,
            Request::InsertSim { slot } => self.order_each(slot, || Order::InsertSim).await?,
            Request::LockSim { slot, pin } => {
                self.order_each(slot, || Order::LockSim(pin.clone()))
                    .await?;
            }
            Request::Fill {
                slot,
                memory,
                free,
                with,
            } => {
                let status = with.status();
                return self
                    .in_memory(slot, &memory, |memory, done| Order::Fill {
                        memory,
                        free,
                        status,
                        done,
                    })
                    .await;
            }
            Request::Empty { slot, memory, of } => {
                let status = of.map(Kind::status);
                return self
                    .in_memory(slot, &memory, |memory, done| Order::Empty {
                        memory,
                        status,
                        done,
                    })
                    .await;
            }
            _ => {}
        }
        Ok(json!({"ok": true}))
    }

    pub(super) async fn inject(
        &self,
        slot: usize,
        injection: Injection,
    ) -> Result<Injected, RequestError> {
        let home = self
            .identities
            .get(slot)
            .ok_or(RequestError::NoSuchModem(slot))?
            .msisdn
            .clone();
        let (from, text) = (injection.from.clone(), injection.text.clone());
        let (done, answer) = oneshot::channel();
        self.hub
            .send(HubInput::Inject {
                slot,
                home,
                injection,
                done,
            })
            .await?;
        let injected = answer.await??;
        self.log.injected(slot, &from, &text, &injected);
        Ok(injected)
    }

    /// Gives an order and waits until it was obeyed.
    pub(super) async fn order(&self, slot: usize, order: Order) -> Result<(), RequestError> {
        let station = self
            .stations
            .get(slot)
            .ok_or(RequestError::NoSuchModem(slot))?;
        station.send(order).await?;
        let (done, obeyed) = oneshot::channel();
        station.send(Order::Tell(done)).await?;
        Ok(obeyed.await?)
    }

    async fn order_each(
        &self,
        slot: Option<usize>,
        order: impl Fn() -> Order,
    ) -> Result<(), RequestError> {
        let slots = slot.map_or(0..self.stations.len(), |slot| slot..slot + 1);
        for slot in slots {
            self.order(slot, order()).await?;
        }
        Ok(())
    }

    /// Fills or empties a memory; the answer says how many messages that concerned.
    async fn in_memory(
        &self,
        slot: usize,
        memory: &str,
        order: impl FnOnce(String, oneshot::Sender<Option<usize>>) -> Order,
    ) -> Result<Value, RequestError> {
        let (done, answer) = oneshot::channel();
        self.order(slot, order(memory.to_owned(), done)).await?;
        let count = answer
            .await?
            .ok_or_else(|| RequestError::Memory(memory.to_owned()))?;
        Ok(json!({"ok": true, "count": count}))
    }

    async fn plug(&self, slot: usize, name: Option<String>) -> Result<PathBuf, RequestError> {
        check_name(name.as_deref())?;
        let (done, answer) = oneshot::channel();
        self.order(slot, Order::Plug { name, done }).await?;
        Ok(answer.await??)
    }

    async fn swap(&self, slot: usize, with: usize) -> Result<(), RequestError> {
        let mut sims = Vec::new();
        for slot in [slot, with] {
            self.order(slot, Order::Pull).await?;
            let (sim, taken) = oneshot::channel();
            self.order(slot, Order::TakeSim(sim)).await?;
            sims.push(taken.await?);
        }
        for (slot, sim) in [with, slot].into_iter().zip(sims) {
            self.order(slot, Order::PutSim(sim)).await?;
            self.plug(slot, None).await?;
        }
        Ok(())
    }

    async fn stats(&self) -> Result<Value, RequestError> {
        let mut modems = Vec::new();
        for (slot, (identity, counts)) in self.identities.iter().zip(&self.counts).enumerate() {
            let (count, waiting) = oneshot::channel();
            self.hub
                .send(HubInput::Waiting {
                    msisdn: identity.msisdn.clone(),
                    count,
                })
                .await?;
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
