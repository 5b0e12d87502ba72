//! The audit: what it shows of changes, and that nothing takes rows out unseen.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::*;
use crate::{NewAudit, verify_audit};
use model::{AuditFilter, AuditRow, Role, RowId};

fn entry(what: &str, at: Time) -> NewAudit {
    NewAudit {
        at,
        actor: "key admin".to_owned(),
        from: Some("192.0.2.7".to_owned()),
        what: what.to_owned(),
    }
}

/// The newest row.
async fn newest(store: &Store) -> AuditRow {
    newest_changes(store, 1).await.remove(0)
}

/// What the newest row shows.
async fn shown(store: &Store) -> (Value, Value) {
    let AuditRow { before, after, .. } = newest(store).await;
    (before.unwrap_or_default(), after.unwrap_or_default())
}

async fn append(store: &Store, days: std::ops::Range<i64>) {
    for day in days {
        let entry = entry(&format!("day {day}"), at(day * 24 * HOUR));
        store.admin().audit(entry).await.unwrap();
    }
}

fn file(dir: &TempDir) -> Connection {
    Connection::open(dir.path().join("simgate.db")).unwrap()
}

#[tokio::test]
async fn a_change_shows_what_was_and_what_is_without_secrets() {
    let (_dir, store) = open();
    let edit = |pin: &'static str, label: &'static str| {
        move |config: &mut model::SimConfig| {
            config.set_pin(Some(pin.to_owned()));
            config.label = Some(label.to_owned());
        }
    };
    for (pin, label) in [("1111", "one"), ("2222", "two")] {
        let audit = Some(entry("changed sim", T0));
        let edit = edit(pin, label);
        store
            .admin()
            .change_sim(&sim(1), edit, audit)
            .await
            .unwrap();
    }
    let (before, after) = shown(&store).await;
    assert_eq!(before, json!({"label": "one", "pin": "…"}));
    assert_eq!(after, json!({"label": "two", "pin": "…"}));

    let new = crate::NewUser {
        name: "anna".to_owned(),
        role: Role::Admin,
        password: "$argon2id$secret".to_owned(),
        at: T0,
        first_by: None,
    };
    store
        .admin()
        .create_user(new, entry("made user", T0))
        .await
        .unwrap();
    let (before, after) = shown(&store).await;
    assert_eq!((before, &after["role"]), (Value::Null, &json!("admin")));
    let change = crate::UserChange {
        password: Some("$argon2id$other".to_owned()),
        ..Default::default()
    };
    let audit = entry("changed user", T0);
    store
        .admin()
        .change_user("anna", change, audit)
        .await
        .unwrap();
    let masked = json!({"password": "…"});
    assert_eq!(shown(&store).await, (masked.clone(), masked));

    let queued = put(&store, text("+84901234567", "hello")).await;
    let audit = Some(entry("cancelled", T0));
    store.queue().cancel(queued.id, T0, audit).await.unwrap();
    let states = (json!({"state": "queued"}), json!({"state": "cancelled"}));
    assert_eq!(shown(&store).await, states);
}

#[tokio::test]
async fn the_file_refuses_whatever_is_no_new_row() {
    let (dir, store) = open();
    append(&store, 0..3).await;
    let file = file(&dir);
    for (refused, why) in [
        ("UPDATE audit SET what = 'x' WHERE row = 2", "append-only"),
        ("DELETE FROM audit WHERE row = 1", "append-only"),
        ("DELETE FROM audit", "append-only"),
        (
            "INSERT OR REPLACE INTO audit (row, at, actor, what, hash) VALUES (2, 0, '', '', x'00')",
            "append-only",
        ),
        ("UPDATE audit_anchor SET row = 2, hash = x'00'", "anchored"),
        ("UPDATE audit_anchor SET row = 9", "anchored"),
        ("DELETE FROM audit_anchor", "one anchor"),
        ("INSERT INTO audit_anchor VALUES (9, x'00')", "one anchor"),
    ] {
        let said = file.execute_batch(refused).unwrap_err().to_string();
        assert!(said.contains(why), "{refused}: {said}");
    }
    let verified = verify_audit(dir.path(), None).unwrap();
    assert_eq!((verified.rows, verified.broken), (3, None));
}

#[tokio::test]
async fn rows_past_their_retention_go_and_the_rest_is_verified() {
    let (dir, store) = open();
    append(&store, 0..10).await;
    let noted = newest(&store).await.hash;
    let (upkeep, now) = (store.upkeep(), at(10 * 24 * HOUR));
    let before = at(4 * 24 * HOUR);
    let mut gone = 0;
    loop {
        match upkeep.forget_audit(before, now, 3).await.unwrap() {
            0 => break,
            more => gone += more,
        }
    }
    // Days 0 to 2 in one step. What is left is no day older than it may be.
    assert_eq!(gone, 3);
    let told = newest(&store).await;
    assert_eq!(told.what, "forgot the rows of the audit up to 3");
    let verified = verify_audit(dir.path(), Some(noted)).unwrap();
    assert_eq!((verified.rows, verified.forgotten.0), (8, 3));
    assert_eq!((verified.broken, verified.has_noted), (None, true));

    // A file that was cut at its front all the same.
    store.close().await;
    let file = file(&dir);
    file.execute_batch(
        "DROP TRIGGER audit_goes_behind_its_anchor; DELETE FROM audit WHERE row = 4",
    )
    .unwrap();
    let broken = verify_audit(dir.path(), None).unwrap().broken.unwrap();
    assert_eq!(broken.row.0, 5);
}

#[tokio::test]
async fn a_row_that_stays_keeps_those_behind_it_and_the_newest_is_never_forgotten() {
    let (_dir, store) = open();
    append(&store, 5..6).await;
    append(&store, 0..3).await;
    let (upkeep, now) = (store.upkeep(), at(9 * 24 * HOUR));
    let before = at(4 * 24 * HOUR);
    assert_eq!(upkeep.forget_audit(before, now, 9).await.unwrap(), 0);
    let later = at(99 * 24 * HOUR);
    assert_eq!(upkeep.forget_audit(later, later, 9).await.unwrap(), 3);
    assert_eq!(newest_changes(&store, 9).await.len(), 2);
    assert_eq!(upkeep.forget_audit(later, later, 9).await.unwrap(), 1);
}

#[tokio::test]
async fn a_row_that_was_given_another_number_is_found() {
    let (dir, store) = open();
    append(&store, 0..3).await;
    store.close().await;
    file(&dir)
        .execute_batch("DROP TRIGGER audit_stays; UPDATE audit SET row = 7 WHERE row = 3")
        .unwrap();
    let broken = verify_audit(dir.path(), None).unwrap().broken.unwrap();
    assert_eq!(broken.row.0, 7);
}

#[tokio::test]
async fn a_chain_that_was_cut_off_at_its_end_is_told_by_a_hash_that_was_noted() {
    let (dir, store) = open();
    append(&store, 0..3).await;
    let noted = newest(&store).await.hash;
    store.close().await;
    let file = file(&dir);
    file.execute_batch(
        "DROP TRIGGER audit_goes_behind_its_anchor; DELETE FROM audit WHERE row = 3",
    )
    .unwrap();
    let verified = verify_audit(dir.path(), Some(noted)).unwrap();
    assert_eq!((verified.broken, verified.has_noted), (None, false));
    assert!(verify_audit(dir.path(), None).unwrap().has_noted);
}

/// What a page tells, and whether there is another.
async fn page(
    store: &Store,
    filter: AuditFilter,
    before: Option<RowId>,
) -> (Vec<String>, Option<RowId>) {
    let listed = store.admin().audited(filter, 3, before).await.unwrap();
    let told = listed.items.into_iter().map(|row| row.what);
    (told.collect(), listed.next)
}

#[tokio::test]
async fn changes_are_found_by_who_what_and_when_and_a_page_looks_at_so_many() {
    let (dir, store) = open();
    for n in 0..9 {
        let actor = if n % 2 == 0 { "key crm" } else { "user anna" };
        let actor = actor.to_owned();
        let what = format!("Changed {n}");
        let (at, from) = (at(n * HOUR), None);
        let new = NewAudit {
            at,
            actor,
            from,
            what,
        };
        store.admin().audit(new).await.unwrap();
    }
    let by = |actor: &str| AuditFilter {
        actor: Some(actor.to_owned()),
        ..AuditFilter::default()
    };
    let (told, next) = page(&store, by("user anna"), None).await;
    assert_eq!(told, ["Changed 7", "Changed 5", "Changed 3"]);
    let (told, next) = page(&store, by("user anna"), next).await;
    assert_eq!((told, next), (vec!["Changed 1".to_owned()], None));
    let filter = AuditFilter {
        what: Some("cHANGED 4".to_owned()),
        ..AuditFilter::default()
    };
    assert_eq!(page(&store, filter, None).await.0, ["Changed 4"]);
    let filter = AuditFilter {
        since: Some(at(2 * HOUR)),
        until: Some(at(4 * HOUR)),
        ..by("key crm")
    };
    assert_eq!(page(&store, filter, None).await.0, ["Changed 2"]);

    // Of a long history a page looks at some, and says where to go on.
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
        INSERT INTO audit (at, actor, what, hash) SELECT 0, 'key bulk', 'x', zeroblob(32) FROM n";
    file(&dir).execute_batch(many).unwrap();
    let (told, next) = page(&store, by("user anna"), None).await;
    assert!(told.is_empty());
    let (told, _) = page(&store, by("user anna"), Some(next.unwrap())).await;
    assert_eq!(told, ["Changed 7", "Changed 5", "Changed 3"]);
}
