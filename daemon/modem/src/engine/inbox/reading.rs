//! Reading in the memories.

use super::{Inbox, MAX_SUSPECTS, Receipt, Suspect};
use crate::engine::Engine;
use crate::engine::flight::Purpose;
use crate::event::Via;
use at::commands::{Cmgr, StoredPdu};
use at::{Command, Reply};
use std::time::{Duration, Instant};
use tpdu::{MtTpdu, PduHex};

/// A modem that misstates a length does so each time; a line does not lose the same octet so often.
const SAME: u8 = 3;
/// Some announce before the message can be read (field notes A 12): when to read again.
pub(super) const READ_AGAIN: [Duration; 4] = [
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(3),
];

/// A message in a memory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) struct Place {
    /// `SM`, `ME`, `SR`, ...
    pub(in crate::engine) memory: String,
    /// From 0 on some modems, from 1 on others.
    pub(in crate::engine) index: u16,
}

/// A read that is to be made.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Read {
    pub(in crate::engine) place: Place,
    /// The memory as it was announced.
    pub(super) named: String,
    pub(super) due: Instant,
    pub(super) tries: usize,
    pub(super) why: Why,
}

/// What a read is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Something was announced there.
    Announced,
    /// Part of a sweep by index: an empty place is nothing special.
    Scan,
    /// Listed as in the way: whether it is so.
    InTheWay,
    /// Whether it still holds what is to be deleted.
    Look,
}

impl Inbox {
    /// To be read once more before it is deleted.
    pub(in crate::engine) fn read_in_the_way(&mut self, now: Instant, place: Place) {
        self.read_soon(Read::at_once(now, place, Why::InTheWay));
    }
}

impl Read {
    pub(in crate::engine) fn scan(now: Instant, place: Place) -> Self {
        Self::at_once(now, place, Why::Scan)
    }

    pub(super) fn at_once(now: Instant, place: Place, why: Why) -> Self {
        Self {
            place,
            named: String::new(),
            due: now,
            tries: 0,
            why,
        }
    }
}

impl Engine {
    /// When there will be something to read or to list.
    pub(in crate::engine) fn inbox_due(&self, now: Instant) -> Instant {
        let deletes = self.inbox.deletes.iter().map(|deletion| deletion.due).min();
        let others = if self.inbox.is_full() {
            // A commit goes on with it.
            now + self.settings.sweep_every
        } else {
            let reads = self.inbox.reads.iter().map(|read| read.due);
            reads.fold(self.inbox.sweep.due(), Instant::min)
        };
        deletes.map_or(others, |due| due.min(others))
    }

    /// Deletes, reads or lists one message or memory, whatever is next.
    pub(in crate::engine) fn inbox_begin(&mut self, now: Instant) -> bool {
        self.delete_begin(now) || self.read_begin(now) || self.sweep_begin(now)
    }

    fn read_begin(&mut self, now: Instant) -> bool {
        if self.inbox.is_full() {
            return false;
        }
        let due = |read: &Read| read.due <= now;
        let near = |read: &Read| due(read) && !self.storage.is_elsewhere(&read.place.memory);
        let at = self.inbox.reads.iter().position(near);
        let Some(at) = at.or_else(|| self.inbox.reads.iter().position(due)) else {
            return false;
        };
        let memory = self.inbox.reads[at].place.memory.clone();
        if self.storage.is_elsewhere(&memory) {
            self.select_begin(now, &memory);
            return true;
        }
        let mut read = self.inbox.reads.remove(at);
        read.place.memory = self.storage.resolve(&memory);
        if let Some(Receipt::Stored { unsure, .. }) = self.inbox.receipt_at(&read.place) {
            // Read by a sweep meanwhile, or under another name; the announcement may be the next one's.
            *unsure = true;
            return self.read_begin(now);
        }
        self.read_send(now, read);
        true
    }

    pub(in crate::engine) fn read_send(&mut self, now: Instant, read: Read) {
        let command = Cmgr(read.place.index);
        self.ask(now, Purpose::Read(read), &command);
    }

    pub(in crate::engine) fn read_done(&mut self, now: Instant, read: Read, reply: Option<&Reply>) {
        if read.why == Why::Look {
            return self.look_done(now, read, reply);
        }
        let Some(reply) = reply else {
            return self.read_again(now, read);
        };
        let answer = Cmgr(read.place.index).answer(reply);
        match answer.ok().and_then(|message| message.0) {
            Some(stored) if self.is_trusted(&read.place, &stored) => {
                if read.why == Why::InTheWay && self.inbox.is_nobodys(&read.place, &stored) {
                    self.inbox.doubt_another(&read.place, &stored.pdu);
                    self.inbox.condemn(read.place, 0);
                    return;
                }
                let via = self.via(&read);
                self.found(read.place, &stored, via);
            }
            // An empty answer is "not found" (field notes A 10), and so is an error.
            _ if read.why == Why::Scan => {}
            _ => self.read_again(now, read),
        }
    }

    /// Whether a reading is what the modem holds: whole, or the same [`SAME`] times in a row. One
    /// that lost octets on the way may well decode, as another message.
    pub(in crate::engine) fn is_trusted(&mut self, place: &Place, stored: &StoredPdu) -> bool {
        let suspects = &mut self.inbox.suspects;
        let before = suspects.iter().position(|suspect| suspect.place == *place);
        let before = before.and_then(|at| suspects.remove(at));
        let before = before.filter(|suspect| suspect.raw == stored.pdu);
        let times = before.map_or(1, |suspect| suspect.times + 1);
        if is_whole(stored) || times >= SAME {
            return true;
        }
        if suspects.len() == MAX_SUSPECTS {
            suspects.pop_front();
        }
        suspects.push_back(Suspect {
            place: place.clone(),
            raw: stored.pdu.clone(),
            times,
        });
        false
    }

    fn via(&self, read: &Read) -> Via {
        if read.why != Why::Announced {
            return self.inbox.sweep.via(&read.place);
        }
        Via::Announced {
            named: read.named.clone(),
            memory: read.place.memory.clone(),
            index: read.place.index,
            misses: u8::try_from(read.tries).unwrap_or(u8::MAX),
        }
    }

    /// Too early, or not there: again a little later, in the end by a sweep.
    fn read_again(&mut self, now: Instant, mut read: Read) {
        if let Some(wait) = READ_AGAIN.get(read.tries) {
            read.tries += 1;
            read.due = now + *wait;
            self.inbox.read_soon(read);
        } else {
            self.inbox.sweep.astray(read.named, read.place.index);
            self.inbox.sweep_at(now);
        }
    }
}

/// Whether a message was read to its end: it is as long as it was told, or where that was lost,
/// it decodes. What lacks a digit never is: of its header, too, something may be missing.
fn is_whole(stored: &StoredPdu) -> bool {
    let Ok(pdu) = PduHex::parse(&stored.pdu) else {
        return false;
    };
    match stored.length {
        Some(length) => pdu.tpdu.len() == usize::from(length),
        None => MtTpdu::decode(&pdu.tpdu).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TS 23.040 §9.2.2.1: "Hi" from +84901234567.
    const DELIVER: &str = "00040B914809214365F700006211923021000002C834";

    fn stored(length: Option<u16>, pdu: &str) -> StoredPdu {
        StoredPdu {
            index: 1,
            status: Some(0),
            length,
            pdu: pdu.to_owned(),
        }
    }

    #[test]
    fn a_reading_is_whole_when_its_octets_are_as_many_as_told() {
        let octets = u16::try_from(DELIVER.len() / 2 - 1).unwrap();
        assert!(is_whole(&stored(Some(octets), DELIVER)));
        assert!(is_whole(&stored(None, DELIVER)));
        assert!(!is_whole(&stored(
            Some(octets),
            &DELIVER[..DELIVER.len() - 2]
        )));
    }

    #[test]
    fn one_that_lacks_a_digit_is_not_whatever_its_header_says() {
        for at in 0..DELIVER.len() {
            let mut digits = DELIVER.to_owned();
            digits.remove(at);
            for length in [None, Some(0), Some(21), Some(20)] {
                assert!(!is_whole(&stored(length, &digits)), "{at} {length:?}");
            }
        }
    }
}
