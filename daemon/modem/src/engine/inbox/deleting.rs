//! Deleting in the memories. `AT+CMGD` names a place and not a message: what came there meanwhile would be
//! lost unread. No command compares and deletes, so where there is any doubt the place is read, and the
//! very next command deletes.

use super::super::ask::Ask;
use super::super::modem::Modem;
use super::reading::{READ_AGAIN, Why};
use super::{Inbox, MAX_READS, OFFER_AGAIN, Place, Purpose, Read, Receipt, is_received};
use crate::event::{Event, Via};
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

impl Inbox {
    /// Whether it is nobody's and takes the room of what arrives. Listed as such, it is read once more before
    /// it is deleted.
    pub(super) fn may_be_in_the_way(&self, place: &Place, stored: &StoredPdu) -> bool {
        match stored.status {
            // Stored by somebody as sent (field notes A 9).
            Some(3) => true,
            // A draft, which does no harm while there is room.
            Some(2) => self.storage.is_tight(),
            _ => self.storage.is_jammed(&place.memory) && self.is_known_junk(place, &stored.pdu),
        }
    }

    /// Deletes what was just read: the next command after the reading.
    pub(in crate::engine) fn delete_condemned(
        &mut self,
        modem: &mut Modem,
    ) -> Option<Ask<Purpose>> {
        let condemned = self.condemned.take()?;
        let place = condemned.place;
        if condemned.doubted || self.storage.is_elsewhere(&place.memory) {
            self.look_later(place, condemned.tries, modem);
            return None;
        }
        Some(delete(place))
    }

    /// Deletes what was committed, or looks at it first.
    pub(super) fn delete_begin(&mut self, now: Instant) -> Option<Ask<Purpose>> {
        let due = |deletion: &Deletion| deletion.due <= now;
        let near = |deletion: &Deletion| {
            due(deletion) && !self.storage.is_elsewhere(&deletion.place.memory)
        };
        let at = self.deletes.iter().position(near);
        let at = at.or_else(|| self.deletes.iter().position(due))?;
        let memory = &self.deletes[at].place.memory;
        if self.storage.is_elsewhere(memory) {
            return Some(self.select(memory.clone()));
        }
        let Deletion { place, tries, .. } = self.deletes.swap_remove(at);
        let receipt = self.receipt_at(&place);
        if let Some(Receipt::Stored { unsure, .. }) = receipt
            && std::mem::take(unsure)
        {
            let look = Read::at_once(now, place, Why::Look);
            return Some(Read { tries, ..look }.ask());
        }
        Some(delete(place))
    }

    pub(super) fn deleted(&mut self, place: &Place, reply: Option<&Reply>, modem: &mut Modem) {
        if reply.is_some_and(|reply| reply.end.is_ok()) {
            if let Some(usage) = self.storage.deleted(&place.memory) {
                modem.out.event(Event::Storage(usage));
            }
        } else {
            self.sweep_at(modem.now + OFFER_AGAIN);
        }
        self.end_deleted(place, modem);
    }

    /// What is to be deleted was looked at.
    pub(super) fn looked(&mut self, look: Read, reply: Option<&Reply>, modem: &mut Modem) {
        let Read { place, tries, .. } = look;
        let answer = reply.and_then(|reply| Cmgr(place.index).answer(reply).ok());
        let Some(stored) = answer.and_then(|message| message.0) else {
            // Gone already, or not to be read now: the next sweep knows.
            self.sweep_at(modem.now + OFFER_AGAIN);
            return self.end_deleted(&place, modem);
        };
        if !self.is_trusted(&place, &stored) {
            return self.look_later(place, tries, modem);
        }
        match self.receipt_at(&place) {
            Some(Receipt::Stored { raw, unsure, .. }) if *raw == stored.pdu => {
                if *unsure {
                    self.look_later(place, tries, modem);
                } else {
                    self.condemn(place, tries);
                }
            }
            _ => {
                self.forget_deleted(&place);
                let via = Via::Listed {
                    memory: place.memory.clone(),
                    index: place.index,
                    announced: None,
                };
                self.found(place, &stored, via, modem);
            }
        }
    }

    fn end_deleted(&mut self, place: &Place, modem: &mut Modem) {
        if self.forget_deleted(place) {
            self.announced(place.clone(), modem);
        }
    }

    /// To be looked at once more before it is deleted; in the end it is left to a sweep, and its owner knows
    /// it again.
    fn look_later(&mut self, place: Place, tries: usize, modem: &mut Modem) {
        if let Some(Receipt::Stored {
            unsure,
            deleting: true,
            ..
        }) = self.receipt_at(&place)
            && let Some(wait) = READ_AGAIN.get(tries)
        {
            *unsure = true;
            self.deletes.push(Deletion {
                place,
                due: modem.now + *wait,
                tries: tries + 1,
            });
        } else {
            self.sweep_at(modem.now + OFFER_AGAIN);
            self.end_deleted(&place, modem);
        }
    }
}

fn delete(place: Place) -> Ask<Purpose> {
    let index = place.index;
    Ask::new(Purpose::Delete(place), &Cmgd { index })
}
