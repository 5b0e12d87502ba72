//! Whatever happens to a lane in whatever order, nothing that is due is overlooked.

use proptest::prelude::{Just, ProptestConfig, Strategy, prop_assert_eq, prop_oneof, proptest};

use super::*;

/// What may happen to a lane, one after the other.
#[derive(Clone, Debug)]
enum Happening {
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

fn any_happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        2 => (1..30_i64).prop_map(Happening::Later),
        1 => (0..5_i64).prop_map(Happening::Queued),
        2 => Just(Happening::Told),
        1 => Just(Happening::Accepted),
        3 => (1..10_i64).prop_map(Happening::Passes),
        1 => Just(Happening::Look),
        3 => Just(Happening::ReadBegins),
        3 => Just(Happening::ReadEnds),
        1 => Just(Happening::ReadFails),
        1 => Just(Happening::Tidied),
        2 => Just(Happening::Taken),
        2 => Just(Happening::Committed),
        2 => Just(Happening::Answered),
        1 => Just(Happening::WaitsAgain),
        1 => Just(Happening::LetGo),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever comes in between, a look finds all that is due, and a message is in memory once.
    #[test]
    fn nothing_that_is_due_is_overlooked(
        events in proptest::collection::vec(any_happening(), 1..80), waits in 0..30_i64,
    ) {
        let (mut queue, mut now) = (Queue::default(), NOW);
        let lane = message(1).lane;
        let (mut untold, mut taken) = (VecDeque::new(), VecDeque::<Taken>::new());
        let mut reading = None;
        for (row, event) in (1..).zip(events) {
            let one = |due_at: i64| Queued { due_at: Time(due_at), ..message(row) };
            match event {
                Happening::Later(after) => {
                    let later = one(now.0 + after);
                    queue.stored.insert(later.place(), later);
                }
                Happening::Queued(before) => {
                    let queued = one(now.0 - before);
                    untold.push_back(queued.due_at);
                    queue.stored.insert(queued.place(), queued);
                }
                Happening::Told => {
                    if let Some(due_at) = untold.pop_front() {
                        queue.lanes.mark_from(lane.clone(), due_at);
                    }
                }
                Happening::Accepted => queue.accept(one(now.0)),
                Happening::Passes(time) => now.0 += time,
                Happening::Look => queue.lanes.look(lane.clone(), now),
                Happening::ReadBegins => {
                    if let Some((_, scan)) = queue.lanes.take_reads(now).pop() {
                        reading = Some(queue.scan(&lane, scan));
                    }
                }
                Happening::ReadEnds => {
                    if let Some(scanned) = reading.take() {
                        queue.lanes.refill(&lane, scanned);
                    }
                }
                Happening::ReadFails => {
                    if reading.take().is_some() {
                        queue.lanes.refill_failed(&lane);
                    }
                }
                Happening::Tidied => queue.lanes.drop_expired(now),
                Happening::Taken => {
                    let first = queue.lanes.lines().next().and_then(VecDeque::front);
                    if let Some(first) = first.cloned() {
                        queue.lanes.take(&lane, first.row).unwrap();
                        let (one, claim, again) = (first, Claim::Asked, false);
                        taken.push_back(Taken { one, claim, again });
                    }
                }
                Happening::Committed => {
                    let asked = |taken: &&mut Taken| taken.claim == Claim::Asked;
                    if let Some(first) = taken.iter_mut().find(asked) {
                        queue.commit(first);
                    }
                }
                Happening::Answered => {
                    let committed = |taken: &&mut Taken| taken.claim == Claim::Committed;
                    if let Some(first) = taken.iter_mut().find(committed) {
                        first.claim = Claim::Answered;
                        queue.lanes.claimed(first.one.row);
                    }
                }
                Happening::WaitsAgain => {
                    let sent = |taken: &&mut Taken| taken.claim == Claim::Answered && !taken.again;
                    if let Some(Taken { one, again, .. }) = taken.iter_mut().find(sent) {
                        *again = true;
                        one.due_at = now;
                        untold.push_back(now);
                        queue.stored.insert(one.place(), one.clone());
                    }
                }
                Happening::LetGo => {
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
