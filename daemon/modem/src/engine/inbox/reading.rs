//! Reading in the memories.

use super::super::ask::Ask;
use super::super::modem::Modem;
use super::{Inbox, Place, Purpose, Receipt};
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

/// Doubtful readings that are remembered; the oldest is forgotten beyond it, and read anew.
const MAX_SUSPECTS: usize = 64;

/// A reading that was not as long as it should have been.
#[derive(Debug)]
pub(super) struct Suspect {
    place: Place,
    raw: String,
    /// So many times in a row.
    times: u8,
}

/// A read that is to be made.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Read {
    pub(super) place: Place,
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
    pub(super) fn read_in_the_way(&mut self, now: Instant, place: Place) {
        self.read_soon(Read::at_once(now, place, Why::InTheWay));
    }
}

impl Read {
    pub(super) fn scan(now: Instant, place: Place) -> Self {
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

    pub(super) fn ask(self) -> Ask<Purpose> {
        let command = Cmgr(self.place.index);
        Ask::new(Purpose::Read(self), &command)
    }
}

impl Inbox {
    /// When there will be something to read or to list.
    pub(in crate::engine) fn due(&self, now: Instant, modem: &Modem) -> Instant {
        let deletes = self.deletes.iter().map(|deletion| deletion.due).min();
        let others = if self.is_full() {
            // A commit goes on with it.
            now + modem.settings.sweep_every
        } else {
            let reads = self.reads.iter().map(|read| read.due);
            reads.fold(self.sweep.due(), Instant::min)
        };
        deletes.map_or(others, |due| due.min(others))
    }

    /// Deletes, reads or lists one message or memory, whatever is next.
    pub(in crate::engine) fn begin(&mut self, now: Instant, modem: &Modem) -> Option<Ask<Purpose>> {
        self.delete_begin(now)
            .or_else(|| self.read_begin(now))
            .or_else(|| self.sweep_begin(now, modem))
    }

    fn read_begin(&mut self, now: Instant) -> Option<Ask<Purpose>> {
        if self.is_full() {
            return None;
        }
        let due = |read: &Read| read.due <= now;
        let near = |read: &Read| due(read) && !self.storage.is_elsewhere(&read.place.memory);
        let at = self.reads.iter().position(near);
        let at = at.or_else(|| self.reads.iter().position(due))?;
        let memory = self.reads[at].place.memory.clone();
        if self.storage.is_elsewhere(&memory) {
            return Some(self.select(memory));
        }
        let mut read = self.reads.remove(at);
        read.place.memory = self.storage.resolve(&memory);
        if let Some(Receipt::Stored { unsure, .. }) = self.receipt_at(&read.place) {
            // Read by a sweep meanwhile, or under another name; the announcement may be the next one's.
            *unsure = true;
            return self.read_begin(now);
        }
        Some(read.ask())
    }

    pub(super) fn read(&mut self, read: Read, reply: Option<&Reply>, modem: &mut Modem) {
        if read.why == Why::Look {
            return self.looked(read, reply, modem);
        }
        let Some(reply) = reply else {
            return self.read_again(modem.now, read);
        };
        let answer = Cmgr(read.place.index).answer(reply);
        match answer.ok().and_then(|message| message.0) {
            Some(stored) if self.is_trusted(&read.place, &stored) => {
                if read.why == Why::InTheWay && self.is_nobodys(&read.place, &stored) {
                    self.doubt_another(&read.place, &stored.pdu);
                    self.condemn(read.place, 0);
                    return;
                }
                let via = self.via(&read);
                self.found(read.place, &stored, via, modem);
            }
            // An empty answer is "not found" (field notes A 10), and so is an error.
            _ if read.why == Why::Scan => {}
            _ => self.read_again(modem.now, read),
        }
    }

    /// Whether a reading is what the modem holds: whole, or the same [`SAME`] times in a row. One
    /// that lost octets on the way may well decode, as another message.
    pub(super) fn is_trusted(&mut self, place: &Place, stored: &StoredPdu) -> bool {
        let suspects = &mut self.suspects;
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
            return self.sweep.via(&read.place);
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
            self.read_soon(read);
        } else {
            self.sweep.astray(read.named, read.place.index);
            self.sweep_at(now);
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
