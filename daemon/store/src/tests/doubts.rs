//! Parts in doubt, and what settles them.

mod again;
mod claimed;
mod late;
mod misread;
mod numbers;
mod policy;
mod refuted;
mod reported;

use super::*;
use crate::{
    ByNumber, LateAnswer, NewReport, RefusedBy, ReportClass, ReportKey, Reported, Resolved, Settled,
};
use model::{ConcludedBy, Conclusion, Doubt, PartState};

/// Accepts a message of one part and leaves it uncertain.
async fn put_uncertain(store: &Store, to: &str) -> Queued {
    let queued = put_claimed(store, text(to, "hello"), &sim(1)).await;
    assert!(step(store, uncertain(queued.row, 1, true)).await.applied);
    queued
}

/// Accepts a message of one part and hands it to a modem, `now`.
async fn hand_over(store: &Store, to: &str, now: Time) -> Queued {
    let queued = put(store, text(to, "hello")).await;
    assert!(claim_at(store, queued.row, &sim(1), now).await.applied);
    queued
}

/// Sends another message through the SIM; what that settles.
async fn next_sent(store: &Store, mr: u8) -> Vec<Settled> {
    let queued = put_claimed(store, text("+84900000099", "next"), &sim(1)).await;
    let steps = vec![sent(queued.row, 1, &sim(1), mr, true)];
    advance(store, steps).await.settled
}

/// A message that the network refuses.
async fn refused_one(store: &Store) {
    let queued = put_claimed(store, text("+84900000098", "refused"), &sim(1)).await;
    let row = queued.row;
    let fail = failing(row, 1, network(), T0);
    let spent = spent(row, RefusedBy::Network);
    advance(store, vec![spent, fail]).await;
}

fn spent(row: RowId, by: RefusedBy) -> Step {
    number_spent(row, sim(1), by, T0)
}

/// A message that is to be sent again where it is in doubt.
fn resent(message: NewMessage) -> NewMessage {
    NewMessage {
        on_uncertain: OnUncertain::Resend,
        ..message
    }
}

/// A person says what became of a part in doubt.
async fn resolve(store: &Store, id: MessageId, sent: bool, now: Time) {
    let resolved = store.evidence().resolve(id, sent, now, None).await;
    assert!(matches!(resolved, Ok(Resolved::Done(_))), "{resolved:?}");
}

/// The modem gives the number of what the network refuses to the next message: a used number is
/// that of an accepted one. Ends at 10.
async fn spares_refused(store: &Store) {
    put_sent(store, "+84900000009", &sim(1), 9, T0).await;
    refused_one(store).await;
    put_sent(store, "+84900000009", &sim(1), 10, T0).await;
}

async fn doubt(store: &Store, id: MessageId) -> Doubt {
    get(store, id).await.parts[0].doubt.clone().unwrap()
}

async fn concluded(store: &Store, id: MessageId) -> (Conclusion, Option<ConcludedBy>) {
    let doubt = doubt(store, id).await;
    (doubt.conclusion, doubt.evidence)
}

fn report(to: &str, mr: u8) -> NewReport {
    let key = ByNumber {
        iccid: sim(1),
        mr,
        smsc_time: Some(T0),
        tp_status: 0,
        fingerprint: std::array::from_fn(|i| {
            if i == 0 {
                mr
            } else {
                to.as_bytes()[i % to.len()]
            }
        }),
    };
    NewReport {
        key: ReportKey::Number(key),
        recipient: to.to_owned(),
        discharged_at: Some(at(SECOND)),
        class: ReportClass::Delivered,
        text: "received".to_owned(),
        received_at: at(2 * SECOND),
    }
}
