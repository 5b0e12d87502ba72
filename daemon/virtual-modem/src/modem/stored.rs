//! Stored messages: listing, reading, deleting (TS 27.005 clauses 3.4.2, 3.4.3, 3.5.4).

use std::collections::BTreeMap;
use std::time::Instant;

use crate::air::{AirEventKind, Uplink};
use crate::command::Op;
use crate::memory::{Memory, Status, Stored};
use crate::profile::{EmptySlot, Profile};

use super::VirtualModem;
use super::answer::{Answer, ErrorCode, Handler, INVALID_PARAMETER};

pub(super) const COMMANDS: &[(&str, Handler)] = &[
    ("+CMGL", |modem, now, op| modem.list_messages(now, op)),
    ("+CMGR", |modem, now, op| modem.read_message(now, op)),
    ("+CMGD", |modem, now, op| modem.delete_messages(now, op)),
];

/// SMS-SUBMIT to +84901234567, "hello"; what memories are filled with.
const FILLING_SUBMIT: [u8; 18] = [
    0x01, 0x00, 0x0b, 0x91, 0x48, 0x09, 0x21, 0x43, 0x65, 0xf7, 0x00, 0x00, 0x05, 0xe8, 0x32, 0x9b,
    0xfd, 0x06,
];
/// SMS-DELIVER from +84901234567 of 2026-11-22, "hello".
const FILLING_DELIVER: [u8; 24] = [
    0x04, 0x0b, 0x91, 0x48, 0x09, 0x21, 0x43, 0x65, 0xf7, 0x00, 0x00, 0x62, 0x11, 0x22, 0x01, 0x00,
    0x00, 0x82, 0x05, 0xe8, 0x32, 0x9b, 0xfd, 0x06,
];
/// Invalid memory index.
const INVALID_INDEX: ErrorCode = ErrorCode::Cms(321);

/// The memories in the modem itself; `SM` is on the SIM, `MT` is SM followed by ME.
#[derive(Debug)]
pub(super) struct Memories {
    own: BTreeMap<&'static str, Memory>,
    /// The real memory and the slot that the last command line read.
    in_hand: Option<(&'static str, usize)>,
}

impl Memories {
    pub(super) fn new(profile: &Profile) -> Self {
        let own = profile
            .memories
            .iter()
            .filter(|(name, _)| !matches!(*name, "SM" | "MT"));
        Self {
            own: own
                .map(|(name, size)| (*name, Memory::new(*size)))
                .collect(),
            in_hand: None,
        }
    }

    /// Another command line begins.
    pub(super) fn let_go(&mut self) {
        self.in_hand = None;
    }
}

impl VirtualModem {
    fn memory(&self, name: &str) -> Option<&Memory> {
        match name {
            "SM" => self.sim.as_ref().map(|sim| &sim.memory),
            name => self.memories.own.get(name),
        }
    }

    fn memory_mut(&mut self, name: &str) -> Option<&mut Memory> {
        match name {
            "SM" => self.sim.as_mut().map(|sim| &mut sim.memory),
            name => self.memories.own.get_mut(name),
        }
    }

    /// The real memories behind a name.
    fn behind(name: &'static str) -> &'static [&'static str] {
        match name {
            "MT" => &["SM", "ME"],
            "SM" => &["SM"],
            "ME" => &["ME"],
            "SR" => &["SR"],
            _ => &["BM"],
        }
    }

    /// Messages in a memory, and how many it can hold.
    pub(super) fn memory_use(&self, name: &'static str) -> (usize, usize) {
        let real = Self::behind(name)
            .iter()
            .filter_map(|name| self.memory(name));
        real.fold((0, 0), |(used, size), memory| {
            (used + memory.used(), size + memory.size())
        })
    }

    /// Fills a memory with messages of this kind up to so many free slots; tells how many that took.
    pub(crate) fn fill(&mut self, name: &str, free: usize, status: Status) -> Option<usize> {
        let memory = self.memory_mut(name)?;
        let missing = memory.size().saturating_sub(memory.used() + free);
        let tpdu = match status {
            Status::Unsent | Status::Sent => FILLING_SUBMIT.to_vec(),
            Status::ReceivedUnread | Status::ReceivedRead => FILLING_DELIVER.to_vec(),
        };
        let filling = Stored::new(status, String::new(), tpdu);
        let stored = (0..missing).map_while(|_| memory.store(filling.clone()));
        Some(stored.count())
    }

    /// Empties a memory of the messages of this kind, or of all; tells how many there were. The network hears that
    /// there is room. What the last command line read stays: AT+CMGD deletes a place and not a message (TS 27.005 clause
    /// 3.5.4), so that nobody could delete safely if another message came between the two. Drain
    /// [`VirtualModem::poll`] afterwards.
    pub(crate) fn empty(&mut self, name: &str, status: Option<Status>) -> Option<usize> {
        let in_hand = self.memories.in_hand.filter(|(real, _)| *real == name);
        let memory = self.memory_mut(name)?;
        let mut count = 0;
        for slot in (0..memory.size()).filter(|slot| in_hand.is_none_or(|(_, read)| read != *slot))
        {
            if let Some(place) = memory.slot_mut(slot)
                && let Some(stored) = place
                && status.is_none_or(|status| status == stored.status)
            {
                *place = None;
                count += 1;
            }
        }
        if count > 0 && std::mem::take(&mut self.reception.was_full) {
            self.uplink(Uplink::MemoryAvailable);
        }
        Some(count)
    }

    /// Stores into the first free slot; the name and index under which it was stored.
    pub(super) fn store(
        &mut self,
        name: &'static str,
        message: &Stored,
    ) -> Option<(&'static str, usize)> {
        let mut before = self.setup.profile.first_index;
        for real in Self::behind(name) {
            let Some(memory) = self.memory_mut(real) else {
                continue;
            };
            if let Some(slot) = memory.store(message.clone()) {
                return Some((name, before + slot));
            }
            before += memory.size();
        }
        None
    }

    /// The slot that the DTE calls `index` of memory `name`.
    pub(super) fn stored_at(
        &mut self,
        name: &'static str,
        index: u32,
    ) -> Result<&mut Option<Stored>, ErrorCode> {
        let (real, slot) = self.locate(name, index)?;
        self.memory_mut(real)
            .and_then(|memory| memory.slot_mut(slot))
            .ok_or(INVALID_INDEX)
    }

    fn locate(&self, name: &'static str, index: u32) -> Result<(&'static str, usize), ErrorCode> {
        let index = usize::try_from(index).map_err(|_| INVALID_INDEX)?;
        let mut slot = index
            .checked_sub(self.setup.profile.first_index)
            .ok_or(INVALID_INDEX)?;
        for real in Self::behind(name) {
            let size = self.memory(real).map_or(0, Memory::size);
            if slot < size {
                return Ok((real, slot));
            }
            slot -= size;
        }
        Err(INVALID_INDEX)
    }

    /// All messages of a memory with the index that the DTE uses.
    fn messages(&self, name: &'static str) -> Vec<(u32, Stored)> {
        let mut before = self.setup.profile.first_index;
        let mut found = Vec::new();
        for real in Self::behind(name) {
            let Some(memory) = self.memory(real) else {
                continue;
            };
            let numbered = memory
                .iter()
                .map(|(slot, stored)| (before + slot, stored.clone()));
            found.extend(
                numbered.filter_map(|(index, stored)| Some((u32::try_from(index).ok()?, stored))),
            );
            before += memory.size();
        }
        found
    }

    fn list_messages(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        let words = self.settings.text_mode || self.setup.profile.cmgl_pdu_wants_words;
        let wanted = match op {
            Op::Test => {
                self.info(if words {
                    "+CMGL: (\"REC UNREAD\",\"REC READ\",\"STO UNSENT\",\"STO SENT\",\"ALL\")"
                } else {
                    "+CMGL: (0-4)"
                });
                return Ok(Answer::Ok);
            }
            Op::Execute => if words { "REC UNREAD" } else { "0" }.to_owned(),
            Op::Set(args) => args.text(0).unwrap_or_default().to_owned(),
            Op::Read => return Err(ErrorCode::Error),
        };
        self.need_message_sim()?;
        let all = if words { "ALL" } else { "4" };
        let status = Status::parse(&wanted).filter(|_| wanted.parse::<u8>().is_err() == words);
        if status.is_none() && wanted != all {
            return Err(ErrorCode::Cms(if words { 305 } else { 303 }));
        }
        let memory = self.settings.memories[0];
        if self.reads_empty(memory) {
            return Ok(Answer::Ok);
        }
        for (index, stored) in self.messages(memory) {
            if stored.is_hidden(now) || status.is_some_and(|status| status != stored.status) {
                continue;
            }
            let (header, body) = self.render_stored(Some(index), &stored);
            self.info(&format!("+CMGL: {header}\r\n{body}"));
            self.mark_read(memory, index);
        }
        Ok(Answer::Ok)
    }

    fn read_message(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        let Op::Set(args) = op else {
            return if *op == Op::Test {
                Ok(Answer::Ok)
            } else {
                Err(ErrorCode::Error)
            };
        };
        self.need_message_sim()?;
        let memory = self.settings.memories[0];
        let index = args.number(0)?.ok_or(INVALID_PARAMETER)?;
        if self.reads_empty(memory) {
            return Ok(Answer::Ok);
        }
        let stored = self.stored_at(memory, index)?.clone();
        let Some(stored) = stored.filter(|stored| !stored.is_hidden(now)) else {
            return match self.setup.profile.empty_slot {
                EmptySlot::Ok => Ok(Answer::Ok),
                EmptySlot::Error => Err(INVALID_INDEX),
            };
        };
        let (header, body) = self.render_stored(None, &stored);
        self.info(&format!("+CMGR: {header}\r\n{body}"));
        self.mark_read(memory, index);
        self.memories.in_hand = self.locate(memory, index).ok();
        Ok(Answer::Ok)
    }

    fn mark_read(&mut self, memory: &'static str, index: u32) {
        if let Ok(Some(stored)) = self.stored_at(memory, index)
            && stored.status == Status::ReceivedUnread
        {
            stored.status = Status::ReceivedRead;
        }
    }

    /// The header after `+CMGL: ` or `+CMGR: `, and the line below it.
    fn render_stored(&self, index: Option<u32>, stored: &Stored) -> (String, String) {
        if self.settings.text_mode {
            return self.render_stored_text(index, stored);
        }
        let pdu = stored.pdu();
        let index = index.map(|index| format!("{index},")).unwrap_or_default();
        (
            format!("{index}{},,{}", stored.status.number(), pdu.tpdu_len()),
            pdu.render(),
        )
    }

    fn delete_messages(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        let memory = self.settings.memories[0];
        let args = match op {
            Op::Test => {
                let indexes: Vec<String> = self
                    .messages(memory)
                    .iter()
                    .map(|(index, _)| index.to_string())
                    .collect();
                self.info(&format!("+CMGD: ({}),(0-4)", indexes.join(",")));
                return Ok(Answer::Ok);
            }
            Op::Set(args) => args,
            Op::Read | Op::Execute => return Err(ErrorCode::Error),
        };
        self.need_message_sim()?;
        let doomed = |status| match args.number(1) {
            Ok(Some(1)) => matches!(status, Status::ReceivedRead),
            Ok(Some(2)) => matches!(status, Status::ReceivedRead | Status::Sent),
            Ok(Some(3)) => status != Status::ReceivedUnread,
            _ => true,
        };
        let indexes: Vec<u32> = match args.number_in(1, 0..=4, 0)? {
            0 => vec![args.number(0)?.ok_or(INVALID_PARAMETER)?],
            _ => self
                .messages(memory)
                .into_iter()
                .filter(|(_, stored)| doomed(stored.status))
                .map(|(index, _)| index)
                .collect(),
        };
        for index in indexes {
            let (real, slot) = self.locate(memory, index)?;
            let emptied = self
                .memory_mut(real)
                .and_then(|memory| memory.slot_mut(slot))
                .and_then(Option::take);
            if emptied.is_some() {
                let index = usize::try_from(index).unwrap_or_default();
                self.log_kind(now, AirEventKind::Delete { memory, index });
            }
        }
        if std::mem::take(&mut self.reception.was_full) {
            self.uplink(Uplink::MemoryAvailable);
        }
        Ok(Answer::Ok)
    }
}
