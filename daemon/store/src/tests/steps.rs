//! A message's way through a SIM.

use super::*;
use crate::{SentCount, SentPart};

fn count(messages: u64, parts: u64) -> SentCount {
    SentCount { messages, parts }
}

async fn sent_since(store: &Store, since: Time) -> Vec<SentPart> {
    store.admin().sent_since(&sim(1), since).await.unwrap()
}

use model::{PartState, SimConfig, SimTotals};

#[tokio::test]
async fn a_message_of_one_part_is_claimed_and_sent() {
    let (_dir, store) = open();
    let queued = put_sent(&store, TO, &sim(1), 17, T0).await;
    let message = get(&store, queued.id).await;
    assert_eq!((message.state, message.attempts), (State::Sent, 1));
    assert_eq!(message.carrier, Some(sim(1).into()));
    assert_eq!(message.sent_at, Some(T0));
    assert_eq!(message.parts.len(), 1);
    assert_eq!(message.parts[0].mr, Some(17));
    assert_eq!(
        steps_of(&store, queued.id).await,
        ["accepted", "sending", "part-sent"]
    );
    assert_eq!(queued_depth(&store), 0);
    assert!(!claim(&store, queued.row, &sim(2)).await.applied);
}

#[tokio::test]
async fn a_step_that_does_not_fit_is_not_applied() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "x")).await;
    let early = step(&store, sent(queued.row, 1, &sim(1), 1, true)).await;
    assert_eq!(early, not_applied(State::Queued));
    let nobody = claim(&store, RowId(4711), &sim(1)).await;
    assert_eq!(nobody, not_applied(State::Cancelled));
}

#[tokio::test]
async fn the_parts_of_a_long_message_follow_one_another() {
    let (_dir, store) = open();
    let queued = put(&store, long(TO, 3)).await;
    let (row, iccid) = (queued.row, sim(1));
    claim(&store, row, &iccid).await;
    for part in 1..=3 {
        if part > 1 {
            let next = sending(row, part, iccid.clone(), T0);
            assert!(step(&store, next).await.applied);
        }
        let mr = 20 + u8::try_from(part).unwrap();
        let done = step(&store, sent(row, part, &iccid, mr, part == 3)).await;
        let expected = if part == 3 {
            State::Sent
        } else {
            State::Sending
        };
        assert_eq!(done, applied(expected));
    }
    let parts = get(&store, queued.id).await.parts;
    assert_eq!(
        parts.iter().map(|p| p.mr).collect::<Vec<_>>(),
        [Some(21), Some(22), Some(23)]
    );
}

#[tokio::test]
async fn a_refusal_puts_it_back_and_gives_the_quota_back() {
    let (_dir, store) = open();
    let queued = put_claimed(&store, text(TO, "x"), &sim(1)).await;
    assert_eq!(sent_since(&store, T0).await.len(), 1);
    let by = (network(), Some(sim(1).into()));
    let requeue = refused(queued.row, by, at(60 * SECOND), T0);
    assert_eq!(step(&store, requeue).await, applied(State::Queued));
    assert_eq!(sent_since(&store, T0).await, []);
    assert_eq!(sent_count(&store, &sim(1), T0).await, SentCount::default());
    assert_eq!(
        store.queue().next_due(T0).await.unwrap(),
        Some(at(60 * SECOND))
    );
    assert!(waiting(&store, T0).await.is_empty());
    let again = waiting(&store, at(60 * SECOND)).await.remove(0);
    assert_eq!((again.attempts, again.refused_by), (1, Some(sim(1).into())));
    assert_eq!(again.pinned, None);

    claim(&store, queued.row, &sim(2)).await;
    step(&store, sent(queued.row, 1, &sim(2), 5, true)).await;
    let message = get(&store, queued.id).await;
    assert_eq!(
        (message.state, message.attempts, message.reason),
        (State::Sent, 2, None)
    );
    let steps = [
        "accepted",
        "sending",
        "refused",
        "requeued",
        "sending",
        "part-sent",
    ];
    assert_eq!(steps_of(&store, queued.id).await, steps);
}

#[tokio::test]
async fn the_rest_of_a_long_message_stays_with_its_sim() {
    let (_dir, store) = open();
    let queued = put(&store, long(TO, 2)).await;
    let (row, iccid) = (queued.row, sim(1));
    claim(&store, row, &iccid).await;
    step(&store, sent(row, 1, &iccid, 9, false)).await;
    step(&store, sending(row, 2, iccid.clone(), T0)).await;
    let (pinned, reason) = (Some(iccid.clone().into()), network());
    let requeue = Step::Requeue {
        row,
        part: 2,
        due_at: T0,
        reason,
        refused_by: None,
        pinned,
        at: T0,
    };
    assert!(step(&store, requeue).await.applied);
    let again = waiting(&store, T0).await.remove(0);
    assert_eq!(
        (again.next_part, again.pinned),
        (2, Some(iccid.clone().into()))
    );
    claim(&store, row, &iccid).await;
    let done = step(&store, sent(row, 2, &iccid, 10, true)).await;
    assert_eq!(done.state, State::Sent);
}

#[tokio::test]
async fn a_permanent_error_ends_the_rest() {
    let (_dir, store) = open();
    let queued = put(&store, long(TO, 3)).await;
    let (row, iccid) = (queued.row, sim(1));
    claim(&store, row, &iccid).await;
    step(&store, sent(row, 1, &iccid, 9, false)).await;
    step(&store, sending(row, 2, iccid.clone(), T0)).await;
    let reason = Reason::read("cms-28", "unidentified subscriber");
    let done = step(&store, failing(row, 2, reason.clone(), T0)).await;
    assert_eq!(done, applied(State::Failed));
    let message = get(&store, queued.id).await;
    assert_eq!(message.reason, Some(reason));
    let states: Vec<_> = message.parts.iter().map(|part| part.state).collect();
    assert_eq!(
        states,
        [PartState::Sent, PartState::Failed, PartState::Failed]
    );
    let expected = SimTotals {
        failed: 1,
        ..SimTotals::default()
    };
    let totals = store.admin().sim_totals(T0).await.unwrap();
    assert_eq!(totals, [(iccid, expected)]);
}

#[tokio::test]
async fn a_late_answer_settles_an_uncertain_message() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "x")).await;
    let (row, iccid) = (queued.row, sim(1));
    claim(&store, row, &iccid).await;
    let unsure = uncertain(row, 1, true);
    assert_eq!(step(&store, unsure).await.state, State::Uncertain);
    // It may have gone out: the quota counts it.
    let counted = count(1, 1);
    assert_eq!(sent_count(&store, &iccid, T0).await, counted);
    let late = step(&store, late(row, 7)).await;
    assert_eq!(late, applied(State::Sent));
    let message = get(&store, queued.id).await;
    assert_eq!((message.reason, message.sent_at), (None, Some(T0)));
    assert_eq!(store.admin().sim_totals(T0).await.unwrap()[0].1.sent, 1);
}

#[tokio::test]
async fn quotas_are_counted_by_part_and_by_message_and_outlive_a_restart() {
    let (dir, store) = open();
    let queued = put(&store, long(TO, 2)).await;
    let (row, iccid) = (queued.row, sim(1));
    claim(&store, row, &iccid).await;
    step(&store, sent(row, 1, &iccid, 1, false)).await;
    let next = sending(row, 2, iccid.clone(), at(SECOND));
    step(&store, next).await;
    step(&store, sent(row, 2, &iccid, 2, true)).await;
    put_sent(&store, "+84900000002", &iccid, 3, at(-2 * HOUR)).await;
    let store = reopen(&dir, store).await;
    let expected = [
        SentPart {
            at: T0,
            first: true,
        },
        SentPart {
            at: at(SECOND),
            first: false,
        },
    ];
    assert_eq!(sent_since(&store, T0).await, expected);
    let hour = count(1, 2);
    assert_eq!(sent_count(&store, &iccid, T0).await, hour);
    let day = count(2, 3);
    assert_eq!(sent_count(&store, &iccid, at(-24 * HOUR)).await, day);
    assert_eq!(sent_count(&store, &sim(2), T0).await, SentCount::default());
}

#[tokio::test]
async fn history_tells_where_a_message_fell_back_from_and_why() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "x")).await;
    let claim = Step::Claim {
        fell_back: Some("from sims:group:shop: it has failed".to_owned()),
        row: queued.row,
        part: 1,
        carrier: "uplink:up".parse().unwrap(),
        parts: 1,
        at: T0,
    };
    assert!(step(&store, claim).await.applied);
    let steps = store.reading().history(queued.id).await.unwrap().unwrap();
    let told: Vec<_> = steps.iter().map(|row| row.step.as_str()).collect();
    assert_eq!(told, ["accepted", "fell-back", "sending"]);
    let fell = &steps[1];
    assert_eq!(fell.carrier, Some("uplink:up".parse().unwrap()));
    assert_eq!(
        fell.detail.as_deref(),
        Some("from sims:group:shop: it has failed")
    );
}

#[tokio::test]
async fn what_parts_cost_is_counted_as_it_was_set_when_they_went_out() {
    let (_dir, store) = open();
    let iccid = sim(1);
    let set = |cost: f64, prefix: f64| {
        let (admin, iccid) = (store.admin(), iccid.clone());
        async move {
            let edit = move |config: &mut SimConfig| {
                config.cost = Some(cost);
                config.prefix_costs = [("+8490".to_owned(), prefix)].into();
            };
            admin.change_sim(&iccid, edit, None).await.unwrap();
        }
    };
    let cost = async || {
        let totals = store.admin().sim_totals(T0).await.unwrap();
        let cost = totals.first().map_or(0.0, |(_, totals)| totals.cost);
        format!("{cost:.2}")
    };
    put_claimed(&store, text("+84900000002", "free"), &iccid).await;
    assert_eq!(cost().await, "0.00", "nothing is set yet");
    set(2.0, 0.5).await;
    put_claimed(&store, text("+84900000003", "by its prefix"), &iccid).await;
    let other = put_claimed(&store, text("+84980000001", "another network"), &iccid).await;
    assert_eq!(cost().await, "2.50");
    set(7.0, 7.0).await;
    // What was refused costs nothing, and what was added for it is taken off.
    step(&store, requeue(other.row, T0, T0)).await;
    assert_eq!(cost().await, "0.50");
    let long = put(&store, long("+84900000004", 2)).await;
    claim(&store, long.row, &iccid).await;
    step(&store, sent(long.row, 1, &iccid, 9, false)).await;
    step(&store, sending(long.row, 2, iccid.clone(), T0)).await;
    assert_eq!(cost().await, "14.50");
}
