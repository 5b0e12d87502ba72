//! Answers that come to a run that did not ask for them.

use super::*;
use crate::machine::clock;

#[tokio::test]
async fn an_answer_to_an_earlier_run_is_that_of_what_it_left_on_the_air() {
    let (dir, store) = open();
    let now = clock::now();
    spares_refused(&store).await;
    let old = put_uncertain(&store, "+84900000003").await;
    let queued = hand_over(&store, TO, now).await;
    let store = reopen(&dir, store).await;
    let iccid = sim(1);
    let claim = |mr| {
        store
            .evidence()
            .claim_answer(&iccid, Answer::Accepted(Reference::Mr(mr)), now)
    };
    // Not a number that it can have had.
    assert!(claim(40).await.unwrap().is_empty());
    assert_eq!(store.evidence().left_on_air().await.unwrap(), Some(now));
    let settled = claim(12).await.unwrap();
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
    let mut ids = Vec::new();
    let mut store = store;
    for to in ["+84900000002", TO] {
        let queued = hand_over(&store, to, now).await;
        store = reopen(&dir, store).await;
        ids.push(queued.id);
    }
    let answer = Answer::Accepted(Reference::Mr(11));
    let settled = store
        .evidence()
        .claim_answer(&sim(1), answer, now)
        .await
        .unwrap();
    assert!(settled.is_empty(), "{settled:?}");
    // 12 can only be the second's, and then the first had 11.
    let answer = Answer::Accepted(Reference::Mr(12));
    let settled = store
        .evidence()
        .claim_answer(&sim(1), answer, now)
        .await
        .unwrap();
    assert_eq!(settled.len(), 2);
    for id in ids {
        assert_eq!(state(&store, id).await, State::Sent);
    }
}

#[tokio::test]
async fn an_answer_of_another_modem_settles_nothing() {
    let (_dir, store) = open();
    let now = clock::now();
    let seen = |imei: &str| crate::SimSeen {
        iccid: sim(1),
        imsi: None,
        number: None,
        smsc: None,
        imei: Some(imei.parse().unwrap()),
        at: now,
    };
    store
        .admin()
        .seen_sim(seen("350000000000001"))
        .await
        .unwrap();
    put_sent(&store, "+84900000009", &sim(1), 11, now).await;
    let queued = hand_over(&store, TO, now).await;
    let mut gone = uncertain(queued.row, 1, true);
    if let Step::PartUncertain { reason, .. } = &mut gone {
        reason.code = "modem-gone".to_owned();
    }
    step(&store, gone).await;
    store
        .admin()
        .seen_sim(seen("350000000000002"))
        .await
        .unwrap();
    let answer = || Answer::Accepted(Reference::Mr(12));
    let claimed = store
        .evidence()
        .claim_answer(&sim(1), answer(), now)
        .await
        .unwrap();
    assert!(claimed.is_empty());
    store
        .admin()
        .seen_sim(seen("350000000000001"))
        .await
        .unwrap();
    let claimed = store
        .evidence()
        .claim_answer(&sim(1), answer(), now)
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
}

#[tokio::test]
async fn a_port_that_comes_back_may_bring_the_answer_along() {
    let (_dir, store) = open();
    let now = clock::now();
    put_sent(&store, "+84900000009", &sim(1), 4, now).await;
    let queued = hand_over(&store, TO, now).await;
    let mut gone = uncertain(queued.row, 1, true);
    if let Step::PartUncertain { reason, at, .. } = &mut gone {
        *reason = Reason::new(Reason::MODEM_GONE, "it is gone");
        *at = now;
    }
    step(&store, gone).await;
    let settled = store
        .evidence()
        .claim_answer(&sim(1), Answer::Accepted(Reference::Mr(5)), now)
        .await;
    assert_eq!(settled.unwrap().len(), 1);
    assert_eq!(state(&store, queued.id).await, State::Sent);
}

#[tokio::test]
async fn an_answer_nobody_waited_for_settles_nothing_where_the_count_is_unknown() {
    let (dir, store) = open();
    let now = clock::now();
    let queued = hand_over(&store, TO, now).await;
    let store = reopen(&dir, store).await;
    let answer = Answer::Accepted(Reference::Mr(0));
    let settled = store
        .evidence()
        .claim_answer(&sim(1), answer, now)
        .await
        .unwrap();
    assert!(settled.is_empty(), "{settled:?}");
    let refused = Answer::Refused(network());
    let settled = store
        .evidence()
        .claim_answer(&sim(1), refused, now)
        .await
        .unwrap();
    assert!(settled.is_empty(), "{settled:?}");
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
    let answer = Answer::Accepted(Reference::Mr(11));
    let settled = store
        .evidence()
        .claim_answer(&sim(1), answer, now)
        .await
        .unwrap();
    assert!(settled.is_empty(), "{settled:?}");
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
    let mut given_up = uncertain(slow.row, 1, true);
    if let Step::PartUncertain { at, .. } = &mut given_up {
        *at = now;
    }
    step(&store, given_up).await;
    let interrupted = hand_over(&store, TO, now).await;
    let store = reopen(&dir, store).await;
    let refused = Answer::Refused(network());
    let settled = store
        .evidence()
        .claim_answer(&sim(1), refused, now)
        .await
        .unwrap();
    assert!(settled.is_empty(), "{settled:?}");
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
    store.evidence().report(report).await.unwrap();
    let store = reopen(&dir, store).await;
    let by_report = (Conclusion::Sent, Some(Evidence::StatusReport));
    assert_eq!(concluded(&store, second.id).await, by_report);
    // In full, and with a digit lost on the line.
    for mr in [11, 1] {
        let answer = Answer::Accepted(Reference::Mr(mr));
        let settled = store
            .evidence()
            .claim_answer(&sim(1), answer, now)
            .await
            .unwrap();
        assert!(settled.is_empty(), "{settled:?}");
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
    let resolved = store
        .evidence()
        .resolve(second.id, false, now, None)
        .await
        .unwrap();
    assert!(matches!(resolved, Resolved::Done(_)), "{resolved:?}");
    for answer in [
        Answer::Accepted(Reference::Mr(11)),
        Answer::Refused(network()),
    ] {
        let settled = store
            .evidence()
            .claim_answer(&sim(1), answer, now)
            .await
            .unwrap();
        assert!(settled.is_empty(), "{settled:?}");
    }
    assert_eq!(state(&store, first.id).await, State::Uncertain);
}
