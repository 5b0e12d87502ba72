//! Parts in doubt, and what settles them.

mod again;
mod claimed;
mod misread;

use super::*;
use crate::machine::clock;
use crate::{
    Answer, ByNumber, NewReport, Reference, RefusedBy, ReportClass, ReportKey, Reported, Resolved,
    Settled,
};
use model::{Conclusion, Doubt, Evidence, PartState};

const TO: &str = "+84900000001";

/// Accepts a message of one part and leaves it uncertain.
async fn put_uncertain(store: &Store, to: &str) -> Queued {
    let queued = put(store, text(to, "hello")).await;
    claim(store, queued.row, &sim(1)).await;
    assert!(step(store, uncertain(queued.row, 1, true)).await.applied);
    queued
}

/// Accepts a message of one part and hands it to a modem, `now`.
async fn hand_over(store: &Store, to: &str, now: Time) -> Queued {
    let queued = put(store, text(to, "hello")).await;
    let (row, carrier) = (queued.row, sim(1).into());
    let handed = Step::Claim {
        fell_back: None,
        row,
        part: 1,
        carrier,
        parts: 1,
        at: now,
    };
    assert!(step(store, handed).await.applied);
    queued
}

/// Sends another message through the SIM; what that settles.
async fn next_sent(store: &Store, mr: u8) -> Vec<Settled> {
    let queued = put(store, text("+84900000099", "next")).await;
    claim(store, queued.row, &sim(1)).await;
    let steps = vec![sent(queued.row, 1, &sim(1), mr, true)];
    store.queue().advance(steps).await.unwrap().settled
}

/// A message that the network refuses.
async fn refused_one(store: &Store) {
    let queued = put(store, text("+84900000098", "refused")).await;
    claim(store, queued.row, &sim(1)).await;
    let row = queued.row;
    let fail = Step::Fail {
        row,
        part: 1,
        reason: network(),
        at: T0,
    };
    let spent = spent(row, RefusedBy::Network);
    store.queue().advance(vec![spent, fail]).await.unwrap();
}

/// The only part was refused after the modem had it.
fn spent(row: RowId, by: RefusedBy) -> Step {
    Step::NumberSpent {
        row,
        part: 1,
        last: true,
        iccid: sim(1),
        by,
        at: T0,
    }
}

/// The modem gives the number of what the network refuses to the next message: a used number is
/// that of an accepted one. Ends at 10.
async fn spares_refused(store: &Store) {
    put_sent(store, "+84900000009", &sim(1), 9, T0).await;
    refused_one(store).await;
    put_sent(store, "+84900000009", &sim(1), 10, T0).await;
}

async fn doubt(store: &Store, id: MessageId) -> Doubt {
    get(store, id).await.parts[0].doubt.clone().unwrap()
}

async fn concluded(store: &Store, id: MessageId) -> (Conclusion, Option<Evidence>) {
    let doubt = doubt(store, id).await;
    (doubt.conclusion, doubt.evidence)
}

fn report(to: &str, mr: u8) -> NewReport {
    let key = ByNumber {
        iccid: sim(1),
        mr,
        smsc_time: Some(T0),
        tp_status: 0,
        fingerprint: std::array::from_fn(|i| {
            if i == 0 {
                mr
            } else {
                to.as_bytes()[i % to.len()]
            }
        }),
    };
    NewReport {
        key: ReportKey::Number(key),
        recipient: to.to_owned(),
        discharged_at: Some(at(SECOND)),
        class: ReportClass::Delivered,
        text: "received".to_owned(),
        received_at: at(2 * SECOND),
    }
}

#[tokio::test]
async fn a_gap_of_one_number_means_that_it_went_out() {
    let (_dir, store) = open();
    spares_refused(&store).await;
    let lost = put_uncertain(&store, TO).await;
    let settled = next_sent(&store, 12).await;
    assert_eq!((settled.len(), settled[0].id), (1, lost.id));
    assert_eq!(
        (settled[0].state, settled[0].again.clone()),
        (State::Sent, None)
    );
    let message = get(&store, lost.id).await;
    assert_eq!(
        (message.state, message.parts[0].mr),
        (State::Sent, Some(11))
    );
    assert_eq!(
        concluded(&store, lost.id).await,
        (Conclusion::Sent, Some(Evidence::NextReference))
    );
    assert_eq!(
        steps_of(&store, lost.id).await,
        [
            "accepted",
            "sending",
            "uncertain",
            "concluded-sent",
            "part-sent"
        ]
    );
    // Its report finds it now.
    let reported = store.evidence().report(report(TO, 11)).await.unwrap();
    assert!(matches!(reported, Reported::Matched { id, .. } if id == lost.id));
    assert_eq!(state(&store, lost.id).await, State::Delivered);
}

#[tokio::test]
async fn a_used_number_may_be_that_of_a_refusal_that_was_lost() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let lost = put_uncertain(&store, TO).await;
    assert!(next_sent(&store, 12).await.is_empty());
    assert_eq!(state(&store, lost.id).await, State::Uncertain);
}

#[tokio::test]
async fn no_gap_means_that_it_did_not_go_out() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let lost = put_uncertain(&store, TO).await;
    let settled = next_sent(&store, 11).await;
    assert_eq!(settled[0].again, Some((lane(), T0)));
    assert_eq!(state(&store, lost.id).await, State::Queued);
    assert_eq!(queued_depth(&store), 1);
    assert_eq!(
        concluded(&store, lost.id).await,
        (Conclusion::NotSent, Some(Evidence::NextReference))
    );
    // It is not marked as one that may come twice.
    assert_eq!(doubt(&store, lost.id).await.resends, 0);
    assert!(claim(&store, lost.row, &sim(2)).await.applied);
}

#[tokio::test]
async fn without_a_number_before_it_the_next_one_proves_nothing() {
    let (_dir, store) = open();
    let lost = put_uncertain(&store, TO).await;
    assert!(next_sent(&store, 12).await.is_empty());
    assert_eq!(state(&store, lost.id).await, State::Uncertain);
    // And the one after that is not about it any more.
    assert!(next_sent(&store, 13).await.is_empty());
    assert_eq!(concluded(&store, lost.id).await, (Conclusion::Open, None));
}

#[tokio::test]
async fn a_modem_that_has_booted_or_another_modem_breaks_the_count() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let lost = put_uncertain(&store, TO).await;
    store.evidence().numbers_lost(&sim(1)).await.unwrap();
    assert!(next_sent(&store, 12).await.is_empty());

    let second = put_uncertain(&store, "+84900000002").await;
    let seen = crate::SimSeen {
        iccid: sim(1),
        imsi: None,
        number: None,
        smsc: None,
        imei: Some("350000000000001".parse().unwrap()),
        at: T0,
    };
    store.admin().seen_sim(seen).await.unwrap();
    assert!(next_sent(&store, 14).await.is_empty());
    for id in [lost.id, second.id] {
        assert_eq!(state(&store, id).await, State::Uncertain);
    }
}

#[tokio::test]
async fn where_refused_ones_take_numbers_a_used_number_proves_nothing() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    refused_one(&store).await;
    // It took a number, so that a used number does not mean that the network took the message.
    assert!(next_sent(&store, 12).await.is_empty());
    let unclear = put_uncertain(&store, TO).await;
    assert!(next_sent(&store, 14).await.is_empty());
    assert_eq!(state(&store, unclear.id).await, State::Uncertain);
    // But none used proves that it did not go out.
    let lost = put_uncertain(&store, TO).await;
    assert_eq!(next_sent(&store, 15).await.len(), 1);
    assert_eq!(state(&store, lost.id).await, State::Queued);
}

#[tokio::test]
async fn an_accepted_one_without_a_number_breaks_the_count() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = put(&store, text("+84900000008", "unnumbered")).await;
    claim(&store, queued.row, &sim(1)).await;
    let mut unnumbered = sent(queued.row, 1, &sim(1), 0, true);
    if let Step::PartSent { reference, .. } = &mut unnumbered {
        *reference = Reference::None;
    }
    step(&store, unnumbered).await;
    let lost = put_uncertain(&store, TO).await;
    assert!(next_sent(&store, 13).await.is_empty());
    assert_eq!(state(&store, lost.id).await, State::Uncertain);
}

#[tokio::test]
async fn what_the_modem_tried_is_not_taken_as_sent_for_its_number() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = put(&store, text(TO, "hello")).await;
    claim(&store, queued.row, &sim(1)).await;
    let mut tried = uncertain(queued.row, 1, true);
    if let Step::PartUncertain { numbered, .. } = &mut tried {
        *numbered = true;
    }
    step(&store, tried).await;
    assert!(next_sent(&store, 12).await.is_empty());
    assert_eq!(state(&store, queued.id).await, State::Uncertain);
}

#[tokio::test]
async fn a_report_with_the_number_it_must_have_had_settles_it() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let lost = put_uncertain(&store, TO).await;
    for wrong in [report("+84900000002", 11), report(TO, 13)] {
        assert_eq!(
            store.evidence().report(wrong).await.unwrap(),
            Reported::Unmatched
        );
    }
    let reported = store.evidence().report(report(TO, 11)).await.unwrap();
    let Reported::Matched {
        id, state, settled, ..
    } = reported
    else {
        panic!("{reported:?}")
    };
    assert_eq!((id, state), (lost.id, State::Delivered));
    assert_eq!(settled.len(), 1);
    assert_eq!(
        concluded(&store, lost.id).await,
        (Conclusion::Sent, Some(Evidence::StatusReport))
    );
    // The number counts for the next.
    let second = put_uncertain(&store, "+84900000002").await;
    assert_eq!(next_sent(&store, 12).await.len(), 1);
    assert_eq!(self::state(&store, second.id).await, State::Queued);
}

#[tokio::test]
async fn a_report_on_the_later_of_two_tells_about_the_earlier() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let first = put_uncertain(&store, "+84900000002").await;
    let second = put_uncertain(&store, TO).await;
    let reported = store.evidence().report(report(TO, 11)).await.unwrap();
    assert!(matches!(reported, Reported::Matched { settled, .. } if settled.len() == 2));
    assert_eq!(state(&store, first.id).await, State::Queued);
    assert_eq!(state(&store, second.id).await, State::Delivered);
}

#[tokio::test]
async fn a_report_that_came_before_the_doubt_settles_it_at_once() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = put(&store, text(TO, "hello")).await;
    claim(&store, queued.row, &sim(1)).await;
    assert_eq!(
        store.evidence().report(report(TO, 11)).await.unwrap(),
        Reported::Unmatched
    );
    let done = store
        .queue()
        .advance(vec![uncertain(queued.row, 1, true)])
        .await
        .unwrap();
    assert_eq!(done.settled.len(), 1);
    assert_eq!(state(&store, queued.id).await, State::Delivered);
}

#[tokio::test]
async fn a_late_answer_lets_the_other_parts_follow() {
    let (_dir, store) = open();
    let queued = put(&store, long(TO, 3)).await;
    claim(&store, queued.row, &sim(1)).await;
    step(&store, uncertain(queued.row, 1, false)).await;
    let late = late(queued.row, 7);
    let done = store.queue().advance(vec![late.clone()]).await.unwrap();
    assert_eq!(done.settled[0].again, Some((lane(), T0)));
    let again = store.waiting(&lane(), None, T0, 9).await.unwrap().remove(0);
    assert_eq!((again.next_part, again.pinned), (2, Some(sim(1).into())));
    assert!(
        store
            .queue()
            .advance(vec![late])
            .await
            .unwrap()
            .settled
            .is_empty()
    );
}

#[tokio::test]
async fn a_late_refusal_puts_it_back() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = put_uncertain(&store, TO).await;
    let late = Step::LateAnswer {
        row: queued.row,
        part: 1,
        carrier: sim(1).into(),
        refused: None,
        answer: Answer::Refused(network()),
        at: T0,
    };
    assert_eq!(
        store
            .queue()
            .advance(vec![late])
            .await
            .unwrap()
            .settled
            .len(),
        1
    );
    assert_eq!(state(&store, queued.id).await, State::Queued);
    assert_eq!(
        concluded(&store, queued.id).await,
        (Conclusion::NotSent, Some(Evidence::LateAnswer))
    );
}

#[tokio::test]
async fn the_policy_decides_when_nothing_else_has() {
    let (_dir, store) = open();
    let held = put_uncertain(&store, TO).await;
    let resent = put(
        &store,
        NewMessage {
            on_uncertain: OnUncertain::Resend,
            ..text("+84900000002", "again")
        },
    )
    .await;
    claim(&store, resent.row, &sim(1)).await;
    step(&store, uncertain(resent.row, 1, true)).await;
    assert_eq!(
        store.evidence().next_decision().await.unwrap(),
        Some(at(60 * SECOND))
    );
    assert!(
        store
            .evidence()
            .decide(at(59 * SECOND), 9, 1)
            .await
            .unwrap()
            .is_empty()
    );
    let settled = store
        .evidence()
        .decide(at(60 * SECOND), 9, 1)
        .await
        .unwrap();
    assert_eq!(settled.len(), 2);
    assert_eq!(state(&store, held.id).await, State::Uncertain);
    assert_eq!(
        concluded(&store, held.id).await,
        (Conclusion::Held, Some(Evidence::Policy))
    );
    assert_eq!(state(&store, resent.id).await, State::Queued);
    let doubt = doubt(&store, resent.id).await;
    assert_eq!((doubt.conclusion, doubt.resends), (Conclusion::Resent, 1));
    assert!(
        store
            .evidence()
            .decide(at(HOUR), 9, 1)
            .await
            .unwrap()
            .is_empty()
    );
    // The mark stays, whatever becomes of it now.
    claim(&store, resent.row, &sim(1)).await;
    step(&store, uncertain(resent.row, 1, true)).await;
    assert_eq!(self::doubt(&store, resent.id).await.resends, 1);
}

#[tokio::test]
async fn it_is_sent_again_once_and_then_held_by_whatever_carrier_and_over_restarts() {
    let uplink = Carrier::Uplink("primary".parse().unwrap());
    for carrier in [Carrier::from(sim(1)), uplink] {
        for most in [0, 1, 3] {
            let (dir, mut store) = open();
            let message = NewMessage {
                on_uncertain: OnUncertain::Resend,
                ..text(TO, "hello")
            };
            let queued = put(&store, message).await;
            for time in 0..=most {
                let claim = Step::Claim {
                    fell_back: None,
                    row: queued.row,
                    part: 1,
                    carrier: carrier.clone(),
                    parts: 1,
                    at: T0,
                };
                assert!(step(&store, claim).await.applied, "{carrier} {time}");
                // By a crash, which says nothing either.
                store = reopen(&dir, store).await;
                let settled = store
                    .evidence()
                    .decide(clock::now().after(DECIDE_AFTER), 9, most)
                    .await;
                assert_eq!(settled.unwrap().len(), 1);
            }
            assert_eq!(state(&store, queued.id).await, State::Uncertain);
            let doubt = doubt(&store, queued.id).await;
            assert_eq!(
                (doubt.conclusion, doubt.evidence, doubt.resends),
                (Conclusion::Held, Some(Evidence::Policy), most)
            );
            assert_eq!(store.evidence().next_decision().await.unwrap(), None);
        }
    }
}

#[tokio::test]
async fn evidence_still_settles_what_is_held() {
    let (_dir, store) = open();
    spares_refused(&store).await;
    let held = put_uncertain(&store, TO).await;
    store.evidence().decide(at(HOUR), 9, 1).await.unwrap();
    assert_eq!(next_sent(&store, 12).await.len(), 1);
    assert_eq!(state(&store, held.id).await, State::Sent);
}

#[tokio::test]
async fn an_operator_may_say_what_became_of_it() {
    let (_dir, store) = open();
    let (one, other) = (
        put_uncertain(&store, TO).await,
        put_uncertain(&store, "+84900000002").await,
    );
    let resolve = |id, sent| store.evidence().resolve(id, sent, T0, None);
    assert!(matches!(
        resolve(one.id, true).await.unwrap(),
        Resolved::Done(_)
    ));
    assert!(matches!(
        resolve(other.id, false).await.unwrap(),
        Resolved::Done(_)
    ));
    assert_eq!(state(&store, one.id).await, State::Sent);
    assert_eq!(state(&store, other.id).await, State::Queued);
    assert_eq!(
        resolve(one.id, true).await.unwrap(),
        Resolved::Refused(State::Sent)
    );
    let nobody = clock::message_id();
    assert_eq!(resolve(nobody, true).await.unwrap(), Resolved::NotFound);
}

#[tokio::test]
async fn what_a_crash_left_on_the_air_is_settled_by_the_next_number() {
    let (dir, store) = open();
    spares_refused(&store).await;
    let lost = put(&store, text(TO, "hello")).await;
    claim(&store, lost.row, &sim(1)).await;
    let store = reopen(&dir, store).await;
    assert_eq!(state(&store, lost.id).await, State::Uncertain);
    assert_eq!(next_sent(&store, 12).await.len(), 1);
    assert_eq!(state(&store, lost.id).await, State::Sent);
    assert_eq!(get(&store, lost.id).await.parts[0].state, PartState::Sent);
}

/// A part that a modem refuses, though it goes out.
async fn falsely_refused(store: &Store, message: NewMessage) -> Queued {
    let queued = put(store, message).await;
    claim(store, queued.row, &sim(1)).await;
    let requeue = Step::Requeue {
        row: queued.row,
        part: 1,
        due_at: at(3 * SECOND),
        reason: Reason::new("cme-258", "of something else"),
        refused_by: None,
        pinned: None,
        at: T0,
    };
    let mut spent = spent(queued.row, RefusedBy::Modem);
    if let Step::NumberSpent { last, .. } = &mut spent {
        *last = queued.segments == 1;
    }
    store.queue().advance(vec![spent, requeue]).await.unwrap();
    queued
}

/// `+CMGS: 11` comes after that.
async fn accepted_after_all(store: &Store, queued: &Queued) -> Vec<Settled> {
    let late = Step::LateAnswer {
        row: queued.row,
        part: 1,
        carrier: sim(1).into(),
        refused: Some(queued.segments == 1),
        answer: Answer::Accepted(Reference::Mr(11)),
        at: at(SECOND),
    };
    store.queue().advance(vec![late]).await.unwrap().settled
}

#[tokio::test]
async fn what_was_refused_and_is_accepted_after_all_leaves_the_queue() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = falsely_refused(&store, text(TO, "hello")).await;
    let settled = accepted_after_all(&store, &queued).await;
    assert_eq!((settled[0].id, settled[0].state), (queued.id, State::Sent));
    let message = get(&store, queued.id).await;
    let part = &message.parts[0];
    assert_eq!((message.state, part.mr), (State::Sent, Some(11)));
    assert_eq!(
        (queued_depth(&store), message.carrier),
        (0, Some(sim(1).into()))
    );
    let steps = steps_of(&store, queued.id).await;
    assert_eq!(steps[steps.len() - 2..], ["late-answer", "part-sent"]);
    assert!(!claim(&store, queued.row, &sim(2)).await.applied);
    // Its number counts: the next one follows it.
    let lost = put_uncertain(&store, "+84900000002").await;
    next_sent(&store, 12).await;
    assert_eq!(state(&store, lost.id).await, State::Queued);
}

#[tokio::test]
async fn the_rest_of_a_long_message_follows_by_the_sim_that_took_its_first_part() {
    let (_dir, store) = open();
    let queued = falsely_refused(&store, long(TO, 3)).await;
    let settled = accepted_after_all(&store, &queued).await;
    assert_eq!(settled[0].again, Some((lane(), at(SECOND))));
    let waiting = store.waiting(&lane(), None, at(SECOND), 9).await.unwrap();
    assert_eq!(
        (waiting[0].next_part, waiting[0].pinned.clone()),
        (2, Some(sim(1).into()))
    );
}

#[tokio::test]
async fn a_message_that_failed_for_a_refusal_is_sent_when_it_was_accepted_after_all() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "hello")).await;
    claim(&store, queued.row, &sim(1)).await;
    let fail = Step::Fail {
        row: queued.row,
        part: 1,
        reason: Reason::new("cme-258", "of something else"),
        at: T0,
    };
    let steps = vec![spent(queued.row, RefusedBy::Modem), fail];
    store.queue().advance(steps).await.unwrap();
    assert_eq!(state(&store, queued.id).await, State::Failed);
    accepted_after_all(&store, &queued).await;
    assert_eq!(state(&store, queued.id).await, State::Sent);
    let totals = store.admin().sim_totals(at(SECOND)).await.unwrap();
    assert_eq!((totals[0].1.sent, totals[0].1.failed), (1, 0));
}

#[tokio::test]
async fn what_is_on_its_way_again_is_marked_and_not_tried_a_third_time() {
    for refused in [true, false] {
        let (_dir, store) = open();
        let queued = falsely_refused(&store, text(TO, "hello")).await;
        claim(&store, queued.row, &sim(2)).await;
        assert!(accepted_after_all(&store, &queued).await.is_empty());
        assert_eq!(doubt(&store, queued.id).await.resends, 1);
        if refused {
            let requeue = Step::Requeue {
                row: queued.row,
                part: 1,
                due_at: T0,
                reason: network(),
                refused_by: None,
                pinned: None,
                at: T0,
            };
            step(&store, requeue).await;
        } else {
            step(&store, sent(queued.row, 1, &sim(2), 4, true)).await;
        }
        let message = get(&store, queued.id).await;
        let mr = if refused { 11 } else { 4 };
        assert_eq!(
            (message.state, message.parts[0].mr),
            (State::Sent, Some(mr))
        );
        // A report on the first time settles nobody else's doubt.
        let other = put_uncertain(&store, TO).await;
        store.evidence().report(report(TO, 9)).await.unwrap();
        assert_eq!(state(&store, other.id).await, State::Uncertain);
    }
}

#[tokio::test]
async fn an_acceptance_that_comes_to_the_next_run_may_be_that_of_what_was_refused() {
    let (dir, store) = open();
    let now = clock::now();
    put_sent(&store, "+84900000009", &sim(1), 10, now).await;
    let queued = put(&store, text(TO, "hello")).await;
    claim(&store, queued.row, &sim(1)).await;
    let mut spent = spent(queued.row, RefusedBy::Modem);
    if let Step::NumberSpent { at, .. } = &mut spent {
        *at = now;
    }
    let requeue = Step::Requeue {
        row: queued.row,
        part: 1,
        due_at: now,
        reason: network(),
        refused_by: None,
        pinned: None,
        at: now,
    };
    store.queue().advance(vec![spent, requeue]).await.unwrap();
    // Another one was claimed, and may never have reached the modem.
    let other = hand_over(&store, "+84900000002", now).await;
    let store = reopen(&dir, store).await;
    let answer = |mr| Answer::Accepted(Reference::Mr(mr));
    let claimed = store
        .evidence()
        .claim_answer(&sim(1), answer(11), now)
        .await
        .unwrap();
    assert!(claimed.is_empty(), "{claimed:?}");
    // This can only be the other's.
    let claimed = store
        .evidence()
        .claim_answer(&sim(1), answer(12), now)
        .await
        .unwrap();
    assert_eq!(claimed[0].id, other.id);
    assert_eq!(state(&store, queued.id).await, State::Queued);
}

#[tokio::test]
async fn a_late_answer_takes_what_is_to_be_sent_again_out_of_the_queue() {
    let (_dir, store) = open();
    let message = NewMessage {
        on_uncertain: OnUncertain::Resend,
        ..text(TO, "again")
    };
    let queued = put(&store, message).await;
    claim(&store, queued.row, &sim(1)).await;
    step(&store, uncertain(queued.row, 1, true)).await;
    store
        .evidence()
        .decide(at(60 * SECOND), 9, 1)
        .await
        .unwrap();
    assert_eq!(state(&store, queued.id).await, State::Queued);
    store
        .queue()
        .advance(vec![late(queued.row, 7)])
        .await
        .unwrap();
    let message = get(&store, queued.id).await;
    assert_eq!((message.state, message.parts[0].mr), (State::Sent, Some(7)));
    let doubt = doubt(&store, queued.id).await;
    assert_eq!((doubt.conclusion, doubt.resends), (Conclusion::Sent, 0));
}

#[tokio::test]
async fn the_report_of_a_part_without_a_number_is_no_evidence_for_another() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = put(&store, long(TO, 2)).await;
    claim(&store, queued.row, &sim(1)).await;
    let mut unnumbered = sent(queued.row, 1, &sim(1), 0, false);
    if let Step::PartSent { reference, .. } = &mut unnumbered {
        *reference = Reference::None;
    }
    let second = Step::PartSending {
        row: queued.row,
        part: 2,
        carrier: sim(1).into(),
        at: T0,
    };
    let steps = vec![unnumbered, second, uncertain(queued.row, 2, true)];
    store.queue().advance(steps).await.unwrap();
    let reported = store.evidence().report(report(TO, 11)).await.unwrap();
    assert_eq!(reported, Reported::Unmatched);
    let message = get(&store, queued.id).await;
    assert_eq!(message.parts[1].state, PartState::Uncertain);
}

#[tokio::test]
async fn the_report_of_the_only_part_without_a_number_is_its_own() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "hello")).await;
    claim(&store, queued.row, &sim(1)).await;
    let mut unnumbered = sent(queued.row, 1, &sim(1), 0, true);
    if let Step::PartSent { reference, .. } = &mut unnumbered {
        *reference = Reference::None;
    }
    // Whether it comes before the answer or after.
    store.evidence().report(report(TO, 11)).await.unwrap();
    step(&store, unnumbered).await;
    let message = get(&store, queued.id).await;
    assert_eq!(
        (message.state, message.parts[0].mr),
        (State::Delivered, Some(11))
    );
}

#[tokio::test]
async fn a_number_that_comes_late_is_given_to_the_part_that_was_sent_without_one() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "hello")).await;
    claim(&store, queued.row, &sim(1)).await;
    let mut unnumbered = sent(queued.row, 1, &sim(1), 0, true);
    if let Step::PartSent { reference, .. } = &mut unnumbered {
        *reference = Reference::None;
    }
    store
        .queue()
        .advance(vec![unnumbered, late(queued.row, 7)])
        .await
        .unwrap();
    let message = get(&store, queued.id).await;
    let part = &message.parts[0];
    assert_eq!((message.state, part.mr), (State::Sent, Some(7)));
    assert!(part.doubt.is_none(), "it was sent once");
}
