//! What the dispatcher is told and asked.

use std::sync::Arc;

use model::{Carrier, Iccid, Queued, SimConfig, UplinkName};
use store::clock;

use super::Dispatcher;
use crate::carriers::{History, Modem, Notice, PartOutcome, UplinkSession, modem_gone};
use crate::schedule::handle::{Signal, SlotReport};
use crate::schedule::moment::Moment;
use crate::schedule::slot::{Hand, Job, Own, Sim, Slot, Uplink};
use crate::schedule::{awaiting, health};
use model::Time;

impl Dispatcher {
    pub(super) fn handle(&mut self, signal: Signal) {
        self.look_at_clock(Moment::now());
        match signal {
            Signal::Admit(admission) => self.admit(admission),
            Signal::Routes(router) => {
                self.router = Arc::from(router);
                self.rerouted(clock::now());
            }
            Signal::Told(notice) => self.told(notice),
            Signal::ExplainRoute { queued, reply } => {
                let _ = reply.send(self.explain_route(&queued));
            }
            Signal::Look(lanes) => {
                let now = clock::now();
                for lane in lanes {
                    self.lanes.look(lane, now);
                }
            }
            Signal::Moved => self.rerouted(clock::now()),
            Signal::Configured { iccid, config } => {
                if let Some(sim) = self.slots.sim_mut(&iccid) {
                    sim.configure(*config);
                }
            }
            Signal::Forgive { iccid, done } => {
                if let Some(sim) = self.slots.sim_mut(&iccid) {
                    let change = sim.forgive();
                    health::tell(&self.bus, &iccid, change, None);
                }
                let _ = done.send(());
            }
            Signal::Report(reply) => {
                let _ = reply.send(self.slots.sims().map(report(clock::now())).collect());
            }
            Signal::Explain { queued, reply } => {
                let moment = Moment::now();
                let each = queued.iter().map(|queued| self.explain(queued, moment));
                let _ = reply.send(each.collect());
            }
            Signal::Alive(reply) => {
                let _ = reply.send(());
            }
            Signal::Stop(done) => {
                self.stopping = true;
                self.stopped = Some(done);
                self.unpark_all();
            }
        }
    }

    fn told(&mut self, notice: Notice) {
        match notice {
            Notice::Up {
                iccid,
                modem,
                config,
                history,
            } => self.up(iccid, modem, *config, &history),
            Notice::Down { iccid, modem } => self.down(iccid, &modem),
            Notice::UplinkSet { name, session } => self.uplink_set(name, session),
            Notice::UplinkChanged(name) => self.uplink_changed(name),
            Notice::Answered {
                carrier,
                job,
                outcome,
                handed_over,
            } => self.answered(&carrier, job, (outcome, handed_over)),
            Notice::LateAnswer { job, answer } => self.late(job, answer),
            Notice::Unclaimed {
                iccid,
                modem,
                answer,
                reply,
            } => {
                let _ = reply.send(self.accepted_after_all(&iccid, &modem, answer));
            }
            Notice::Reported {
                iccid,
                mr,
                recipient,
            } => {
                if let Some(sim) = self.slots.sim_mut(&iccid) {
                    sim.awaiting.reported(awaiting::recipient(&recipient), mr);
                    sim.silence.reported();
                }
            }
            Notice::Queued(lanes) => {
                for (lane, from) in lanes {
                    self.lanes.mark_from(lane, from);
                }
                // Some of them may wait for their time.
                self.due.notify_one();
            }
        }
    }

    /// Messages just accepted. One whose route asks who talked to its recipient last is read from
    /// the store, which knows.
    pub(in crate::schedule) fn accepted_new(&mut self, messages: Vec<Queued>) {
        let now = clock::now();
        for queued in messages {
            let class = self.router.classify(&queued.lane, &queued.to, now);
            if class.sticky {
                self.lanes.mark_from(queued.lane, queued.due_at);
            } else {
                let route = class.route;
                self.lanes.accept(Queued { route, ..queued });
            }
        }
    }

    fn up(&mut self, iccid: Iccid, modem: Modem, config: SimConfig, history: &History) {
        let new = || Own::Sim(Box::new(Sim::new(config.clone(), history, clock::now())));
        let slot = self.slots.get_or_new(iccid.into(), new);
        slot.hand.is_up();
        if let Some(sim) = slot.sim_mut() {
            sim.configure(config);
            sim.modem = Some(modem);
        }
    }

    fn down(&mut self, iccid: Iccid, modem: &model::Imei) {
        let carrier = Carrier::from(iccid);
        let slot = self.slots.get_mut(&carrier);
        let Some((hand, sim)) = slot.and_then(Slot::as_sim_mut) else {
            return;
        };
        // A SIM that moved is up in its new modem before the old one is known to have lost it.
        if sim.modem.as_ref().is_none_or(|now| now.imei != *modem) {
            return;
        }
        sim.modem = None;
        hand.is_down();
        let given = hand.jobs().find_map(|job| job.given.as_ref());
        let given = given.map(|given| (given.id, given.is_held()));
        self.keep_parked(&carrier);
        let Some((id, held)) = given else { return };
        let answered = if held {
            (PartOutcome::modem_not_ready(), false)
        } else {
            let (reason, numbered) = (modem_gone(), false);
            (PartOutcome::Uncertain { reason, numbered }, true)
        };
        self.answered(&carrier, id, answered);
    }

    fn uplink_set(&mut self, name: UplinkName, session: Option<Arc<dyn UplinkSession>>) {
        let carrier = Carrier::Uplink(name);
        if session.is_none() && self.slots.get(&carrier).is_none() {
            return;
        }
        let new = || Own::Uplink(Uplink::default());
        let slot = self.slots.get_or_new(carrier, new);
        if let Own::Uplink(uplink) = &mut slot.own {
            uplink.session = session;
            uplink.look(&mut slot.hand);
        }
    }

    /// Its session has said something of itself: it is bound or not, or has room again.
    fn uplink_changed(&mut self, name: UplinkName) {
        let slot = self.slots.get_mut(&Carrier::Uplink(name));
        if let Some(Slot {
            hand,
            own: Own::Uplink(uplink),
        }) = slot
        {
            uplink.look(hand);
        }
    }
}

fn report(now: Time) -> impl Fn((&Iccid, &Hand, &Sim)) -> (Iccid, SlotReport) {
    move |(iccid, hand, sim)| {
        let report = SlotReport {
            sending: hand.jobs().next().map(Job::in_hand),
            used: sim.used(now),
            health: sim.health(now),
            exhausted: sim.exhausted(now),
            opens_at: sim.opens_again_at(now),
        };
        (iccid.clone(), report)
    }
}
