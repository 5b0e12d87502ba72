//! What waits is read as far as memory allows, and found again.

use super::*;

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
