//! Receiving: what arrives is offered to the owner, and acknowledged or deleted when committed.
//!
//! Until then it stays where it is: on the SIM, or with the network, which waits for `+CNMA`.

mod acknowledging;
mod deleting;
mod listing;
mod place;
mod reading;
mod storage;

pub(super) use place::Place;

use super::ask::Ask;
use super::modem::Modem;
use super::out::Consequence;
use crate::event::{Event, Received, Via};
use crate::ids::ReceiptToken;
use at::Reply;
use at::commands::{Cnma, StoredPdu};
use deleting::{Condemned, Deletion};
use listing::Sweep;
use reading::{Read, Suspect, Why};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};
use storage::Memories;
use tpdu::{DecodeError, MtTpdu, PduHex};

/// Receipts that may wait for their commit. At the bound nothing more is read or offered: it stays
/// on the SIM, and what is routed goes back to the network for want of an acknowledgement.
pub(super) const MAX_RECEIPTS: usize = 256;
/// Announcements that may wait; beyond them the next sweep finds the message.
const MAX_READS: usize = 256;
/// Messages nobody can read that are remembered, so that each is offered once. Beyond them the oldest
/// is offered again.
const MAX_JUNK: usize = 256;
/// When to offer again what could not be stored.
const OFFER_AGAIN: Duration = Duration::from_secs(30);

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

/// What a command is for.
#[derive(Debug)]
pub(super) enum Purpose {
    /// `AT+CNMA`
    Acknowledge(ReceiptToken),
    /// `AT+CPMS=<mem1>` before a read, a list or a delete in that memory.
    Select(String),
    /// `AT+CMGR`
    Read(Read),
    /// `AT+CMGL`
    List,
    /// `AT+CMGD`
    Delete(Place),
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
    sweep: Sweep,
    /// The message memories.
    pub(super) storage: Memories,
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
            storage: Memories::default(),
        }
    }

    pub(super) fn sweep_at(&mut self, at: Instant) {
        self.sweep.at(at);
    }

    fn is_full(&self) -> bool {
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

impl Inbox {
    /// `+CMTI`, `+CDSI`: something was stored.
    pub(super) fn announced(&mut self, mut place: Place, modem: &mut Modem) {
        modem.out.then(Consequence::Arrived);
        let named = place.memory.clone();
        place.memory = self.storage.resolve(&place.memory);
        self.doubt_index(place.index);
        if let Some(Receipt::Stored { again, .. }) = self.receipt_at(&place) {
            // The modem may have replaced it by another one (TS 23.040 9.2.3.9).
            *again = true;
            return;
        }
        self.read_soon(Read {
            place,
            named,
            due: modem.now,
            tries: 0,
            why: Why::Announced,
        });
    }

    /// `+CMT`, `+CDS`: something was handed to us.
    pub(super) fn routed(&mut self, raw: &str, modem: &mut Modem) {
        modem.out.then(Consequence::Arrived);
        if self.is_full() {
            // Without an acknowledgement the network keeps it; some modems then turn routing off.
            modem.out.then(Consequence::RoutingUnsure);
            return;
        }
        let ack = modem.waits_for_ack();
        let token = self.open(Receipt::Routed { ack, at: modem.now });
        offer(token, raw, Via::Routed, modem);
    }

    /// A routed TPDU whose line did not come whole. Not acknowledged, so that it comes again.
    pub(super) fn damaged(&mut self, (header, body): (&str, Option<&str>), modem: &mut Modem) {
        let announced = header.starts_with("+CMTI") || header.starts_with("+CDSI");
        if announced {
            // Which place it was is not known.
            self.doubt_all();
            self.sweep_at(modem.now);
        } else if modem.waits_for_ack() {
            modem.out.then(Consequence::RoutingUnsure);
        } else if let Some(body) = body.filter(|_| !self.is_full()) {
            // It will not come again: let the owner keep what is left of it.
            let token = self.open(Receipt::Routed {
                ack: false,
                at: modem.now,
            });
            offer(token, body, Via::Routed, modem);
        }
    }

    /// A message was read, or was listed and is not in the way.
    fn found(&mut self, place: Place, stored: &StoredPdu, via: Via, modem: &mut Modem) {
        self.doubt_another(&place, &stored.pdu);
        if self.is_nobodys(&place, stored) {
            if self.may_be_in_the_way(&place, stored) {
                self.condemn(place, 0);
            }
            return;
        }
        if self.receipt_at(&place).is_some()
            || self.is_open_elsewhere(place.index, &stored.pdu)
            || self.is_full()
        {
            return;
        }
        let junk = decode(&stored.pdu).1.is_err();
        // Announced while this was read: perhaps the next one.
        let unsure = self.is_announced(place.index);
        let token = self.open(Receipt::Stored {
            place,
            raw: stored.pdu.clone(),
            junk,
            deleting: false,
            again: false,
            unsure,
        });
        offer(token, &stored.pdu, via, modem);
    }

    /// [`Input::Committed`](crate::Input::Committed)
    pub(super) fn committed(&mut self, now: Instant, token: ReceiptToken) {
        let delete = match self.receipts.get_mut(&token) {
            Some(Receipt::Routed { ack: true, .. }) => {
                self.acks.push_back(token);
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
        self.deletes.push(Deletion::at_once(now, delete));
    }

    /// Committed, and not to be deleted: it stays until the memory jams.
    fn keep_junk(&mut self, token: ReceiptToken) {
        let Some(Receipt::Stored {
            place,
            raw,
            junk: true,
            ..
        }) = self.receipts.remove(&token)
        else {
            return;
        };
        if self.junk.len() == MAX_JUNK {
            self.junk.pop_front();
        }
        self.junk.push_back((place, raw));
    }

    /// [`Input::NotCommitted`](crate::Input::NotCommitted)
    pub(super) fn not_committed(&mut self, token: ReceiptToken, modem: &mut Modem) {
        match self.receipts.remove(&token) {
            Some(Receipt::Stored { .. }) => self.sweep_at(modem.now + OFFER_AGAIN),
            // The modem tells the network that it was not taken, and may stop routing.
            Some(Receipt::Routed { ack: true, .. }) => {
                modem.out.then(Consequence::RoutingUnsure);
                modem.out.then(Consequence::AckMissed);
            }
            _ => {}
        }
    }

    /// A command ended, or was not answered in time.
    pub(super) fn done(
        &mut self,
        purpose: Purpose,
        reply: Option<&Reply>,
        modem: &mut Modem,
    ) -> Option<Ask<Purpose>> {
        match purpose {
            Purpose::Acknowledge(token) => return self.acknowledged(token, reply, modem),
            Purpose::Select(memory) => self.selected(memory, reply, modem),
            Purpose::Read(read) => self.read(read, reply, modem),
            Purpose::List => self.listed(reply, modem),
            Purpose::Delete(place) => self.deleted(&place, reply, modem),
        }
        None
    }

    /// The port went away: places mean nothing any more, and the network has given up waiting.
    pub(super) fn abandon(&mut self, now: Instant) {
        self.receipts.clear();
        self.reads.clear();
        self.acks.clear();
        self.deletes.clear();
        self.condemned = None;
        self.sweep = Sweep::new(now);
    }
}

fn offer(token: ReceiptToken, raw: &str, via: Via, modem: &mut Modem) {
    let (pdu, content) = decode(raw);
    modem.out.event(Event::Received(Received {
        token,
        pdu,
        content,
        raw: raw.to_owned(),
        via: Box::new(via),
    }));
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
