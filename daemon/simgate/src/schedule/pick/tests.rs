use super::*;
use crate::model::{Body, Coding, KeyId, MessageId, Priority, Time};

fn iccid(n: u8) -> Iccid {
    format!("89840000000000000{n:03}").parse().unwrap()
}

fn message(row: i64, key: i64, priority: Priority, sender: Sender) -> Queued {
    Queued {
        row: RowId(row),
        id: MessageId::new(),
        lane: Lane {
            priority,
            key: KeyId(key),
            sender,
        },
        to: "+84900000000".to_owned(),
        body: Body::Text("x".to_owned()),
        coding: Coding::Gsm7,
        national_tables: false,
        segments: 1,
        flash: false,
        status_report: false,
        due_at: Time(row),
        expires_at: Time(i64::MAX),
        attempts: 0,
        next_part: 1,
        pinned: None,
        refused_by: None,
    }
}

fn lanes(messages: impl IntoIterator<Item = Queued>) -> Lanes {
    let mut lanes = Lanes::default();
    messages
        .into_iter()
        .for_each(|message| lanes.accept(message));
    lanes
}

fn free(iccid: &Iccid) -> Candidate<'_> {
    Candidate {
        iccid,
        groups: &[],
        free: true,
        load: 0.0,
        last_turn: 0,
        room: u32::MAX,
        counts_parts: true,
    }
}

/// The rows in the order in which one SIM would take them.
fn order(lanes: &mut Lanes, sim: &Candidate<'_>) -> Vec<i64> {
    std::iter::from_fn(|| {
        let next = pick(lanes, std::slice::from_ref(sim), Strategy::Balance)?;
        lanes.take(&next.lane, next.row).map(|queued| queued.row.0)
    })
    .collect()
}

#[test]
fn an_otp_overtakes_a_campaign() {
    let campaign = (1..=3).map(|row| message(row, 1, Priority::Bulk, Sender::Any));
    let otp = message(9, 2, Priority::Otp, Sender::Any);
    let normal = message(10, 3, Priority::Normal, Sender::Any);
    let mut lanes = lanes(campaign.chain([otp, normal]));
    let sim = iccid(1);
    assert_eq!(order(&mut lanes, &free(&sim)), [9, 10, 1, 2, 3]);
}

#[test]
fn keys_of_one_class_take_turns() {
    let many = (1..=4).map(|row| message(row, 1, Priority::Normal, Sender::Any));
    let few = (5..=6).map(|row| message(row, 2, Priority::Normal, Sender::Any));
    let mut lanes = lanes(many.chain(few));
    let sim = iccid(1);
    assert_eq!(order(&mut lanes, &free(&sim)), [1, 5, 2, 6, 3, 4]);
}

#[test]
fn a_message_for_another_sim_holds_up_nobody() {
    let mut pinned = message(1, 1, Priority::Normal, Sender::Any);
    pinned.pinned = Some(iccid(2));
    let named = message(3, 1, Priority::Normal, Sender::Sim(iccid(2)));
    let grouped = message(4, 1, Priority::Normal, Sender::Group("viettel".to_owned()));
    let mut lanes = lanes([
        pinned,
        named,
        grouped,
        message(5, 1, Priority::Bulk, Sender::Any),
    ]);
    let sim = iccid(1);
    assert_eq!(order(&mut lanes, &free(&sim)), [5]);
    let groups = ["viettel".to_owned()];
    let other = iccid(2);
    assert_eq!(
        order(
            &mut lanes,
            &Candidate {
                groups: &groups,
                ..free(&other)
            }
        ),
        [1, 3, 4]
    );
}

#[test]
fn what_one_sim_refused_goes_to_another_even_if_that_is_busy_now() {
    let mut refused = message(1, 1, Priority::Normal, Sender::Any);
    refused.refused_by = Some(iccid(1));
    let lanes = lanes([refused]);
    let (a, b) = (iccid(1), iccid(2));
    let busy = Candidate {
        free: false,
        ..free(&b)
    };
    assert_eq!(pick(&lanes, &[free(&a), busy], Strategy::Balance), None);
    assert_eq!(
        pick(&lanes, &[free(&a), free(&b)], Strategy::Balance)
            .unwrap()
            .iccid,
        b
    );
    assert_eq!(
        pick(&lanes, &[free(&a)], Strategy::Balance).unwrap().iccid,
        a,
        "no other is up"
    );
}

#[test]
fn balance_takes_the_least_loaded_and_round_robin_the_longest_idle() {
    let lanes = lanes([message(1, 1, Priority::Normal, Sender::Any)]);
    let (a, b) = (iccid(1), iccid(2));
    let sims = [
        Candidate {
            load: 1.0,
            last_turn: 7,
            ..free(&a)
        },
        Candidate {
            load: 5.0,
            last_turn: 3,
            ..free(&b)
        },
    ];
    assert_eq!(pick(&lanes, &sims, Strategy::Balance).unwrap().iccid, a);
    assert_eq!(pick(&lanes, &sims, Strategy::RoundRobin).unwrap().iccid, b);
}

#[test]
fn a_long_message_waits_for_room_and_a_short_one_passes_it() {
    let mut long = message(1, 1, Priority::Normal, Sender::Any);
    long.segments = 3;
    let mut lanes = lanes([long, message(2, 1, Priority::Normal, Sender::Any)]);
    let sim = iccid(1);
    assert_eq!(
        order(
            &mut lanes,
            &Candidate {
                room: 2,
                ..free(&sim)
            }
        ),
        [2]
    );
    assert_eq!(
        order(
            &mut lanes,
            &Candidate {
                room: 2,
                counts_parts: false,
                ..free(&sim)
            }
        ),
        [1]
    );
}

#[test]
fn a_window_is_bounded_and_asks_for_more() {
    let beyond = i64::try_from(super::super::lanes::WINDOW).unwrap() + 5;
    let mut lanes = lanes((1..=beyond).map(|row| message(row, 1, Priority::Normal, Sender::Any)));
    let sim = iccid(1);
    assert!(lanes.take_reads().is_empty(), "full enough");
    let taken = order(&mut lanes, &free(&sim));
    assert_eq!(taken.len(), super::super::lanes::WINDOW);
    let [lane] = &lanes.take_reads()[..] else {
        panic!("one lane runs low")
    };
    let rest = (1..=beyond).map(|row| message(row, 1, Priority::Normal, Sender::Any));
    lanes.refill(lane, rest.collect(), true);
    // What a SIM still holds does not come back with an older read.
    assert_eq!(order(&mut lanes, &free(&sim)).len(), 5);
    assert!(lanes.is_empty());
}
