//! A message memory: numbered slots that are free or hold a message (TS 27.005 clause 3.2.2).

use std::time::Instant;

use tpdu::PduHex;

/// How a stored message stands; the numbers are those of PDU mode (TS 27.005 clause 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    ReceivedUnread = 0,
    ReceivedRead = 1,
    Unsent = 2,
    Sent = 3,
}

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) status: Status,
    /// The service centre, in international form; empty when none was written.
    pub(crate) smsc: String,
    pub(crate) tpdu: Vec<u8>,
    /// It cannot be read before.
    pub(crate) hidden_until: Option<Instant>,
}

impl Stored {
    /// A message that can be read at once.
    pub(crate) fn new(status: Status, smsc: String, tpdu: Vec<u8>) -> Self {
        Self {
            status,
            smsc,
            tpdu,
            hidden_until: None,
        }
    }

    /// As it is written in PDU mode.
    pub(crate) fn pdu(&self) -> PduHex {
        PduHex {
            smsc: self.smsc.parse().ok(),
            tpdu: self.tpdu.clone(),
        }
    }

    /// Whether it cannot be read yet.
    pub(crate) fn is_hidden(&self, now: Instant) -> bool {
        self.hidden_until.is_some_and(|until| now < until)
    }
}

/// A memory of a fixed size.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    slots: Vec<Option<Stored>>,
}

impl Status {
    pub(crate) const ALL: [Self; 4] = [
        Self::ReceivedUnread,
        Self::ReceivedRead,
        Self::Unsent,
        Self::Sent,
    ];

    /// The word of text mode.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::ReceivedUnread => "REC UNREAD",
            Self::ReceivedRead => "REC READ",
            Self::Unsent => "STO UNSENT",
            Self::Sent => "STO SENT",
        }
    }

    pub(crate) fn number(self) -> u8 {
        self as u8
    }

    /// The number of PDU mode or the word of text mode; 4 and `ALL` are not a status.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.word() == value || value.parse() == Ok(status.number()))
    }
}

impl Memory {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            slots: vec![None; size],
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn used(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    /// The message at `slot`: `None` beyond the memory, `Some(None)` when the slot is free.
    pub(crate) fn slot_mut(&mut self, slot: usize) -> Option<&mut Option<Stored>> {
        self.slots.get_mut(slot)
    }

    /// Puts a message into the first free slot and tells which; `None` when there is none.
    pub(crate) fn store(&mut self, message: Stored) -> Option<usize> {
        let free = self.slots.iter().position(Option::is_none)?;
        self.slots[free] = Some(message);
        Some(free)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Stored)> {
        self.slots
            .iter()
            .enumerate()
            .filter_map(|(slot, stored)| Some((slot, stored.as_ref()?)))
    }
}
