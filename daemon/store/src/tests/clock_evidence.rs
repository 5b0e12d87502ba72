//! The wall clock is set: what proves that a part went out still does.

use super::clock_steps::{DAY, follow, made, set, set_after};
use super::receipts::{handed, lost, matched, receipt};
use super::reports::report;
use super::*;
use crate::{NewReport, RefusedBy, Reported};
use model::{ClockStep, ReasonCode, SimHealth};

/// A message whose only part was given to the SIM so long before the step, and got no answer.
async fn doubtful(store: &Store, step: ClockStep, ago: i64) -> Queued {
    let (given, now) = (Time(step.from.0 - ago), step.from);
    let queued = put(store, made(now, "+84901")).await;
    claim_at(store, queued.row, &sim(1), given).await;
    let reason = Reason::new(ReasonCode::ModemGone, "its port went away");
    let times = (now, Time(now.0 + 300 * SECOND));
    self::step(store, in_doubt(queued.row, sim(1), reason, times)).await;
    queued
}

/// The SIM's count is known: the next number is this one.
async fn counted_to(store: &Store, at: Time, next: u8) {
    put_sent(store, "+84999", &sim(1), next - 1, at).await;
}

#[tokio::test]
async fn a_report_settles_its_doubt_after_a_step() {
    for by in [2 * DAY, 20 * SECOND, -20 * SECOND, -2 * DAY] {
        let (_dir, store) = open();
        let step = set(by);
        counted_to(&store, Time(step.from.0 - HOUR), 7).await;
        let queued = doubtful(&store, step, 30 * SECOND).await;
        follow(&store, step).await;
        let about = report(&sim(1), 7, "+84901", Time(step.to.0 + SECOND));
        reported(&store, about).await;
        assert_eq!(state(&store, queued.id).await, State::Delivered, "{by}");
    }
}

#[tokio::test]
async fn an_answer_is_given_to_its_doubt_after_a_step() {
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let step = set(by);
        counted_to(&store, Time(step.from.0 - HOUR), 7).await;
        let queued = doubtful(&store, step, 30 * SECOND).await;
        follow(&store, step).await;
        claim_answer(&store, accepted(7), Time(step.to.0 + SECOND)).await;
        assert_eq!(state(&store, queued.id).await, State::Sent, "{by}");
    }
}

#[tokio::test]
async fn the_acceptance_of_a_refused_part_finds_it_after_a_step() {
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let step = set(by);
        let at = step.from;
        counted_to(&store, Time(at.0 - HOUR), 7).await;
        let queued = put(&store, made(at, "+84901")).await;
        claim_at(&store, queued.row, &sim(1), Time(at.0 - 20 * SECOND)).await;
        let refused = number_spent(queued.row, sim(1), RefusedBy::Modem, at);
        let due_at = Time(at.0 + 600 * SECOND);
        let again = self::refused(queued.row, (network(), Some(sim(1).into())), due_at, at);
        advance(&store, vec![refused, again]).await;
        follow(&store, step).await;
        claim_answer(&store, accepted(7), Time(step.to.0 + SECOND)).await;
        assert_eq!(state(&store, queued.id).await, State::Sent, "{by}");
    }
}

#[tokio::test]
async fn a_part_and_the_report_that_overtook_its_answer_stay_in_their_order() {
    // In the running minute or hour, and where either has just begun by the new clock.
    for (into_hour, by, ago) in [
        (40 * SECOND, -(HOUR + 35 * SECOND), 30 * SECOND),
        (600 * SECOND, -(HOUR + 595 * SECOND), 45 * SECOND),
        (640 * SECOND, -(2 * HOUR + 635 * SECOND), 50 * SECOND),
        (5 * SECOND, -(HOUR + 2 * SECOND), 30 * SECOND),
    ] {
        let (_dir, store) = open();
        let step = set_after(set(0).from.0 - T0.0 + into_hour, by);
        let from = step.from;
        let queued = put(&store, made(from, "+84901")).await;
        claim_at(&store, queued.row, &sim(1), Time(from.0 - ago)).await;
        let early = report(&sim(1), 9, "+84901", Time(from.0 - ago + 10 * SECOND));
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
async fn a_report_that_comes_once_more_after_a_step_settles_nothing() {
    for by in [3 * DAY, -3 * DAY, HOUR] {
        let (_dir, store) = open();
        let step = set(by);
        let then = Time(step.from.0 - 10 * HOUR);
        put_sent(&store, "+84901", &sim(1), 7, then).await;
        let first = report(&sim(1), 7, "+84901", Time(then.0 + SECOND));
        reported(&store, first).await;
        store.evidence().numbers_lost(&sim(1)).await.unwrap();
        let queued = doubtful(&store, step, 30 * SECOND).await;
        follow(&store, step).await;
        let again = report(&sim(1), 7, "+84901", Time(step.to.0 + SECOND));
        assert_eq!(reported(&store, again).await, Reported::Unmatched);
        assert_eq!(state(&store, queued.id).await, State::Uncertain, "{by}");
    }
}

#[tokio::test]
async fn a_report_that_comes_once_more_of_a_part_that_was_in_doubt_settles_nothing() {
    let (_dir, store) = open();
    let step = set(2 * DAY);
    let then = Time(step.from.0 - 3 * HOUR);
    counted_to(&store, Time(then.0 - HOUR), 40).await;
    let earlier = ClockStep {
        from: then,
        to: then,
    };
    let first = doubtful(&store, earlier, 30 * SECOND).await;
    let kept = report(&sim(1), 40, "+84901", then);
    reported(&store, kept).await;
    assert_eq!(state(&store, first.id).await, State::Delivered);
    store.evidence().numbers_lost(&sim(1)).await.unwrap();
    let queued = doubtful(&store, step, 30 * SECOND).await;
    follow(&store, step).await;
    let again = report(&sim(1), 40, "+84901", Time(step.to.0 + SECOND));
    assert_eq!(reported(&store, again).await, Reported::Unmatched);
    assert_eq!(state(&store, queued.id).await, State::Uncertain);
}

#[tokio::test]
async fn of_two_parts_under_one_number_the_newest_is_reported_after_a_step() {
    let (_dir, store) = open();
    let step = set(-2 * DAY);
    put_sent(&store, "+84901", &sim(1), 7, step.from).await;
    follow(&store, step).await;
    let newest = put_sent(&store, "+84901", &sim(1), 7, Time(step.to.0 + HOUR)).await;
    let about = report(&sim(1), 7, "+84901", Time(step.to.0 + 2 * HOUR));
    reported(&store, about).await;
    assert_eq!(state(&store, newest.id).await, State::Delivered);
}

#[tokio::test]
async fn what_a_sim_awaits_keeps_others_away_over_a_step_and_a_restart() {
    for by in [2 * DAY, -2 * DAY] {
        let (dir, store) = open();
        let step = set(by);
        put_sent(&store, "+84901", &sim(1), 7, step.from).await;
        follow(&store, step).await;
        let store = reopen(&dir, store).await;
        let since = Time(step.to.0 - 300 * SECOND);
        let submits = store.admin().submits(&sim(1), since).await.unwrap();
        assert_eq!(submits.last, Some(step.to), "{by}");
        assert_eq!(submits.awaited.len(), 1, "{by}");
        assert_eq!(submits.awaited[0].sent_at, step.to, "{by}");
    }
}

#[tokio::test]
async fn a_kept_report_is_given_to_no_part_that_was_handed_over_after_it() {
    let (_dir, store) = open();
    let step = set(-2 * DAY);
    let kept = report(&sim(1), 9, "+84901", Time(step.from.0 - 5 * HOUR));
    assert_eq!(reported(&store, kept).await, Reported::Unmatched);
    follow(&store, step).await;
    let later = Time(step.to.0 + HOUR);
    let sent = put_sent(&store, "+84901", &sim(1), 9, later).await;
    let kept = "SELECT count(*) FROM orphans JOIN parts p ON p.mr = orphans.mr
        WHERE p.handed_at <= received_at";
    let fitting: i64 = value(&store, kept).await;
    assert_eq!((fitting, state(&store, sent.id).await), (0, State::Sent));
}

#[tokio::test]
async fn a_part_that_awaits_a_report_was_handed_over_as_long_ago_as_it_was() {
    for by in [2 * DAY, -2 * DAY, -3 * HOUR] {
        let (_dir, store) = open();
        let step = set(by);
        for (n, ago) in [10 * SECOND, 5 * HOUR].into_iter().enumerate() {
            let then = Time(step.from.0 - ago);
            put_sent(&store, &format!("+8490{n}"), &sim(1), 7, then).await;
        }
        follow(&store, step).await;
        let ago =
            "SELECT group_concat(handed_at - ?1) || ' ' || group_concat(sent_at - ?1) FROM parts";
        let ago: String = value_of(&store, ago, step.to.0).await;
        assert_eq!(ago, "-10000,-18000000 -10000,-18000000", "{by}");
    }
}

#[tokio::test]
async fn an_uplinks_receipt_finds_its_part_after_a_step_whichever_was_first() {
    for by in [2 * DAY, -2 * DAY, -(HOUR + 35 * SECOND)] {
        let (_dir, store) = open();
        let step = set_after(40 * SECOND, by);
        // One overtakes its answer, and one comes to a part in doubt.
        let early = handed(&store).await;
        assert!(!matched(&store, receipt(&["1006570"])).await);
        follow(&store, step).await;
        let now = Time(step.to.0 + SECOND);
        let answer = sent_by(early.row, up(), Reference::Smsc("1006570".to_owned()), now);
        self::step(&store, answer).await;
        assert_eq!(state(&store, early.id).await, State::Delivered, "{by}");
    }
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let step = set_after(40 * SECOND, by);
        let doubtful = handed(&store).await;
        self::step(&store, lost(doubtful.row, 1, true)).await;
        follow(&store, step).await;
        let handed = "SELECT p.handed_at - ?1 = -40000 AND d.handed_at = p.handed_at
            FROM parts p JOIN doubts d ON d.message = p.message";
        assert!(value_of::<bool>(&store, handed, step.to.0).await, "{by}");
        let own = NewReport {
            received_at: Time(step.to.0 + SECOND),
            ..receipt(&["1006580"])
        };
        assert!(matched(&store, own).await, "{by}");
    }
}

#[tokio::test]
async fn an_answer_to_a_part_that_was_settled_just_before_a_step_is_no_other_ones() {
    let (_dir, store) = open();
    let step = set(2 * DAY);
    let queued = doubtful(&store, step, 30 * SECOND).await;
    let resolved = store.evidence().resolve(queued.id, true, step.from, None);
    resolved.await.unwrap();
    follow(&store, step).await;
    let ago = "SELECT handed_at - ?1 FROM doubts";
    let ago: i64 = value_of(&store, ago, step.to.0).await;
    assert_eq!(ago, -30 * SECOND);
}

#[tokio::test]
async fn the_gap_after_a_sims_last_submit_goes_on_after_a_step() {
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let step = set(by);
        let health = SimHealth {
            failures: 1,
            last_submit: Some(Time(step.from.0 - 10 * SECOND)),
            ..SimHealth::default()
        };
        put_health(&store, &sim(1), health).await;
        follow(&store, step).await;
        let health = store.admin().sim_health(&sim(1)).await.unwrap();
        let last = Some(Time(step.to.0 - 10 * SECOND));
        assert_eq!(health.last_submit, last, "{by}");
    }
}
