//! Answers that come to a run that did not ask for them.

use model::ReasonCode;

use super::*;
use crate::SimSeen;
use crate::machine::clock;

/// The port of the SIM's modem goes away.
fn gone(row: RowId, at: Time) -> Step {
    let reason = Reason::new(ReasonCode::ModemGone, "it is gone");
    in_doubt(row, sim(1), reason, (at, self::at(60 * SECOND)))
}

#[tokio::test]
async fn an_answer_to_an_earlier_run_is_that_of_what_it_left_on_the_air() {
    let (dir, store) = open();
    let now = clock::now();
    spares_refused(&store).await;
    let old = put_uncertain(&store, "+84900000003").await;
    let queued = hand_over(&store, TO, now).await;
    let store = reopen(&dir, store).await;
    // Not a number that it can have had.
    assert_eq!(claim_answer(&store, accepted(40), now).await, []);
    assert_eq!(store.evidence().left_on_air().await.unwrap(), Some(now));
    let settled = claim_answer(&store, accepted(12), now).await;
    // The one before it took number 11.
    let ids: Vec<_> = settled.iter().map(|one| one.id).collect();
    assert_eq!(ids, [queued.id, old.id]);
    assert_eq!(store.evidence().left_on_air().await.unwrap(), None);
    assert_eq!(state(&store, queued.id).await, State::Sent);
    assert_eq!(state(&store, old.id).await, State::Sent);
}

#[tokio::test]
async fn an_answer_that_two_parts_may_have_had_settles_neither() {
    let (dir, store) = open();
    let now = clock::now();
    spares_refused(&store).await;
    let (mut store, mut ids) = (store, Vec::new());
    for to in ["+84900000002", TO] {
        let queued = hand_over(&store, to, now).await;
        store = reopen(&dir, store).await;
        ids.push(queued.id);
    }
    assert_eq!(claim_answer(&store, accepted(11), now).await, []);
    // 12 can only be the second's, and then the first had 11.
    let settled = claim_answer(&store, accepted(12), now).await;
    assert_eq!(settled.len(), 2);
    for id in ids {
        assert_eq!(state(&store, id).await, State::Sent);
    }
}

#[tokio::test]
async fn an_answer_of_another_modem_settles_nothing() {
    let (_dir, store) = open();
    let now = clock::now();
    let in_modem = |imei: &str| SimSeen {
        imei: imei.parse().ok(),
        ..SimSeen::new(sim(1), now)
    };
    see(&store, in_modem("350000000000001")).await;
    put_sent(&store, "+84900000009", &sim(1), 11, now).await;
    let queued = hand_over(&store, TO, now).await;
    step(&store, gone(queued.row, T0)).await;
    see(&store, in_modem("350000000000002")).await;
    assert_eq!(claim_answer(&store, accepted(12), now).await, []);
    see(&store, in_modem("350000000000001")).await;
    assert_eq!(claim_answer(&store, accepted(12), now).await.len(), 1);
}

#[tokio::test]
async fn a_port_that_comes_back_may_bring_the_answer_along() {
    let (_dir, store) = open();
    let now = clock::now();
    put_sent(&store, "+84900000009", &sim(1), 4, now).await;
    let queued = hand_over(&store, TO, now).await;
    step(&store, gone(queued.row, now)).await;
    assert_eq!(claim_answer(&store, accepted(5), now).await.len(), 1);
    assert_eq!(state(&store, queued.id).await, State::Sent);
}

#[tokio::test]
async fn an_answer_nobody_waited_for_settles_nothing_where_the_count_is_unknown() {
    let (dir, store) = open();
    let now = clock::now();
    let queued = hand_over(&store, TO, now).await;
    let store = reopen(&dir, store).await;
    assert_eq!(claim_answer(&store, accepted(0), now).await, []);
    assert_eq!(
        claim_answer(&store, LateAnswer::Refused(network()), now).await,
        []
    );
    assert_eq!(state(&store, queued.id).await, State::Uncertain);
}

#[tokio::test]
async fn an_answer_that_a_part_of_an_unknown_count_may_have_had_settles_no_other() {
    let (dir, store) = open();
    let now = clock::now();
    put_sent(&store, "+84900000009", &sim(1), 10, now).await;
    // The first never reached the modem; the second did, after it had booted.
    let first = hand_over(&store, "+84900000002", now).await;
    let store = reopen(&dir, store).await;
    store.evidence().numbers_lost(&sim(1)).await.unwrap();
    let second = hand_over(&store, TO, now).await;
    let store = reopen(&dir, store).await;
    assert_eq!(claim_answer(&store, accepted(11), now).await, []);
    for id in [first.id, second.id] {
        assert_eq!(state(&store, id).await, State::Uncertain);
    }
}

#[tokio::test]
async fn an_answer_may_be_that_of_a_part_given_up_before_the_restart() {
    let (dir, store) = open();
    let now = clock::now();
    put_sent(&store, "+84900000009", &sim(1), 10, now).await;
    let slow = hand_over(&store, "+84900000002", now).await;
    let until = at(60 * SECOND);
    step(
        &store,
        in_doubt(slow.row, sim(1), no_answer(), (now, until)),
    )
    .await;
    let interrupted = hand_over(&store, TO, now).await;
    let store = reopen(&dir, store).await;
    assert_eq!(
        claim_answer(&store, LateAnswer::Refused(network()), now).await,
        []
    );
    assert_eq!(state(&store, interrupted.id).await, State::Uncertain);
}

#[tokio::test]
async fn an_answer_to_a_part_that_its_report_has_settled_settles_no_other() {
    let (dir, store) = open();
    let now = clock::now();
    put_sent(&store, "+84900000009", &sim(1), 10, now).await;
    // The first never reached the modem; the second did, after it had booted and counted on.
    let first = hand_over(&store, "+84900000002", now).await;
    let store = reopen(&dir, store).await;
    store.evidence().numbers_lost(&sim(1)).await.unwrap();
    let second = hand_over(&store, TO, now).await;
    // Its report overtakes its answer.
    let report = NewReport {
        received_at: now,
        ..report(TO, 11)
    };
    reported(&store, report).await;
    let store = reopen(&dir, store).await;
    let by_report = (Conclusion::Sent, Some(ConcludedBy::StatusReport));
    assert_eq!(concluded(&store, second.id).await, by_report);
    // In full, and with a digit lost on the line.
    for mr in [11, 1] {
        assert_eq!(claim_answer(&store, accepted(mr), now).await, []);
    }
    assert_eq!(state(&store, first.id).await, State::Uncertain);
}

#[tokio::test]
async fn an_answer_to_what_was_sent_again_settles_no_other() {
    let (dir, store) = open();
    let now = clock::now();
    put_sent(&store, "+84900000009", &sim(1), 10, now).await;
    let first = hand_over(&store, "+84900000002", now).await;
    let store = reopen(&dir, store).await;
    store.evidence().numbers_lost(&sim(1)).await.unwrap();
    let second = hand_over(&store, TO, now).await;
    let store = reopen(&dir, store).await;
    // A person says of the second, wrongly, that it did not go out.
    resolve(&store, second.id, false, now).await;
    for answer in [accepted(11), LateAnswer::Refused(network())] {
        assert_eq!(claim_answer(&store, answer, now).await, []);
    }
    assert_eq!(state(&store, first.id).await, State::Uncertain);
}
