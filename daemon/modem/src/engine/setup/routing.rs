//! Choosing where messages are kept and how their arrival is told: `+CPMS`, `+CNMI`.
//!
//! What `=?` lists is a hint, what the modem takes is another, and what it says when read back is
//! what counts (field notes A 10, A 20, B.0).

use super::super::modem::Modem;
use super::super::out::Consequence;
use super::super::state::State;
use super::super::step::Step;
use super::Setup;
use at::commands::{CnmiChoices, CnmiValues, Cpms, Memories, MemoryLists};
use at::{Command, Reply};

/// `<mode>`: 2 buffers while the link is reserved and then tells; 3 and 0 tell less reliably.
const MODES: &[u8] = &[2, 1, 3, 0];
/// `<bfr>`: what is buffered is told (0) rather than thrown away, where the modem lets us.
const BUFFERS: &[u8] = &[0, 1];
/// Ways to write one `<mt>,<ds>` that are tried before the next pair.
const WAYS: usize = 3;
/// Memories that hold no messages for us: cell broadcast, and the sum of two others.
const NOT_SWEPT: &[&str] = &["BM", "MT", "TA"];

impl Setup {
    /// The memories to try, best first, each with three, two and one parameters (field notes B.1:
    /// one stick needs all three, old ones know two).
    pub(super) fn memory_choices(
        &mut self,
        lists: Option<&MemoryLists>,
        modem: &mut Modem,
    ) -> Vec<Cpms> {
        let listed = |n: usize, memory: &str| {
            lists.is_none_or(|lists| lists.0.len() < n || lists.has(n, memory))
        };
        let counts = lists.map_or(3, |lists| lists.0.len().clamp(1, 3));
        let usable: Vec<&str> = modem
            .profile
            .memories
            .iter()
            .copied()
            .filter(|memory| (1..=counts).all(|n| listed(n, memory)))
            .collect();
        modem.capabilities.memories = lists
            .and_then(|lists| lists.0.first())
            .map(|first| {
                first
                    .words()
                    .filter(|word| !NOT_SWEPT.contains(word))
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default();
        self.found.reports_stored =
            lists.map(|lists| (1..=lists.0.len()).any(|n| lists.has(n, "SR")));
        let mut out = Vec::new();
        for count in (1..=counts).rev() {
            out.extend(usable.iter().map(|memory| Cpms::same(memory, count)));
        }
        out
    }

    pub(super) fn take_memory(&mut self, at: u8, reply: &Reply, modem: &mut Modem) -> State {
        let Some(choice) = self.found.memories.get(usize::from(at)).cloned() else {
            return State::Setup(Step::RoutingLists);
        };
        let Ok(memories) = choice.answer(reply) else {
            return State::Setup(Step::Memory(at + 1));
        };
        let memory = choice.0.first().cloned().unwrap_or_default();
        if let Some(other) = self
            .other_memory(at, &memory)
            .filter(|_| has_no_room(&memories))
        {
            modem.capabilities.memories.retain(|name| *name != memory);
            return State::Setup(Step::Memory(other));
        }
        modem.out.then(Consequence::MemoryChosen(choice, memories));
        if !modem.capabilities.memories.contains(&memory) {
            modem.capabilities.memories.insert(0, memory.clone());
        }
        // Its own memory last, so that it stays selected.
        modem
            .capabilities
            .memories
            .sort_by_key(|name| *name == memory);
        modem.capabilities.memory = Some(memory);
        State::Setup(Step::RoutingLists)
    }

    /// The next choice after number `at` that is not `memory`.
    fn other_memory(&self, at: u8, memory: &str) -> Option<u8> {
        let later = self.found.memories.iter().zip(0_u8..);
        later
            .filter(|(choice, number)| *number > at && choice.0.iter().all(|name| name != memory))
            .map(|(_, number)| number)
            .next()
    }

    /// The settings to try, best first.
    pub(super) fn routing_choices(
        &self,
        listed: Option<&CnmiChoices>,
        modem: &Modem,
    ) -> Vec<CnmiValues> {
        let mut out: Vec<CnmiValues> = Vec::new();
        for (mt, ds) in self.routing_pairs(modem) {
            let ds = if modem.settings.request_reports {
                ds
            } else {
                0
            };
            let ways = BUFFERS.iter().flat_map(|&bfr| {
                MODES.iter().map(move |&mode| CnmiValues {
                    mode,
                    mt,
                    bm: 0,
                    ds,
                    bfr,
                })
            });
            let allowed = ways.filter(|way| listed.is_none_or(|listed| listed.allows(*way)));
            for way in allowed.take(WAYS) {
                if !out.contains(&way) {
                    out.push(way);
                }
            }
        }
        if out.is_empty() && listed.is_some() {
            // What it lists cannot be right, or we read it wrongly: try all.
            return self.routing_choices(None, modem);
        }
        out
    }

    /// `<mt>,<ds>`, best first: every way to get reports comes before any without, whether the
    /// profile names it or not. Where there is no memory for reports, one that is announced can as
    /// like as not be read by nobody (field notes A 5), so every way of routing it comes first.
    fn routing_pairs(&self, modem: &Modem) -> Vec<(u8, u8)> {
        let announced = [(1, 2), (2, 2)];
        let mut pairs: Vec<(u8, u8)> = modem.profile.cnmi.to_vec();
        pairs.extend(
            announced
                .iter()
                .filter(|pair| !modem.profile.cnmi.contains(pair)),
        );
        let nowhere = self.found.reports_stored == Some(false);
        pairs.sort_by_key(|pair| match pair {
            (_, 0) => 3,
            (3, _) if nowhere => 2,
            (_, 2) if nowhere => 1,
            _ => 0,
        });
        pairs
    }

    pub(super) fn take_routing(&self, at: u8, reply: &Reply, modem: &mut Modem) -> State {
        if !reply.end.is_ok() {
            return State::Setup(Step::Routing(at + 1));
        }
        modem.capabilities.cnmi = self.found.routing.get(usize::from(at)).copied().map(values);
        State::Setup(Step::RoutingRead(at))
    }

    /// What was set is compared with what the modem says it is.
    pub(super) fn take_routing_read(
        &self,
        at: u8,
        read: Option<CnmiValues>,
        modem: &mut Modem,
    ) -> State {
        let wanted = self.found.routing.get(usize::from(at));
        if let (Some(read), Some(wanted)) = (read, wanted)
            && (read.mt, read.ds) != (wanted.mt, wanted.ds)
        {
            // It took the command and not the setting. Better what it has than nothing at all.
            modem.capabilities.cnmi = (read.mt != 0).then(|| values(read));
            return State::Setup(Step::Routing(at + 1));
        }
        State::Setup(Step::CallerNumber)
    }
}

/// Whether a memory was taken that holds nothing: eSIM cards have no place for messages (field
/// notes A 38).
fn has_no_room(memories: &Memories) -> bool {
    memories.0.iter().any(|memory| memory.total == Some(0))
}

fn values(routing: CnmiValues) -> [u8; 5] {
    [
        routing.mode,
        routing.mt,
        routing.bm,
        routing.ds,
        routing.bfr,
    ]
}
