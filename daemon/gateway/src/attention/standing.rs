//! What needs a person, as it comes and goes. Pure: what was found and the time are arguments.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{Iccid, Time};
use tokio::time::Instant;

use super::item::{Finding, Item, Key};

/// How many there may be. Of more, the most harmful ones are kept.
pub(super) const MOST: usize = 1_000;
/// After a start, until what was so before is found to be so no more: modems take their time.
const SETTLING: Duration = Duration::from_mins(3);

/// All causes that are known, those too that are not told yet.
pub(super) struct Standing {
    started_at: Instant,
    entries: BTreeMap<Key, Entry>,
}

struct Entry {
    item: Item,
    found_at: Instant,
    last_found_at: Instant,
    raised: bool,
    /// Was so before the start, and has not been found since.
    remembered: bool,
}

/// What is news.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) raised: Vec<Item>,
    pub(super) cleared: Vec<Item>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.raised.is_empty() && self.cleared.is_empty()
    }
}

impl Standing {
    /// `kept`: what was so when the last run ended.
    pub(super) fn new(kept: Vec<(Item, Option<Iccid>)>, now: Instant) -> Self {
        let entries = kept.into_iter().take(MOST).map(|(item, sim)| {
            let item = Item { sim, ..item };
            let entry = Entry {
                found_at: now,
                last_found_at: now,
                raised: true,
                remembered: true,
                item,
            };
            (entry.item.key(), entry)
        });
        Self {
            started_at: now,
            entries: entries.collect(),
        }
    }

    /// Takes in what one look found. `whole`: the look saw everything; else what it did not find stays
    /// as it was.
    pub(super) fn update(
        &mut self,
        mut found: Vec<Finding>,
        whole: bool,
        (now, at): (Instant, Time),
    ) -> Changes {
        found.sort_by_cached_key(|finding| (finding.only_holds, finding.item.by_harm()));
        found.truncate(MOST);
        let mut changes = Changes::default();
        for finding in found {
            self.take_in(finding, (now, at), &mut changes);
        }
        if whole {
            self.let_go(now, &mut changes);
        }
        changes
    }

    fn take_in(&mut self, finding: Finding, (now, at): (Instant, Time), changes: &mut Changes) {
        let key = finding.item.key();
        let known = self.entries.get(&key);
        if finding.only_holds && known.is_none_or(|entry| !entry.raised) {
            // A cause that had to last has not.
            self.entries.remove(&key);
            return;
        }
        let since = known.map(|entry| entry.item.since);
        let since = since.or(finding.since.map(|since| since.min(at)));
        let item = Item {
            since: since.unwrap_or(at),
            ..finding.item
        };
        let entry = self.entries.entry(key).or_insert_with(|| Entry {
            item: item.clone(),
            found_at: now,
            last_found_at: now,
            raised: false,
            remembered: false,
        });
        entry.item = item;
        entry.last_found_at = now;
        entry.remembered = false;
        if !entry.raised && now.duration_since(entry.found_at) >= finding.raises_after {
            entry.raised = true;
            changes.raised.push(entry.item.clone());
        }
    }

    /// What was not found in the look that has just been taken in.
    fn let_go(&mut self, now: Instant, changes: &mut Changes) {
        let settling = now.duration_since(self.started_at) < SETTLING;
        self.entries.retain(|_, entry| {
            let gone_for = now.duration_since(entry.last_found_at);
            let stays = match (entry.raised, entry.remembered) {
                _ if entry.last_found_at == now && !entry.remembered => true,
                (false, _) => false,
                (true, true) => settling,
                (true, false) => gone_for < entry.item.code.clears_after(),
            };
            if !stays && entry.raised {
                changes.cleared.push(entry.item.clone());
            }
            stays
        });
    }

    /// What is so, most harmful first.
    pub(super) fn items(&self) -> Vec<Item> {
        let so = self.entries.values();
        let so = so.filter(|entry| entry.raised && !entry.remembered);
        let mut items: Vec<_> = so.map(|entry| entry.item.clone()).collect();
        items.sort_by_cached_key(Item::by_harm);
        items.truncate(MOST);
        items
    }

    /// What the next run has to know.
    pub(super) fn kept(&self) -> Vec<(&Item, Option<&str>)> {
        let raised = self.entries.values().filter(|entry| entry.raised);
        let kept = raised.map(|entry| (&entry.item, entry.item.sim.as_ref().map(Iccid::as_str)));
        kept.take(MOST).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::code::Code;
    use super::*;

    const T0: Time = Time(1_795_305_600_000);

    /// A list and its clock.
    struct Run {
        standing: Standing,
        began: Instant,
        seconds: u64,
    }

    impl Run {
        fn new(kept: Vec<(Item, Option<Iccid>)>) -> Self {
            let began = Instant::now();
            Self {
                standing: Standing::new(kept, began),
                began,
                seconds: 0,
            }
        }

        /// A look after so many seconds; what it raised and cleared.
        fn look(&mut self, seconds: u64, found: Vec<Finding>) -> (usize, usize) {
            self.look_at(seconds, found, true)
        }

        fn look_at(&mut self, seconds: u64, found: Vec<Finding>, whole: bool) -> (usize, usize) {
            self.seconds += seconds;
            let passed = Duration::from_secs(self.seconds);
            let changes =
                self.standing
                    .update(found, whole, (self.began + passed, T0.after(passed)));
            (changes.raised.len(), changes.cleared.len())
        }
    }

    fn locked(id: &str) -> Finding {
        Finding::new(Code::Locked, "It is locked.".to_owned()).about(&id, None)
    }

    fn uplink() -> Finding {
        Finding::new(Code::UplinkDown, "It is down.".to_owned()).about("primary", None)
    }

    #[test]
    fn what_is_found_again_is_raised_once_and_keeps_its_time() {
        let mut run = Run::new(Vec::new());
        assert_eq!(run.look(5, vec![locked("1"), locked("2")]), (2, 0));
        let since = run.standing.items()[0].since;
        assert_eq!(since, T0.after(Duration::from_secs(5)));
        assert_eq!(run.look(10, vec![locked("1")]), (0, 1));
        assert_eq!(run.standing.items()[0].since, since);
        assert_eq!(run.look(10, vec![]), (0, 1));
        assert!(run.standing.items().is_empty() && run.standing.kept().is_empty());
    }

    #[test]
    fn a_cause_that_has_to_last_is_raised_when_it_has() {
        let mut run = Run::new(Vec::new());
        let late = || vec![uplink().after_seconds(60)];
        assert_eq!(run.look(0, late()), (0, 0));
        assert!(run.standing.items().is_empty());
        assert_eq!(run.look(30, vec![]), (0, 0), "it was soon over");
        assert_eq!(run.look(0, late()), (0, 0));
        assert_eq!(run.look(59, late()), (0, 0));
        assert_eq!(run.look(1, late()), (1, 0));
        assert_eq!(
            run.standing.items()[0].since,
            T0.after(Duration::from_secs(30))
        );
    }

    #[test]
    fn what_comes_back_at_once_was_never_gone() {
        let mut run = Run::new(Vec::new());
        assert_eq!(run.look(0, vec![uplink()]), (1, 0));
        for _ in 0..5 {
            assert_eq!(run.look(20, vec![]), (0, 0));
            assert_eq!(run.standing.items().len(), 1);
            assert_eq!(run.look(5, vec![uplink()]), (0, 0));
        }
        assert_eq!(run.look(30, vec![]), (0, 1));
    }

    #[test]
    fn a_value_on_the_edge_neither_raises_nor_clears() {
        let mut run = Run::new(Vec::new());
        let edge = || vec![locked("1").holding(true)];
        assert_eq!(run.look(0, edge()), (0, 0));
        assert!(run.standing.items().is_empty());
        assert_eq!(run.look(1, vec![locked("1")]), (1, 0));
        assert_eq!(run.look(1, edge()), (0, 0));
        assert_eq!(run.standing.items().len(), 1);
        assert_eq!(run.look(1, vec![]), (0, 1));
        assert_eq!(run.look(1, edge()), (0, 0));
    }

    #[test]
    fn after_a_restart_it_is_so_since_before_and_what_is_over_is_cleared() {
        let mut run = Run::new(Vec::new());
        run.look(0, vec![locked("1"), locked("2"), uplink()]);
        let kept: Vec<_> = run
            .standing
            .kept()
            .into_iter()
            .map(|(item, _)| (item.clone(), None))
            .collect();
        let mut next = Run::new(kept);
        assert!(next.standing.items().is_empty(), "nobody has seen it yet");
        assert_eq!(next.look(100, vec![locked("1")]), (0, 0));
        assert_eq!(next.standing.items()[0].since, T0);
        assert_eq!(next.look(60, vec![locked("1"), uplink()]), (0, 0));
        assert_eq!(
            next.look(30, vec![locked("1"), uplink()]),
            (0, 1),
            "the second is not locked any more"
        );
        assert_eq!(next.standing.items().len(), 2);
    }

    #[test]
    fn a_look_that_did_not_see_all_clears_nothing() {
        let mut run = Run::new(Vec::new());
        run.look(0, vec![locked("1"), uplink()]);
        assert_eq!(run.look_at(500, vec![locked("2")], false), (1, 0));
        assert_eq!(run.standing.items().len(), 3);
    }

    #[test]
    fn the_most_harmful_come_first_and_are_kept_where_there_are_too_many() {
        let mut run = Run::new(Vec::new());
        let mut all: Vec<_> = (0..3_000).map(|n| locked(&n.to_string())).collect();
        all.push(Finding::new(Code::StoreRefuses, String::new()));
        assert_eq!(run.look(0, all), (MOST, 0));
        let items = run.standing.items();
        assert_eq!((items[0].code, items.len()), (Code::StoreRefuses, MOST));
        assert_eq!(run.standing.kept().len(), MOST);
    }
}
