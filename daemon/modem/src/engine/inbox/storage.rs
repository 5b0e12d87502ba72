//! The message memories: which is selected for reading, and how full each is.

use super::super::ask::Ask;
use super::super::modem::Modem;
use super::{Inbox, Purpose};
use crate::event::{Event, Storage};
use at::commands::{Cpms, Memories as Answer};
use at::{Command, Reply};
use std::collections::BTreeMap;

/// Memories there are names for in TS 27.005, and a few of makers'. Of more nothing is remembered.
const MAX_MEMORIES: usize = 8;

/// How often the same number of messages is looked at, one count after the other.
const LOOKS: u8 = 3;

/// Nearly full, in percent; and when that is over.
const TIGHT: u32 = 70;
const CALM: u32 = 60;

/// What is known of the memories.
#[derive(Debug, Default)]
pub(in crate::engine) struct Memories {
    /// `<mem1>`: what read, list and delete work on. `None` when it cannot be chosen.
    selected: Option<String>,
    /// Whether the choice of it is known to hold. After a command that was lost, or one that a
    /// person typed, it is chosen anew before anything is read or deleted.
    unsure: bool,
    /// The memory for received messages, and how many parameters `+CPMS` wants.
    main: Option<(String, usize)>,
    /// Not selectable although named.
    refused: Vec<String>,
    usage: Vec<Storage>,
    /// How many messages were counted last, and how often they were looked at.
    looked: BTreeMap<String, (u16, u8)>,
    /// Memories whose alarm was raised.
    alarmed: Vec<String>,
}

impl Memories {
    fn chosen(&mut self, memory: &str, parameters: usize) {
        self.selected = Some(memory.to_owned());
        self.main = Some((memory.to_owned(), parameters));
    }

    /// They are those of another modem.
    pub(in crate::engine) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The choice of memory may have been lost or changed.
    pub(in crate::engine) fn unsure(&mut self) {
        self.unsure = self.selected.is_some();
    }

    /// What the modem says is selected.
    fn is_selected(&mut self, memory: &str) {
        if self.selected.is_some() && !memory.is_empty() {
            self.selected = Some(memory.to_owned());
            self.unsure = false;
        }
    }

    /// Whether `memory` must be selected before it is read.
    pub(super) fn is_elsewhere(&self, memory: &str) -> bool {
        self.selected
            .as_ref()
            .is_some_and(|selected| self.unsure || selected != memory)
            && !self.refused.iter().any(|refused| refused == memory)
            && !memory.is_empty()
    }

    /// The memory that is read for what was announced in `memory`.
    ///
    /// Without `+CPMS` there is but one, whatever URCs call it, and one that cannot be selected is
    /// looked for in the one that is. `MT` is `SM` and `ME` in one; its indexes need not be theirs,
    /// but what arrives goes to the memory that was chosen for it.
    pub(super) fn resolve(&self, memory: &str) -> String {
        let Some(selected) = &self.selected else {
            return String::new();
        };
        let refused = self.refused.iter().any(|refused| refused == memory);
        match &self.main {
            Some((main, _)) if memory == "MT" || refused => main.clone(),
            None if refused => selected.clone(),
            _ => memory.to_owned(),
        }
    }

    /// From 70 % a memory is nearly full (field notes A 9): it holds ten to thirty messages.
    pub(in crate::engine) fn is_tight(&self) -> bool {
        self.usage.iter().any(|usage| is_above(usage, TIGHT))
    }

    /// Whether the alarm for a memory is due.
    fn alarms(&mut self, usage: &Storage) -> bool {
        if !is_above(usage, CALM) {
            self.alarmed.retain(|memory| *memory != usage.memory);
        }
        let alarms = is_above(usage, TIGHT) && !self.alarmed.contains(&usage.memory);
        if alarms {
            self.alarmed.push(usage.memory.clone());
        }
        alarms
    }

    /// Above 90 % what nobody can read may be deleted to make room.
    pub(super) fn is_jammed(&self, memory: &str) -> bool {
        self.usage
            .iter()
            .any(|usage| usage.memory == memory && is_above(usage, 90))
    }

    /// Messages in `memory`, and how many it holds.
    pub(super) fn usage(&self, memory: &str) -> Option<(u16, u16)> {
        let usage = self.usage.iter().find(|usage| usage.memory == memory)?;
        Some((usage.used, usage.total))
    }

    /// Whether something has lain there since the last count, and should be looked at: its
    /// announcement was lost on the way, or the listing was. What stays after [`LOOKS`] is left to
    /// the next regular sweep.
    fn should_be_looked_at(&mut self, memories: &Answer) -> bool {
        let mut looks = false;
        // One memory is named up to three times: for reading, sending and receiving.
        let used: BTreeMap<&str, u16> = memories
            .0
            .iter()
            .map(|memory| (memory.memory.as_str(), memory.used.unwrap_or(0)))
            .collect();
        for (memory, used) in used {
            let seen = self.looked.get(memory).copied();
            let times = seen
                .filter(|(seen, _)| *seen == used)
                .map_or(0, |(_, times)| times + 1);
            if used == 0 {
                self.looked.remove(memory);
            } else if times <= LOOKS && (seen.is_some() || self.looked.len() < MAX_MEMORIES) {
                self.looked.insert(memory.to_owned(), (used, times));
                looks |= times > 0;
            }
        }
        looks
    }

    /// Room for one more since the last count: how full the memory is now, where that was counted.
    pub(super) fn deleted(&mut self, memory: &str) -> Option<Storage> {
        let usage = self.usage.iter_mut().find(|usage| usage.memory == memory)?;
        usage.used = usage.used.checked_sub(1)?;
        Some(usage.clone())
    }
}

fn is_above(usage: &Storage, percent: u32) -> bool {
    usage.total > 0 && u32::from(usage.used) * 100 >= u32::from(usage.total) * percent
}

impl Inbox {
    /// Selects `memory` for what comes next.
    pub(super) fn select(&self, memory: String) -> Ask<Purpose> {
        let mut list = vec![memory.clone()];
        if let Some((main, parameters)) = &self.storage.main {
            list.resize(*parameters, main.clone());
        }
        Ask::new(Purpose::Select(memory), &Cpms(list))
    }

    pub(super) fn selected(&mut self, memory: String, reply: Option<&Reply>, modem: &mut Modem) {
        let Some(reply) = reply else {
            return self.storage.unsure();
        };
        if let Ok(memories) = Cpms(vec![memory.clone()]).answer(reply) {
            self.storage.is_selected(&memory);
            self.memory_use(&Answer(memories.0.into_iter().take(1).collect()), modem);
        } else if self.storage.refused.len() < MAX_MEMORIES {
            // Read what is announced there from the memory that is selected: better than never.
            self.storage.refused.push(memory);
        }
    }

    /// The modem was told to keep messages in this memory, and told how full its memories are.
    pub(in crate::engine) fn memory_chosen(
        &mut self,
        chosen: &Cpms,
        memories: &Answer,
        modem: &mut Modem,
    ) {
        let memory = chosen.0.first().map_or("", String::as_str);
        self.storage.chosen(memory, chosen.0.len());
        self.memory_use(memories, modem);
    }

    /// `+CPMS?` told which memory is selected, and how full all are.
    pub(in crate::engine) fn memories_read(&mut self, memories: &Answer, modem: &mut Modem) {
        let first = memories.0.first().map_or("", |first| first.memory.as_str());
        self.storage.is_selected(first);
        if self.storage.should_be_looked_at(memories) {
            self.sweep_at(modem.now);
        }
        self.memory_use(memories, modem);
    }

    /// `+CPMS` told how full its memories are.
    fn memory_use(&mut self, memories: &Answer, modem: &mut Modem) {
        for memory in &memories.0 {
            let (Some(used), Some(total)) = (memory.used, memory.total) else {
                continue;
            };
            let usage = Storage {
                memory: memory.memory.clone(),
                used,
                total,
            };
            if memory.memory.is_empty() || self.storage.usage.contains(&usage) {
                continue;
            }
            self.storage.usage.retain(|old| old.memory != usage.memory);
            if self.storage.usage.len() < MAX_MEMORIES {
                self.storage.usage.push(usage.clone());
                modem.out.event(Event::Storage(usage.clone()));
                if self.storage.alarms(&usage) {
                    modem.out.event(Event::StorageAlarm(usage));
                    if !self.sweep.is_running() {
                        // What is only in the way is found by listing.
                        self.sweep_at(modem.now);
                    }
                }
            }
        }
    }
}
