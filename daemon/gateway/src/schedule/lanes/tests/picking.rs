//! What is picked from the window is what would be picked if all were in memory.

use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
};

use super::*;
use crate::schedule::pick::Rest;
use model::Sender;

/// A message out of few kinds, so that all meet.
fn any_message(row: i64) -> impl Strategy<Value = Queued> {
    let sender = prop_oneof![
        4 => Just(Sender::Any),
        1 => (1..4_u8).prop_map(|n| Sender::Sim(sim(n).sim().unwrap().clone())),
        1 => Just(Sender::Group("g".to_owned())),
    ];
    let priority = prop_oneof![
        Just(Priority::Otp),
        Just(Priority::Normal),
        Just(Priority::Bulk)
    ];
    let some_sim = proptest::option::weighted(0.2, (1..4_u8).prop_map(sim));
    (
        sender,
        priority,
        1..3_i64,
        some_sim.clone(),
        some_sim,
        1..4_u16,
    )
        .prop_map(
            move |(sender, priority, key, pinned, refused_by, segments)| Queued {
                lane: Lane {
                    priority,
                    key: KeyId(key),
                    sender,
                },
                pinned,
                refused_by,
                segments,
                ..message(row)
            },
        )
}

#[derive(Clone, Debug)]
struct AnySim {
    free: bool,
    soon: bool,
    room: u32,
    grouped: bool,
}

fn any_sims() -> impl Strategy<Value = Vec<AnySim>> {
    let one = (any::<bool>(), any::<bool>(), 0..4_u32, any::<bool>()).prop_map(
        |(free, soon, room, grouped)| AnySim {
            free,
            soon: soon || free,
            room,
            grouped,
        },
    );
    proptest::collection::vec(one, 3)
}

fn messages(count: i64) -> impl Strategy<Value = Vec<Queued>> {
    let rows: Vec<_> = (1..=count).map(any_message).collect();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No SIM is idle while it could send; strict between priorities; whatever order they came in.
    #[test]
    fn the_best_message_of_all_that_wait_is_picked(
        all in messages(400), rounds in proptest::collection::vec(any_sims(), 1..6),
    ) {
        let iccids: Vec<Carrier> = (1..4).map(sim).collect();
        let (groups, awaiting) = (["g".to_owned()], Awaiting::default());
        let (first, later) = all.split_at(300);
        let mut queue = Queue::of(first.iter().cloned());
        queue.read(NOW);
        let mut later = later.iter().cloned();
        for round in rounds {
            later.by_ref().take(20).for_each(|message| queue.accept(message));
            let sims: Vec<Candidate<'_>> = iccids.iter().zip(&round).map(|(iccid, any)| Candidate {
                free: any.free, rest: (!any.soon).then_some(Rest::Cooling), room: any.room,
                groups: if any.grouped { &groups } else { &[] },
                ..up(iccid, &awaiting)
            }).collect();
            loop {
                // Each message that waits, alone: could it go?
                let eligible: Vec<&Queued> = queue.stored.values().filter(|message| {
                    let mut alone = Lanes::default();
                    alone.accept((*message).clone());
                    pick(&alone, &scene(sims.clone(), NOW)).is_some()
                }).collect();
                let best = eligible.iter().map(|message| message.lane.priority).min();
                let stored = queue.stored.clone();
                let sent = queue.send_one(&sims);
                let sent = sent.and_then(|row| stored.values().find(|message| message.row.0 == row));
                prop_assert_eq!(sent.map(|message| message.lane.priority), best);
                let Some(sent) = sent else { break };
                // The oldest of its kind goes first.
                let older = stored.values().find(|other| {
                    other.lane == sent.lane && other.needs() == sent.needs() && other.row < sent.row
                });
                prop_assert!(older.is_none(), "{older:?} before {sent:?}");
                // Ten a round are enough: most of the queue stays for the next one.
                if stored.len().is_multiple_of(10) { break; }
            }
        }
    }

    /// Every message that any SIM may carry goes at last, once.
    #[test]
    fn nobody_starves(all in messages(300)) {
        let iccids: Vec<Carrier> = (1..4).map(sim).collect();
        let (groups, awaiting) = (["g".to_owned()], Awaiting::default());
        let mut queue = Queue::of(all.iter().cloned());
        let sims: Vec<Candidate<'_>> = iccids.iter()
            .map(|iccid| Candidate { groups: &groups, ..up(iccid, &awaiting) }).collect();
        let mut sent = queue.send_all(&sims);
        sent.sort_unstable();
        prop_assert_eq!(sent, (1..=300).collect::<Vec<i64>>());
        prop_assert!(queue.lanes.is_empty());
    }
}
