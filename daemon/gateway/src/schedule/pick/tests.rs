use super::*;
use crate::schedule::fixture::{free, no_routes, scene, sim as iccid, traits};
use crate::settings::Strategy;
use model::{KeyId, Priority, Sender};

const T0: Time = Time(1_795_305_600_000);

fn message(row: i64, key: i64, priority: Priority, sender: Sender) -> Queued {
    Queued {
        lane: Lane {
            priority,
            key: KeyId(key),
            sender,
        },
        ..Queued::sample(row)
    }
}

fn resting(sim: &Carrier) -> Candidate<'_> {
    Candidate {
        free: false,
        rest: Some(Rest::Cooling),
        ..free(sim)
    }
}

/// Of the first key, and by any SIM.
fn normal(row: i64) -> Queued {
    message(row, 1, Priority::Normal, Sender::Any)
}

/// What carries the next message.
fn carrier(lanes: &Lanes, sims: &[Candidate<'_>], strategy: Strategy) -> Option<Carrier> {
    pick(lanes, sims, strategy).map(|picked| picked.carrier)
}

fn lanes(messages: impl IntoIterator<Item = Queued>) -> Lanes {
    let mut lanes = Lanes::default();
    messages
        .into_iter()
        .for_each(|message| lanes.accept(message));
    lanes
}

fn pick(lanes: &Lanes, sims: &[Candidate<'_>], strategy: Strategy) -> Option<Assignment> {
    let router = no_routes(strategy);
    let scene = Scene {
        router: &router,
        ..scene(sims.to_vec(), T0)
    };
    super::pick(lanes, &scene)
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
    let many = (1..=4).map(normal);
    let few = (5..=6).map(|row| message(row, 2, Priority::Normal, Sender::Any));
    let mut lanes = lanes(many.chain(few));
    let sim = iccid(1);
    assert_eq!(order(&mut lanes, &free(&sim)), [1, 5, 2, 6, 3, 4]);
}

#[test]
fn a_message_for_another_sim_holds_up_nobody() {
    let mut pinned = normal(1);
    pinned.pinned = Some(iccid(2));
    let named = message(
        3,
        1,
        Priority::Normal,
        Sender::Sim(iccid(2).sim().unwrap().clone()),
    );
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
    let mut refused = normal(1);
    refused.refused_by = Some(iccid(1));
    let lanes = lanes([refused]);
    let (a, b) = (iccid(1), iccid(2));
    let busy = Candidate {
        free: false,
        ..free(&b)
    };
    assert_eq!(pick(&lanes, &[free(&a), busy], Strategy::Balance), None);
    assert_eq!(
        carrier(&lanes, &[free(&a), free(&b)], Strategy::Balance),
        Some(b)
    );
    assert_eq!(
        carrier(&lanes, &[free(&a)], Strategy::Balance),
        Some(a),
        "no other is up"
    );
}

#[test]
fn balance_takes_the_least_loaded_and_round_robin_the_longest_idle() {
    let lanes = lanes([normal(1)]);
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
    let picked = [Strategy::Balance, Strategy::RoundRobin].map(|by| carrier(&lanes, &sims, by));
    assert_eq!(picked, [Some(a.clone()), Some(b.clone())]);
}

#[test]
fn a_long_message_waits_for_room_and_a_short_one_passes_it() {
    let mut long = normal(1);
    long.segments = 3;
    let mut lanes = lanes([long, normal(2)]);
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
fn what_the_only_other_sim_will_not_carry_for_long_may_go_back() {
    let mut refused = normal(1);
    refused.refused_by = Some(iccid(1));
    let lanes = lanes([refused]);
    let (a, b) = (iccid(1), iccid(2));
    let resting = resting(&b);
    let picked = pick(&lanes, &[free(&a), resting], Strategy::Balance);
    assert_eq!(picked.unwrap().carrier, a);
}

#[test]
fn field_notes_a_8_a_report_that_could_be_mixed_up_sends_a_message_elsewhere() {
    let mut awaiting = Awaiting::default();
    let reported = |row| Queued {
        status_report: true,
        ..normal(row)
    };
    // The recipient got number 0, and number 0 is next again.
    awaiting.submitted(0, Some(recipient("+84900000000")), T0);
    awaiting.submitted(255, None, T0);
    let (a, b) = (iccid(1), iccid(2));
    let full = Candidate {
        sim: Some(SimTraits {
            awaiting: &awaiting,
            ..traits()
        }),
        ..free(&a)
    };
    let other = Candidate {
        load: 9.0,
        ..free(&b)
    };
    let lanes = lanes([
        reported(1),
        Queued {
            to: "+84900000001".to_owned(),
            ..reported(2)
        },
    ]);
    let sims = [full.clone(), other];
    assert_eq!(carrier(&lanes, &sims, Strategy::Balance), Some(b));
    // Alone, it goes on with others.
    let alone = pick(&lanes, std::slice::from_ref(&full), Strategy::Balance).unwrap();
    assert_eq!(alone.row, RowId(2));
    let held = T0.after(crate::carriers::HELD);
    let later = super::pick(&lanes, &scene(vec![full], held));
    assert_eq!(later.unwrap().row, RowId(1), "and not for ever");
}

#[test]
fn a_sim_at_rest_is_given_nothing() {
    let lanes = lanes([message(1, 1, Priority::Otp, Sender::Any)]);
    let sim = iccid(1);
    let resting = resting(&sim);
    assert_eq!(pick(&lanes, &[resting], Strategy::Balance), None);
}
