//! A row that makes no sense holds up no other.

use super::reports::report;
use super::*;
use crate::machine::select::{Select as _, both};
use crate::values::params;
use crate::{Received, Reported};
use model::{ConcatKey, InboundPart, PartState};

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

/// Columns that the scheduler goes by, and that no list reads.
const QUEUED: [&str; 6] = [
    "UPDATE messages SET segments = -1 WHERE row = ?1",
    "UPDATE messages SET next_part = 99999 WHERE row = ?1",
    "UPDATE messages SET pinned = 'x' WHERE row = ?1",
    "UPDATE messages SET refused_by = 'x' WHERE row = ?1",
    "UPDATE messages SET text = CAST(x'FF' AS TEXT) WHERE row = ?1",
    "UPDATE messages SET id = x'00' WHERE row = ?1",
];

#[tokio::test]
async fn what_waits_behind_it_in_its_lane_is_found() {
    for sql in QUEUED {
        let (_dir, store) = open();
        let spoilt = put(&store, text(TO, "x")).await;
        let other = put(&store, text("+84900000002", "x")).await;
        spoil(&store, spoilt.row, sql).await;
        let waiting = store.waiting(&lane(), None, at(HOUR), 9).await.unwrap();
        let rows: Vec<_> = waiting.iter().map(|queued| queued.row).collect();
        assert_eq!(rows, [other.row], "{sql}");
        let both = vec![spoilt.row, other.row];
        let told = store.reading().queued(both).await.unwrap();
        let rows: Vec<_> = told.iter().map(|queued| queued.row).collect();
        assert_eq!(rows, [other.row], "{sql}");
    }
}

#[tokio::test]
async fn others_whose_time_comes_are_sent() {
    for sql in [
        "UPDATE messages SET lane = 'x' WHERE row = ?1",
        "UPDATE messages SET lane = NULL WHERE row = ?1",
        "UPDATE messages SET priority = 9 WHERE row = ?1",
    ] {
        let (_dir, store) = open();
        let later = |to: &str| NewMessage {
            send_at: Some(at(SECOND)),
            ..text(to, "later")
        };
        let [spoilt, other] = [later(TO), later("+84900000002")];
        let ids = [spoilt.id, other.id];
        accept(&store, vec![spoilt, other]).await;
        let row = get(&store, ids[0]).await.row;
        spoil(&store, row, sql).await;
        let promoted = store.queue().promote(at(HOUR)).await.unwrap();
        assert_eq!(promoted.count, 1, "{sql}: {promoted:?}");
        assert_eq!(state(&store, ids[1]).await, State::Queued);
    }
}

#[tokio::test]
async fn the_validity_of_others_ends_whatever_its_name_is() {
    let (_dir, store) = open();
    let spoilt = put(&store, text(TO, "x")).await;
    let other = put(&store, text("+84900000002", "x")).await;
    spoil(
        &store,
        spoilt.row,
        "UPDATE messages SET id = x'00' WHERE row = ?1",
    )
    .await;
    let expired = store.queue().expire(at(24 * HOUR), 1).await.unwrap();
    assert_eq!(expired, [(other.id, other.to)]);
}

#[tokio::test]
async fn others_of_its_reference_are_cancelled_and_paused() {
    for sql in [CARRIER, "UPDATE messages SET lane = 'x' WHERE row = ?1"] {
        let (_dir, store) = open();
        let spoilt = put(&store, text(TO, "x")).await;
        let other = put(&store, text("+84900000002", "x")).await;
        spoil(&store, spoilt.row, sql).await;
        let ids = vec![spoilt.id, other.id];
        for paused in [true, false] {
            let queue = store.queue();
            let done = queue
                .pause_all(ids.clone(), paused, T0, audit("paused"))
                .await;
            assert_eq!(done.unwrap().waiting, 1, "{sql}");
        }
        let queue = store.queue();
        let cancelled = queue.cancel_all(ids, T0, audit("cancelled")).await;
        assert_eq!(cancelled.unwrap(), [other.id], "{sql}");
    }
}

/// Of what is known of parts in doubt and of a SIM's numbers.
const DOUBTS: [&str; 4] = [
    "UPDATE doubts SET ahead = -1 WHERE message = ?1",
    "UPDATE doubts SET after_mr = 999 WHERE message = ?1",
    "UPDATE doubts SET part = -1 WHERE message = ?1",
    "UPDATE mr_counts SET refused = -1 WHERE ?1 > 0",
];

#[tokio::test]
async fn what_goes_out_is_recorded_though_a_doubt_of_its_sim_makes_no_sense() {
    for sql in DOUBTS {
        let (_dir, store) = open();
        put_sent(&store, "+84900000003", &sim(1), 5, T0).await;
        let spoilt = put_claimed(&store, text(TO, "x"), &sim(1)).await;
        assert!(step(&store, uncertain(spoilt.row, 1, true)).await.applied);
        let other = put(&store, text("+84900000004", "x")).await;
        claim(&store, other.row, &sim(2)).await;
        assert!(step(&store, uncertain(other.row, 1, true)).await.applied);
        spoil(&store, spoilt.row, sql).await;
        // As many numbers are missing as the doubt could have used: from what makes no sense nothing follows.
        let next = put_sent(&store, "+84900000002", &sim(1), 6, at(SECOND)).await;
        assert_eq!(state(&store, next.id).await, State::Sent, "{sql}");
        let report = reported(&store, report(&sim(1), 6, "+84900000002", at(2 * SECOND))).await;
        assert!(
            matches!(report, Reported::Matched { .. }),
            "{sql}: {report:?}"
        );
        // That of a part which no number names may be the spoilt one's.
        let unclear = report_of(TO, &store).await;
        assert!(
            matches!(unclear, Reported::Unmatched | Reported::Matched { .. }),
            "{sql}"
        );
        let settled = decide(&store, at(HOUR), 1).await;
        let ids: Vec<_> = settled.iter().map(|settled| settled.id).collect();
        assert!(ids.contains(&other.id), "{sql}: {ids:?}");
    }
}

async fn report_of(to: &str, store: &Store) -> Reported {
    reported(store, report(&sim(1), 77, to, at(3 * SECOND))).await
}

#[tokio::test]
async fn a_report_that_was_kept_and_makes_no_sense_holds_up_no_answer() {
    for sql in [
        "UPDATE orphans SET recipient = CAST(x'FF' AS TEXT)",
        "UPDATE orphans SET tp_status = 999",
        "UPDATE orphans SET class = 99",
    ] {
        let (_dir, store) = open();
        let early = put_claimed(&store, text(TO, "x"), &sim(1)).await;
        let kept = reported(&store, report(&sim(1), 7, TO, at(SECOND))).await;
        assert!(matches!(kept, Reported::Unmatched), "{kept:?}");
        store.run(sql).await;
        let sent = step(&store, sent(early.row, 1, &sim(1), 7, true)).await;
        assert!(sent.applied, "{sql}");
        assert_eq!(state(&store, early.id).await, State::Sent, "{sql}");
    }
}

#[tokio::test]
async fn others_that_came_in_are_given_though_their_last_parts_never_come() {
    for sql in [
        "UPDATE inbound_sets SET total = -1 WHERE row = ?1",
        "UPDATE inbound_sets SET carrier = 'x' WHERE row = ?1",
        "UPDATE inbound_sets SET originator = CAST(x'FF' AS TEXT) WHERE row = ?1",
    ] {
        let (_dir, store) = open();
        for from in ["+84911111111", "+84922222222"] {
            let part = InboundPart {
                concat: Some(ConcatKey {
                    reference: 1,
                    wide: false,
                    total: 2,
                    seq: 1,
                }),
                ..incoming(from, "first")
            };
            assert!(matches!(
                received(&store, part).await,
                Received::Held { .. }
            ));
        }
        spoil(&store, RowId(1), sql).await;
        let join = |parts: &[model::RawPart]| join_behind(0, parts);
        let released = store
            .inbound()
            .release_incomplete(at(HOUR), join)
            .await
            .unwrap();
        let from: Vec<_> = released.iter().map(|joined| joined.from.as_str()).collect();
        assert_eq!(from, ["+84922222222"], "{sql}");
    }
}

#[tokio::test]
async fn the_texts_of_others_go_when_they_are_old() {
    let (_dir, store) = open();
    let spoilt = put_sent(&store, TO, &sim(1), 5, T0).await;
    let other = put_sent(&store, "+84900000002", &sim(1), 6, at(SECOND)).await;
    assert_eq!(numbers(&store).await.len(), 2);
    let row = get(&store, spoilt.id).await.row;
    spoil(&store, row, "UPDATE messages SET id = x'00' WHERE row = ?1").await;
    let before = Time(clock::now().0 + 1000);
    store
        .upkeep()
        .thin(crate::Thinned::Texts, before, 9)
        .await
        .unwrap();
    assert_eq!(text_of(get(&store, other.id).await), "");
}

async fn numbers(store: &Store) -> Vec<String> {
    let filter = crate::ConversationFilter::default();
    let listed = store
        .reading()
        .conversations(filter, 9, None)
        .await
        .unwrap();
    let numbers = listed.items.into_iter().map(|one| one.number);
    numbers.collect()
}

async fn found_by_words(store: &Store, words: &str) -> usize {
    let filter = crate::Filter {
        q: Some(words.to_owned()),
        ..crate::Filter::default()
    };
    let listed = store.reading().messages(filter, 9, None).await.unwrap();
    listed.items.len()
}

#[tokio::test]
async fn others_are_indexed_found_and_deleted_when_they_are_old() {
    for sql in [
        "UPDATE messages SET text = CAST(x'FF' AS TEXT) WHERE row = ?1",
        "UPDATE messages SET peer = CAST(x'FF' AS TEXT) WHERE row = ?1",
    ] {
        let (_dir, store) = open();
        let spoilt = put_sent(&store, TO, &sim(1), 5, T0).await;
        let other = put_sent(&store, "+84900000002", &sim(1), 6, at(SECOND)).await;
        put(&store, text("+84900000003", "the newest stays")).await;
        spoil(&store, spoilt.row, sql).await;
        assert!(numbers(&store).await.contains(&other.to), "{sql}");
        assert_eq!(found_by_words(&store, "newest").await, 1, "{sql}");
        let before = Time(clock::now().0 + 1000);
        let gone = store.upkeep().retain(before, T0, 10).await.unwrap();
        assert_eq!(gone, 2, "{sql}");
        assert_eq!(numbers(&store).await, ["+84900000003"], "{sql}");
    }
}

#[tokio::test]
async fn messages_are_indexed_anew_where_it_makes_no_sense_how_far_they_are() {
    for upto in [-1, i64::MIN] {
        let (_dir, store) = open();
        put(&store, text(TO, "old")).await;
        assert_eq!(numbers(&store).await, [TO]);
        let set = move |tx: &mut crate::machine::writer::Tx<'_>| {
            tx.execute("UPDATE indexed SET upto = ?1", [upto])
        };
        assert_eq!(store.write(Need::Ongoing, set).await.unwrap(), 1);
        put(&store, text("+84900000002", "new")).await;
        assert_eq!(numbers(&store).await, ["+84900000002", TO], "{upto}");
        for words in ["old", "new"] {
            assert_eq!(found_by_words(&store, words).await, 1, "{upto}");
        }
    }
}

#[tokio::test]
async fn a_sim_is_set_anew_by_a_person_alone_and_is_disabled_where_nobody_knows_its_quotas() {
    for (sql, enabled) in [
        ("UPDATE sims SET config = '{'", false),
        ("UPDATE sims SET imsi = CAST(x'FF' AS TEXT)", true),
    ] {
        let (_dir, store) = open();
        let admin = store.admin();
        admin
            .seen_sim(crate::SimSeen::new(sim(1), T0))
            .await
            .unwrap();
        store.run(sql).await;
        assert_eq!(admin.sims().await.unwrap().len(), 0, "{sql}");
        let label = |config: &mut model::SimConfig| config.label = Some("x".to_owned());
        let alone = admin.change_sim(&sim(1), label, None).await;
        assert_eq!(alone.is_ok(), enabled, "{sql}");
        assert_eq!(admin.sims().await.unwrap().len(), 0, "{sql}");
        let mended = admin
            .change_sim(&sim(1), label, Some(audit("changed")))
            .await
            .unwrap();
        assert_eq!(
            (mended.enabled, mended.label.as_deref()),
            (enabled, Some("x")),
            "{sql}"
        );
        let sims = admin.sims().await.unwrap();
        assert_eq!(sims[0].config, mended);
    }
}

#[tokio::test]
async fn numbers_that_make_no_sense_fail_no_sum() {
    let (_dir, store) = open();
    let put = "INSERT INTO tallies (carrier, hour, messages, parts, sent, failed, received)
        SELECT '8984011234567890121', column1, 9223372036854775807, 1, 9223372036854775807, 0, 0 FROM (VALUES (1), (2))";
    store.run(put).await;
    let totals = store.admin().sim_totals(Time::ZERO).await.unwrap();
    assert_eq!(totals[0].1.sent, i64::MAX.unsigned_abs());
    let count = store.admin().sent_count(&sim(1), Time::ZERO).await.unwrap();
    assert_eq!((count.messages, count.parts), (i64::MAX.unsigned_abs(), 2));
}
