use super::*;
use crate::model::{Body, Coding, KeyId, Lane, MessageId, Priority, RowId};

const NOW: Time = Time(1_000_000);

fn sim(n: u8) -> Iccid {
    format!("89840000000000000{n:03}").parse().unwrap()
}

fn message(sender: Sender) -> Queued {
    Queued {
        row: RowId(1),
        id: MessageId::new(),
        lane: Lane {
            priority: Priority::Normal,
            key: KeyId(1),
            sender,
        },
        to: "+84900000000".to_owned(),
        body: Body::Text("x".to_owned()),
        coding: Coding::Gsm7,
        national_tables: false,
        segments: 1,
        flash: false,
        status_report: false,
        due_at: Time(1),
        expires_at: Time(i64::MAX),
        attempts: 0,
        next_part: 1,
        pinned: None,
        refused_by: None,
    }
}

fn told(queued: &Queued, sims: &[(u8, For, Option<i64>)]) -> (For, Option<i64>) {
    let iccids: Vec<Iccid> = sims.iter().map(|(n, ..)| sim(*n)).collect();
    let obstacles = sims
        .iter()
        .zip(&iccids)
        .map(|((_, what, until), iccid)| Obstacle {
            iccid,
            groups: &[],
            waiting: Waiting::new(*what, until.map(|after| Time(NOW.0 + after))),
        });
    let waiting = explain(queued, obstacles, NOW);
    (waiting.what, waiting.until.map(|until| until.0 - NOW.0))
}

#[test]
fn what_is_over_first_is_told() {
    let any = message(Sender::Any);
    let (a, b) = ((1, For::Quota, Some(9)), (2, For::Cooling, Some(5)));
    assert_eq!(told(&any, &[a, b]), (For::Cooling, Some(5)));
    assert_eq!(
        told(&any, &[a, (3, For::Disabled, None)]),
        (For::Quota, Some(9))
    );
    assert_eq!(told(&any, &[a, b, (3, For::Turn, None)]), (For::Turn, None));
    assert_eq!(told(&any, &[]), (For::Sim, None));
}

#[test]
fn only_sims_that_may_carry_it_count() {
    let sims = [(1, For::Turn, None), (2, For::Window, Some(7))];
    assert_eq!(
        told(&message(Sender::Sim(sim(2))), &sims),
        (For::Window, Some(7))
    );
    assert_eq!(
        told(&message(Sender::Group("g".to_owned())), &sims),
        (For::Sim, None)
    );
    let pinned = Queued {
        pinned: Some(sim(2)),
        ..message(Sender::Any)
    };
    assert_eq!(told(&pinned, &sims), (For::Window, Some(7)));
}

#[test]
fn a_back_off_is_told_before_all_else() {
    let later = Queued {
        due_at: Time(NOW.0 + 3),
        ..message(Sender::Any)
    };
    assert_eq!(told(&later, &[(1, For::Turn, None)]), (For::Retry, Some(3)));
}
