use model::{Imei, Incident, IncidentKind, NewIncident, Reach, RowId};

use super::{HOUR, SECOND, at, open, reopen, sim};
use crate::Store;
use crate::machine::clock;

const MINUTE: i64 = 60 * SECOND;

fn imei(n: u8) -> Imei {
    format!("35693803564380{n}").parse().unwrap()
}

fn incident(kind: IncidentKind, modem: Option<u8>, offset: i64) -> NewIncident {
    let (imei, iccid) = (modem.map(imei), modem.map(sim));
    let dialogue = format!(">> AT {offset}");
    NewIncident {
        at: at(offset),
        ..NewIncident::new(
            clock::now(),
            kind,
            imei.as_ref(),
            iccid.as_ref(),
            "silent".to_owned(),
            dialogue,
        )
    }
}

async fn listed(
    store: &Store,
    of: Option<&Imei>,
    limit: usize,
    before: Option<RowId>,
) -> Vec<Incident> {
    let listed = store.admin().incidents(of, &Reach::All, limit, before);
    listed.await.unwrap()
}

async fn record(store: &Store, kind: IncidentKind, modem: Option<u8>, offset: i64) {
    let new = vec![incident(kind, modem, offset)];
    store.admin().record_incidents(new).await.unwrap();
}

#[tokio::test]
async fn one_of_a_kind_a_modem_and_minute_is_kept_and_the_rest_counted() {
    use IncidentKind::{NoAnswer, PortLost};
    let (dir, store) = open();
    for offset in [0, 10 * SECOND, MINUTE - 1, -5 * SECOND, MINUTE] {
        record(&store, NoAnswer, Some(1), offset).await;
    }
    record(&store, PortLost, Some(1), SECOND).await;
    record(&store, NoAnswer, Some(2), SECOND).await;
    record(&store, NoAnswer, None, SECOND).await;
    record(&store, NoAnswer, None, 2 * SECOND).await;
    let store = reopen(&dir, store).await;

    let all = listed(&store, None, 100, None).await;
    let seen: Vec<_> = all
        .iter()
        .map(|i| (&*i.kind, i.imei.clone(), i.repeats))
        .collect();
    assert_eq!(
        seen,
        [
            ("no_answer", None, 1),
            ("no_answer", Some(imei(2)), 0),
            ("port_lost", Some(imei(1)), 0),
            ("no_answer", Some(imei(1)), 0),
            ("no_answer", Some(imei(1)), 3),
        ]
    );
    assert_eq!((all[4].at, &*all[4].dialogue), (at(0), ">> AT 0"));
    assert_eq!(
        (all[4].iccid.clone(), &*all[4].reason),
        (Some(sim(1)), "silent")
    );
    let of_one = listed(&store, Some(&imei(1)), 2, None).await;
    assert_eq!(of_one, all[2..4]);
    let rest = listed(&store, Some(&imei(1)), 9, Some(of_one[1].row)).await;
    assert_eq!(rest, all[4..]);
}

#[tokio::test]
async fn the_oldest_go_when_there_are_too_many() {
    let (_dir, store) = open();
    for hours in [0..700, 700..1_003] {
        let new = hours.map(|n| incident(IncidentKind::Restart, Some(1), n * HOUR));
        store.admin().record_incidents(new.collect()).await.unwrap();
    }
    let all = listed(&store, None, 5_000, None).await;
    assert_eq!(all.len(), 1_000);
    assert_eq!((all[0].at, all[999].at), (at(1_002 * HOUR), at(3 * HOUR)));
}
