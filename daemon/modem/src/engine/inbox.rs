//! Receiving: what arrives is offered to the owner, and acknowledged or deleted when committed.
//!
//! Until then it stays where it is: on the SIM, or with the network, which waits for `+CNMA`.

mod deleting;
mod reading;

pub(super) use reading::{Place, Read};

use deleting::{Condemned, Deletion};
use reading::Why;

use super::Engine;
use super::flight::Purpose;
use super::listing::Sweep;
use crate::event::{Event, Received, Via};
use crate::io::ReceiptToken;
use at::commands::{Cnma, StoredPdu};
use at::{CmsError, FinalCode, Reply};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};
use tpdu::{DecodeError, MtTpdu, PduHex};

/// Receipts that may wait for their commit. At the bound nothing more is read or offered: it stays
/// on the SIM, and what is routed goes back to the network for want of an acknowledgement.
pub(super) const MAX_RECEIPTS: usize = 256;
/// Announcements that may wait; beyond them the next sweep finds the message.
const MAX_READS: usize = 256;
/// Messages nobody can read that are remembered, so that each is offered once.
const MAX_JUNK: usize = 256;
/// Doubtful readings that are remembered; one that is forgotten is read anew.
const MAX_SUSPECTS: usize = 64;
/// When to offer again what could not be stored.
const OFFER_AGAIN: Duration = Duration::from_secs(30);

/// How long a modem waits for `+CNMA` before it tells the network that nobody took the message;
/// 10 s and more, it is said.
const ACK_WITHIN: Duration = Duration::from_secs(8);

/// A TPDU that was offered.
#[derive(Debug)]
enum Receipt {
    /// It came by `+CMT` or `+CDS`; `ack` when the network waits for `+CNMA`.
    Routed { ack: bool, at: Instant },
    Stored {
        place: Place,
        /// The line as the modem wrote it.
        raw: String,
        /// It meant nothing, so it is only deleted when the memory jams.
        junk: bool,
        deleting: bool,
        /// The place was announced anew meanwhile.
        again: bool,
        /// Another message may lie there by now: it is looked at before it is deleted.
        unsure: bool,
    },
}

/// A reading that was not as long as it should have been.
#[derive(Debug)]
struct Suspect {
    place: Place,
    raw: String,
    /// So many times in a row.
    times: u8,
}

/// What arrived and is not done with.
#[derive(Debug)]
pub(super) struct Inbox {
    next_token: u64,
    receipts: BTreeMap<ReceiptToken, Receipt>,
    reads: Vec<Read>,
    acks: VecDeque<ReceiptToken>,
    /// Committed and to be deleted; each has its receipt.
    deletes: Vec<Deletion>,
    /// Read a moment ago as what is to be deleted: nothing is written before that.
    condemned: Option<Condemned>,
    /// All places came into doubt since the last command was written.
    doubted: bool,
    /// Committed messages that meant nothing, by place and line.
    junk: VecDeque<(Place, String)>,
    /// Readings that are not as long as the modem said: octets were lost, or it says so each time.
    suspects: VecDeque<Suspect>,
    cnma: Cnma,
    pub(super) sweep: Sweep,
}

impl Inbox {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            next_token: 0,
            receipts: BTreeMap::new(),
            reads: Vec::new(),
            acks: VecDeque::new(),
            deletes: Vec::new(),
            condemned: None,
            doubted: false,
            junk: VecDeque::new(),
            suspects: VecDeque::new(),
            cnma: Cnma::Plain,
            sweep: Sweep::new(now),
        }
    }

    pub(super) fn sweep_at(&mut self, at: Instant) {
        self.sweep.at(at);
    }

    pub(super) fn is_full(&self) -> bool {
        self.receipts.len() >= MAX_RECEIPTS
    }

    fn receipt_at(&mut self, place: &Place) -> Option<&mut Receipt> {
        self.receipts
            .values_mut()
            .find(|receipt| matches!(receipt, Receipt::Stored { place: at, .. } if at == place))
    }

    /// Whether this very message is open under another memory's name: simple modems list the same
    /// messages whatever memory is selected, and deleting twice could delete the next message.
    fn is_open_elsewhere(&self, index: u16, line: &str) -> bool {
        self.receipts.values().any(|receipt| {
            matches!(receipt, Receipt::Stored { place, raw, .. } if place.index == index && raw == line)
        })
    }

    fn open(&mut self, receipt: Receipt) -> ReceiptToken {
        let token = ReceiptToken(self.next_token);
        self.next_token += 1;
        self.receipts.insert(token, receipt);
        token
    }

    fn is_late(&self, now: Instant, token: ReceiptToken) -> bool {
        matches!(
            self.receipts.get(&token),
            Some(Receipt::Routed { at, .. }) if now.duration_since(*at) > ACK_WITHIN
        )
    }

    fn read_soon(&mut self, read: Read) {
        let known = self.reads.iter().any(|other| other.place == read.place);
        if !known && self.reads.len() < MAX_READS {
            self.reads.push(read);
        }
    }
}

/// Whether a stored TPDU came from the network, whatever `<stat>` says: one octet that was damaged
/// on the way must not delete a message that nobody has read.
fn is_received(stored: &StoredPdu) -> bool {
    matches!(
        decode(&stored.pdu).1,
        Ok(MtTpdu::Deliver(_) | MtTpdu::StatusReport(_))
    )
}

impl Engine {
    /// `+CMTI`, `+CDSI`: something was stored.
    pub(super) fn announced(&mut self, now: Instant, mut place: Place) {
        self.idle.arrived(now);
        let named = place.memory.clone();
        place.memory = self.storage.resolve(&place.memory);
        self.inbox.doubt_index(place.index);
        if let Some(Receipt::Stored { again, .. }) = self.inbox.receipt_at(&place) {
            // The modem may have replaced it by another one (TS 23.040 9.2.3.9).
            *again = true;
            return;
        }
        self.inbox.read_soon(Read {
            place,
            named,
            due: now,
            tries: 0,
            why: Why::Announced,
        });
    }

    /// `+CMT`, `+CDS`: something was handed to us.
    pub(super) fn routed(&mut self, now: Instant, raw: &str) {
        self.idle.arrived(now);
        if self.inbox.is_full() {
            // Without an acknowledgement the network keeps it; some modems then turn routing off.
            self.idle.recheck_soon();
            return;
        }
        let ack = self.capabilities.csms == Some(1);
        let token = self.inbox.open(Receipt::Routed { ack, at: now });
        self.offer(token, raw, Via::Routed);
    }

    /// A routed TPDU whose line did not come whole. Not acknowledged, so that it comes again.
    pub(super) fn damaged(&mut self, now: Instant, header: &str, body: Option<&str>) {
        let announced = header.starts_with("+CMTI") || header.starts_with("+CDSI");
        if announced {
            // Which place it was is not known.
            self.inbox.doubt_all();
            self.inbox.sweep_at(now);
        } else if self.capabilities.csms == Some(1) {
            self.idle.recheck_soon();
        } else if let Some(body) = body.filter(|_| !self.inbox.is_full()) {
            // It will not come again: let the owner keep what is left of it.
            let token = self.inbox.open(Receipt::Routed {
                ack: false,
                at: now,
            });
            self.offer(token, body, Via::Routed);
        }
    }

    fn offer(&mut self, token: ReceiptToken, raw: &str, via: Via) {
        let (pdu, content) = decode(raw);
        self.event(Event::Received(Received {
            token,
            pdu,
            content,
            raw: raw.to_owned(),
            via: Box::new(via),
        }));
    }

    /// A message was read, or was listed and is not in the way.
    pub(super) fn found(&mut self, place: Place, stored: &StoredPdu, via: Via) {
        self.inbox.doubt_another(&place, &stored.pdu);
        if self.inbox.is_nobodys(&place, stored) {
            if self.may_be_in_the_way(&place, stored) {
                self.inbox.condemn(place, 0);
            }
            return;
        }
        if self.inbox.receipt_at(&place).is_some()
            || self.inbox.is_open_elsewhere(place.index, &stored.pdu)
            || self.inbox.is_full()
        {
            return;
        }
        let junk = decode(&stored.pdu).1.is_err();
        // Announced while this was read: perhaps the next one.
        let unsure = self.inbox.is_announced(place.index);
        let token = self.inbox.open(Receipt::Stored {
            place,
            raw: stored.pdu.clone(),
            junk,
            deleting: false,
            again: false,
            unsure,
        });
        self.offer(token, &stored.pdu, via);
    }

    /// [`Input::Committed`](crate::Input::Committed)
    pub(super) fn committed(&mut self, now: Instant, token: ReceiptToken) {
        let delete = match self.inbox.receipts.get_mut(&token) {
            Some(Receipt::Routed { ack: true, .. }) => {
                self.inbox.acks.push_back(token);
                return;
            }
            Some(Receipt::Stored {
                place,
                junk: false,
                deleting,
                ..
            }) if !*deleting => {
                *deleting = true;
                place.clone()
            }
            Some(Receipt::Stored { deleting: true, .. }) => return,
            _ => {
                self.keep_junk(token);
                return;
            }
        };
        self.inbox.deletes.push(Deletion::at_once(now, delete));
    }

    /// Committed, and not to be deleted: it stays until the memory jams.
    fn keep_junk(&mut self, token: ReceiptToken) {
        let Some(Receipt::Stored {
            place,
            raw,
            junk: true,
            ..
        }) = self.inbox.receipts.remove(&token)
        else {
            return;
        };
        if self.inbox.junk.len() == MAX_JUNK {
            self.inbox.junk.pop_front();
        }
        self.inbox.junk.push_back((place, raw));
    }

    /// [`Input::NotCommitted`](crate::Input::NotCommitted)
    pub(super) fn not_committed(&mut self, now: Instant, token: ReceiptToken) {
        match self.inbox.receipts.remove(&token) {
            Some(Receipt::Stored { .. }) => self.inbox.sweep_at(now + OFFER_AGAIN),
            // The modem tells the network that it was not taken, and may stop routing.
            Some(Receipt::Routed { ack: true, .. }) => {
                self.idle.recheck_soon();
                self.idle.recheck_after_missed_ack(now);
            }
            _ => {}
        }
    }

    /// Acknowledges to the network, which waits for it.
    pub(super) fn acknowledge_begin(&mut self, now: Instant) -> bool {
        let Some(token) = self.inbox.acks.pop_front() else {
            return false;
        };
        let cnma = self.inbox.cnma;
        self.ask(now, Purpose::Acknowledge(token), &cnma);
        true
    }

    pub(super) fn acknowledge_done(
        &mut self,
        now: Instant,
        token: ReceiptToken,
        reply: Option<&Reply>,
    ) {
        match reply.map(|reply| &reply.end) {
            // Too late or not expected; the modem may have stopped routing (field notes A 14).
            None | Some(FinalCode::Cms(CmsError(340))) => self.idle.recheck_soon(),
            // Taken, but perhaps after the modem had told the network that it was not.
            Some(FinalCode::Ok) => {
                if self.inbox.is_late(now, token) {
                    self.idle.recheck_soon();
                }
            }
            Some(_) => {
                // PDU mode wants a number on some modems (TS 27.005 4.7).
                if self.inbox.cnma == Cnma::Plain {
                    self.inbox.cnma = Cnma::Zero;
                    self.ask(now, Purpose::Acknowledge(token), &Cnma::Zero);
                    return;
                }
                self.inbox.cnma = Cnma::Plain;
                self.idle.recheck_soon();
            }
        }
        self.inbox.receipts.remove(&token);
    }

    /// The port went away: places mean nothing any more, and the network has given up waiting.
    pub(super) fn inbox_abandon(&mut self, now: Instant) {
        self.inbox.receipts.clear();
        self.inbox.reads.clear();
        self.inbox.acks.clear();
        self.inbox.deletes.clear();
        self.inbox.condemned = None;
        self.inbox.sweep = Sweep::new(now);
    }
}

/// What the octets of a line mean.
fn decode(raw: &str) -> (PduHex, Result<MtTpdu, DecodeError>) {
    match PduHex::parse(raw) {
        Ok(pdu) => {
            let content = MtTpdu::decode(&pdu.tpdu);
            (pdu, content)
        }
        Err(error) => (PduHex::new(Vec::new()), Err(error)),
    }
}
