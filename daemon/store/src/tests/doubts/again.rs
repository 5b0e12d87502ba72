//! Parts that are to be sent again, and wait in memory too: no report moves them on.

use super::*;

#[tokio::test]
async fn a_report_leaves_what_waits_to_be_sent_again_at_its_part() {
    for by_a_person in [false, true] {
        let (_dir, store) = open();
        let message = NewMessage {
            on_uncertain: OnUncertain::Resend,
            ..long(TO, 2)
        };
        let queued = put(&store, message).await;
        claim(&store, queued.row, &sim(1)).await;
        step(&store, uncertain(queued.row, 1, false)).await;
        let settled = if by_a_person {
            let resolved = store.evidence().resolve(queued.id, false, T0, None).await;
            matches!(resolved, Ok(Resolved::Done(_)))
        } else {
            store
                .evidence()
                .decide(at(60 * SECOND), 9, 1)
                .await
                .unwrap()
                .len()
                == 1
        };
        assert!(settled);
        let reported = store.evidence().report(report(TO, 11)).await.unwrap();
        assert_eq!(reported, Reported::Unmatched);
        let late = at(60 * SECOND);
        let waiting = store.waiting(&queued.lane, None, late, 10).await.unwrap();
        let parts: Vec<_> = waiting.iter().map(|one| (one.row, one.next_part)).collect();
        assert_eq!(parts, [(queued.row, 1)]);
        assert!(claim(&store, queued.row, &sim(1)).await.applied);
    }
}
