//! What an engine tells, passed on to the scheduler, the store, the fleet and the bus.

use std::sync::Arc;
use std::time::Instant;

use model::{Iccid, Imei, IncidentKind, ModemRecord, Reason, ReasonCode, SimConfig};
use modem::{Event, Identity, Input, JobId, ModemState, Received, Sim, Submitted, UssdError};
use tpdu::{MessageRef, MtTpdu};

use super::super::advice::Advice;
use super::super::cause::BOOTED;
use super::super::fleet::{Added, Live};
use super::super::handle::{AtReply, CommandError, ModemHandle, UssdReply};
use super::super::incoming;
use super::super::outcome::{outcome, reference, refused};
use super::super::roster::PortState;
use super::super::state::modem_state;
use super::{End, Session, UP_RETRY};
use crate::carriers::{History, Modem, Notice};
use crate::messages::number;
use store::{LateAnswer, SimSeen, StoreError, clock};

impl Session {
    pub(super) async fn event(&mut self, event: Event) {
        match event {
            Event::State(state) => self.state(state).await,
            Event::Identity(identity) => self.identity(identity).await,
            Event::Sim(sim) => self.sim(sim).await,
            Event::Registration(registration) => {
                self.live(|live| live.registration = Some(registration));
                self.tell_registration(registration);
            }
            Event::Operator(operator) => self.live(|live| live.operator = Some(operator)),
            Event::Signal(signal) => self.live(|live| live.signal = Some(signal)),
            Event::Capabilities(found) => self.live(|live| live.capabilities = Some(found)),
            Event::Storage(storage) => self.live(|live| {
                live.storage.retain(|known| known.memory != storage.memory);
                live.storage.push(storage);
            }),
            Event::StorageAlarm(storage) => {
                let modem::Storage {
                    memory,
                    used,
                    total,
                } = storage;
                tracing::warn!(
                    imei = self.imei_text(),
                    memory,
                    used,
                    total,
                    "a message memory is nearly full"
                );
            }
            Event::Submitted {
                job,
                outcome: submitted,
                handed_over,
            } => {
                self.keep_uncertain(&submitted);
                self.report_asked(job, &submitted);
                if let Some(iccid) = self.iccid.clone() {
                    let answered = Notice::Answered {
                        carrier: iccid.into(),
                        job,
                        outcome: outcome(&submitted, handed_over),
                        handed_over,
                    };
                    self.links.scheduler.tell(answered).await;
                }
            }
            Event::LateAccepted { job, mr } | Event::UnclaimedAccepted { job: Some(job), mr } => {
                self.late(job, LateAnswer::Accepted(reference(mr))).await;
            }
            Event::LateRefused { job, refusal } => {
                self.late(job, LateAnswer::Refused(refused(&refusal))).await;
            }
            Event::UnclaimedAccepted { job: None, mr } => {
                self.unclaimed(LateAnswer::Accepted(reference(mr))).await;
            }
            Event::UnclaimedRefused { refusal } => {
                let answer = LateAnswer::Refused(refused(&refusal));
                self.unclaimed(answer).await;
            }
            Event::Booted => {
                // One that has just been plugged in boots too.
                if self.up {
                    self.incident(IncidentKind::Reboot, BOOTED);
                }
                self.booted();
            }
            Event::Received(received) => self.received(received),
            Event::Ussd { id, result } => self.ussd_answer(id, result),
            Event::UssdNotice(_) => {
                tracing::info!(iccid = self.iccid_text(), "USSD message of the network");
            }
            Event::Raw { id, lines, end } => {
                if let Some(reply) = self.waiting.at.remove(&id) {
                    let _ = reply.send(Ok(AtReply { lines, end }));
                }
            }
            Event::MissedCall { from } => {
                if let Some(iccid) = &self.iccid {
                    let from = from.as_ref().map(model::Msisdn::as_str);
                    let from = from.map(|from| number::received(from, self.links.country.get()));
                    self.links.bus.call_missed(iccid, from.as_deref());
                }
            }
            Event::SimHidden => self.forget_sim(),
            Event::Unlock { id, result } => self.unlock_answer(id, result),
            Event::PinRefused { .. } | Event::PinUnclear { .. } | Event::PinProved { .. } => {
                self.pin_event(event).await;
            }
            Event::Trouble { step, reason } => {
                tracing::warn!(port = self.port, imei = self.imei_text(), %reason, next = %step, "modem trouble");
                self.keep_trouble(reason);
                self.trouble(step, reason).await;
            }
            Event::Trace(line) => self.trace.add(line),
        }
    }

    pub(super) fn live(&self, change: impl FnOnce(&mut Live)) {
        if let Some(imei) = &self.imei {
            self.links.fleet.update(imei, change);
        }
    }

    async fn state(&mut self, state: ModemState) {
        self.tell_state(state);
        self.note_life(state);
        self.live(|live| live.state = state);
        if let Some(imei) = &self.imei {
            let reason = match state {
                ModemState::Down(reason) => Some(reason.to_string()),
                _ => None,
            };
            let reason = reason.as_deref();
            self.tell_modem(imei, modem_state(state).as_str(), reason);
        }
        if let Some(iccid) = &self.iccid {
            self.links.bus.sim_state(iccid, modem_state(state).as_str());
        }
        match state {
            ModemState::Ready => self.set_up().await,
            ModemState::Locked { what, tries_left } => {
                self.set_down().await;
                if !self.offer_pin().await {
                    self.tell_locked(what, tries_left);
                }
            }
            ModemState::NoSim => {
                self.set_down().await;
                self.forget_sim();
            }
            _ => self.set_down().await,
        }
    }

    async fn identity(&mut self, identity: Identity) {
        let Some(imei) = identity.imei else {
            self.over = Some(End::Nameless);
            return;
        };
        let handle = ModemHandle::new(imei.clone(), self.mailbox.clone());
        let live = Live::new(handle, self.spot.clone(), self.trace.clone());
        match self.links.fleet.add(&imei, live) {
            Added::Yes => {}
            Added::Kin => return self.over = Some(End::Second(imei)),
            Added::Stranger => return self.over = Some(End::Stranger(imei)),
            Added::Unclear => return self.doubtful = Some(imei),
        }
        let roster = self.links.fleet.roster();
        roster.set(&self.spot, PortState::Modem, Some(&imei), None);
        self.imei = Some(imei.clone());
        self.tell_modem(&imei, "identifying", None);
        let record = ModemRecord {
            imei,
            manufacturer: identity.manufacturer,
            model: identity.model,
            firmware: identity.firmware,
            profile: identity.profile.to_owned(),
            last_seen: clock::now(),
            restarts: 0,
        };
        let kind = record.kind();
        let stored = self.links.store.admin().seen_modem(record).await;
        self.note(stored, "modem");
        if let Ok(Some(found)) = self.links.store.admin().finding(kind).await {
            self.adapt(Advice::after(&found));
        }
    }

    /// Runs the modem as tests of its kind have found best.
    pub(super) fn adapt(&mut self, advice: Advice) {
        let Advice {
            sweep_every,
            keep_link,
        } = advice;
        let (imei, every_seconds) = (self.imei_text(), sweep_every.as_secs());
        tracing::debug!(imei, every_seconds, keep_link, "run as tests found best");
        let input = Input::Adapt {
            sweep_every,
            keep_link,
        };
        self.engine.handle(Instant::now(), input);
    }

    async fn sim(&mut self, sim: Sim) {
        if self.doubtful.is_some() {
            return self.compare(sim.iccid.as_ref());
        }
        let Some(iccid) = sim.iccid else {
            tracing::error!(
                port = self.port,
                "the SIM's ICCID cannot be read; it is not used"
            );
            return;
        };
        self.iccid = Some(iccid.clone());
        self.live(|live| live.iccid = Some(iccid.clone()));
        if let Some(imei) = &self.imei {
            self.links.fleet.recoveries().sim_seen(imei, &iccid);
        }
        let seen = SimSeen {
            iccid,
            imsi: sim.imsi.map(|imsi| imsi.as_str().to_owned()),
            number: sim.number.map(|number| number.as_str().to_owned()),
            smsc: sim.smsc,
            imei: self.imei.clone(),
            at: clock::now(),
        };
        let stored = self.links.store.admin().seen_sim(seen).await;
        self.note(stored, "SIM");
        self.claim_answer().await;
    }

    pub(super) fn note(&self, stored: Result<(), StoreError>, what: &str) {
        if let Err(error) = stored {
            tracing::warn!(port = self.port, %error, what, "cannot remember it");
        }
    }

    /// Tells the scheduler that this SIM can send, once the store has told what it may do: without
    /// its quotas and what it has used of them, a SIM could be burnt.
    pub(super) async fn set_up(&mut self) {
        self.up_retry_at = None;
        let (Some(imei), Some(iccid)) = (self.imei.clone(), self.iccid.clone()) else {
            return;
        };
        if self.up {
            return;
        }
        match self.bring_up(imei, &iccid).await {
            Ok(()) => self.up = true,
            Err(error) => {
                tracing::error!(%iccid, %error, "cannot read what the SIM may send; it rests");
                self.up_retry_at = Some(Instant::now() + UP_RETRY);
            }
        }
    }

    async fn bring_up(&mut self, imei: Imei, iccid: &Iccid) -> Result<(), StoreError> {
        self.tell_booted(iccid).await?;
        let history = History::read(&self.links.store, iccid, clock::now()).await?;
        if let Some(mr) = history.last_mr() {
            let last = Input::LastReference(MessageRef(mr));
            self.engine.handle(Instant::now(), last);
        }
        let config = Box::new(self.sim_config().await?);
        if config.pin_sent.is_some() {
            self.pin_settled(iccid).await;
        }
        let line = ModemHandle::new(imei.clone(), self.mailbox.clone());
        let up = Notice::Up {
            iccid: iccid.clone(),
            modem: Modem {
                imei,
                line: Arc::new(line),
            },
            config,
            history: Box::new(history),
        };
        self.links.scheduler.tell(up).await;
        Ok(())
    }

    pub(super) async fn set_down(&mut self) {
        self.up_retry_at = None;
        if !std::mem::take(&mut self.up) {
            return;
        }
        if let (Some(iccid), Some(modem)) = (self.iccid.clone(), self.imei.clone()) {
            let down = Notice::Down { iccid, modem };
            self.links.scheduler.tell(down).await;
        }
    }

    pub(super) async fn sim_config(&mut self) -> Result<SimConfig, StoreError> {
        match &self.iccid {
            Some(iccid) => self.links.store.admin().sim_config(iccid).await,
            None => Ok(SimConfig::default()),
        }
    }

    fn received(&mut self, received: Received) {
        let Some(iccid) = self.iccid.clone() else {
            // Stored without its SIM it could not be told from a redelivery.
            self.engine
                .handle(Instant::now(), Input::NotCommitted(received.token));
            return;
        };
        self.links.fleet.arrived(&iccid, &received);
        if let (Some(imei), Ok(MtTpdu::StatusReport(_))) = (&self.imei, &received.content) {
            self.links.fleet.reports().came(imei);
        }
        self.commits.push(Box::pin(incoming::commit(
            self.links.clone(),
            (self.imei.clone(), iccid),
            received,
        )));
    }

    /// A submit ended: when it went out and asks for a report, one is owed.
    fn report_asked(&mut self, job: JobId, outcome: &Submitted) {
        let sent = matches!(
            outcome,
            Submitted::Accepted(_) | Submitted::AcceptedUnnumbered
        );
        let asked = self.waiting.reports.remove(&job);
        if let Some(imei) = self.imei.as_ref().filter(|_| sent && asked)
            && self.links.fleet.reports().sent(imei, clock::now())
        {
            tracing::warn!(
                %imei, iccid = self.iccid_text(),
                "no status report came for the last messages; see what the modem's object says"
            );
        }
    }

    fn ussd_answer(&mut self, id: u64, result: Result<modem::UssdReply, UssdError>) {
        let Some(reply) = self.waiting.ussd.remove(&id) else {
            return;
        };
        let answer = result
            .map(|answer| UssdReply {
                reply: answer.text,
                open: answer.open,
                coding: answer.coding,
            })
            .map_err(|error| match error {
                UssdError::Timeout => CommandError::TimedOut,
                UssdError::Busy | UssdError::Cancelled => CommandError::Busy(error.to_string()),
                UssdError::NotReady => CommandError::Unavailable(error.to_string()),
                UssdError::BadCode => CommandError::Unsupported(error.to_string()),
                UssdError::Ended | UssdError::NotSupported | UssdError::Refused(_) => {
                    CommandError::Refused(Reason::new(ReasonCode::Ussd, error.to_string()))
                }
            });
        // The client may have given up waiting.
        let _ = reply.send(answer);
    }
}
