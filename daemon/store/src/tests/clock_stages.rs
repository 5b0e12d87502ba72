//! A step of the clock is moved in stages: what is so between them, and after a restart.

use super::clock_steps::{DAY, made, move_on, set, to_its_end};
use super::*;
use crate::ClockMove;
use crate::upkeep::clock_step::Place;
use crate::values::RowExt as _;
use model::ClockStep;

/// No message can be moved until [`mend`].
const BREAK: &str = "CREATE TRIGGER broken BEFORE UPDATE OF expires_at ON messages
    BEGIN SELECT RAISE(FAIL, 'broken'); END";
const MEND: &str = "DROP TRIGGER broken";

/// A message in doubt whose policy decides in five minutes.
async fn doubtful(store: &Store, now: Time) -> Queued {
    let queued = put(store, made(now, "+84901")).await;
    claim_at(store, queued.row, &sim(1), now).await;
    let decide_at = now.after(DECIDE_AFTER);
    step(
        store,
        in_doubt(queued.row, sim(1), no_answer(), (now, decide_at)),
    )
    .await;
    queued
}

#[tokio::test]
async fn what_came_to_wait_while_messages_were_moved_ahead_is_not_due_at_once() {
    let (_dir, store) = open();
    let step = set(2 * DAY);
    doubtful(&store, step.from).await;
    let mut moving = ClockMove::new(step, RowId(1));
    store.run(BREAK).await;
    move_on(&store, &mut moving).await.unwrap_err();
    store.run(MEND).await;
    // The gateway's clock goes on as it did.
    let since = Time(step.from.0 + SECOND);
    doubtful(&store, since).await;
    to_its_end(&store, &mut moving).await;
    let due = store.evidence().next_decision().await.unwrap();
    assert_eq!(due, Some(step.to.after(DECIDE_AFTER)));
    let moved = "SELECT count(*) FROM doubts WHERE decide_at - handed_at = 300000";
    assert_eq!(value::<i64>(&store, moved).await, 2);
}

#[tokio::test]
async fn what_was_decided_by_the_old_clock_while_the_new_one_followed_is_not_due_at_once() {
    let (_dir, store) = open();
    let step = set(2 * DAY);
    let mut moving = ClockMove::new(step, RowId(0));
    move_on(&store, &mut moving).await.unwrap();
    assert!(moving.is_to_follow());
    doubtful(&store, step.from).await;
    to_its_end(&store, &mut moving).await;
    let due = store.evidence().next_decision().await.unwrap();
    assert_eq!(due, Some(step.to.after(DECIDE_AFTER)));
}

#[tokio::test]
async fn with_a_clock_that_was_set_back_waits_are_moved_first() {
    let (_dir, store) = open();
    let step = set(-2 * DAY);
    doubtful(&store, step.from).await;
    let mut moving = ClockMove::new(step, RowId(1));
    store.run(BREAK).await;
    move_on(&store, &mut moving).await.unwrap_err();
    let due = store.evidence().next_decision().await.unwrap();
    assert_eq!(due, Some(step.to.after(DECIDE_AFTER)));
}

#[tokio::test]
async fn a_message_that_waits_again_behind_those_that_were_moved_is_moved_too() {
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let step = set(by);
        let queued = put(&store, made(step.from, "+84901")).await;
        claim_at(&store, queued.row, &sim(1), step.from).await;
        let mut moving = ClockMove::new(step, queued.row);
        // Those that wait have been looked through when this fails.
        store.run(BREAK).await;
        move_on(&store, &mut moving).await.unwrap_err();
        store.run(MEND).await;
        let back = requeue(queued.row, step.from.min(step.to), step.from);
        self::step(&store, back).await;
        to_its_end(&store, &mut moving).await;
        let message = get(&store, queued.id).await;
        assert_eq!(message.expires_at, Some(Time(step.to.0 + HOUR)), "{by}");
    }
}

/// One of each: waiting, in doubt, sent, and a remembered answer; then 1200 more that wait.
async fn some_of_each(store: &Store, step: ClockStep) {
    doubtful(store, step.from).await;
    put_sent(store, "+84902", &sim(2), 7, step.from).await;
    let replay = replay("order-1", 1, step.from);
    let many = (0..1200).map(|n| made(step.from, &format!("+8490{n:07}")));
    accept_as(store, many.collect(), replay).await;
}

/// All times that a step moves.
const MOVED: &str = "SELECT group_concat(x) FROM (
    SELECT group_concat(expires_at - created_at) AS x FROM messages UNION ALL
    SELECT group_concat(handed_at) FROM parts UNION ALL
    SELECT group_concat(decide_at - since) || handed_at FROM doubts UNION ALL
    SELECT group_concat(at) FROM replays)";

async fn moved(store: &Store) -> String {
    value(store, MOVED).await
}

#[tokio::test]
async fn a_restart_goes_on_with_a_step_where_it_was() {
    let breaks = [
        BREAK,
        "CREATE TRIGGER broken BEFORE UPDATE OF expires_at ON messages
             WHEN OLD.row = 600 BEGIN SELECT RAISE(FAIL, 'broken'); END",
        "CREATE TRIGGER broken BEFORE UPDATE OF expires_at ON messages
             WHEN OLD.state = 3 BEGIN SELECT RAISE(FAIL, 'broken'); END",
        "CREATE TRIGGER broken BEFORE UPDATE ON doubts
             BEGIN SELECT RAISE(FAIL, 'broken'); END",
        "CREATE TRIGGER broken BEFORE UPDATE ON replays
             BEGIN SELECT RAISE(FAIL, 'broken'); END",
    ];
    for by in [2 * DAY, -2 * DAY, 600 * SECOND, -600 * SECOND] {
        let step = set(by);
        let (_dir, store) = open();
        some_of_each(&store, step).await;
        to_its_end(&store, &mut ClockMove::new(step, RowId(1202))).await;
        let as_it_is_to_be = moved(&store).await;
        for broken in breaks {
            let (dir, store) = open();
            some_of_each(&store, step).await;
            let mut moving = ClockMove::new(step, RowId(1202));
            store.run(broken).await;
            move_on(&store, &mut moving).await.unwrap_err();
            store.run(MEND).await;
            let store = reopen(&dir, store).await;
            let mut left = store.upkeep().clock_move_left().await.unwrap().unwrap();
            to_its_end(&store, &mut left).await;
            assert_eq!(moved(&store).await, as_it_is_to_be, "{by} {broken}");
            assert_eq!(store.upkeep().clock_move_left().await.unwrap(), None);
        }
    }
}

#[tokio::test]
async fn what_a_commit_moved_that_seemed_to_fail_is_not_moved_again() {
    let (_dir, store) = open();
    let step = set(-2 * DAY);
    doubtful(&store, step.from).await;
    let mut moving = ClockMove::new(step, RowId(1));
    let broken = "CREATE TRIGGER broken BEFORE UPDATE ON doubts
        BEGIN SELECT RAISE(FAIL, 'broken'); END";
    store.run(broken).await;
    move_on(&store, &mut moving).await.unwrap_err();
    store.run(MEND).await;
    // What this one hears of its commit is an error.
    let mut unheard = moving.clone();
    move_on(&store, &mut moving).await.unwrap();
    move_on(&store, &mut unheard).await.unwrap();
    assert_eq!(unheard, moving);
    let due = store.evidence().next_decision().await.unwrap();
    assert_eq!(due, Some(step.to.after(DECIDE_AFTER)));
    let apart = "SELECT decide_at - handed_at FROM doubts";
    assert_eq!(value::<i64>(&store, apart).await, 300_000);
}

#[tokio::test]
async fn one_commit_moves_a_bounded_number_of_doubts() {
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let step = set(by);
        for _ in 0..600 {
            doubtful(&store, step.from).await;
        }
        store
            .run(
                "CREATE TRIGGER broken BEFORE UPDATE OF handed_at ON doubts WHEN OLD.row = 1
                 BEGIN SELECT RAISE(FAIL, 'broken'); END",
            )
            .await;
        let mut moving = ClockMove::new(step, RowId(600));
        move_on(&store, &mut moving).await.unwrap_err();
        let left = "SELECT count(*) FROM doubts WHERE handed_at = since";
        assert_eq!(value::<i64>(&store, left).await, 100, "{by}");
        store.run(MEND).await;
        to_its_end(&store, &mut moving).await;
        assert_eq!(value::<i64>(&store, left).await, 0, "{by}");
        let apart = "SELECT count(*) FROM doubts d JOIN parts p ON p.message = d.message
            AND p.seq = d.part WHERE p.handed_at <> d.handed_at";
        assert_eq!(value::<i64>(&store, apart).await, 0, "{by}");
    }
}

#[tokio::test]
async fn the_last_look_through_messages_that_are_out_begins_behind_those_that_were_moved() {
    let (_dir, store) = open();
    let step = set(2 * DAY);
    for n in 0..1100 {
        put_sent(&store, &format!("+8490{n:07}"), &sim(1), 7, step.from).await;
    }
    let mut moving = ClockMove::new(step, RowId(1100));
    move_on(&store, &mut moving).await.unwrap();
    // Behind `follow` and those that wait.
    let stages = serde_json::to_value(&moving).unwrap();
    assert_eq!(stages["stages"][2]["reported"]["begin"], 1100);
    let look = move |reader: &Connection| {
        let plan = format!("EXPLAIN QUERY PLAN {}", Place::SQL);
        let mut explain = reader.prepare(&plan)?;
        let found = explain.query_map([0; 9], |row| row.col::<String>(3))?;
        let plan: Vec<String> = found.collect::<Result<_, _>>()?;
        let (mut place, mut looks) = (Some(Place::after(RowId(1100))), 0);
        while let Some(here) = place {
            looks += 1;
            let (found, next) = here.look(reader, &moving)?;
            assert!(found.is_empty());
            place = next;
        }
        Ok((plan.join("; "), looks))
    };
    let (plan, looks) = store.read(look).await.unwrap();
    let by_index = "SEARCH messages USING INDEX messages_state (state=? AND rowid>?)";
    assert!(plan.contains(by_index), "{plan}");
    assert!(
        !plan.contains("SCAN messages") && !plan.contains("B-TREE"),
        "{plan}"
    );
    // One for each state, and one that ends it.
    assert_eq!(looks, 8);
}
