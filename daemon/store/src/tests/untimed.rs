//! What comes by an uplink has no SMSC time: what is delivered again, and what is said twice.

use super::clock_steps::{follow, set_after};
use super::*;
use crate::{Joined, Received};
use model::{ConcatKey, InboundPart, Untimed};

/// In the session that is up since `bound`.
fn yes(offset: i64, bound: i64) -> InboundPart {
    InboundPart {
        carrier: "uplink:primary".parse().unwrap(),
        untimed: Some(Untimed {
            bound_since: at(bound),
            sequence: 1,
            ..Untimed::default()
        }),
        smsc_time: None,
        received_at: at(offset),
        ..incoming("+84911111111", "YES")
    }
}

fn with(part: InboundPart, change: impl FnOnce(&mut Untimed)) -> InboundPart {
    let mut untimed = part.untimed.clone().unwrap();
    change(&mut untimed);
    InboundPart {
        untimed: Some(untimed),
        ..part
    }
}

/// Whether it was stored, and then whether it is marked.
async fn stored(store: &Store, part: InboundPart) -> Option<bool> {
    match received(store, part).await {
        Received::Complete(Joined { id, .. }) => Some(get(store, id).await.perhaps_again),
        _ => None,
    }
}

#[tokio::test]
async fn the_same_text_over_a_rebind_is_stored_and_marked() {
    let (_dir, store) = open();
    assert_eq!(stored(&store, yes(SECOND, 0)).await, Some(false));
    // In one session each had its answer.
    assert_eq!(stored(&store, yes(2 * SECOND, 0)).await, Some(false));
    // An SMSC that begins to count anew gives the first of each session the same number.
    assert_eq!(
        stored(&store, yes(9 * SECOND, 5 * SECOND)).await,
        Some(true)
    );
    // Long after, it is another message.
    assert_eq!(stored(&store, yes(2 * HOUR, HOUR)).await, Some(false));
}

#[tokio::test]
async fn what_was_owed_is_stored_once() {
    let (_dir, store) = open();
    assert_eq!(stored(&store, yes(SECOND, 0)).await, Some(false));
    for bound in [0, 5 * SECOND] {
        let again = with(yes(9 * SECOND, bound), |it| it.owed = true);
        assert_eq!(stored(&store, again).await, None);
    }
}

#[tokio::test]
async fn the_same_number_of_a_count_that_goes_on_is_the_same_message() {
    let (_dir, store) = open();
    let numbered = |part, sequence| {
        with(part, |it| {
            it.sequence = sequence;
            it.counts_on = true;
        })
    };
    let first = numbered(yes(SECOND, 0), 4711);
    assert_eq!(stored(&store, first).await, Some(false));
    let again = numbered(yes(9 * SECOND, 5 * SECOND), 4711);
    assert_eq!(stored(&store, again).await, None);
    let other = numbered(yes(9 * SECOND, 5 * SECOND), 4712);
    assert_eq!(stored(&store, other).await, Some(true));
}

#[tokio::test]
async fn marks_tell_a_redelivery_from_another_message() {
    let (_dir, store) = open();
    let marked = |part, mark: u8| with(part, |it| it.marks = vec![mark]);
    assert_eq!(stored(&store, marked(yes(SECOND, 0), 1)).await, Some(false));
    let again = marked(yes(9 * SECOND, 5 * SECOND), 1);
    assert_eq!(stored(&store, again).await, None);
    let other = marked(yes(9 * SECOND, 5 * SECOND), 2);
    assert_eq!(stored(&store, other).await, Some(false));
}

/// Two uplinks of one account, and another one.
async fn with_accounts(store: &Store) {
    for name in ["primary", "secondary", "stranger"] {
        let host = if name == "stranger" { "other" } else { "smsc" };
        uplinks::put_uplink(store, name, host).await;
    }
}

fn by(uplink: &str, part: InboundPart) -> InboundPart {
    InboundPart {
        carrier: format!("uplink:{uplink}").parse().unwrap(),
        ..part
    }
}

#[tokio::test]
async fn the_same_text_by_another_uplink_of_the_account_is_stored_and_marked() {
    let (_dir, store) = open();
    with_accounts(&store).await;
    // A bind's numbers say nothing of those of another one.
    let counted = |part| with(part, |it| it.counts_on = true);
    let first = counted(by("primary", yes(SECOND, 0)));
    assert_eq!(stored(&store, first).await, Some(false));
    let again = counted(by("secondary", yes(2 * SECOND, 0)));
    assert_eq!(stored(&store, again).await, Some(true));
    let elsewhere = by("stranger", yes(2 * SECOND, 0));
    assert_eq!(stored(&store, elsewhere).await, Some(false));
    // Long after, it is another message.
    let later = by("secondary", yes(2 * HOUR, 0));
    assert_eq!(stored(&store, later).await, Some(false));
}

#[tokio::test]
async fn what_was_owed_is_stored_once_by_whatever_uplink_of_the_account_it_comes_again() {
    let (_dir, store) = open();
    with_accounts(&store).await;
    let first = by("primary", yes(SECOND, 0));
    assert_eq!(stored(&store, first).await, Some(false));
    let owed = |uplink| with(by(uplink, yes(9 * SECOND, 0)), |it| it.owed = true);
    assert_eq!(stored(&store, owed("secondary")).await, None);
    assert_eq!(stored(&store, owed("stranger")).await, Some(false));
}

#[tokio::test]
async fn marks_tell_a_redelivery_by_another_uplink_of_the_account() {
    let (_dir, store) = open();
    with_accounts(&store).await;
    let marked = |uplink, mark: u8| with(by(uplink, yes(SECOND, 0)), |it| it.marks = vec![mark]);
    assert_eq!(stored(&store, marked("primary", 1)).await, Some(false));
    assert_eq!(stored(&store, marked("secondary", 1)).await, None);
    assert_eq!(stored(&store, marked("secondary", 2)).await, Some(false));
}

#[tokio::test]
async fn to_another_receiver_or_of_another_class_it_is_another_message() {
    let (_dir, store) = open();
    let to = |own: &str, offset| InboundPart {
        own: Some(own.to_owned()),
        ..with(yes(offset, offset - 1), |it| it.marks = vec![1])
    };
    assert_eq!(stored(&store, to("1414", SECOND)).await, Some(false));
    assert_eq!(stored(&store, to("1415", 2 * SECOND)).await, Some(false));
    let acknowledgement = with(to("1414", 3 * SECOND), |it| it.esm_class = 0x08);
    assert_eq!(stored(&store, acknowledgement).await, Some(false));
    assert_eq!(stored(&store, to("1414", 4 * SECOND)).await, None);
}

/// A part of a message of two, whose reference marks it.
fn half(uplink: &str, seq: u8, offset: i64) -> InboundPart {
    InboundPart {
        concat: Some(ConcatKey {
            reference: 7,
            wide: true,
            total: 2,
            seq,
        }),
        ..with(by(uplink, yes(offset, 0)), |it| it.marks = vec![seq])
    }
}

/// One that waits for the other.
pub(super) async fn first_of_two(store: &Store, now: Time) {
    let part = half("primary", 1, now.0 - T0.0);
    assert_eq!(stored(store, part).await, None);
}

#[tokio::test]
async fn the_parts_of_a_message_come_by_any_uplink_of_an_account() {
    let (_dir, store) = open();
    with_accounts(&store).await;
    let part = |uplink, seq| half(uplink, seq, SECOND);
    assert_eq!(stored(&store, part("primary", 1)).await, None);
    assert_eq!(stored(&store, part("stranger", 2)).await, None);
    assert_eq!(stored(&store, part("secondary", 2)).await, Some(false));
}

#[tokio::test]
async fn parts_are_joined_as_long_as_the_first_waits() {
    let (_dir, store) = open();
    assert_eq!(stored(&store, half("primary", 1, SECOND)).await, None);
    let late = half("primary", 2, 20 * HOUR);
    assert_eq!(stored(&store, late).await, Some(false));
    assert_eq!(store.inbound().oldest_incomplete().await.unwrap(), None);
}

#[tokio::test]
async fn but_not_with_those_to_another_receiver() {
    let (_dir, store) = open();
    let to = |own: &str, seq| InboundPart {
        own: Some(own.to_owned()),
        ..half("primary", seq, SECOND)
    };
    assert_eq!(stored(&store, to("1414", 1)).await, None);
    assert_eq!(stored(&store, to("1415", 2)).await, None);
    assert_eq!(stored(&store, to("1414", 2)).await, Some(false));
}

#[tokio::test]
async fn of_two_messages_that_lack_a_part_the_later_one_takes_it() {
    let (_dir, store) = open();
    let text = |text: &str, part| InboundPart {
        tpdu: text.as_bytes().to_vec(),
        ..part
    };
    let lost = text("old", half("primary", 1, SECOND));
    assert_eq!(stored(&store, lost).await, None);
    let first = text("new", half("primary", 1, 5 * HOUR));
    assert_eq!(stored(&store, first).await, None);
    let last = received(&store, half("primary", 2, 6 * HOUR)).await;
    let Received::Complete(Joined { id, .. }) = last else {
        panic!("{last:?}")
    };
    let whole = get(&store, id).await;
    assert_eq!(whole.body, Body::Text("newYES".to_owned()));
}

#[tokio::test]
async fn a_part_that_comes_twice_in_one_session_makes_no_second_message() {
    let (_dir, store) = open();
    let mut complete = 0;
    for (n, seq) in (1..).zip([3, 1, 3, 4, 1, 2]) {
        let part = InboundPart {
            tpdu: vec![b'0' + seq],
            concat: Some(ConcatKey {
                reference: 7,
                wide: true,
                total: 4,
                seq,
            }),
            ..with(yes(n * SECOND, 0), |it| it.marks = vec![seq])
        };
        if let Received::Complete(Joined { id, .. }) = received(&store, part).await {
            complete += 1;
            let Body::Text(text) = get(&store, id).await.body else {
                panic!("a text")
            };
            assert_eq!(text, "1234");
        }
    }
    assert_eq!(complete, 1);
    assert_eq!(store.inbound().oldest_incomplete().await.unwrap(), None);
}

#[tokio::test]
async fn what_was_owed_is_known_after_a_step_of_the_clock() {
    for by in [48 * HOUR, -48 * HOUR] {
        let (_dir, store) = open();
        assert_eq!(stored(&store, yes(SECOND, 0)).await, Some(false));
        follow(&store, set_after(60 * SECOND, by)).await;
        let now = 70 * SECOND + by;
        let again = with(yes(now, now), |it| it.owed = true);
        assert_eq!(stored(&store, again).await, None, "{by}");
        // Two hours later it is another message.
        let later = with(yes(now + 2 * HOUR, now), |it| it.owed = true);
        assert_eq!(stored(&store, later).await, Some(false), "{by}");
    }
}

#[tokio::test]
async fn parts_that_a_step_of_the_clock_comes_between_are_one_message() {
    for by in [48 * HOUR, -48 * HOUR] {
        let (_dir, store) = open();
        let part = |seq, now| InboundPart {
            concat: Some(ConcatKey {
                reference: 7,
                wide: true,
                total: 2,
                seq,
            }),
            ..with(yes(now, 0), |it| it.marks = vec![seq])
        };
        assert_eq!(stored(&store, part(1, SECOND)).await, None);
        follow(&store, set_after(60 * SECOND, by)).await;
        let second = stored(&store, part(2, 70 * SECOND + by)).await;
        assert_eq!(second, Some(false), "{by}");
    }
}

#[tokio::test]
async fn what_came_while_the_clock_is_set_is_known_when_it_comes_again() {
    // Behind the clock that was set back, and by the clock that is to be set ahead.
    for (by, since) in [(-2 * HOUR, -2 * HOUR), (48 * HOUR, 0)] {
        let (_dir, store) = open();
        let came = 65 * SECOND + since;
        assert_eq!(stored(&store, yes(came, 0)).await, Some(false));
        follow(&store, set_after(60 * SECOND, by)).await;
        let now = 70 * SECOND + by;
        let again = with(yes(now, now), |it| it.owed = true);
        assert_eq!(stored(&store, again).await, None, "{by}");
    }
}
