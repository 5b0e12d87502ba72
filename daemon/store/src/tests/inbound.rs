//! Inbound parts: redelivery, reassembly, release.

use super::*;
use crate::{Joined, Received};
use model::{ConcatKey, Content, InboundPart, RawPart, SimTotals};

/// Its TPDU holds a filler octet and then the text.
pub(super) fn single(iccid: &Iccid, text: &str, smsc_time: Time) -> InboundPart {
    InboundPart {
        carrier: iccid.clone().into(),
        smsc_time: Some(smsc_time),
        tpdu: [&[0x04], text.as_bytes()].concat(),
        ..incoming("+84911111111", text)
    }
}

/// Part `seq` of `total` under `reference`.
fn part(text: &str, (seq, total): (u8, u8), reference: u16, smsc_time: Time) -> InboundPart {
    let concat = Some(ConcatKey {
        reference,
        wide: false,
        total,
        seq,
    });
    InboundPart {
        concat,
        ..single(&sim(1), text, smsc_time)
    }
}

fn join(parts: &[RawPart]) -> Content {
    join_behind(1, parts)
}

pub(super) async fn receive(store: &Store, part: InboundPart) -> Received {
    store.inbound().receive(part, join).await.unwrap()
}

async fn released(store: &Store, before: Time) -> Vec<Joined> {
    let released = store.inbound().release_incomplete(before, join).await;
    released.unwrap()
}

async fn text_in(store: &Store, received: Received) -> String {
    let Received::Complete(Joined { id, .. }) = received else {
        panic!("{received:?}")
    };
    text_of(get(store, id).await)
}

const HELD: Received = Received::Held { have: 1, total: 2 };

#[tokio::test]
async fn a_message_is_stored_with_its_sim_and_our_number() {
    let (_dir, store) = open();
    numbered(&store, 1, "+84922222222").await;
    let Received::Complete(Joined { id, .. }) =
        receive(&store, single(&sim(1), "hi", at(-SECOND))).await
    else {
        panic!("one part is a message")
    };
    let message = get(&store, id).await;
    assert_eq!(message.from.as_deref(), Some("+84911111111"));
    assert_eq!(message.to.as_deref(), Some("+84922222222"));
    assert_eq!((message.state, message.complete), (State::Received, true));
    assert_eq!(
        (message.smsc_time, message.created_at),
        (Some(at(-SECOND)), T0)
    );
    assert_eq!(steps_of(&store, id).await, ["received"]);
    let (of, totals) = &store.admin().sim_totals(T0).await.unwrap()[0];
    let expected = SimTotals {
        received: 1,
        ..SimTotals::default()
    };
    assert_eq!((of, totals), (&sim(1), &expected));
}

#[tokio::test]
async fn a_message_in_a_modem_is_known_when_its_sim_was_exchanged() {
    let (_dir, store) = open();
    let read = |iccid: u8, modem: &str| InboundPart {
        modem: Some(modem.parse().unwrap()),
        ..single(&sim(iccid), "kept by the modem", T0)
    };
    let (one, other) = ("359093060000007", "359093060000015");
    let first = receive(&store, read(1, one)).await;
    assert!(matches!(first, Received::Complete(_)));
    assert_eq!(receive(&store, read(2, one)).await, Received::Duplicate);
    // Moved with its SIM it is known as well.
    assert_eq!(receive(&store, read(1, other)).await, Received::Duplicate);
    // The same to two SIMs at once, as advertisements come, is two messages.
    let second = receive(&store, read(3, "359093060000023")).await;
    assert!(matches!(second, Received::Complete(_)));
}

#[tokio::test]
async fn a_redelivery_is_known_after_a_restart() {
    let (dir, store) = open();
    let first = receive(&store, single(&sim(1), "hi", T0)).await;
    assert_eq!(text_in(&store, first).await, "hi");
    let store = reopen(&dir, store).await;
    assert_eq!(
        receive(&store, single(&sim(1), "hi", T0)).await,
        Received::Duplicate
    );
    // The SMSC has nothing more to send meanwhile: only TP-MMS differs.
    let mut again = single(&sim(1), "hi", T0);
    again.tpdu[0] = 0x00;
    assert_eq!(receive(&store, again).await, Received::Duplicate);
    // The same text at another time, or to another SIM, is another message.
    for other in [single(&sim(1), "hi", at(SECOND)), single(&sim(2), "hi", T0)] {
        assert!(matches!(
            receive(&store, other).await,
            Received::Complete(_)
        ));
    }
}

#[tokio::test]
async fn parts_are_joined_in_their_order_whatever_the_order_they_come_in() {
    let (dir, store) = open();
    let three = |text, seq| part(text, (seq, 3), 9, T0);
    assert_eq!(
        receive(&store, three("c", 3)).await,
        Received::Held { have: 1, total: 3 }
    );
    assert_eq!(
        receive(&store, three("a", 1)).await,
        Received::Held { have: 2, total: 3 }
    );
    let store = reopen(&dir, store).await;
    assert_eq!(receive(&store, three("a", 1)).await, Received::Duplicate);
    assert_eq!(store.inbound().oldest_incomplete().await.unwrap(), Some(T0));
    let whole = receive(&store, three("b", 2)).await;
    assert_eq!(text_in(&store, whole).await, "abc");
    assert_eq!(store.inbound().oldest_incomplete().await.unwrap(), None);
    assert_eq!(receive(&store, three("c", 3)).await, Received::Duplicate);
}

#[tokio::test]
async fn field_notes_a_43_other_octets_are_another_message() {
    let (_dir, store) = open();
    assert_eq!(receive(&store, part("a", (1, 2), 9, T0)).await, HELD);
    // The same sender, reference, total, place and second.
    assert_eq!(receive(&store, part("A", (1, 2), 9, T0)).await, HELD);
    for again in ["a", "A"] {
        let again = receive(&store, part(again, (1, 2), 9, T0)).await;
        assert_eq!(again, Received::Duplicate);
    }
    let whole = receive(&store, part("b", (2, 2), 9, T0)).await;
    assert_eq!(text_in(&store, whole).await, "ab");
    let whole = receive(&store, part("B", (2, 2), 9, T0)).await;
    assert_eq!(text_in(&store, whole).await, "AB");
    assert_eq!(store.inbound().oldest_incomplete().await.unwrap(), None);
}

#[tokio::test]
async fn field_notes_a_43_of_several_open_sets_the_nearest_in_time_takes_a_part() {
    let (_dir, store) = open();
    let second = |n: i64| at(n * SECOND);
    // Two messages of three parts, four seconds apart, interleaved.
    for (text, seq, time) in [("a", 1, 0), ("A", 1, 4), ("b", 2, 1), ("B", 2, 5)] {
        let held = receive(&store, part(text, (seq, 3), 9, second(time))).await;
        assert!(matches!(held, Received::Held { .. }), "{text}");
    }
    let whole = receive(&store, part("C", (3, 3), 9, second(6))).await;
    assert_eq!(text_in(&store, whole).await, "ABC");
    let whole = receive(&store, part("c", (3, 3), 9, second(2))).await;
    assert_eq!(text_in(&store, whole).await, "abc");
}

#[tokio::test]
async fn field_notes_a_43_in_one_second_a_part_follows_the_one_before_it() {
    let (_dir, store) = open();
    for (text, seq) in [("a", 1), ("b", 2), ("A", 1)] {
        let held = receive(&store, part(text, (seq, 3), 9, T0)).await;
        assert!(matches!(held, Received::Held { .. }), "{text}");
    }
    // Both lack it; of the second message the one before has not come.
    let whole = receive(&store, part("c", (3, 3), 9, T0)).await;
    assert_eq!(text_in(&store, whole).await, "abc");
    receive(&store, part("B", (2, 3), 9, T0)).await;
    let whole = receive(&store, part("C", (3, 3), 9, T0)).await;
    assert_eq!(text_in(&store, whole).await, "ABC");
}

#[tokio::test]
async fn the_same_reference_from_elsewhere_is_another_message() {
    let (_dir, store) = open();
    receive(&store, part("a", (1, 2), 9, T0)).await;
    let other_sim = InboundPart {
        carrier: sim(2).into(),
        ..part("b", (2, 2), 9, T0)
    };
    let other_sender = InboundPart {
        originator: "+84933333333".to_owned(),
        ..part("b", (2, 2), 9, T0)
    };
    let mut wide = part("wide", (2, 2), 9, T0);
    wide.concat = wide.concat.map(|concat| ConcatKey {
        wide: true,
        ..concat
    });
    let other_total = part("of three", (2, 3), 9, T0);
    for other in [other_sim, other_sender, wide, other_total] {
        assert!(matches!(
            receive(&store, other).await,
            Received::Held { have: 1, .. }
        ));
    }
}

#[tokio::test]
async fn a_reference_used_again_begins_another_message() {
    let (_dir, store) = open();
    // The first message never becomes whole; the next one of this reference comes hours later,
    // its second part first.
    receive(&store, part("old", (1, 2), 9, T0)).await;
    assert_eq!(
        receive(&store, part("-new", (2, 2), 9, at(5 * HOUR))).await,
        HELD
    );
    let whole = receive(&store, part("new", (1, 2), 9, at(5 * HOUR))).await;
    assert_eq!(text_in(&store, whole).await, "new-new");
    // And again, within the hour: the place is taken, by a part of another time.
    assert_eq!(
        receive(&store, part("newer", (1, 2), 9, at(60 * SECOND))).await,
        HELD
    );
}

#[tokio::test]
async fn what_stays_incomplete_is_released_with_what_came() {
    let (_dir, store) = open();
    receive(&store, part("a", (1, 3), 9, T0)).await;
    receive(&store, part("c", (3, 3), 9, T0)).await;
    assert!(released(&store, T0).await.is_empty());
    let all = released(&store, at(1)).await;
    assert_eq!(all.len(), 1);
    let message = get(&store, all[0].id).await;
    assert_eq!(message.body, Body::Text("ac".to_owned()));
    assert_eq!((message.complete, message.segments), (false, 3));
    assert!(released(&store, at(1)).await.is_empty());
}

#[tokio::test]
async fn a_part_number_out_of_range_stands_alone() {
    let (_dir, store) = open();
    for (text, place) in [("zero", (0, 2)), ("three", (3, 2)), ("none", (0, 0))] {
        let alone = receive(&store, part(text, place, 9, T0)).await;
        assert_eq!(text_in(&store, alone).await, text);
    }
}
