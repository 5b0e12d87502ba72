//! Receipts of uplinks, and what they find.

use super::*;
use crate::{ById, NewReport, ReportClass, ReportKey, Reported};
use model::{Conclusion, Evidence, PartState};

pub(super) const TO: &str = "+84900000001";

pub(super) fn up() -> Carrier {
    "uplink:primary".parse().unwrap()
}

fn reason() -> Reason {
    Reason::new("uplink-lost", "the connection went before the answer")
}

/// Accepts a message of one part and gives it to the uplink.
pub(super) async fn handed(store: &Store) -> Queued {
    let queued = put(store, text(TO, "hello")).await;
    let claim = Step::Claim {
        fell_back: None,
        row: queued.row,
        part: 1,
        carrier: up(),
        parts: 1,
        at: T0,
    };
    assert!(step(store, claim).await.applied);
    queued
}

pub(super) async fn answered(store: &Store, row: RowId, id: &str) {
    let sent = Step::PartSent {
        row,
        part: 1,
        carrier: up(),
        reference: Reference::Smsc(id.to_owned()),
        at: T0,
        last: true,
    };
    assert!(step(store, sent).await.applied);
}

pub(super) fn receipt(ids: &[&str], class: ReportClass) -> NewReport {
    let key = ById {
        carrier: up(),
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        long_id: None,
        code: "receipt-undeliverable".to_owned(),
    };
    NewReport {
        key: ReportKey::Id(key),
        recipient: TO.to_owned(),
        class,
        text: "the SMSC reports".to_owned(),
        discharged_at: None,
        received_at: at(SECOND),
    }
}

/// The same receipt with another key.
fn keyed(receipt: NewReport, edit: impl FnOnce(&mut ById)) -> NewReport {
    let ReportKey::Id(mut key) = receipt.key else {
        panic!("no receipt")
    };
    edit(&mut key);
    NewReport {
        key: ReportKey::Id(key),
        ..receipt
    }
}

pub(super) async fn matched(store: &Store, receipt: NewReport) -> bool {
    matches!(
        store.evidence().report(receipt).await.unwrap(),
        Reported::Matched { .. }
    )
}

#[tokio::test]
async fn a_receipt_finds_its_part_by_the_smscs_id_in_any_form() {
    let (_dir, store) = open();
    let queued = handed(&store).await;
    answered(&store, queued.row, "1f").await;
    assert!(!matched(&store, receipt(&["2f"], ReportClass::Delivered)).await);
    assert!(matched(&store, receipt(&["31", "1f"], ReportClass::Delivered)).await);
    let message = get(&store, queued.id).await;
    assert_eq!(message.state, State::Delivered);
    assert_eq!(message.carrier, Some(up()));
    assert_eq!(message.parts[0].smsc_id.as_deref(), Some("1f"));
    assert!(
        !matched(&store, receipt(&["1f"], ReportClass::Delivered)).await,
        "once"
    );
}

#[tokio::test]
async fn another_uplinks_id_is_not_ours_and_another_form_needs_the_recipient() {
    let (_dir, store) = open();
    let queued = handed(&store).await;
    answered(&store, queued.row, "1f").await;
    let elsewhere = by("uplink:backup", receipt(&["1f"], ReportClass::Delivered));
    assert!(!matched(&store, elsewhere).await);
    let somebody = |ids: &[&str]| NewReport {
        recipient: "+84900000002".to_owned(),
        ..receipt(ids, ReportClass::Permanent)
    };
    assert!(!matched(&store, somebody(&["31", "1f"])).await);
    // As it was given, the id is enough.
    assert!(matched(&store, somebody(&["1f"])).await);
    assert_eq!(state(&store, queued.id).await, State::Undelivered);
}

#[tokio::test]
async fn a_receipt_may_overtake_the_answer() {
    let (_dir, store) = open();
    let queued = handed(&store).await;
    assert!(!matched(&store, receipt(&["31", "1f"], ReportClass::StillTrying)).await);
    assert!(!matched(&store, receipt(&["31", "1f"], ReportClass::Delivered)).await);
    answered(&store, queued.row, "1f").await;
    assert_eq!(state(&store, queued.id).await, State::Delivered);
}

#[tokio::test]
async fn a_receipt_settles_the_one_uncertain_part_of_its_recipient() {
    let (_dir, store) = open();
    let queued = handed(&store).await;
    assert!(step(&store, lost(queued.row, 1, true)).await.applied);
    assert!(matched(&store, receipt(&["7"], ReportClass::Delivered)).await);
    let message = get(&store, queued.id).await;
    assert_eq!(
        (message.state, message.parts[0].state),
        (State::Delivered, PartState::Delivered)
    );
    let doubt = message.parts[0].doubt.clone().unwrap();
    assert_eq!(
        (doubt.conclusion, doubt.evidence),
        (Conclusion::Sent, Some(Evidence::StatusReport))
    );
}

pub(super) fn lost(row: RowId, part: u16, last: bool) -> Step {
    Step::PartUncertain {
        row,
        part,
        carrier: up(),
        reason: reason(),
        numbered: false,
        at: T0,
        last,
        decide_at: at(60 * SECOND),
    }
}

#[tokio::test]
async fn a_receipt_that_comes_again_settles_no_other_part() {
    let (_dir, store) = open();
    let first = handed(&store).await;
    answered(&store, first.row, "7").await;
    assert!(matched(&store, receipt(&["7"], ReportClass::Delivered)).await);
    let second = handed(&store).await;
    assert!(step(&store, lost(second.row, 1, true)).await.applied);
    let again = store
        .evidence()
        .report(receipt(&["7"], ReportClass::Delivered))
        .await;
    assert!(matches!(again.unwrap(), Reported::Repeated));
    assert_eq!(state(&store, second.id).await, State::Uncertain);
}

#[tokio::test]
async fn an_id_that_another_notation_makes_a_known_one_is_kept_for_its_part() {
    let (_dir, store) = open();
    let first = handed(&store).await;
    answered(&store, first.row, "10").await;
    assert!(matched(&store, receipt(&["10"], ReportClass::Delivered)).await);
    let second = handed(&store).await;
    assert!(!matched(&store, receipt(&["10", "16"], ReportClass::Delivered)).await);
    answered(&store, second.row, "16").await;
    assert_eq!(state(&store, second.id).await, State::Delivered);
}

#[tokio::test]
async fn receipts_of_one_moment_to_one_recipient_are_each_kept_for_its_part() {
    let (_dir, store) = open();
    let mut parts = Vec::new();
    for _ in 0..3 {
        parts.push(handed(&store).await);
    }
    // Ids that are each other's in another notation.
    for ids in [&["10", "16", "a"][..], &["16", "22", "10"], &["a", "10"]] {
        assert!(!matched(&store, receipt(ids, ReportClass::Delivered)).await);
    }
    for (queued, id) in parts.iter().zip(["16", "10", "a"]) {
        answered(&store, queued.row, id).await;
    }
    for queued in &parts {
        assert_eq!(state(&store, queued.id).await, State::Delivered);
    }
}

#[tokio::test]
async fn a_receipt_in_another_notation_waits_for_what_is_in_flight() {
    let (_dir, store) = open();
    let (first, second) = (handed(&store).await, handed(&store).await);
    answered(&store, first.row, "31").await;
    // 0x1f is 31; the other part may yet turn out to have the id 1f itself.
    assert!(!matched(&store, receipt(&["1f", "31"], ReportClass::Delivered)).await);
    assert_eq!(state(&store, first.id).await, State::Sent);
    answered(&store, second.row, "32").await;
    assert_eq!(state(&store, first.id).await, State::Delivered);
    assert_eq!(state(&store, second.id).await, State::Sent);
}

#[tokio::test]
async fn a_receipt_that_came_before_the_doubt_settles_it() {
    let (_dir, store) = open();
    let queued = handed(&store).await;
    assert!(!matched(&store, receipt(&["7"], ReportClass::Delivered)).await);
    let done = store
        .queue()
        .advance(vec![lost(queued.row, 1, true)])
        .await
        .unwrap();
    assert_eq!(done.settled.len(), 1);
    assert_eq!(state(&store, queued.id).await, State::Delivered);
}

#[tokio::test]
async fn while_another_one_to_the_recipient_waits_for_its_answer_a_receipt_may_be_that_ones() {
    let (_dir, store) = open();
    let doubtful = handed(&store).await;
    let waiting = handed(&store).await;
    assert!(step(&store, lost(doubtful.row, 1, true)).await.applied);
    assert!(!matched(&store, receipt(&["7"], ReportClass::Delivered)).await);
    assert_eq!(state(&store, doubtful.id).await, State::Uncertain);
    answered(&store, waiting.row, "7").await;
    assert_eq!(state(&store, waiting.id).await, State::Delivered);
    // Nothing else is left to tell of the first.
    let settled = store
        .evidence()
        .decide(at(61 * SECOND), 9, 1)
        .await
        .unwrap();
    assert_eq!(settled[0].state, State::Uncertain);
}

#[tokio::test]
async fn what_is_in_doubt_is_settled_by_what_came_before_its_policy_decides() {
    let (_dir, store) = open();
    let doubtful = handed(&store).await;
    let waiting = handed(&store).await;
    assert!(step(&store, lost(doubtful.row, 1, true)).await.applied);
    assert!(!matched(&store, receipt(&["7"], ReportClass::Delivered)).await);
    answered(&store, waiting.row, "8").await;
    store
        .evidence()
        .decide(at(61 * SECOND), 9, 1)
        .await
        .unwrap();
    assert_eq!(state(&store, doubtful.id).await, State::Delivered);
}

#[tokio::test]
async fn what_a_crash_left_with_an_uplink_is_uncertain_and_holds_up_no_port() {
    let (dir, store) = open();
    let queued = handed(&store).await;
    let store = reopen(&dir, store).await;
    assert_eq!(state(&store, queued.id).await, State::Uncertain);
    assert_eq!(store.evidence().left_on_air().await.unwrap(), None);
}

fn by(uplink: &str, receipt: NewReport) -> NewReport {
    keyed(receipt, |key| key.carrier = uplink.parse().unwrap())
}

/// Three uplinks, of which two are of one account.
async fn with_accounts(store: &Store) {
    for (name, host) in [
        ("primary", "smsc.example.net"),
        ("secondary", "SMSC.example.net"),
        ("stranger", "smsc.example.org"),
    ] {
        uplinks::put_uplink(store, name, host).await;
    }
}

#[tokio::test]
async fn a_receipt_by_another_uplink_of_the_account_finds_its_part() {
    let (_dir, store) = open();
    with_accounts(&store).await;
    let queued = handed(&store).await;
    answered(&store, queued.row, "abc").await;
    let receipt = receipt(&["abc"], ReportClass::Delivered);
    assert!(!matched(&store, by("uplink:stranger", receipt.clone())).await);
    assert_eq!(state(&store, queued.id).await, State::Sent);
    let by_other = by("uplink:secondary", receipt.clone());
    let Reported::Matched { carrier, .. } = store.evidence().report(by_other).await.unwrap() else {
        panic!("not matched")
    };
    // It is told of what sent it, and kept by what it came.
    assert_eq!(carrier, up());
    assert_eq!(state(&store, queued.id).await, State::Delivered);
    let history = store.reading().history(queued.id).await.unwrap().unwrap();
    let told = history
        .into_iter()
        .find(|row| row.step == "report")
        .unwrap();
    assert_eq!(told.carrier, Some("uplink:secondary".parse().unwrap()));
    let again = store
        .evidence()
        .report(by("uplink:secondary", receipt))
        .await
        .unwrap();
    assert!(matches!(again, Reported::Repeated), "{again:?}");
}

#[tokio::test]
async fn early_receipts_and_doubts_are_the_accounts_too() {
    let (_dir, store) = open();
    with_accounts(&store).await;
    let queued = handed(&store).await;
    let early = by(
        "uplink:secondary",
        receipt(&["abc"], ReportClass::Delivered),
    );
    assert!(!matched(&store, early).await);
    answered(&store, queued.row, "abc").await;
    assert_eq!(state(&store, queued.id).await, State::Delivered);

    let queued = handed(&store).await;
    step(&store, lost(queued.row, 1, true)).await;
    let late = by(
        "uplink:secondary",
        receipt(&["def"], ReportClass::Delivered),
    );
    assert!(matched(&store, late).await);
    assert_eq!(state(&store, queued.id).await, State::Delivered);
}

#[tokio::test]
async fn what_an_early_receipt_changes_is_told() {
    let (_dir, store) = open();
    let queued = handed(&store).await;
    let early = receipt(&["abc"], ReportClass::Permanent);
    assert!(!matched(&store, early).await);
    let sent = Step::PartSent {
        row: queued.row,
        part: 1,
        carrier: up(),
        reference: Reference::Smsc("abc".to_owned()),
        at: T0,
        last: true,
    };
    let done = store.queue().advance(vec![sent]).await.unwrap();
    // First that it was sent, then what became of it, and why.
    assert_eq!(done.steps[0].state, State::Sent);
    let [moved] = &done.settled[..] else {
        panic!("{:?}", done.settled)
    };
    assert_eq!((moved.id, moved.state), (queued.id, State::Undelivered));
    assert_eq!(moved.reason.as_ref().unwrap().code, "receipt-undeliverable");
}

#[tokio::test]
async fn what_an_early_receipt_changes_of_another_message_is_told() {
    let (_dir, store) = open();
    let first = handed(&store).await;
    answered(&store, first.row, "255").await;
    // In another notation; as long as a part to the recipient has no id yet, it may be that one's.
    let second = handed(&store).await;
    assert!(!matched(&store, receipt(&["ff", "255"], ReportClass::Delivered)).await);
    let sent = Step::PartSent {
        row: second.row,
        part: 1,
        carrier: up(),
        reference: Reference::Smsc("256".to_owned()),
        at: T0,
        last: true,
    };
    let done = store.queue().advance(vec![sent]).await.unwrap();
    assert_eq!(done.steps[0].state, State::Sent);
    let [moved] = &done.settled[..] else {
        panic!("{:?}", done.settled)
    };
    assert_eq!((moved.id, moved.state), (first.id, State::Delivered));
}

#[tokio::test]
async fn a_part_is_found_by_an_id_longer_than_any_that_is_taken_now() {
    let (_dir, store) = open();
    let long = "4".repeat(80);
    let queued = handed(&store).await;
    answered(&store, queued.row, &long).await;
    let by_long = |ids: &[&str]| {
        let receipt = receipt(ids, ReportClass::Delivered);
        keyed(receipt, |key| key.long_id = Some(long.clone()))
    };
    assert!(matched(&store, by_long(&[])).await);
    assert_eq!(state(&store, queued.id).await, State::Delivered);
    // It was that part's: its shorter id settles no other.
    let doubtful = handed(&store).await;
    assert!(step(&store, lost(doubtful.row, 1, true)).await.applied);
    assert!(!matched(&store, by_long(&["7"])).await);
    assert_eq!(state(&store, doubtful.id).await, State::Uncertain);
}

#[tokio::test]
async fn an_id_too_long_is_kept_for_no_part_and_settles_none() {
    let (_dir, store) = open();
    let queued = handed(&store).await;
    assert!(step(&store, lost(queued.row, 1, true)).await.applied);
    let unknown = receipt(&[], ReportClass::Delivered);
    let unknown = keyed(unknown, |key| key.long_id = Some("4".repeat(80)));
    assert!(!matched(&store, unknown).await);
    assert_eq!(state(&store, queued.id).await, State::Uncertain);
}
