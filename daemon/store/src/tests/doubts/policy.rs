//! What is decided where no evidence comes.

use super::*;
use crate::machine::clock;

#[tokio::test]
async fn the_policy_decides_when_nothing_else_has() {
    let (_dir, store) = open();
    let held = put_uncertain(&store, TO).await;
    let resent = put_claimed(&store, resent(text("+84900000002", "again")), &sim(1)).await;
    step(&store, uncertain(resent.row, 1, true)).await;
    assert_eq!(
        store.evidence().next_decision().await.unwrap(),
        Some(at(60 * SECOND))
    );
    assert!(decide(&store, at(59 * SECOND), 1).await.is_empty());
    let settled = decide(&store, at(60 * SECOND), 1).await;
    assert_eq!(settled.len(), 2);
    let waits = crate::Held {
        count: 1,
        restored: 0,
        since: Some(at(60 * SECOND)),
    };
    assert_eq!(store.reading().held().await.unwrap(), waits);
    assert_eq!(state(&store, held.id).await, State::Uncertain);
    assert_eq!(
        concluded(&store, held.id).await,
        (Conclusion::Held, Some(ConcludedBy::Policy))
    );
    assert_eq!(state(&store, resent.id).await, State::Queued);
    let doubt = doubt(&store, resent.id).await;
    assert_eq!((doubt.conclusion, doubt.resends), (Conclusion::Resent, 1));
    assert!(decide(&store, at(HOUR), 1).await.is_empty());
    // The mark stays, whatever becomes of it now.
    claim(&store, resent.row, &sim(1)).await;
    step(&store, uncertain(resent.row, 1, true)).await;
    assert_eq!(self::doubt(&store, resent.id).await.resends, 1);
}

#[tokio::test]
async fn it_is_sent_again_once_and_then_held_by_whatever_carrier_and_over_restarts() {
    let uplink = Carrier::Uplink("primary".parse().unwrap());
    for carrier in [Carrier::from(sim(1)), uplink] {
        for most in [0, 1, 3] {
            let (dir, mut store) = open();
            let queued = put(&store, resent(text(TO, "hello"))).await;
            for time in 0..=most {
                let claim = claiming(queued.row, carrier.clone(), T0);
                assert!(step(&store, claim).await.applied, "{carrier} {time}");
                // By a crash, which says nothing either.
                store = reopen(&dir, store).await;
                let settled = store
                    .evidence()
                    .decide(clock::now().after(DECIDE_AFTER), 9, most)
                    .await;
                assert_eq!(settled.unwrap().len(), 1);
            }
            assert_eq!(state(&store, queued.id).await, State::Uncertain);
            let doubt = doubt(&store, queued.id).await;
            assert_eq!(
                (doubt.conclusion, doubt.evidence, doubt.resends),
                (Conclusion::Held, Some(ConcludedBy::Policy), most)
            );
            assert_eq!(store.evidence().next_decision().await.unwrap(), None);
        }
    }
}

#[tokio::test]
async fn evidence_still_settles_what_is_held() {
    let (_dir, store) = open();
    spares_refused(&store).await;
    let held = put_uncertain(&store, TO).await;
    decide(&store, at(HOUR), 1).await;
    assert_eq!(next_sent(&store, 12).await.len(), 1);
    assert_eq!(state(&store, held.id).await, State::Sent);
}

#[tokio::test]
async fn an_operator_may_say_what_became_of_it() {
    let (_dir, store) = open();
    let (one, other) = (
        put_uncertain(&store, TO).await,
        put_uncertain(&store, "+84900000002").await,
    );
    let resolve = |id, sent| store.evidence().resolve(id, sent, T0, None);
    assert!(matches!(
        resolve(one.id, true).await.unwrap(),
        Resolved::Done(_)
    ));
    assert!(matches!(
        resolve(other.id, false).await.unwrap(),
        Resolved::Done(_)
    ));
    assert_eq!(state(&store, one.id).await, State::Sent);
    assert_eq!(state(&store, other.id).await, State::Queued);
    assert_eq!(
        resolve(one.id, true).await.unwrap(),
        Resolved::Refused(State::Sent)
    );
    let nobody = clock::message_id();
    assert_eq!(resolve(nobody, true).await.unwrap(), Resolved::NotFound);
}
