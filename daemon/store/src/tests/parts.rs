//! How many parts a message has is its carrier's matter, and known at the claim.

use super::receipts::{matched, named, receipt};
use super::*;
use model::PartState;

fn taken(row: RowId, part: u16, last: bool) -> Step {
    let mut taken = named(row, &format!("a{part}"), T0);
    if let Step::PartSent {
        part: is,
        last: is_last,
        ..
    } = &mut taken
    {
        (*is, *is_last) = (part, last);
    }
    taken
}

async fn delivered(store: &Store, part: u16) {
    assert!(matched(store, receipt(&[&format!("a{part}")])).await);
}

async fn states(store: &Store, id: MessageId) -> Vec<PartState> {
    let states = part_states(store, id).await;
    assert_eq!(usize::from(get(store, id).await.segments), states.len());
    states
}

#[tokio::test]
async fn a_message_that_takes_more_parts_than_planned_is_sent_when_the_last_is() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "one part was planned")).await;
    let (row, id) = (queued.row, queued.id);
    assert!(claim_as(&store, row, &up(), 3).await.applied);
    assert_eq!(get(&store, id).await.segments, 3);
    for part in 1..=3 {
        if part > 1 {
            assert!(step(&store, sending(row, part, up(), T0)).await.applied);
        }
        let expected = if part == 3 {
            State::Sent
        } else {
            State::Sending
        };
        assert_eq!(
            step(&store, taken(row, part, part == 3)).await.state,
            expected
        );
    }
    for part in 1..=3 {
        assert_eq!(state(&store, id).await, State::Sent, "before report {part}");
        delivered(&store, part).await;
    }
    assert_eq!(state(&store, id).await, State::Delivered);
    let history = store.reading().history(id).await.unwrap().unwrap();
    let told = history.into_iter().find(|row| row.step == "parts").unwrap();
    assert_eq!(told.detail.as_deref(), Some("3 instead of 1"));
}

#[tokio::test]
async fn a_message_that_takes_fewer_parts_than_planned_is_sent_with_the_last_of_them() {
    let (_dir, store) = open();
    let queued = put(&store, long(TO, 3)).await;
    assert!(claim_as(&store, queued.row, &up(), 1).await.applied);
    let done = step(&store, taken(queued.row, 1, true)).await;
    assert_eq!(done.state, State::Sent);
    assert_eq!(states(&store, queued.id).await, [PartState::Sent]);
    delivered(&store, 1).await;
    assert_eq!(state(&store, queued.id).await, State::Delivered);
}

#[tokio::test]
async fn each_carrier_makes_its_own_number_of_parts() {
    let (_dir, store) = open();
    let queued = put(&store, long(TO, 3)).await;
    let (row, sim) = (queued.row, Carrier::from(sim(1)));
    for (carrier, parts) in [(up(), 1), (sim.clone(), 3), (up(), 2), (sim, 4)] {
        assert!(claim_as(&store, row, &carrier, parts).await.applied);
        let mut expected = vec![PartState::Sending];
        expected.resize(parts.into(), PartState::Queued);
        assert_eq!(states(&store, queued.id).await, expected);
        assert!(
            step(&store, refused(row, (network(), Some(carrier)), T0, T0))
                .await
                .applied
        );
    }
}

#[tokio::test]
async fn a_waiting_message_is_counted_again() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "x")).await;
    let recount = Step::Recount {
        row: queued.row,
        parts: 2,
    };
    assert!(step(&store, recount.clone()).await.applied);
    let waiting = store.waiting(&queued.lane, None, T0, 10).await.unwrap();
    assert_eq!((waiting[0].segments, waiting[0].row), (2, queued.row));
    claim(&store, queued.row, &sim(1)).await;
    assert_eq!(states(&store, queued.id).await.len(), 2);
    assert!(!step(&store, recount).await.applied);
}
