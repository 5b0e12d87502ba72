//! Parts that are to be sent again, and wait in memory too: no report moves them on.

use super::*;

#[tokio::test]
async fn a_report_leaves_what_waits_to_be_sent_again_at_its_part() {
    for by_a_person in [false, true] {
        let (_dir, store) = open();
        let queued = put_claimed(&store, resent(long(TO, 2)), &sim(1)).await;
        step(&store, uncertain(queued.row, 1, false)).await;
        let settled = if by_a_person {
            let resolved = store.evidence().resolve(queued.id, false, T0, None).await;
            matches!(resolved, Ok(Resolved::Done(_)))
        } else {
            decide(&store, at(60 * SECOND), 1).await.len() == 1
        };
        assert!(settled);
        let reported = reported(&store, report(TO, 11)).await;
        assert_eq!(reported, Reported::Unmatched);
        let late = at(60 * SECOND);
        let waiting = store.waiting(&queued.lane, None, late, 10).await.unwrap();
        let parts: Vec<_> = waiting.iter().map(|one| (one.row, one.next_part)).collect();
        assert_eq!(parts, [(queued.row, 1)]);
        assert!(claim(&store, queued.row, &sim(1)).await.applied);
    }
}
