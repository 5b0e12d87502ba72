//! New messages become durable, and what a free SIM can take at once is claimed in the same commit:
//! between hand-in and the first octet of the PDU there is one disk write.

use model::{MessageId, NewMessage, Queued, RowId, State};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::Dispatcher;
use crate::carriers::Parts;
use crate::messages::outgoing;
use crate::schedule::handle::Admission;
use crate::schedule::moment::Moment;
use crate::schedule::slot::Slot;
use crate::schedule::write::Hold;
use store::{Accepted, AtOnce, StoreError};

/// The row of a message that has none yet.
const NO_ROW: RowId = RowId(0);

/// Messages on their way to the store.
pub(super) struct Admitting {
    states: Vec<(MessageId, State)>,
    /// The recipient, where it is one message.
    alone: Option<String>,
    /// Those that a SIM has in hand already.
    reserved: Vec<(MessageId, Hold)>,
    answer: oneshot::Sender<Result<Accepted, StoreError>>,
    _room: OwnedSemaphorePermit,
}

impl Dispatcher {
    pub(super) fn admit(&mut self, admission: Admission) {
        let Admission {
            messages,
            replay,
            answer,
            room,
        } = admission;
        let moment = Moment::now();
        let at_once = self.reserve(&messages, replay.is_none(), moment);
        let reserved = at_once.iter().map(|one| {
            let (carrier, row) = (one.carrier.clone(), NO_ROW);
            (one.id, Hold { carrier, row })
        });
        let admitting = Admitting {
            states: messages.iter().map(|new| (new.id, state(new))).collect(),
            alone: match &messages[..] {
                [message] => Some(message.to.clone()),
                _ => None,
            },
            reserved: reserved.collect(),
            answer,
            _room: room,
        };
        let store = self.store.clone();
        self.admissions.push(Box::pin(async move {
            let accepted = store.queue().admit(messages, replay, at_once).await;
            (admitting, accepted)
        }));
    }

    /// Puts messages into the hands of SIMs that have nothing to do: of what waits nothing can go
    /// through them, or it would be there. `surely`: the messages will be stored, so that modems may
    /// be asked for their prompts.
    fn reserve(&mut self, messages: &[NewMessage], surely: bool, moment: Moment) -> Vec<AtOnce> {
        let mut reserved = Vec::new();
        self.look_at_clock(moment);
        if self.stopping || self.paused_until > moment.steady || !self.has_idle_sim() {
            return reserved;
        }
        let mut due: Vec<_> = messages.iter().filter(|new| !new.is_later()).collect();
        due.sort_by_key(|new| new.priority);
        for new in due {
            if !self.has_idle_sim() {
                break;
            }
            if let Some((hold, parts, fell_back)) = self.reserve_one(new, moment) {
                // The parts of a long message are made when its row is known.
                if surely && parts == 1 {
                    self.prepare(&hold);
                }
                reserved.push(AtOnce {
                    id: new.id,
                    carrier: hold.carrier,
                    parts,
                    fell_back,
                    at: moment.wall,
                });
            }
        }
        reserved
    }

    /// Its SIM, how many parts that makes of it, and where it has fallen back from to get there.
    fn reserve_one(
        &mut self,
        new: &NewMessage,
        moment: Moment,
    ) -> Option<(Hold, u16, Option<String>)> {
        let now = moment.wall;
        let lane = new.lane();
        let class = self.router.classify(&lane, &new.to, now);
        if class.sticky || !self.lanes.is_whole(&lane) {
            return None;
        }
        let queued = Queued {
            route: class.route,
            ..new.clone().queued(NO_ROW)
        };
        let carrier = self.scene(moment).choose(&queued)?;
        carrier.sim()?;
        let parts = self.parts_for(&carrier, &queued, now).ok()?;
        let count = parts.count();
        // Where it is not as long as it was thought to be, the usual way looks at its quotas again.
        if count != new.segments {
            return None;
        }
        let fell_back = self.fell_back(&queued, &carrier, moment);
        self.turn += 1;
        self.lanes.serve(lane.key);
        let hold = self.take(carrier, (queued, parts), now)?;
        Some((hold, count, fell_back))
    }

    fn has_idle_sim(&self) -> bool {
        self.slots.all().any(Slot::is_idle_sim)
    }

    /// Messages are on disk, or are not.
    pub(super) fn admitted(
        &mut self,
        admitting: Admitting,
        accepted: Result<Accepted, StoreError>,
    ) {
        let Admitting {
            states,
            alone,
            reserved,
            answer,
            _room,
        } = admitting;
        let accepted = match accepted {
            Ok(Accepted::Stored(due)) => {
                self.bus.accepted(&states, alone.as_deref());
                self.stored(states.len(), reserved, due);
                Ok(Accepted::Stored(Vec::new()))
            }
            other => {
                if other.is_err() {
                    self.rest_from_claims();
                }
                for (_, hold) in reserved {
                    self.slots.take(&hold);
                }
                other
            }
        };
        // The client may have gone away; the messages are on disk all the same.
        let _ = answer.send(accepted);
    }

    fn stored(&mut self, count: usize, reserved: Vec<(MessageId, Hold)>, mut due: Vec<Queued>) {
        if due.len() < count {
            self.due.notify_one();
        }
        for (id, hold) in reserved {
            if let Some(at) = due.iter().position(|queued| queued.id == id) {
                let queued = due.remove(at);
                self.start_reserved(hold, queued.row);
            }
        }
        self.accepted_new(due);
    }

    /// A SIM's message has its row, in which it is `sending`.
    fn start_reserved(&mut self, reserved: Hold, row: RowId) {
        let languages = &self.languages;
        let slot = self.slots.get_mut(&reserved.carrier);
        let Some(job) = slot.and_then(|slot| slot.hand.number(reserved.row, row)) else {
            return;
        };
        self.lanes.claimed(row);
        if job.parts.count() > 1
            && let Ok(parts) = outgoing::parts(&job.queued, languages, store::clock::now())
        {
            job.parts = Parts::Pdus(parts);
        }
        self.let_out(&Hold { row, ..reserved });
    }
}

fn state(new: &NewMessage) -> State {
    if new.is_later() {
        State::Scheduled
    } else {
        State::Queued
    }
}
