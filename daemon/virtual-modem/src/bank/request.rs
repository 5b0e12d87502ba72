//! What the control socket understands, and how a bank answers it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::air::Downlink;
use crate::fault::FaultRule;
use crate::identity::Identity;
use crate::network::{InjectError, Injection};

use super::air_log::AirLog;
use super::hub::HubInput;
use super::station::{Counts, Order};

/// One request, a JSON object: `{"command": "inject", "slot": 0, "from": "+84901234567", "text": "Hello"}`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// A message from outside arrives at a SIM; a long one in parts.
    Inject {
        /// Which modem's SIM.
        slot: usize,
        /// Number or name of the originator.
        from: String,
        /// The text.
        text: String,
        /// Only these parts, from 1, in this order.
        #[serde(default)]
        parts: Vec<usize>,
        /// Reference that the parts share, for parts that arrive one by one.
        reference: Option<u8>,
    },
    /// Someone calls.
    Call {
        /// Which modem.
        slot: usize,
        /// The caller's number.
        from: String,
        /// How often it rings.
        #[serde(default = "three")]
        rings: u8,
    },
    /// A status report, beside those that the network sends by itself.
    Report {
        /// Which modem's SIM.
        slot: usize,
        /// TP-MR of the submit.
        mr: u8,
        /// The recipient's number.
        to: String,
        /// TP-ST.
        st: u8,
    },
    /// Pulls a modem: its port is gone, its power off.
    Pull {
        /// Which modem.
        slot: usize,
    },
    /// Puts a modem back.
    Plug {
        /// Which modem.
        slot: usize,
        /// Another name for its port.
        name: Option<String>,
    },
    /// Exchanges the SIMs of two modems, which are off for it.
    Swap {
        /// One modem.
        slot: usize,
        /// The other.
        with: usize,
    },
    /// From now on something goes wrong.
    Fault {
        /// Which modem; all when left out.
        slot: Option<usize>,
        /// What, and when.
        rule: FaultRule,
    },
    /// From now on nothing goes wrong.
    NoFaults {
        /// Which modem; all when left out.
        slot: Option<usize>,
    },
    /// The radio conditions change.
    Coverage {
        /// Which modem; all when left out.
        slot: Option<usize>,
        /// Whether there is a network.
        network: bool,
        /// `<rssi>` of `AT+CSQ`, 0 to 31.
        rssi: Option<u8>,
    },
    /// A modem says a line by itself.
    Urc {
        /// Which modem; all when left out.
        slot: Option<usize>,
        /// Without CR and LF.
        line: String,
    },
    /// How all modems stand.
    Stats,
    /// Ends the program.
    Quit,
}

fn three() -> u8 {
    3
}

/// Why a request was not met.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// There is no such modem.
    #[error("there is no modem {0}")]
    NoSuchModem(usize),
    /// The name is not a plain file name.
    #[error("a port's name has no slashes")]
    Name,
    /// The message cannot be.
    #[error(transparent)]
    Inject(#[from] InjectError),
    /// The port cannot be.
    #[error(transparent)]
    Port(#[from] io::Error),
    /// The bank is going down.
    #[error("the bank is going down")]
    Gone,
}

impl<T> From<mpsc::error::SendError<T>> for RequestError {
    fn from(_: mpsc::error::SendError<T>) -> Self {
        Self::Gone
    }
}

impl From<oneshot::error::RecvError> for RequestError {
    fn from(_: oneshot::error::RecvError) -> Self {
        Self::Gone
    }
}

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
                let parts = self
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
                return Ok(json!({"ok": true, "parts": parts}));
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
            Request::Fault { slot, rule } => {
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
        }
        Ok(json!({"ok": true}))
    }

    pub(super) async fn inject(
        &self,
        slot: usize,
        injection: Injection,
    ) -> Result<usize, RequestError> {
        let home = self
            .identities
            .get(slot)
            .ok_or(RequestError::NoSuchModem(slot))?
            .msisdn
            .clone();
        let (from, text) = (injection.from.clone(), injection.text.clone());
        let (parts, answer) = oneshot::channel();
        self.hub
            .send(HubInput::Inject {
                slot,
                home,
                injection,
                parts,
            })
            .await?;
        let parts = answer.await??;
        self.log.injected(slot, &from, &text, parts);
        Ok(parts)
    }

    pub(super) async fn order(&self, slot: usize, order: Order) -> Result<(), RequestError> {
        let station = self
            .stations
            .get(slot)
            .ok_or(RequestError::NoSuchModem(slot))?;
        Ok(station.send(order).await?)
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

    async fn plug(&self, slot: usize, name: Option<String>) -> Result<PathBuf, RequestError> {
        if name
            .as_ref()
            .is_some_and(|name| name.is_empty() || name.starts_with('.') || name.contains('/'))
        {
            return Err(RequestError::Name);
        }
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
