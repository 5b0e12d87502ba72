//! Which part a status report finds.

use super::*;
use crate::{ByNumber, NewReport, ReportClass, ReportKey, Reported};
use model::PartState;

/// A report of delivery, unlike any other by its time.
pub(super) fn report(iccid: &Iccid, mr: u8, recipient: &str, received_at: Time) -> NewReport {
    let mut fingerprint = [mr; 32];
    fingerprint[..8].copy_from_slice(&received_at.0.to_be_bytes());
    let key = ByNumber {
        iccid: iccid.clone(),
        mr,
        smsc_time: None,
        tp_status: 0,
        fingerprint,
    };
    NewReport {
        key: ReportKey::Number(key),
        recipient: recipient.to_owned(),
        discharged_at: Some(received_at),
        class: ReportClass::Delivered,
        text: "received by the recipient".to_owned(),
        received_at,
    }
}

/// The same report with another TP-ST.
pub(super) fn of_status(report: NewReport, tp_status: u8, class: ReportClass) -> NewReport {
    let ReportKey::Number(key) = report.key else {
        panic!("no status report")
    };
    NewReport {
        key: ReportKey::Number(ByNumber { tp_status, ..key }),
        class,
        ..report
    }
}

fn matched(reported: &Reported) -> Option<RowId> {
    match reported {
        Reported::Matched { row, .. } => Some(*row),
        _ => None,
    }
}

#[tokio::test]
async fn a_report_delivers_its_message() {
    let (_dir, store) = open();
    let queued = put_sent(&store, TO, &sim(1), 17, T0).await;
    let reported = reported(&store, report(&sim(1), 17, TO, at(SECOND))).await;
    let expected = Reported::Matched {
        id: queued.id,
        row: queued.row,
        part: 1,
        state: State::Delivered,
        carrier: sim(1).into(),
        changed: true,
        settled: Vec::new(),
    };
    assert_eq!(reported, expected);
    let message = get(&store, queued.id).await;
    assert_eq!(message.delivered_at, Some(at(SECOND)));
    assert_eq!(message.parts[0].tp_status, Some(0));
    assert_eq!(steps_of(&store, queued.id).await.last().unwrap(), "report");
}

#[tokio::test]
async fn sim_reference_and_recipient_must_all_agree() {
    let (_dir, store) = open();
    let queued = put_sent(&store, TO, &sim(1), 17, T0).await;
    for (iccid, mr, to) in [
        (sim(2), 17, TO),
        (sim(1), 18, TO),
        (sim(1), 17, "+84900000002"),
    ] {
        let other = reported(&store, report(&iccid, mr, to, at(SECOND + i64::from(mr)))).await;
        assert_ne!(matched(&other), Some(queued.row));
    }
    let national = reported(&store, report(&sim(1), 17, "0900000001", at(2 * SECOND))).await;
    assert_eq!(matched(&national), Some(queued.row));
}

#[tokio::test]
async fn after_the_reference_wraps_the_newest_unreported_comes_first() {
    let (_dir, store) = open();
    let old = put_sent(&store, TO, &sim(1), 0, T0).await;
    for mr in 1..=255 {
        put_sent(
            &store,
            "+84900000002",
            &sim(1),
            mr,
            at(i64::from(mr) * SECOND),
        )
        .await;
    }
    let new = put_sent(&store, TO, &sim(1), 0, at(256 * SECOND)).await;
    let first = reported(&store, report(&sim(1), 0, TO, at(300 * SECOND))).await;
    assert_eq!(matched(&first), Some(new.row));
    let second = reported(&store, report(&sim(1), 0, TO, at(301 * SECOND))).await;
    assert_eq!(matched(&second), Some(old.row));
    let third = reported(&store, report(&sim(1), 0, TO, at(302 * SECOND))).await;
    assert_eq!(third, Reported::Unmatched);
}

#[tokio::test]
async fn a_redelivered_report_is_stored_once() {
    let (dir, store) = open();
    put_sent(&store, TO, &sim(1), 17, T0).await;
    let one = report(&sim(1), 17, TO, at(SECOND));
    reported(&store, one.clone()).await;
    let store = reopen(&dir, store).await;
    assert_eq!(reported(&store, one).await, Reported::Repeated);
}

#[tokio::test]
async fn long_after_the_validity_no_part_is_found() {
    let (_dir, store) = open();
    let queued = put_sent(&store, TO, &sim(1), 17, T0).await;
    let late = reported(&store, report(&sim(1), 17, TO, at(49 * HOUR))).await;
    assert_eq!(late, Reported::Unmatched);
    let in_time = reported(&store, report(&sim(1), 17, TO, at(25 * HOUR))).await;
    assert_eq!(matched(&in_time), Some(queued.row));
}

#[tokio::test]
async fn a_part_without_a_report_asked_for_is_not_found() {
    let (_dir, store) = open();
    let plain = NewMessage {
        status_report: false,
        ..text(TO, "x")
    };
    let queued = put_claimed(&store, plain, &sim(1)).await;
    step(&store, sent(queued.row, 1, &sim(1), 17, true)).await;
    let reported = reported(&store, report(&sim(1), 17, TO, at(SECOND))).await;
    assert_eq!(reported, Reported::Unmatched);
}

#[tokio::test]
async fn a_report_that_overtakes_the_answer_is_adopted() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "x")).await;
    claim_at(&store, queued.row, &sim(1), at(-2 * SECOND)).await;
    let early = reported(&store, report(&sim(1), 17, TO, at(-SECOND))).await;
    assert_eq!(early, Reported::Unmatched);
    let sent = sent(queued.row, 1, &sim(1), 17, true);
    let done = advance(&store, vec![sent]).await;
    // First that it was sent, then that it was delivered.
    let applied = true;
    let state = State::Sent;
    assert_eq!(done.steps, [Advanced { applied, state }]);
    let moved: Vec<_> = done.settled.iter().map(|one| (one.id, one.state)).collect();
    assert_eq!(moved, [(queued.id, State::Delivered)]);
    let message = get(&store, queued.id).await;
    assert_eq!(
        (message.state, message.sent_at),
        (State::Delivered, Some(T0))
    );
    // Not before it was sent, whatever the SMSC's clock says.
    assert_eq!(message.delivered_at, Some(T0));
}

#[tokio::test]
async fn an_orphan_is_adopted_once_and_only_within_a_minute() {
    let (_dir, store) = open();
    reported(&store, report(&sim(1), 17, TO, at(-61 * SECOND))).await;
    let queued = put_sent(&store, TO, &sim(1), 17, T0).await;
    assert_eq!(state(&store, queued.id).await, State::Sent);

    let (one, other) = (
        put(&store, text(TO, "x")).await,
        put(&store, text(TO, "x")).await,
    );
    claim_at(&store, one.row, &sim(1), at(-2 * SECOND)).await;
    reported(&store, report(&sim(1), 18, TO, at(-SECOND))).await;
    step(&store, sent(one.row, 1, &sim(1), 18, true)).await;
    assert_eq!(state(&store, one.id).await, State::Delivered);
    claim(&store, other.row, &sim(1)).await;
    step(&store, sent(other.row, 1, &sim(1), 18, true)).await;
    assert_eq!(state(&store, other.id).await, State::Sent);
}

#[tokio::test]
async fn a_report_from_before_a_part_was_handed_over_is_not_its_own() {
    let (_dir, store) = open();
    reported(&store, report(&sim(1), 18, TO, at(-SECOND))).await;
    let queued = put_sent(&store, TO, &sim(1), 18, T0).await;
    assert_eq!(state(&store, queued.id).await, State::Sent);
}

#[tokio::test]
async fn a_report_that_was_kept_is_not_that_of_a_part_handed_over_after_it() {
    let (_dir, store) = open();
    let kept = report(&sim(1), 18, TO, at(-SECOND));
    reported(&store, kept).await;
    let later = put_sent(&store, TO, &sim(1), 18, T0).await;
    // One without a number lets what was kept be looked at again.
    let lacking = put_claimed(&store, text(TO, "hello"), &sim(1)).await;
    let answer = unnumbered(lacking.row, true);
    step(&store, answer).await;
    assert_eq!(state(&store, later.id).await, State::Sent);
    assert_eq!(state(&store, lacking.id).await, State::Sent);
}

#[tokio::test]
async fn a_temporary_report_leaves_the_part_waiting_for_the_last_one() {
    let (_dir, store) = open();
    let queued = put_sent(&store, TO, &sim(1), 17, T0).await;
    let trying = report(&sim(1), 17, TO, at(SECOND));
    let trying = of_status(trying, 0x30, ReportClass::StillTrying);
    let first = reported(&store, trying).await;
    assert_eq!(moved(&first), Some((false, State::Sent)));
    let gave_up = NewReport {
        text: "service rejected".to_owned(),
        ..report(&sim(1), 17, TO, at(2 * SECOND))
    };
    let gave_up = of_status(gave_up, 0x65, ReportClass::GaveUp);
    let second = reported(&store, gave_up).await;
    assert_eq!(moved(&second), Some((true, State::Undelivered)));
    assert_eq!(
        get(&store, queued.id).await.reason.unwrap().code,
        "tp-status-101"
    );
}

#[tokio::test]
async fn a_long_message_is_delivered_with_its_last_part() {
    let (_dir, store) = open();
    let queued = put(&store, long(TO, 2)).await;
    let (row, iccid) = (queued.row, sim(1));
    claim(&store, row, &iccid).await;
    step(&store, sent(row, 1, &iccid, 1, false)).await;
    // The first part's report comes while the second is still to go.
    let first = reported(&store, report(&iccid, 1, TO, at(SECOND))).await;
    assert_eq!(moved(&first), Some((false, State::Sending)));
    step(&store, sending(row, 2, iccid.clone(), T0)).await;
    assert_eq!(
        step(&store, sent(row, 2, &iccid, 2, true)).await.state,
        State::Sent
    );
    let second = reported(&store, report(&iccid, 2, TO, at(2 * SECOND))).await;
    assert_eq!(moved(&second), Some((true, State::Delivered)));
    let message = get(&store, queued.id).await;
    assert!(
        message
            .parts
            .iter()
            .all(|part| part.state == PartState::Delivered)
    );
    assert_eq!(message.delivered_at, Some(at(2 * SECOND)));
}

#[tokio::test]
async fn a_lost_first_part_does_not_stop_the_second() {
    let (_dir, store) = open();
    let queued = put(&store, long(TO, 2)).await;
    let (row, iccid) = (queued.row, sim(1));
    claim(&store, row, &iccid).await;
    step(&store, sent(row, 1, &iccid, 1, false)).await;
    let lost = report(&iccid, 1, TO, at(SECOND));
    let lost = of_status(lost, 0x41, ReportClass::Permanent);
    reported(&store, lost).await;
    let next = sending(row, 2, iccid.clone(), T0);
    assert!(step(&store, next).await.applied);
    assert_eq!(
        step(&store, sent(row, 2, &iccid, 2, true)).await.state,
        State::Undelivered
    );
    let message = get(&store, queued.id).await;
    assert_eq!(message.reason.unwrap().code, "tp-status-65");
}
