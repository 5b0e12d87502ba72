//! Numbers that lost a digit on the line.

use super::*;
use crate::machine::clock;

async fn mr(store: &Store, id: MessageId) -> Option<u8> {
    get(store, id).await.parts[0].mr
}

/// Why its number is not believed; none where it is.
async fn misread(store: &Store, id: MessageId) -> Option<String> {
    let history = store.reading().history(id).await.unwrap().unwrap();
    let mut steps = history.into_iter().filter(|row| row.step == "misread");
    let step = steps.next()?;
    assert!(steps.next().is_none(), "told once");
    let by = step.carrier.as_ref().and_then(Carrier::sim).cloned();
    assert_eq!((step.part, by), (Some(1), Some(sim(1))));
    step.detail
}

async fn delivered_as(store: &Store, id: MessageId, number: u8) {
    assert_eq!(state(store, id).await, State::Delivered);
    assert_eq!(mr(store, id).await, Some(number));
}

#[tokio::test]
async fn a_part_keeps_no_number_that_may_have_lost_a_digit() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 178, T0).await;
    // It was 179.
    let queued = put_sent(&store, TO, &sim(1), 19, T0).await;
    assert_eq!(state(&store, queued.id).await, State::Sent);
    assert_eq!(mr(&store, queued.id).await, None);
    let why = "TP-MR 19 not kept: the SIM's count shows that the answer may have lost a digit";
    assert_eq!(misread(&store, queued.id).await.as_deref(), Some(why));
    reported(&store, report(TO, 179)).await;
    delivered_as(&store, queued.id, 179).await;
}

#[tokio::test]
async fn a_number_is_kept_where_no_digit_can_have_been_lost() {
    let (_dir, store) = open();
    let first = put_sent(&store, TO, &sim(1), 176, T0).await;
    // The one that follows, and one of a count begun anew.
    for number in [177, 0, 1] {
        let queued = put_sent(&store, TO, &sim(1), number, T0).await;
        assert_eq!(mr(&store, queued.id).await, Some(number));
        assert_eq!(misread(&store, queued.id).await, None);
    }
    assert_eq!(mr(&store, first.id).await, Some(176));
}

/// After ten that were refused 3 may be 13, and 2 may have been 12.
#[tokio::test]
async fn numbers_that_follow_are_kept_though_a_digit_can_have_been_lost() {
    for (after, next) in [(2, 3), (2, 13)] {
        let (_dir, store) = open();
        let first = put_sent(&store, "+84900000009", &sim(1), after, T0).await;
        for _ in 0..10 {
            refused_one(&store).await;
        }
        let second = put_sent(&store, TO, &sim(1), next, T0).await;
        for (id, number) in [(first.id, after), (second.id, next)] {
            assert_eq!(mr(&store, id).await, Some(number), "{after} {next}");
            assert_eq!(misread(&store, id).await, None);
        }
    }
}

#[tokio::test]
async fn the_next_number_shows_that_the_first_one_had_lost_a_digit() {
    let (_dir, store) = open();
    // It was 179, which nothing tells yet.
    let queued = put_sent(&store, TO, &sim(1), 19, T0).await;
    assert_eq!(mr(&store, queued.id).await, Some(19));
    let reported = reported(&store, report(TO, 179)).await;
    assert_eq!(reported, Reported::Unmatched);
    let settled = next_sent(&store, 180).await;
    assert_eq!(settled.len(), 1);
    delivered_as(&store, queued.id, 179).await;
    let why = "TP-MR 19 taken back: the SIM's count shows that the answer had lost a digit";
    assert_eq!(misread(&store, queued.id).await.as_deref(), Some(why));
}

/// What is told of a number that was taken back together with the one behind it.
const TAKEN_BACK: &str =
    "TP-MR 25 taken back: the SIM's count shows that the answer may have lost a digit";

/// 2 is the third number after 255, and may be 26 to 29 with a digit less.
#[tokio::test]
async fn where_either_of_two_numbers_may_have_lost_a_digit_both_parts_have_none() {
    let (_dir, store) = open();
    // It was 255, which nothing tells yet.
    let first = put_sent(&store, TO, &sim(1), 25, T0).await;
    let kept = reported(&store, report(TO, 255)).await;
    assert_eq!(kept, Reported::Unmatched);
    for _ in 0..3 {
        refused_one(&store).await;
    }
    let second = put_sent(&store, "+84900000002", &sim(1), 2, T0).await;
    let why = "TP-MR 2 not kept: the SIM's count shows that the answer may have lost a digit";
    assert_eq!(misread(&store, second.id).await.as_deref(), Some(why));
    assert_eq!(misread(&store, first.id).await.as_deref(), Some(TAKEN_BACK));
    delivered_as(&store, first.id, 255).await;
    assert_eq!(mr(&store, second.id).await, None);
    reported(&store, report("+84900000002", 2)).await;
    delivered_as(&store, second.id, 2).await;
}

#[tokio::test]
async fn so_it_is_where_the_second_one_comes_late() {
    let (_dir, store) = open();
    let first = put_sent(&store, TO, &sim(1), 25, T0).await;
    for _ in 0..3 {
        refused_one(&store).await;
    }
    let second = put_uncertain(&store, "+84900000002").await;
    step(&store, late(second.row, 2)).await;
    assert_eq!(state(&store, second.id).await, State::Sent);
    assert_eq!(mr(&store, second.id).await, None);
    assert_eq!(mr(&store, first.id).await, None);
    assert_eq!(misread(&store, first.id).await.as_deref(), Some(TAKEN_BACK));
}

#[tokio::test]
async fn so_it_is_where_the_second_one_was_taken_for_refused() {
    let (_dir, store) = open();
    let first = put_sent(&store, TO, &sim(1), 25, T0).await;
    for _ in 0..2 {
        refused_one(&store).await;
    }
    let second = accepted_though_refused(&store, 2).await;
    assert_eq!(state(&store, second).await, State::Sent);
    assert_eq!(mr(&store, second).await, None);
    assert_eq!(mr(&store, first.id).await, None);
    assert_eq!(misread(&store, first.id).await.as_deref(), Some(TAKEN_BACK));
}

#[tokio::test]
async fn a_number_that_its_report_has_confirmed_is_not_taken_back() {
    let (_dir, store) = open();
    let queued = put_sent(&store, TO, &sim(1), 19, T0).await;
    reported(&store, report(TO, 19)).await;
    next_sent(&store, 180).await;
    delivered_as(&store, queued.id, 19).await;
}

#[tokio::test]
async fn a_late_answer_that_lost_a_digit_settles_its_part_without_a_number() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 178, T0).await;
    let queued = put_uncertain(&store, TO).await;
    step(&store, late(queued.row, 19)).await;
    assert_eq!(
        concluded(&store, queued.id).await,
        (Conclusion::Sent, Some(ConcludedBy::LateAnswer))
    );
    assert_eq!(mr(&store, queued.id).await, None);
    // It has used a number up, so the next one proves nothing of the one between.
    let other = put_uncertain(&store, "+84900000002").await;
    assert!(next_sent(&store, 180).await.is_empty());
    assert_eq!(state(&store, other.id).await, State::Uncertain);
    reported(&store, report(TO, 179)).await;
    delivered_as(&store, queued.id, 179).await;
}

/// 99 is read as 9 and 102 as 10; 101 comes between them, and may be that of either time.
#[tokio::test]
async fn a_number_of_which_nobody_knows_whose_it_is_shows_that_the_one_before_had_lost_a_digit() {
    let (dir, store) = open();
    let now = clock::now();
    let first = put_sent(&store, "+84900000009", &sim(1), 9, now).await;
    let queued = hand_over(&store, TO, now).await;
    let spent = number_spent(queued.row, sim(1), RefusedBy::Modem, now);
    advance(&store, vec![spent, requeue(queued.row, now, now)]).await;
    claim_at(&store, queued.row, &sim(1), now).await;
    let store = reopen(&dir, store).await;
    assert_eq!(state(&store, queued.id).await, State::Uncertain);
    assert_eq!(claim_answer(&store, accepted(101), now).await, []);
    let why = "TP-MR 9 taken back: the SIM's count shows that the answer had lost a digit";
    assert_eq!(misread(&store, first.id).await.as_deref(), Some(why));
    assert!(next_sent(&store, 10).await.is_empty());
    assert_eq!(state(&store, queued.id).await, State::Uncertain);
}

/// A message of one part that its modem refused, and then accepted under this number.
async fn accepted_though_refused(store: &Store, number: u8) -> MessageId {
    let queued = hand_over(store, "+84900000002", T0).await;
    let back = requeue(queued.row, T0, T0);
    let mut answer = late(queued.row, number);
    if let Step::LateAnswer { refused, .. } = &mut answer {
        *refused = Some(true);
    }
    let steps = vec![spent(queued.row, RefusedBy::Modem), back, answer];
    advance(store, steps).await;
    queued.id
}

#[tokio::test]
async fn what_was_refused_and_accepted_under_a_shortened_number_has_none() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 178, T0).await;
    let id = accepted_though_refused(&store, 19).await;
    assert_eq!(state(&store, id).await, State::Sent);
    assert_eq!(mr(&store, id).await, None);
    assert!(misread(&store, id).await.is_some());
}
