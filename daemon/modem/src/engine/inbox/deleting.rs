//! Deleting in the memories. `AT+CMGD` names a place and not a message: what came there meanwhile would be
//! lost unread. No command compares and deletes, so where there is any doubt the place is read, and the
//! very next command deletes.

use super::reading::{READ_AGAIN, Why};
use super::{Inbox, MAX_READS, OFFER_AGAIN, Place, Read, Receipt, is_received};
use crate::engine::Engine;
use crate::engine::flight::Purpose;
use crate::event::Via;
use at::commands::{Cmgd, Cmgr, StoredPdu};
use at::{Command, Reply};
use std::time::Instant;

/// What was committed, and is to be deleted.
#[derive(Debug)]
pub(super) struct Deletion {
    place: Place,
    pub(super) due: Instant,
    /// Looks at the place so far that did not show what lies there.
    tries: usize,
}

/// What the last answer showed at a place is to be deleted by the next command.
#[derive(Debug)]
pub(super) struct Condemned {
    place: Place,
    tries: usize,
    /// Something came between the reading and the deletion after all.
    doubted: bool,
}

impl Deletion {
    pub(super) fn at_once(now: Instant, place: Place) -> Self {
        let (due, tries) = (now, 0);
        Self { place, due, tries }
    }
}

impl Inbox {
    /// `place` was just read as what is to be deleted, after so many looks that failed.
    pub(super) fn condemn(&mut self, place: Place, tries: usize) {
        let doubted = self.doubted || self.is_announced(place.index);
        self.condemned = Some(Condemned {
            place,
            tries,
            doubted,
        });
    }

    /// Something is written: what was condemned before was not read just now.
    pub(in crate::engine) fn written(&mut self) {
        self.doubt_condemned();
        self.doubted = false;
    }

    fn doubt_condemned(&mut self) {
        if let Some(condemned) = &mut self.condemned {
            condemned.doubted = true;
        }
    }

    /// Something was stored under this number, in a memory that modems call by several names.
    pub(super) fn doubt_index(&mut self, index: u16) {
        for receipt in self.receipts.values_mut() {
            if let Receipt::Stored { place, unsure, .. } = receipt {
                *unsure |= place.index == index;
            }
        }
        if let Some(condemned) = &mut self.condemned {
            condemned.doubted |= condemned.place.index == index;
        }
    }

    /// Whether an announcement of this number waits to be read, or may have found no room to wait.
    pub(super) fn is_announced(&self, index: u16) -> bool {
        let announced = |read: &Read| read.why == Why::Announced && read.place.index == index;
        self.reads.len() >= MAX_READS || self.reads.iter().any(announced)
    }

    /// What is shown at `place` is not what was read there before.
    pub(super) fn doubt_another(&mut self, place: &Place, line: &str) {
        if let Some(Receipt::Stored { raw, unsure, .. }) = self.receipt_at(place) {
            *unsure |= raw != line;
        }
    }

    /// Any place may hold another message: perhaps it is another SIM.
    pub(in crate::engine) fn doubt_all(&mut self) {
        for receipt in self.receipts.values_mut() {
            if let Receipt::Stored { unsure, .. } = receipt {
                *unsure = true;
            }
        }
        self.doubt_condemned();
        self.doubted = true;
    }

    /// Whether it did not come from the network, or was kept already as meaning nothing.
    pub(super) fn is_nobodys(&self, place: &Place, stored: &StoredPdu) -> bool {
        let was_stored_here = matches!(stored.status, Some(2 | 3));
        !is_received(stored) && (was_stored_here || self.is_known_junk(place, &stored.pdu))
    }

    fn is_known_junk(&self, place: &Place, line: &str) -> bool {
        let mut known = self.junk.iter();
        known.any(|(at, raw)| at == place && raw == line)
    }

    /// Ends the receipt of what is deleted or gone; whether its place was announced anew.
    fn forget_deleted(&mut self, place: &Place) -> bool {
        let mut announced = false;
        self.deletes.retain(|deletion| deletion.place != *place);
        self.receipts.retain(|_, receipt| match receipt {
            Receipt::Stored {
                place: at,
                again,
                deleting: true,
                ..
            } if at == place => {
                announced |= *again;
                false
            }
            _ => true,
        });
        announced
    }
}

impl Engine {
    /// Whether it is nobody's and takes the room of what arrives. Listed as such, it is read once more before
    /// it is deleted.
    pub(in crate::engine) fn may_be_in_the_way(&self, place: &Place, stored: &StoredPdu) -> bool {
        match stored.status {
            // Stored by somebody as sent (field notes A 9).
            Some(3) => true,
            // A draft, which does no harm while there is room.
            Some(2) => self.storage.is_tight(),
            _ => {
                self.storage.is_jammed(&place.memory)
                    && self.inbox.is_known_junk(place, &stored.pdu)
            }
        }
    }

    /// Deletes what was just read: the next command after the reading.
    pub(in crate::engine) fn condemned_begin(&mut self, now: Instant) -> bool {
        let Some(condemned) = self.inbox.condemned.take() else {
            return false;
        };
        let place = condemned.place;
        if condemned.doubted || self.storage.is_elsewhere(&place.memory) {
            self.look_later(now, place, condemned.tries);
            return false;
        }
        self.submits.count_errand();
        self.delete_send(now, place);
        true
    }

    /// Deletes what was committed, or looks at it first.
    pub(super) fn delete_begin(&mut self, now: Instant) -> bool {
        let due = |deletion: &Deletion| deletion.due <= now;
        let near = |deletion: &Deletion| {
            due(deletion) && !self.storage.is_elsewhere(&deletion.place.memory)
        };
        let deletes = &self.inbox.deletes;
        let at = deletes.iter().position(near);
        let Some(at) = at.or_else(|| deletes.iter().position(due)) else {
            return false;
        };
        let memory = deletes[at].place.memory.clone();
        if self.storage.is_elsewhere(&memory) {
            self.select_begin(now, &memory);
            return true;
        }
        let Deletion { place, tries, .. } = self.inbox.deletes.swap_remove(at);
        let receipt = self.inbox.receipt_at(&place);
        if let Some(Receipt::Stored { unsure, .. }) = receipt
            && std::mem::take(unsure)
        {
            let look = Read::at_once(now, place, Why::Look);
            self.read_send(now, Read { tries, ..look });
        } else {
            self.delete_send(now, place);
        }
        true
    }

    fn delete_send(&mut self, now: Instant, place: Place) {
        let index = place.index;
        self.ask(now, Purpose::Delete(place), &Cmgd { index });
    }

    pub(in crate::engine) fn delete_done(
        &mut self,
        now: Instant,
        place: &Place,
        reply: Option<&Reply>,
    ) {
        if reply.is_some_and(|reply| reply.end.is_ok()) {
            self.storage.deleted(&place.memory);
        } else {
            self.inbox.sweep_at(now + OFFER_AGAIN);
        }
        self.end_deleted(now, place);
    }

    /// What is to be deleted was looked at.
    pub(super) fn look_done(&mut self, now: Instant, look: Read, reply: Option<&Reply>) {
        let Read { place, tries, .. } = look;
        let answer = reply.and_then(|reply| Cmgr(place.index).answer(reply).ok());
        let Some(stored) = answer.and_then(|message| message.0) else {
            // Gone already, or not to be read now: the next sweep knows.
            self.inbox.sweep_at(now + OFFER_AGAIN);
            return self.end_deleted(now, &place);
        };
        if !self.is_trusted(&place, &stored) {
            return self.look_later(now, place, tries);
        }
        match self.inbox.receipt_at(&place) {
            Some(Receipt::Stored { raw, unsure, .. }) if *raw == stored.pdu => {
                if *unsure {
                    self.look_later(now, place, tries);
                } else {
                    self.inbox.condemn(place, tries);
                }
            }
            _ => {
                self.inbox.forget_deleted(&place);
                let via = Via::Listed {
                    memory: place.memory.clone(),
                    index: place.index,
                    announced: None,
                };
                self.found(place, &stored, via);
            }
        }
    }

    fn end_deleted(&mut self, now: Instant, place: &Place) {
        if self.inbox.forget_deleted(place) {
            self.announced(now, place.clone());
        }
    }

    /// To be looked at once more before it is deleted; in the end it is left to a sweep, and its owner knows
    /// it again.
    fn look_later(&mut self, now: Instant, place: Place, tries: usize) {
        if let Some(Receipt::Stored {
            unsure,
            deleting: true,
            ..
        }) = self.inbox.receipt_at(&place)
            && let Some(wait) = READ_AGAIN.get(tries)
        {
            *unsure = true;
            self.inbox.deletes.push(Deletion {
                place,
                due: now + *wait,
                tries: tries + 1,
            });
        } else {
            self.inbox.sweep_at(now + OFFER_AGAIN);
            self.end_deleted(now, &place);
        }
    }
}
