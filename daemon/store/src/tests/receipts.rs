//! Receipts of uplinks, and what they find.

use super::*;
use crate::{ById, NewReport, ReportClass, ReportKey, Reported};
use model::{ConcludedBy, Conclusion, PartState, ReasonCode};

/// Accepts a message of one part and gives it to the uplink.
pub(super) async fn handed(store: &Store) -> Queued {
    let queued = put(store, text(TO, "hello")).await;
    assert!(claim_as(store, queued.row, &up(), 1).await.applied);
    queued
}

pub(super) async fn answered(store: &Store, row: RowId, id: &str) {
    assert!(step(store, named(row, id, T0)).await.applied);
}

/// The SMSC gives the only part this id.
pub(super) fn named(row: RowId, id: &str, at: Time) -> Step {
    sent_by(row, up(), Reference::Smsc(id.to_owned()), at)
}

pub(super) fn receipt(ids: &[&str]) -> NewReport {
    receipt_of(ReportClass::Delivered, ids)
}

fn receipt_of(class: ReportClass, ids: &[&str]) -> NewReport {
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
    matches!(reported(store, receipt).await, Reported::Matched { .. })
}

#[tokio::test]
async fn a_receipt_finds_its_part_by_the_smscs_id_in_any_form() {
    let (_dir, store) = open();
    let queued = handed(&store).await;
    answered(&store, queued.row, "1f").await;
    assert!(!matched(&store, receipt(&["2f"])).await);
    assert!(matched(&store, receipt(&["31", "1f"])).await);
    let message = get(&store, queued.id).await;
    assert_eq!(message.state, State::Delivered);
    assert_eq!(message.carrier, Some(up()));
    assert_eq!(message.parts[0].smsc_id.as_deref(), Some("1f"));
    assert!(!matched(&store, receipt(&["1f"])).await, "once");
}

#[tokio::test]
async fn another_uplinks_id_is_not_ours_and_another_form_needs_the_recipient() {
    let (_dir, store) = open();
    let queued = handed(&store).await;
    answered(&store, queued.row, "1f").await;
    let elsewhere = by("uplink:backup", receipt(&["1f"]));
    assert!(!matched(&store, elsewhere).await);
    let somebody = |ids: &[&str]| NewReport {
        recipient: "+84900000002".to_owned(),
        ..receipt_of(ReportClass::Permanent, ids)
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
    assert!(!matched(&store, receipt_of(ReportClass::StillTrying, &["31", "1f"])).await);
    assert!(!matched(&store, receipt(&["31", "1f"])).await);
    answered(&store, queued.row, "1f").await;
    assert_eq!(state(&store, queued.id).await, State::Delivered);
}

#[tokio::test]
async fn a_receipt_settles_the_one_uncertain_part_of_its_recipient() {
    let (_dir, store) = open();
    let queued = handed(&store).await;
    assert!(step(&store, lost(queued.row, 1, true)).await.applied);
    assert!(matched(&store, receipt(&["7"])).await);
    let message = get(&store, queued.id).await;
    assert_eq!(
        (message.state, message.parts[0].state),
        (State::Delivered, PartState::Delivered)
    );
    let doubt = message.parts[0].doubt.clone().unwrap();
    assert_eq!(
        (doubt.conclusion, doubt.evidence),
        (Conclusion::Sent, Some(ConcludedBy::StatusReport))
    );
}

pub(super) fn lost(row: RowId, part: u16, last: bool) -> Step {
    let mut lost = uncertain(row, part, last);
    if let Step::PartUncertain {
        carrier, reason, ..
    } = &mut lost
    {
        *carrier = up();
        *reason = Reason::new(
            ReasonCode::UplinkLost,
            "the connection went before the answer",
        );
    }
    lost
}

#[tokio::test]
async fn a_receipt_that_comes_again_settles_no_other_part() {
    let (_dir, store) = open();
    let first = handed(&store).await;
    answered(&store, first.row, "7").await;
    assert!(matched(&store, receipt(&["7"])).await);
    let second = handed(&store).await;
    assert!(step(&store, lost(second.row, 1, true)).await.applied);
    assert_eq!(reported(&store, receipt(&["7"])).await, Reported::Repeated);
    assert_eq!(state(&store, second.id).await, State::Uncertain);
}

#[tokio::test]
async fn an_id_that_another_notation_makes_a_known_one_is_kept_for_its_part() {
    let (_dir, store) = open();
    let first = handed(&store).await;
    answered(&store, first.row, "10").await;
    assert!(matched(&store, receipt(&["10"])).await);
    let second = handed(&store).await;
    assert!(!matched(&store, receipt(&["10", "16"])).await);
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
        assert!(!matched(&store, receipt(ids)).await);
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
    assert!(!matched(&store, receipt(&["1f", "31"])).await);
    assert_eq!(state(&store, first.id).await, State::Sent);
    answered(&store, second.row, "32").await;
    assert_eq!(state(&store, first.id).await, State::Delivered);
    assert_eq!(state(&store, second.id).await, State::Sent);
}

#[tokio::test]
async fn a_receipt_that_came_before_the_doubt_settles_it() {
    let (_dir, store) = open();
    let queued = handed(&store).await;
    assert!(!matched(&store, receipt(&["7"])).await);
    let settled = advance(&store, vec![lost(queued.row, 1, true)])
        .await
        .settled;
    assert_eq!(settled.len(), 1);
    assert_eq!(state(&store, queued.id).await, State::Delivered);
}

#[tokio::test]
async fn while_another_one_to_the_recipient_waits_for_its_answer_a_receipt_may_be_that_ones() {
    let (_dir, store) = open();
    let doubtful = handed(&store).await;
    let waiting = handed(&store).await;
    assert!(step(&store, lost(doubtful.row, 1, true)).await.applied);
    assert!(!matched(&store, receipt(&["7"])).await);
    assert_eq!(state(&store, doubtful.id).await, State::Uncertain);
    answered(&store, waiting.row, "7").await;
    assert_eq!(state(&store, waiting.id).await, State::Delivered);
    // Nothing else is left to tell of the first.
    let settled = decide(&store, at(61 * SECOND), 1).await;
    assert_eq!(settled[0].state, State::Uncertain);
}

#[tokio::test]
async fn what_is_in_doubt_is_settled_by_what_came_before_its_policy_decides() {
    let (_dir, store) = open();
    let doubtful = handed(&store).await;
    let waiting = handed(&store).await;
    assert!(step(&store, lost(doubtful.row, 1, true)).await.applied);
    assert!(!matched(&store, receipt(&["7"])).await);
    answered(&store, waiting.row, "8").await;
    decide(&store, at(61 * SECOND), 1).await;
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
    let receipt = receipt(&["abc"]);
    assert!(!matched(&store, by("uplink:stranger", receipt.clone())).await);
    assert_eq!(state(&store, queued.id).await, State::Sent);
    let by_other = by("uplink:secondary", receipt.clone());
    let Reported::Matched { carrier, .. } = reported(&store, by_other).await else {
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
    let again = reported(&store, by("uplink:secondary", receipt)).await;
    assert_eq!(again, Reported::Repeated);
}

#[tokio::test]
async fn early_receipts_and_doubts_are_the_accounts_too() {
    let (_dir, store) = open();
    with_accounts(&store).await;
    let queued = handed(&store).await;
    let early = by("uplink:secondary", receipt(&["abc"]));
    assert!(!matched(&store, early).await);
    answered(&store, queued.row, "abc").await;
    assert_eq!(state(&store, queued.id).await, State::Delivered);

    let queued = handed(&store).await;
    step(&store, lost(queued.row, 1, true)).await;
    let late = by("uplink:secondary", receipt(&["def"]));
    assert!(matched(&store, late).await);
    assert_eq!(state(&store, queued.id).await, State::Delivered);
}

#[tokio::test]
async fn what_an_early_receipt_changes_is_told() {
    let (_dir, store) = open();
    let queued = handed(&store).await;
    let early = receipt_of(ReportClass::Permanent, &["abc"]);
    assert!(!matched(&store, early).await);
    let sent = named(queued.row, "abc", T0);
    let done = advance(&store, vec![sent]).await;
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
    assert!(!matched(&store, receipt(&["ff", "255"])).await);
    let sent = named(second.row, "256", T0);
    let done = advance(&store, vec![sent]).await;
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
        let receipt = receipt(ids);
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
    let unknown = receipt(&[]);
    let unknown = keyed(unknown, |key| key.long_id = Some("4".repeat(80)));
    assert!(!matched(&store, unknown).await);
    assert_eq!(state(&store, queued.id).await, State::Uncertain);
}
