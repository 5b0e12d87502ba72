//! The wall clock is set: what runs by it is moved along.

use super::reports::report;
use super::*;
use crate::{ClockMove, Replayed, Reported, SentCount};
use model::{ClockStep, Span};

pub(super) const DAY: i64 = 24 * HOUR;

/// Noon of the day of `T0`, and the same clock set by `by`.
pub(super) fn set(by: i64) -> ClockStep {
    set_after(DAY / 2 - T0.0.rem_euclid(DAY), by)
}

/// The clock is set by `by`, so long after `T0`.
pub(super) fn set_after(after: i64, by: i64) -> ClockStep {
    ClockStep {
        from: at(after),
        to: at(after + by),
    }
}

pub(super) async fn follow(store: &Store, step: ClockStep) {
    let latest = store.upkeep().latest().await.unwrap();
    let mut moving = ClockMove::new(step, latest.map_or(RowId(0), |(row, _)| row));
    to_its_end(store, &mut moving).await;
    // Once is enough.
    to_its_end(store, &mut moving).await;
}

/// Moves what can be, ten seconds after the clock was set.
pub(super) async fn move_on(store: &Store, moving: &mut ClockMove) -> Result<(), StoreError> {
    let now = Time(moving.step().to.0 + 10 * SECOND);
    store.upkeep().move_clock(moving, move || now).await
}

/// Moves all of it: before the gateway's clock follows, and then.
pub(super) async fn to_its_end(store: &Store, moving: &mut ClockMove) {
    move_on(store, moving).await.unwrap();
    moving.followed();
    move_on(store, moving).await.unwrap();
    assert!(moving.is_over());
}

/// A message that is accepted at this time, valid for an hour.
pub(super) fn made(at: Time, to: &str) -> NewMessage {
    NewMessage {
        created_at: at,
        expires_at: Time(at.0 + HOUR),
        ..text(to, "hello")
    }
}

#[tokio::test]
async fn what_waits_is_valid_for_as_long_as_it_was() {
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let step = set(by);
        // More than one commit moves.
        let many = (0..1200).map(|n| made(step.from, &format!("+8490{n:07}")));
        let many = accept(&store, many.collect()).await;
        let overdue = made(Time(step.from.0 - 2 * HOUR), "+84901");
        let overdue = put(&store, overdue).await;
        follow(&store, step).await;
        let nearly = Time(step.to.0 + HOUR - 1);
        let expired = store
            .queue()
            .expire(nearly.min(step.from.max(step.to)), 2000)
            .await
            .unwrap();
        assert!(expired.iter().all(|(id, _)| *id == overdue.id), "{by}");
        let over = Time(step.to.0 + HOUR);
        store.queue().expire(over, 2000).await.unwrap();
        assert_eq!(state(&store, many[0].id).await, State::Expired);
        assert_eq!(state(&store, many[1199].id).await, State::Expired);
    }
}

#[tokio::test]
async fn what_is_in_a_carriers_hands_is_valid_for_as_long_as_it_was() {
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let step = set(by);
        let message = put_claimed(&store, made(step.from, "+84901"), &sim(1)).await;
        follow(&store, step).await;
        let moved = store.reading().message(message.id).await.unwrap().unwrap();
        assert_eq!(moved.expires_at, Some(Time(step.to.0 + HOUR)), "{by}");
    }
}

/// Sends a message that was accepted at this time.
async fn sent_then(store: &Store, at: Time, to: &str, mr: u8) -> Queued {
    let queued = put(store, made(at, to)).await;
    claim_at(store, queued.row, &sim(1), at).await;
    let sent = sent_by(queued.row, sim(1), Reference::Mr(mr), at);
    assert!(step(store, sent).await.applied);
    queued
}

#[tokio::test]
async fn a_report_finds_its_message_after_a_step() {
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let step = set(by);
        // In its validity, in the day after it, and later than any report comes.
        let cases = [(1, 0, true), (2, 20 * HOUR, true), (3, 26 * HOUR, false)];
        let to = |mr: u8| format!("+8490000000{mr}");
        let mut sent = Vec::new();
        for (mr, ago, _) in cases {
            let then = Time(step.from.0 - ago);
            sent.push(sent_then(&store, then, &to(mr), mr).await);
        }
        follow(&store, step).await;
        for ((mr, _, finds), sent) in cases.into_iter().zip(&sent) {
            let about = report(&sim(1), mr, &to(mr), Time(step.to.0 + 60 * SECOND));
            let reported = reported(&store, about).await;
            let found = matches!(reported, Reported::Matched { id, .. } if id == sent.id);
            assert_eq!(found, finds, "{by} {mr}: {reported:?}");
        }
    }
}

#[tokio::test]
async fn a_report_finds_its_part_of_a_message_that_has_failed() {
    let (_dir, store) = open();
    let step = set(2 * DAY);
    let message = NewMessage {
        segments: 2,
        ..made(step.from, "+84901")
    };
    let queued = put(&store, message).await;
    claim_as(&store, queued.row, &sim(1).into(), 2).await;
    self::step(&store, sent(queued.row, 1, &sim(1), 7, false)).await;
    let tried = sending(queued.row, 2, sim(1), step.from);
    let failed = failing(
        queued.row,
        2,
        Reason::read("cms-1", "unassigned number"),
        step.from,
    );
    advance(&store, vec![tried, failed]).await;
    assert_eq!(state(&store, queued.id).await, State::Failed);
    follow(&store, step).await;
    let about = report(&sim(1), 7, "+84901", Time(step.to.0 + 60 * SECOND));
    let reported = reported(&store, about).await;
    assert!(
        matches!(reported, Reported::Matched { part: 1, .. }),
        "{reported:?}"
    );
}

#[tokio::test]
async fn a_report_that_overtook_its_answer_is_found_after_a_step() {
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let step = set(by);
        let queued = put(&store, made(step.from, "+84901")).await;
        claim_at(&store, queued.row, &sim(1), Time(step.from.0 - 20 * SECOND)).await;
        let early = report(&sim(1), 9, "+84901", Time(step.from.0 - 10 * SECOND));
        assert_eq!(reported(&store, early).await, Reported::Unmatched);
        follow(&store, step).await;
        let answered = sent_by(
            queued.row,
            sim(1),
            Reference::Mr(9),
            Time(step.to.0 + SECOND),
        );
        self::step(&store, answered).await;
        assert_eq!(state(&store, queued.id).await, State::Delivered, "{by}");
    }
}

#[tokio::test]
async fn no_message_is_moved_twice_by_one_step_whatever_becomes_of_it() {
    let (_dir, store) = open();
    let step = set(2 * DAY);
    let mut moving = ClockMove::new(step, RowId(2));
    let mut claimed = Vec::new();
    for to in ["+84901", "+84902"] {
        let queued = put(&store, made(step.from, to)).await;
        claim_at(&store, queued.row, &sim(1), step.from).await;
        claimed.push(queued);
    }
    move_on(&store, &mut moving).await.unwrap();
    let [waits, goes] = claimed.as_slice() else {
        panic!("{claimed:?}")
    };
    let back = requeue(waits.row, step.to, step.to);
    self::step(&store, back).await;
    assert_eq!(state(&store, waits.id).await, State::Queued);
    self::step(&store, sent(goes.row, 1, &sim(1), 7, true)).await;
    // In other states they are looked at once more.
    to_its_end(&store, &mut moving).await;
    for queued in [waits, goes] {
        let message = get(&store, queued.id).await;
        assert_eq!(message.expires_at, Some(Time(step.to.0 + HOUR)));
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_is_behind_nothing_at_the_next_start() {
    let (dir, store) = open();
    let step = set(-2 * DAY);
    let queued = put(&store, made(step.from, "+84901")).await;
    assert_eq!(
        store.upkeep().latest().await.unwrap(),
        Some((queued.row, step.from))
    );
    follow(&store, step).await;
    let store = reopen(&dir, store).await;
    assert_eq!(
        store.upkeep().latest().await.unwrap(),
        Some((queued.row, step.to))
    );
    let later = Time(step.to.0 + HOUR);
    let new = put(&store, made(later, "+84902")).await;
    assert_eq!(
        store.upkeep().latest().await.unwrap(),
        Some((new.row, later))
    );
}

#[tokio::test]
async fn a_message_for_a_given_time_goes_at_that_time_and_is_valid_from_then_on() {
    let (_dir, store) = open();
    let step = set(2 * DAY);
    let at = |offset: i64| Time(step.from.0 + offset);
    let scheduled = |after: i64| NewMessage {
        send_at: Some(at(after)),
        expires_at: at(after + HOUR),
        created_at: step.from,
        ..text("+84901", "hello")
    };
    let messages = vec![scheduled(HOUR), scheduled(5 * DAY)];
    let (passed, to_come) = (messages[0].id, messages[1].id);
    accept(&store, messages).await;
    follow(&store, step).await;
    store.queue().promote(step.to).await.unwrap();
    store
        .queue()
        .expire(Time(step.to.0 + HOUR - 1), 10)
        .await
        .unwrap();
    assert_eq!(state(&store, passed).await, State::Queued);
    assert_eq!(state(&store, to_come).await, State::Scheduled);
    assert_eq!(
        store.queue().next_due(step.to).await.unwrap(),
        Some(at(5 * DAY))
    );
    assert_eq!(
        get(&store, to_come).await.expires_at,
        Some(at(5 * DAY + HOUR))
    );
}

#[tokio::test]
async fn messages_that_were_on_their_way_are_moved_once() {
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let step = set(by);
        let before = put(&store, made(step.from, "+84901")).await;
        let mut moving = ClockMove::new(step, before.row);
        move_on(&store, &mut moving).await.unwrap();
        let late = put(&store, made(step.from, "+84902")).await;
        let new = put(&store, made(step.to, "+84903")).await;
        to_its_end(&store, &mut moving).await;
        for queued in [before, late, new] {
            let message = get(&store, queued.id).await;
            let end = Some(Time(step.to.0 + HOUR));
            assert_eq!(message.expires_at, end, "{by} {:?}", queued.row);
        }
    }
}

#[tokio::test]
async fn a_doubt_is_decided_after_as_long_as_it_was_to_be() {
    let (_dir, store) = open();
    let step = set(2 * DAY);
    let queued = put_claimed(&store, made(step.from, "+84901"), &sim(1)).await;
    let decide_at = Time(step.from.0 + 60 * SECOND);
    let doubt = in_doubt(queued.row, sim(1), no_answer(), (step.from, decide_at));
    self::step(&store, doubt).await;
    follow(&store, step).await;
    let due = store.evidence().next_decision().await.unwrap();
    assert_eq!(due, Some(Time(step.to.0 + 60 * SECOND)));
}

#[tokio::test]
async fn a_request_that_comes_again_after_a_step_finds_its_answer() {
    let (_dir, store) = open();
    let step = set(2 * DAY);
    accept_as(
        &store,
        vec![made(step.from, "+84901")],
        replay("order-1", 1, step.from),
    )
    .await;
    follow(&store, step).await;
    let found = replayed(&store, "order-1", 1, step.to).await;
    assert!(matches!(found, Some(Replayed::Answer { .. })));
}

#[tokio::test]
async fn no_step_gives_a_sim_its_quota_again_over_a_restart() {
    for by in [2 * DAY, 45 * DAY, -2 * DAY, -45 * DAY, -2 * HOUR] {
        let (_dir, store) = open();
        // Twice five days ago, then once a few minutes and once some seconds ago.
        let ago = [5 * DAY, 5 * DAY, 300 * SECOND, 3 * SECOND];
        let noon = set(by).from.0 - T0.0;
        let step = set_after(noon + HOUR / 2 + 10 * SECOND, by);
        let (from, to) = (step.from, step.to);
        for (n, ago) in ago.into_iter().enumerate() {
            let then = Time(from.0 - ago);
            put_sent(&store, &format!("+8490{n}"), &sim(1), 1, then).await;
        }
        follow(&store, step).await;
        let iccid = sim(1);
        let hour = store.admin().sent_since(&iccid, Span::Hour.start(to));
        let hour = hour.await.unwrap();
        assert_eq!(hour.len(), 2, "{by}");
        let minute = Span::Minute.start(to);
        assert_eq!(
            hour.iter().filter(|part| part.at >= minute).count(),
            1,
            "{by}"
        );
        let counted = async |span: Span| {
            let count = sent_count(&store, &iccid, span.start(to)).await;
            (count.messages, count.parts)
        };
        assert_eq!(counted(Span::Day).await, (2, 2), "{by}");
        assert_eq!(counted(Span::Month).await, (4, 4), "{by}");
        // What was sent by a clock that was ahead uses up nothing that is to come.
        let later = Span::Day.start(Time(from.0.max(to.0) + 3 * DAY));
        let ahead = sent_count(&store, &iccid, later).await;
        assert_eq!(ahead, SentCount::default());
    }
}

/// When the messages that are due have waited since.
async fn waited_since(store: &Store, now: Time) -> Vec<Time> {
    let due = waiting(store, now).await;
    due.iter().map(|queued| queued.waits_since).collect()
}

#[tokio::test]
async fn a_message_has_waited_for_no_longer_after_a_step() {
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let step = set(by);
        let since = Time(step.from.0 - 10 * SECOND);
        put(&store, made(since, "+84901")).await;
        let held = put(&store, made(since, "+84902")).await;
        claim_at(&store, held.row, &sim(1), step.from).await;
        follow(&store, step).await;
        let back = requeue(held.row, step.to, step.to);
        self::step(&store, back).await;
        let now = step.from.max(step.to);
        let since = Time(step.to.0 - 10 * SECOND);
        assert_eq!(waited_since(&store, now).await, [since, since], "{by}");
        // And by another one.
        let again = ClockStep {
            from: step.to,
            to: Time(step.to.0 + HOUR),
        };
        follow(&store, again).await;
        let (now, since) = (now.max(again.to), Time(since.0 + HOUR));
        assert_eq!(waited_since(&store, now).await, [since, since], "{by}");
    }
}

#[tokio::test]
async fn a_message_whose_time_a_step_passed_by_waits_from_then_on() {
    let (_dir, store) = open();
    let step = set(2 * DAY);
    let scheduled = NewMessage {
        send_at: Some(Time(step.from.0 + HOUR)),
        expires_at: Time(step.from.0 + 2 * HOUR),
        ..made(step.from, "+84901")
    };
    accept(&store, vec![scheduled]).await;
    follow(&store, step).await;
    store.queue().promote(step.to).await.unwrap();
    assert_eq!(waited_since(&store, step.to).await, [step.to]);
}
