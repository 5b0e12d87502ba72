//! The sweep: every memory is listed at the start, from time to time, and whenever an announcement
//! led nowhere, so that nothing stays on the SIM because a URC was lost.

use super::super::ask::Ask;
use super::super::modem::Modem;
use super::reading::Read;
use super::{Inbox, Place, Purpose};
use crate::event::Via;
use crate::profile::Listing;
use at::commands::{Cmgl, CmglFilter};
use at::{CmeError, CmsError, Command, Failure, FinalCode, Reply};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Without announcements the memories are listed this often.
const SWEEP_WITHOUT_URC: Duration = Duration::from_secs(10);
/// After a listing that failed for the moment.
const AGAIN: Duration = Duration::from_secs(15);
/// What should pass and does not is a refusal after this many times.
const MAX_PASSING: u8 = 5;
/// Indexes to read one by one where the modem does not tell how many there are.
const UNKNOWN_SIZE: u16 = 50;
/// The most indexes to read one by one.
const MAX_SIZE: u16 = 300;

/// Where the sweep is.
#[derive(Debug)]
pub(super) struct Sweep {
    due: Instant,
    /// Memories still to be listed.
    plan: VecDeque<String>,
    /// Which way of listing works, an index into the profile's.
    method: usize,
    /// The next index and the last one, while a memory is read index by index.
    scan: Option<(u16, u16)>,
    /// How many messages a memory holds that no way of listing shows, so that it is not searched
    /// index by index each time.
    barren: Vec<(String, u16)>,
    /// The memory in hand is listed in this way, another than usual.
    instead: Option<usize>,
    /// Listings refused one after the other with a code that is said to pass.
    refused: u8,
    /// The last announcement that led nowhere, for the sweep that it causes.
    astray: Option<(String, u16)>,
    /// The same, for the sweep that is going on.
    caused_by: Option<(String, u16)>,
}

impl Sweep {
    pub(super) fn new(due: Instant) -> Self {
        Self {
            due,
            plan: VecDeque::new(),
            method: 0,
            scan: None,
            barren: Vec::new(),
            instead: None,
            refused: 0,
            astray: None,
            caused_by: None,
        }
    }

    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Whether memories are being listed.
    pub(super) fn is_running(&self) -> bool {
        !self.plan.is_empty()
    }

    /// Not later than `at`.
    pub(super) fn at(&mut self, at: Instant) {
        self.due = self.due.min(at);
    }

    /// An announcement led nowhere.
    pub(super) fn astray(&mut self, named: String, index: u16) {
        self.astray = Some((named, index));
    }

    /// What to say of a message that is found now.
    pub(super) fn via(&self, place: &Place) -> Via {
        Via::Listed {
            memory: place.memory.clone(),
            index: place.index,
            announced: self.caused_by.clone(),
        }
    }

    /// Whether a refusal means that this way of listing does not work.
    fn is_refused(&mut self, end: &FinalCode) -> bool {
        self.refused += 1;
        let refused = !is_passing(end) || self.refused > MAX_PASSING;
        if refused {
            self.refused = 0;
        }
        refused
    }

    /// How the memory in hand is listed.
    fn listing(&self, modem: &Modem) -> Listing {
        let way = self.instead.unwrap_or(self.method);
        let way = modem.profile.listing.get(way);
        way.copied().unwrap_or(Listing::Scan)
    }

    fn next_memory(&mut self) {
        self.plan.pop_front();
        self.scan = None;
        self.instead = None;
    }
}

impl Inbox {
    pub(super) fn sweep_begin(&mut self, now: Instant, modem: &Modem) -> Option<Ask<Purpose>> {
        if self.is_full() {
            return None;
        }
        if self.sweep.plan.is_empty() && self.sweep.due <= now {
            let memories = &modem.capabilities.memories;
            // Without +CPMS there is the one memory that is selected, whatever its name.
            let plan = if memories.is_empty() {
                vec![String::new()]
            } else {
                memories.clone()
            };
            self.sweep.plan = plan.into();
            self.sweep.caused_by = self.sweep.astray.take();
            let told = modem.capabilities.cnmi.is_some_and(|cnmi| cnmi[1] != 0);
            let every = if told {
                modem.settings.sweep_every
            } else {
                SWEEP_WITHOUT_URC.min(modem.settings.sweep_every)
            };
            self.sweep.due = now + every;
        }
        let memory = self.sweep.plan.front().cloned()?;
        if self.storage.is_elsewhere(&memory) {
            return Some(self.select(memory));
        }
        Some(match self.sweep.listing(modem) {
            Listing::Four => Ask::new(Purpose::List, &Cmgl(CmglFilter::All)),
            Listing::All => Ask::new(Purpose::List, &Cmgl(CmglFilter::AllByWord)),
            Listing::Scan => self.scan(now, memory),
        })
    }

    /// Reads the next index.
    fn scan(&mut self, now: Instant, memory: String) -> Ask<Purpose> {
        let size = self
            .storage
            .usage(&memory)
            .map_or(UNKNOWN_SIZE, |(_, total)| total);
        let (index, last) = self.sweep.scan.unwrap_or((0, size.min(MAX_SIZE)));
        if index >= last {
            self.sweep.next_memory();
        } else {
            self.sweep.scan = Some((index + 1, last));
        }
        Read::scan(now, Place { memory, index }).ask()
    }

    pub(super) fn listed(&mut self, reply: Option<&Reply>, modem: &mut Modem) {
        let answer = reply.map(|reply| Cmgl(CmglFilter::All).answer(reply));
        match answer {
            Some(Ok(listing)) => {
                let memory = self.sweep.plan.front().cloned().unwrap_or_default();
                if listing.0.is_empty() && self.shows_nothing(&memory, modem) {
                    return;
                }
                if let Some(method) = self.sweep.instead.filter(|_| !listing.0.is_empty()) {
                    self.sweep.method = method;
                }
                self.tell_listing(modem);
                self.sweep.refused = 0;
                self.sweep.next_memory();
                for stored in &listing.0 {
                    let place = Place {
                        memory: memory.clone(),
                        index: stored.index,
                    };
                    if stored.pdu.is_empty() {
                        continue;
                    }
                    // Another program may empty a memory too, and then what arrives takes the
                    // places: what is deleted unread is looked at just before.
                    if self.may_be_in_the_way(&place, stored) {
                        self.read_in_the_way(modem.now, place);
                    } else if self.is_trusted(&place, stored) {
                        let via = self.sweep.via(&place);
                        self.found(place, stored, via, modem);
                    } else {
                        self.announced(place, modem);
                    }
                }
                if self.is_full() {
                    self.sweep.at(modem.now + AGAIN);
                }
            }
            Some(Err(Failure::Refused(_))) if self.sweep.instead.is_some() => {
                let memory = self.sweep.plan.front().cloned().unwrap_or_default();
                if !self.try_next_way(&memory, modem) {
                    self.sweep.next_memory();
                }
            }
            Some(Err(Failure::Refused(end))) if self.sweep.is_refused(&end) => {
                self.sweep.method += 1;
                if self.sweep.method >= modem.profile.listing.len() {
                    self.sweep.method = modem.profile.listing.len().saturating_sub(1);
                    self.sweep.next_memory();
                }
                self.tell_listing(modem);
            }
            // Busy, silent, or a line was lost: later, and meanwhile the other memories.
            _ => {
                self.sweep.next_memory();
                self.sweep.at(modem.now + AGAIN);
            }
        }
    }

    /// An empty list of a memory that is said to hold messages: some firmware lists nothing in one
    /// way and everything in another (field notes A 31). Whether the next way is to be tried.
    fn shows_nothing(&mut self, memory: &str, modem: &Modem) -> bool {
        let used = self.storage.usage(memory).map_or(0, |(used, _)| used);
        let sweep = &mut self.sweep;
        sweep
            .barren
            .retain(|(name, count)| name != memory || *count == used);
        let known = sweep.barren.iter().any(|(name, _)| name == memory);
        if used == 0 || known {
            return false;
        }
        self.try_next_way(memory, modem)
    }

    /// Lists the memory in hand in the next way; whether there is one.
    fn try_next_way(&mut self, memory: &str, modem: &Modem) -> bool {
        let sweep = &mut self.sweep;
        let next = sweep.instead.unwrap_or(sweep.method) + 1;
        let Some(way) = modem.profile.listing.get(next) else {
            return false;
        };
        if *way == Listing::Scan {
            let used = self.storage.usage(memory).map_or(0, |(used, _)| used);
            sweep.barren.push((memory.to_owned(), used));
        }
        sweep.instead = Some(next);
        true
    }

    fn tell_listing(&self, modem: &mut Modem) {
        let listing = match self.sweep.listing(modem) {
            Listing::Four => "4",
            Listing::All => "\"ALL\"",
            Listing::Scan => "scan",
        };
        modem.lists_by(listing);
    }
}

/// Refusals that say nothing about the command itself.
fn is_passing(end: &FinalCode) -> bool {
    matches!(
        end,
        FinalCode::Cms(CmsError(314 | 331 | 500 | 512 | 515 | 532))
            | FinalCode::Cme(CmeError(14 | 515))
    )
}
