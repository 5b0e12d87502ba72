//! A row that makes no sense holds up no other.

use super::*;
use crate::machine::select::{Select as _, both};
use crate::values::params;
use model::PartState;

/// Spoils a row of this message.
async fn spoil(store: &Store, row: RowId, sql: &'static str) {
    let spoil = move |tx: &mut crate::machine::writer::Tx<'_>| tx.execute(sql, params![row]);
    assert_eq!(store.write(Need::Ongoing, spoil).await.unwrap(), 1);
}

/// Tallies of a SIM, also under another text of it, of an uplink, and under texts of no carrier.
const TALLIES: &str = "INSERT INTO tallies (carrier, hour, messages, parts, sent, failed, received)
    SELECT c.column1, h.column1, 1, 1, 1, 0, 0 FROM
        (VALUES ('8984011234567890121'), ('8984011234567890121f'), ('x'), (CAST(x'FF' AS TEXT)),
            ('uplink:main'), ('')) c,
        (VALUES (0), (?1)) h";
const CARRIER: &str = "UPDATE messages SET carrier = 'x' WHERE row = ?1";

#[tokio::test]
async fn what_makes_no_sense_is_damage() {
    for sql in [
        CARRIER,
        "UPDATE messages SET state = 99 WHERE row = ?1",
        "UPDATE messages SET segments = -1 WHERE row = ?1",
        "UPDATE messages SET id = x'00' WHERE row = ?1",
        "UPDATE messages SET peer = CAST(x'FF' AS TEXT) WHERE row = ?1",
    ] {
        let (_dir, store) = open();
        let queued = put_claimed(&store, text(TO, "x"), &sim(1)).await;
        spoil(&store, queued.row, sql).await;
        let steps = vec![sent(queued.row, 1, &sim(1), 1, true)];
        let error = store.queue().advance(steps).await.unwrap_err();
        assert!(error.is_damage(), "{sql}: {error}");
    }
}

#[tokio::test]
async fn the_validity_of_others_ends() {
    let (_dir, store) = open();
    let spoilt = put(&store, text(TO, "x")).await;
    let other = put(&store, text("+84900000002", "x")).await;
    spoil(&store, spoilt.row, CARRIER).await;
    let expired = store.queue().expire(at(24 * HOUR), 9).await.unwrap();
    assert_eq!(expired, [(other.id, other.to)]);
}

#[tokio::test]
async fn doubts_about_others_are_settled() {
    let (_dir, store) = open();
    let spoilt = put(&store, text(TO, "x")).await;
    let other = put(&store, text("+84900000002", "x")).await;
    for queued in [&spoilt, &other] {
        claim(&store, queued.row, &sim(1)).await;
        assert!(step(&store, uncertain(queued.row, 1, true)).await.applied);
    }
    spoil(&store, spoilt.row, CARRIER).await;
    let settled = decide(&store, at(HOUR), 1).await;
    let settled: Vec<_> = settled.iter().map(|settled| settled.id).collect();
    assert_eq!(settled, [other.id]);
}

/// What a number proves of an earlier message does not keep its own message from being recorded.
#[tokio::test]
async fn what_went_out_is_recorded_though_it_would_settle_what_makes_no_sense() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000003", &sim(1), 5, T0).await;
    let spoilt = put_claimed(&store, text(TO, "x"), &sim(1)).await;
    assert!(step(&store, uncertain(spoilt.row, 1, true)).await.applied);
    spoil(&store, spoilt.row, CARRIER).await;
    let next = put_sent(&store, "+84900000002", &sim(1), 6, at(SECOND)).await;
    assert_eq!(state(&store, next.id).await, State::Sent);
}

#[tokio::test]
async fn a_start_settles_others_and_sends_again_what_may_be_on_the_air_of_none() {
    for sql in [
        CARRIER,
        "UPDATE parts SET carrier = 'x' WHERE message = ?1 AND seq = 1",
    ] {
        let (dir, store) = open();
        let spoilt = put(&store, text(TO, "x")).await;
        let other = put(&store, text("+84900000002", "x")).await;
        let between = put(&store, long("+84900000003", 2)).await;
        for queued in [&spoilt, &other, &between] {
            claim(&store, queued.row, &sim(1)).await;
        }
        step(&store, sent(between.row, 1, &sim(1), 1, false)).await;
        spoil(&store, spoilt.row, sql).await;
        let store = reopen(&dir, store).await;
        assert_eq!(state(&store, other.id).await, State::Uncertain);
        assert_eq!(state(&store, between.id).await, State::Queued);
        let kept = store.read(move |reader| {
            let sql = "SELECT m.state, p.state FROM messages m JOIN parts p ON p.message = m.row
                WHERE m.row = ?1";
            reader.one(sql, params![spoilt.row], both)
        });
        let kept: (State, PartState) = kept.await.unwrap();
        assert_eq!(kept, (State::Sending, PartState::Sending));
    }
}

#[tokio::test]
async fn the_other_uplinks_of_an_account_are_known() {
    let (_dir, store) = open();
    let put = "INSERT INTO uplinks (name, config, account)
        VALUES ('one', '{}', 'a'), ('t w o', '{}', 'a'), ('three', '{}', 'a')";
    store.run(put).await;
    let binds = |tx: &mut crate::machine::writer::Tx<'_>| {
        crate::tables::accounts::binds(tx, &Carrier::Uplink("one".parse().unwrap()))
    };
    let binds = store.write(Need::Ongoing, binds).await.unwrap();
    let binds: Vec<_> = binds.iter().map(ToString::to_string).collect();
    assert_eq!(binds, ["uplink:one", "uplink:three"]);
}

#[tokio::test]
async fn what_came_to_a_number_is_listed_though_one_of_its_sims_makes_no_sense() {
    let (_dir, store) = open();
    let sent = put_sent(&store, TO, &sim(1), 5, T0).await;
    let put = "INSERT INTO sims (iccid, own, last_seen, config) VALUES
        ('8984011234567890121', '+84911111111', 0, '{}'), ('x', '+84911111111', 0, '{}')";
    store.run(put).await;
    let filter = crate::Filter {
        from: Some("+84911111111".to_owned()),
        ..crate::Filter::default()
    };
    let listed = store.reading().messages(filter, 10, None).await.unwrap();
    let ids: Vec<_> = listed.items.iter().map(|message| message.id).collect();
    assert_eq!(ids, [sent.id]);
}

async fn put_tallies(store: &Store) {
    let hour = crate::tables::tallies::hour(T0);
    let put = move |tx: &mut crate::machine::writer::Tx<'_>| tx.execute(TALLIES, [hour]);
    assert_eq!(store.write(Need::Ongoing, put).await.unwrap(), 12);
}

#[tokio::test]
async fn carriers_that_count_are_each_found_once_in_order() {
    let (_dir, store) = open();
    put_tallies(&store).await;
    let found = store.write(Need::Ongoing, |tx| crate::tables::tallies::carriers(tx));
    let found = found.await.unwrap();
    assert_eq!(found, [sim(1).into(), "uplink:main".parse().unwrap()]);
    let totals = store.admin().sim_totals(Time::ZERO).await.unwrap();
    assert!(
        totals.iter().all(|(iccid, _)| *iccid == sim(1)),
        "{totals:?}"
    );
}

#[tokio::test]
async fn tallies_go_when_nobody_looks_at_them_whatever_their_carrier() {
    let (_dir, store) = open();
    put_tallies(&store).await;
    store.upkeep().retain(T0, T0, 10).await.unwrap();
    let sql = "SELECT count(*), min(hour) FROM tallies";
    let left = store.read(|reader| reader.one(sql, [], both));
    let left: (i64, i64) = left.await.unwrap();
    assert_eq!(left, (6, crate::tables::tallies::hour(T0)));
}

#[tokio::test]
async fn the_clock_is_followed_whatever_counts() {
    for to in [at(48 * HOUR), at(-48 * HOUR)] {
        let (_dir, store) = open();
        put_tallies(&store).await;
        let step = model::ClockStep::between(T0, to).unwrap();
        let mut moving = crate::ClockMove::new(step, RowId(0));
        while !moving.is_over() {
            let moved = store.upkeep().move_clock(&mut moving, move || to);
            moved.await.unwrap();
            moving.followed();
        }
    }
}
