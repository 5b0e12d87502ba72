//! The lanes against a store that is a list, and against what should be picked if all of it
//! were in memory.

use std::collections::BTreeMap;

use proptest::prelude::{
    Just, ProptestConfig, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
};

use super::*;
use crate::schedule::awaiting::Awaiting;
use crate::schedule::fixture::{free, scene, sim, traits};
use crate::schedule::pick::{Candidate, Rest, SimTraits, pick};
use model::{Carrier, Sender};

const NOW: Time = Time(1_000_000);

fn message(row: i64) -> Queued {
    Queued::sample(row)
}

/// What is queued, as the store has it, and the lanes that read it.
#[derive(Default)]
struct Queue {
    stored: BTreeMap<Place, Queued>,
    lanes: Lanes,
    /// Rows of the store that reads have looked at.
    looked_at: usize,
}

impl Queue {
    fn of(messages: impl IntoIterator<Item = Queued>) -> Self {
        let mut queue = Self::default();
        for message in messages {
            queue.lanes.mark_from(message.lane.clone(), BEGINNING.0);
            queue.stored.insert(message.place(), message);
        }
        queue
    }

    /// Accepted while the scheduler runs.
    fn accept(&mut self, message: Queued) {
        self.stored.insert(message.place(), message.clone());
        self.lanes.accept(message);
    }

    /// As `store::queue` does it, but a step at a time.
    fn scan(&mut self, lane: &Lane, mut scan: Scan) -> Scanned {
        let mut scanned = Scanned::default();
        let (after, now) = (scan.after.unwrap_or(BEGINNING), scan.now);
        let rows = self.stored.values().filter(|message| {
            message.lane == *lane && message.due_at <= now && message.place() > after
        });
        for (count, message) in rows.enumerate() {
            self.looked_at += 1;
            let (needs, place) = (message.needs(), message.place());
            if !scan.leaves_out(place, &mut scanned) && scan.takes(needs, place, &mut scanned) {
                scanned.found.push(message.clone());
            }
            if count == 300 || scanned.found.len() == scan.limit || scan.is_full() {
                scanned.end = Some(message.place());
                break;
            }
        }
        scanned
    }

    /// Reads until nothing more is wanted.
    fn read(&mut self, now: Time) {
        for _ in 0..10_000 {
            let reads = self.lanes.take_reads(now);
            if reads.is_empty() {
                return;
            }
            for (lane, scan) in reads {
                let scanned = self.scan(&lane, scan);
                self.lanes.refill(&lane, scanned);
            }
        }
        panic!("reads without end");
    }

    fn send_one(&mut self, sims: &[Candidate<'_>]) -> Option<i64> {
        self.read(NOW);
        let next = pick(&self.lanes, &scene(sims.to_vec(), NOW))?;
        let taken = self.lanes.take(&next.lane, next.row).unwrap();
        self.stored.remove(&taken.place());
        self.lanes.release(taken.row);
        Some(taken.row.0)
    }

    fn send_all(&mut self, sims: &[Candidate<'_>]) -> Vec<i64> {
        std::iter::from_fn(|| self.send_one(sims)).collect()
    }

    /// A SIM is done with a message.
    fn let_go(&mut self, taken: &Taken) {
        match taken.claim {
            Claim::Asked => {
                self.lanes.release(taken.one.row);
                let (lane, due_at) = (taken.one.lane.clone(), taken.one.due_at);
                self.lanes.mark_from(lane, due_at);
            }
            Claim::Committed | Claim::Answered => {
                self.lanes.claimed(taken.one.row);
                self.lanes.release(taken.one.row);
            }
        }
    }

    /// The claim is in the store.
    fn commit(&mut self, taken: &mut Taken) {
        if taken.claim == Claim::Asked {
            self.stored.remove(&taken.one.place());
            taken.claim = Claim::Committed;
        }
    }

    fn in_memory(&self) -> usize {
        let lines = self
            .lanes
            .heads
            .values()
            .flat_map(|head| head.lines.values());
        lines.map(|line| line.waiting.len()).sum()
    }
}

/// A message in a SIM's hands.
struct Taken {
    one: Queued,
    claim: Claim,
    /// Evidence has put it back.
    again: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim {
    Asked,
    Committed,
    Answered,
}

fn up<'a>(carrier: &'a Carrier, awaiting: &'a Awaiting) -> Candidate<'a> {
    Candidate {
        sim: Some(SimTraits {
            awaiting,
            ..traits()
        }),
        ..free(carrier)
    }
}

#[test]
fn field_notes_a_21_however_many_wait_at_the_head_the_rest_goes_on() {
    let obstacles: [fn(&mut Queued); 3] = [
        |message| message.pinned = Some(sim(2)),
        |message| message.refused_by = Some(sim(1)),
        |message| message.segments = 4,
    ];
    let (iccid, busy, awaiting) = (sim(1), sim(2), Awaiting::default());
    let sims = [
        Candidate {
            room: 3,
            ..up(&iccid, &awaiting)
        },
        Candidate {
            free: false,
            ..up(&busy, &awaiting)
        },
    ];
    for obstacle in obstacles {
        let waiting = (1..=5000).map(|row| {
            let mut message = message(row);
            obstacle(&mut message);
            message
        });
        let mut queue = Queue::of(waiting.chain((5001..=5300).map(message)));
        queue.accept(message(6000));
        let expected: Vec<i64> = (5001..=5300).chain([6000]).collect();
        assert_eq!(queue.send_all(&sims), expected);
        assert!(queue.in_memory() <= 2 * WINDOW);
        // And what waited goes, in order, when it may.
        let sims = [up(&busy, &awaiting)];
        let expected: Vec<i64> = (1..=5000).collect();
        assert_eq!(queue.send_all(&sims), expected);
    }
}

#[test]
fn a_long_lane_is_read_about_twice_and_not_once_for_each_message() {
    let (iccid, awaiting) = (sim(1), Awaiting::default());
    let mut queue = Queue::of((1..=20_000).map(message));
    assert_eq!(queue.send_all(&[up(&iccid, &awaiting)]).len(), 20_000);
    assert!(queue.looked_at < 60_000, "{}", queue.looked_at);
}

#[test]
fn a_window_is_bounded_and_what_a_sim_holds_does_not_come_back() {
    let mut queue = Queue::of((1..=500).map(message));
    queue.read(NOW);
    assert_eq!(queue.in_memory(), WINDOW);
    let lane = message(1).lane;
    let taken = queue.lanes.take(&lane, RowId(1)).unwrap();
    queue.lanes.mark_from(lane.clone(), BEGINNING.0);
    queue.read(NOW);
    assert!(queue.lanes.take(&lane, RowId(1)).is_none());
    queue.lanes.release(taken.row);
    queue.lanes.mark_from(lane.clone(), taken.due_at);
    while queue.lanes.take(&lane, RowId(1)).is_none() {
        let first = queue.lanes.lines().next().and_then(|line| line.front());
        let row = first.expect("it comes again").row;
        queue.lanes.take(&lane, row);
        queue.read(NOW);
    }
}

#[test]
fn what_becomes_due_is_found_and_so_is_what_a_clock_set_back_hid() {
    let (iccid, awaiting) = (sim(1), Awaiting::default());
    let sims = [up(&iccid, &awaiting)];
    let mut queue = Queue::of([message(1)]);
    assert_eq!(queue.send_all(&sims), [1]);
    let lane = message(1).lane;
    let mut later = message(2);
    later.due_at = Time(NOW.0 + 5);
    queue.stored.insert(later.place(), later);
    queue.lanes.look(lane.clone(), NOW);
    queue.read(NOW);
    assert!(queue.lanes.is_empty());
    queue.lanes.look(lane.clone(), Time(NOW.0 + 5));
    queue.read(Time(NOW.0 + 5));
    assert_eq!(queue.lanes.lines().count(), 1);
    let mut early = message(3);
    early.due_at = Time(7);
    queue.stored.insert(early.place(), early);
    queue.lanes.look(lane.clone(), Time(8));
    queue.read(Time(8));
    assert!(queue.lanes.take(&lane, RowId(3)).is_some());
}

/// A back-off that ends just before something else is queued, of which the lane hears first.
#[test]
fn what_became_due_unheard_is_found_though_a_later_one_was_read() {
    let at = |ms: i64| Time(NOW.0 + ms);
    for is_forgotten in [false, true] {
        let mut queue = Queue::of([message(1)]);
        queue.read(NOW);
        let lane = message(1).lane;
        queue.send_all(&[up(&sim(1), &Awaiting::default())]);
        if is_forgotten {
            queue.lanes.drop_expired(NOW);
        }
        for (row, due_at) in [(2, at(5)), (3, at(7))] {
            let due = message(row);
            let due = Queued { due_at, ..due };
            queue.stored.insert(due.place(), due);
        }
        queue.lanes.mark_from(lane.clone(), at(7));
        queue.read(at(8));
        assert!(queue.lanes.take(&lane, RowId(3)).is_some());
        queue.lanes.look(lane.clone(), at(9));
        queue.read(at(9));
        assert!(queue.lanes.take(&lane, RowId(2)).is_some());
    }
}

/// As many as a campaign has that are due at one time; and one after the other.
#[test]
fn a_lane_too_long_for_one_read_is_not_read_from_the_beginning_at_each_look() {
    for is_at_once in [true, false] {
        let mut queue = Queue::of((1..=10_000).map(|row| Queued {
            due_at: Time(if is_at_once { 1 } else { row }),
            ..message(row)
        }));
        let lane = message(1).lane;
        // A look while each third read is on its way.
        for read in 1..=100 {
            let reads = queue.lanes.take_reads(NOW);
            if read % 3 == 0 {
                queue.lanes.look(lane.clone(), NOW);
            }
            for (lane, scan) in reads {
                let scanned = queue.scan(&lane, scan);
                queue.lanes.refill(&lane, scanned);
            }
        }
        assert!(queue.lanes.take_reads(NOW).is_empty(), "read to its end");
        assert!(queue.looked_at < 20_000, "{}", queue.looked_at);
    }
}

/// As with an uplink that takes hundreds a second: whatever is read, claims are on their way meanwhile.
#[test]
fn a_long_lane_is_read_to_its_end_though_claims_are_always_in_flight() {
    for is_answered_first in [true, false] {
        let tail = Queued {
            segments: 4,
            ..message(20_000)
        };
        let mut queue = Queue::of((1..=10_000).map(message).chain([tail.clone()]));
        let (lane, mut in_flight) = (tail.lane.clone(), Vec::new());
        let is_seen = |lanes: &Lanes| lanes.lines().flatten().any(|one| one.row == tail.row);
        for round in 0..200 {
            if round == 3 {
                // All is looked at anew.
                queue.lanes.mark_from(lane.clone(), BEGINNING.0);
            }
            let reads = queue.lanes.take_reads(NOW);
            let mut scanned: Vec<_> = (reads.into_iter())
                .map(|(lane, scan)| queue.scan(&lane, scan))
                .collect();
            let answer = |queue: &mut Queue, in_flight: &mut Vec<Taken>| {
                for mut taken in in_flight.drain(..) {
                    queue.commit(&mut taken);
                    queue.let_go(&taken);
                }
            };
            if is_answered_first {
                answer(&mut queue, &mut in_flight);
            }
            for scanned in scanned.drain(..) {
                queue.lanes.refill(&lane, scanned);
            }
            answer(&mut queue, &mut in_flight);
            if is_seen(&queue.lanes) {
                break;
            }
            for _ in 0..10 {
                let first = queue.lanes.lines().next().and_then(VecDeque::front);
                let Some(one) = first.cloned() else { break };
                queue.lanes.take(&lane, one.row).unwrap();
                let claim = Claim::Asked;
                let again = false;
                in_flight.push(Taken { one, claim, again });
            }
        }
        assert!(is_seen(&queue.lanes), "{is_answered_first}");
        assert!(queue.looked_at < 20_000, "{}", queue.looked_at);
    }
}

/// Evidence may be quicker than the word that its part is uncertain.
#[test]
fn what_waits_again_while_a_sim_has_it_is_found_once_the_sim_is_done_with_it() {
    for is_quick in [true, false] {
        let mut queue = Queue::of([message(1)]);
        queue.read(NOW);
        let lane = message(1).lane;
        queue.lanes.take(&lane, RowId(1)).unwrap();
        queue.lanes.claimed(RowId(1));
        queue.lanes.mark_from(lane.clone(), message(1).due_at);
        if is_quick {
            queue.read(NOW);
            queue.lanes.release(RowId(1));
        } else {
            let (_, scan) = queue.lanes.take_reads(NOW).pop().unwrap();
            queue.lanes.release(RowId(1));
            let scanned = queue.scan(&lane, scan);
            queue.lanes.refill(&lane, scanned);
        }
        queue.read(NOW);
        assert!(queue.lanes.take(&lane, RowId(1)).is_some(), "{is_quick}");
    }
}

#[test]
fn a_lane_with_a_message_for_which_there_is_no_line_is_not_whole() {
    let of_each_length = (1..)
        .zip(1_u16..)
        .take(LINES + 1)
        .map(|(row, segments)| Queued {
            segments,
            ..message(row)
        });
    let mut queue = Queue::of(of_each_length);
    queue.read(NOW);
    let lane = message(1).lane;
    assert!(!queue.lanes.is_whole(&lane));
    queue.lanes.take(&lane, RowId(1)).unwrap();
    queue.read(NOW);
    assert!(queue.lanes.is_whole(&lane));
}

#[test]
fn a_failed_read_is_done_again() {
    let mut queue = Queue::of([message(1)]);
    let [(lane, _)] = &queue.lanes.take_reads(NOW)[..] else {
        panic!("one read")
    };
    assert!(queue.lanes.take_reads(NOW).is_empty(), "one at a time");
    queue.lanes.refill_failed(lane);
    queue.read(NOW);
    assert!(queue.lanes.take(lane, RowId(1)).is_some());
}

/// A message out of few kinds, so that all meet.
fn any_message(row: i64) -> impl Strategy_<Value = Queued> {
    let sender = prop_oneof![
        4 => Just(Sender::Any),
        1 => (1..4_u8).prop_map(|n| Sender::Sim(sim(n).sim().unwrap().clone())),
        1 => Just(Sender::Group("g".to_owned())),
    ];
    let priority = prop_oneof![
        Just(Priority::Otp),
        Just(Priority::Normal),
        Just(Priority::Bulk)
    ];
    let some_sim = proptest::option::weighted(0.2, (1..4_u8).prop_map(sim));
    (
        sender,
        priority,
        1..3_i64,
        some_sim.clone(),
        some_sim,
        1..4_u16,
    )
        .prop_map(
            move |(sender, priority, key, pinned, refused_by, segments)| Queued {
                lane: Lane {
                    priority,
                    key: KeyId(key),
                    sender,
                },
                pinned,
                refused_by,
                segments,
                ..message(row)
            },
        )
}

use proptest::strategy::Strategy as Strategy_;

#[derive(Clone, Debug)]
struct AnySim {
    free: bool,
    soon: bool,
    room: u32,
    grouped: bool,
}

fn any_sims() -> impl Strategy_<Value = Vec<AnySim>> {
    let one = (any::<bool>(), any::<bool>(), 0..4_u32, any::<bool>()).prop_map(
        |(free, soon, room, grouped)| AnySim {
            free,
            soon: soon || free,
            room,
            grouped,
        },
    );
    proptest::collection::vec(one, 3)
}

fn messages(count: i64) -> impl Strategy_<Value = Vec<Queued>> {
    let rows: Vec<_> = (1..=count).map(any_message).collect();
    rows
}

/// What may happen to a lane, one after the other.
#[derive(Clone, Debug)]
enum Event {
    /// One is stored that becomes due by the clock alone.
    Later(i64),
    /// One is stored that became due so long ago, and the lane will hear of it.
    Queued(i64),
    /// The lane hears of the first that it has not heard of.
    Told,
    Accepted,
    Passes(i64),
    Look,
    ReadBegins,
    ReadEnds,
    ReadFails,
    Tidied,
    /// A SIM has the first in hand, and its claim is on its way.
    Taken,
    /// A claim is in the store,
    Committed,
    /// and told.
    Answered,
    /// Evidence puts back what a SIM still has in hand.
    WaitsAgain,
    /// The SIM is done with it.
    LetGo,
}

fn any_event() -> impl Strategy_<Value = Event> {
    prop_oneof![
        2 => (1..30_i64).prop_map(Event::Later),
        1 => (0..5_i64).prop_map(Event::Queued),
        2 => Just(Event::Told),
        1 => Just(Event::Accepted),
        3 => (1..10_i64).prop_map(Event::Passes),
        1 => Just(Event::Look),
        3 => Just(Event::ReadBegins),
        3 => Just(Event::ReadEnds),
        1 => Just(Event::ReadFails),
        1 => Just(Event::Tidied),
        2 => Just(Event::Taken),
        2 => Just(Event::Committed),
        2 => Just(Event::Answered),
        1 => Just(Event::WaitsAgain),
        1 => Just(Event::LetGo),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever comes in between, a look finds all that is due, and a message is in memory once.
    #[test]
    fn nothing_that_is_due_is_overlooked(
        events in proptest::collection::vec(any_event(), 1..80), waits in 0..30_i64,
    ) {
        let (mut queue, mut now) = (Queue::default(), NOW);
        let lane = message(1).lane;
        let (mut untold, mut taken) = (VecDeque::new(), VecDeque::<Taken>::new());
        let mut reading = None;
        for (row, event) in (1..).zip(events) {
            let one = |due_at: i64| Queued { due_at: Time(due_at), ..message(row) };
            match event {
                Event::Later(after) => {
                    let later = one(now.0 + after);
                    queue.stored.insert(later.place(), later);
                }
                Event::Queued(before) => {
                    let queued = one(now.0 - before);
                    untold.push_back(queued.due_at);
                    queue.stored.insert(queued.place(), queued);
                }
                Event::Told => {
                    if let Some(due_at) = untold.pop_front() {
                        queue.lanes.mark_from(lane.clone(), due_at);
                    }
                }
                Event::Accepted => queue.accept(one(now.0)),
                Event::Passes(time) => now.0 += time,
                Event::Look => queue.lanes.look(lane.clone(), now),
                Event::ReadBegins => {
                    if let Some((_, scan)) = queue.lanes.take_reads(now).pop() {
                        reading = Some(queue.scan(&lane, scan));
                    }
                }
                Event::ReadEnds => {
                    if let Some(scanned) = reading.take() {
                        queue.lanes.refill(&lane, scanned);
                    }
                }
                Event::ReadFails => {
                    if reading.take().is_some() {
                        queue.lanes.refill_failed(&lane);
                    }
                }
                Event::Tidied => queue.lanes.drop_expired(now),
                Event::Taken => {
                    let first = queue.lanes.lines().next().and_then(VecDeque::front);
                    if let Some(first) = first.cloned() {
                        queue.lanes.take(&lane, first.row).unwrap();
                        let (one, claim, again) = (first, Claim::Asked, false);
                        taken.push_back(Taken { one, claim, again });
                    }
                }
                Event::Committed => {
                    let asked = |taken: &&mut Taken| taken.claim == Claim::Asked;
                    if let Some(first) = taken.iter_mut().find(asked) {
                        queue.commit(first);
                    }
                }
                Event::Answered => {
                    let committed = |taken: &&mut Taken| taken.claim == Claim::Committed;
                    if let Some(first) = taken.iter_mut().find(committed) {
                        first.claim = Claim::Answered;
                        queue.lanes.claimed(first.one.row);
                    }
                }
                Event::WaitsAgain => {
                    let sent = |taken: &&mut Taken| taken.claim == Claim::Answered && !taken.again;
                    if let Some(Taken { one, again, .. }) = taken.iter_mut().find(sent) {
                        *again = true;
                        one.due_at = now;
                        untold.push_back(now);
                        queue.stored.insert(one.place(), one.clone());
                    }
                }
                Event::LetGo => {
                    if let Some(first) = taken.pop_front() {
                        queue.let_go(&first);
                    }
                }
            }
        }
        if let Some(scanned) = reading.take() {
            queue.lanes.refill(&lane, scanned);
        }
        for due_at in untold {
            queue.lanes.mark_from(lane.clone(), due_at);
        }
        for one in taken {
            queue.read(now);
            queue.let_go(&one);
        }
        now.0 += waits;
        queue.lanes.look(lane.clone(), now);
        queue.read(now);
        let due = queue.stored.values().filter(|one| one.due_at <= now).count();
        prop_assert_eq!(queue.in_memory(), due);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No SIM is idle while it could send; strict between priorities; whatever order they came in.
    #[test]
    fn the_best_message_of_all_that_wait_is_picked(
        all in messages(400), rounds in proptest::collection::vec(any_sims(), 1..6),
    ) {
        let iccids: Vec<Carrier> = (1..4).map(sim).collect();
        let (groups, awaiting) = (["g".to_owned()], Awaiting::default());
        let (first, later) = all.split_at(300);
        let mut queue = Queue::of(first.iter().cloned());
        queue.read(NOW);
        let mut later = later.iter().cloned();
        for round in rounds {
            later.by_ref().take(20).for_each(|message| queue.accept(message));
            let sims: Vec<Candidate<'_>> = iccids.iter().zip(&round).map(|(iccid, any)| Candidate {
                free: any.free, rest: (!any.soon).then_some(Rest::Cooling), room: any.room,
                groups: if any.grouped { &groups } else { &[] },
                ..up(iccid, &awaiting)
            }).collect();
            loop {
                // Each message that waits, alone: could it go?
                let eligible: Vec<&Queued> = queue.stored.values().filter(|message| {
                    let mut alone = Lanes::default();
                    alone.accept((*message).clone());
                    pick(&alone, &scene(sims.clone(), NOW)).is_some()
                }).collect();
                let best = eligible.iter().map(|message| message.lane.priority).min();
                let stored = queue.stored.clone();
                let sent = queue.send_one(&sims);
                let sent = sent.and_then(|row| stored.values().find(|message| message.row.0 == row));
                prop_assert_eq!(sent.map(|message| message.lane.priority), best);
                let Some(sent) = sent else { break };
                // The oldest of its kind goes first.
                let older = stored.values().find(|other| {
                    other.lane == sent.lane && other.needs() == sent.needs() && other.row < sent.row
                });
                prop_assert!(older.is_none(), "{older:?} before {sent:?}");
                // Ten a round are enough: most of the queue stays for the next one.
                if stored.len().is_multiple_of(10) { break; }
            }
        }
    }

    /// Every message that any SIM may carry goes at last, once.
    #[test]
    fn nobody_starves(all in messages(300)) {
        let iccids: Vec<Carrier> = (1..4).map(sim).collect();
        let (groups, awaiting) = (["g".to_owned()], Awaiting::default());
        let mut queue = Queue::of(all.iter().cloned());
        let sims: Vec<Candidate<'_>> = iccids.iter()
            .map(|iccid| Candidate { groups: &groups, ..up(iccid, &awaiting) }).collect();
        let mut sent = queue.send_all(&sims);
        sent.sort_unstable();
        prop_assert_eq!(sent, (1..=300).collect::<Vec<i64>>());
        prop_assert!(queue.lanes.is_empty());
    }
}
