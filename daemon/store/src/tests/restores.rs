//! A backup in the place of the database.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::machine::migrate::{known, migrate_to, version};
use crate::{
    BackupFile, Course, Fitted, Held, NewAudit, Resolved, RestoreError, Restored, back_up, check,
    restore,
};
use model::PartState;

/// When it is restored: an hour after all that happens here.
const LATER: Time = Time(T0.0 + HOUR);

/// A backup of a store, in a folder of its own.
fn backup(dir: &TempDir) -> (TempDir, PathBuf) {
    let (folder, name) = (tempfile::tempdir().unwrap(), BackupFile::name(T0));
    back_up(dir.path(), folder.path(), &name, &Course::default()).unwrap();
    let file = folder.path().join(name);
    (folder, file)
}

fn restored(dir: &Path, file: &Path) -> Result<Restored, RestoreError> {
    let entry = NewAudit {
        at: LATER,
        actor: "command line".to_owned(),
        from: None,
        what: "restored it".to_owned(),
    };
    restore(dir, file, LATER, &entry)
}

/// What is in a folder.
fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != "simgate.reserve").collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_without_a_table_is_refused() {
    let (dir, store) = open();
    store.close().await;
    let (_folder, file) = backup(&dir);
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute_batch("DROP TABLE keys").unwrap();
    drop(connection);
    let home = tempfile::tempdir().unwrap();
    match restored(home.path(), &file) {
        Err(RestoreError::Damaged { why, .. }) => assert_eq!(why, "it has no table keys"),
        other => panic!("{other:?}"),
    }
    assert_eq!(names(home.path()), Vec::<String>::new());
}

/// The daemon's store after a restore elsewhere, and what the restore did.
fn elsewhere(file: &Path) -> (TempDir, Store, Fitted) {
    let dir = tempfile::tempdir().unwrap();
    let done = restored(dir.path(), file).unwrap();
    assert_eq!(done.aside, None);
    assert_eq!(names(dir.path()), ["simgate.db"]);
    assert_eq!(check(dir.path()).unwrap(), Vec::<String>::new());
    let store = Store::open(dir.path(), DECIDE_AFTER).unwrap();
    (dir, store, done.fitted)
}

#[tokio::test]
async fn what_waited_at_the_backup_goes_out_by_a_persons_word_alone() {
    let (dir, store) = open();
    let resend = |to| NewMessage {
        on_uncertain: OnUncertain::Resend,
        ..text(to, "again")
    };
    let sent_before = put_sent(&store, "+84900000001", &sim(1), 7, T0).await;
    let queued = put(&store, resend("+84900000002")).await;
    let sending = put(&store, resend("+84900000003")).await;
    claim(&store, sending.row, &sim(1)).await;
    let unsure = put(&store, resend("+84900000004")).await;
    claim(&store, unsure.row, &sim(2)).await;
    step(&store, uncertain(unsure.row, 1, true)).await;
    let begun = put(&store, long("+84900000005", 3)).await;
    claim(&store, begun.row, &sim(3)).await;
    step(&store, sent(begun.row, 1, &sim(3), 9, false)).await;
    let scheduled = |offset| NewMessage {
        send_at: Some(at(offset)),
        expires_at: at(48 * HOUR),
        ..text("+84900000006", "later")
    };
    let (due, to_come) = (scheduled(HOUR / 2), scheduled(2 * HOUR));
    let (due_id, to_come_id) = (due.id, to_come.id);
    accept(&store, vec![due, to_come]).await;
    let (_folder, file) = backup(&dir);
    store.close().await;

    let (_elsewhere, store, fitted) = elsewhere(&file);
    let expected = Fitted {
        held: 5,
        scheduled: 1,
    };
    assert_eq!(fitted, expected);
    assert_eq!(state(&store, sent_before.id).await, State::Sent);
    assert_eq!(state(&store, to_come_id).await, State::Scheduled);
    let held = [queued.id, sending.id, unsure.id, begun.id, due_id];
    for id in held {
        let message = get(&store, id).await;
        assert_eq!(message.state, State::Uncertain);
        assert_eq!(message.reason.unwrap().code, "restored");
        assert_eq!(steps_of(&store, id).await.last().unwrap(), "uncertain");
    }
    // A person is told of them.
    let told = store.reading().held().await.unwrap();
    let expected = Held {
        count: 5,
        restored: 5,
        since: Some(LATER),
    };
    assert_eq!(told, expected);
    // Neither a policy nor a number of then nor the clock moves them.
    assert_eq!(queued_depth(&store), 0);
    assert_eq!(store.evidence().next_decision().await.unwrap(), None);
    assert!(
        store
            .evidence()
            .decide(at(24 * HOUR), 9, 9)
            .await
            .unwrap()
            .is_empty()
    );
    put_sent(&store, "+84900000009", &sim(1), 8, LATER).await;
    put_sent(&store, "+84900000009", &sim(2), 8, LATER).await;
    assert!(
        store
            .queue()
            .expire(at(72 * HOUR), 9)
            .await
            .unwrap()
            .iter()
            .all(|(id, _)| !held.contains(id))
    );
    for id in held {
        assert_eq!(state(&store, id).await, State::Uncertain);
    }

    // A person says that one went out, with all its parts, and another one did not.
    let resolve = |id, sent| store.evidence().resolve(id, sent, LATER, None);
    for id in [sending.id, begun.id] {
        let Resolved::Done(settled) = resolve(id, true).await.unwrap() else {
            panic!("it is uncertain");
        };
        assert_eq!((settled.state, settled.again), (State::Sent, None));
        let parts = get(&store, id).await.parts;
        assert!(parts.iter().all(|part| part.state == PartState::Sent));
        assert_eq!(
            resolve(id, true).await.unwrap(),
            Resolved::Refused(State::Sent)
        );
    }
    let Resolved::Done(settled) = resolve(queued.id, false).await.unwrap() else {
        panic!("it is uncertain");
    };
    assert_eq!(settled.again, Some((lane(), LATER)));
    let waiting = store.waiting(&lane(), None, LATER, 9).await.unwrap();
    assert_eq!(
        waiting.iter().map(|one| one.id).collect::<Vec<_>>(),
        [queued.id]
    );
    assert!(claim(&store, queued.row, &sim(4)).await.applied);
    step(&store, sent(queued.row, 1, &sim(4), 3, true)).await;
    assert_eq!(state(&store, queued.id).await, State::Sent);
}

#[tokio::test]
async fn the_rest_of_a_message_that_did_not_go_out_follows_by_the_same_sim() {
    let (dir, store) = open();
    let begun = put(&store, long("+84900000005", 3)).await;
    claim(&store, begun.row, &sim(3)).await;
    step(&store, sent(begun.row, 1, &sim(3), 9, false)).await;
    let (_folder, file) = backup(&dir);
    let (_elsewhere, store, _) = elsewhere(&file);
    let resolved = store.evidence().resolve(begun.id, false, LATER, None).await;
    assert!(matches!(resolved.unwrap(), Resolved::Done(_)));
    let waiting = store.waiting(&lane(), None, LATER, 9).await.unwrap();
    assert_eq!(waiting[0].next_part, 2);
    let parts = get(&store, begun.id).await.parts;
    let states: Vec<_> = parts.iter().map(|part| part.state).collect();
    assert_eq!(
        states,
        [PartState::Sent, PartState::Queued, PartState::Queued]
    );
    assert!(
        claim_part(&store, begun.row, 2, (&sim(3).into(), 3))
            .await
            .applied
    );
}

#[tokio::test]
async fn what_was_there_is_kept_with_what_its_log_holds() {
    let (dir, store) = open();
    put_sent(&store, "+84900000001", &sim(1), 7, T0).await;
    let (_folder, file) = backup(&dir);
    let after = put_sent(&store, "+84900000002", &sim(1), 8, T0).await;
    // As a power cut leaves it: nothing has moved the log.
    let cut = tempfile::tempdir().unwrap();
    for name in ["simgate.db", "simgate.db-wal"] {
        fs::copy(dir.path().join(name), cut.path().join(name)).unwrap();
    }
    let done = restored(cut.path(), &file).unwrap();
    assert_eq!(done.messages, 1);
    let aside = done.aside.unwrap();
    assert!(aside.exists() && !cut.path().join("simgate.db-wal").exists());
    assert_eq!(check(cut.path()).unwrap(), Vec::<String>::new());

    let before = tempfile::tempdir().unwrap();
    fs::rename(&aside, before.path().join("simgate.db")).unwrap();
    let before = Store::open(before.path(), DECIDE_AFTER).unwrap();
    assert_eq!(state(&before, after.id).await, State::Sent);
    store.close().await;
}

#[tokio::test]
async fn a_damaged_database_is_replaced_and_kept() {
    let (dir, store) = open();
    put_sent(&store, "+84900000001", &sim(1), 7, T0).await;
    let (_folder, file) = backup(&dir);
    store.close().await;
    let path = dir.path().join("simgate.db");
    fs::write(
        &path,
        "no database at all, but somebody may want to look at it",
    )
    .unwrap();
    let done = restored(dir.path(), &file).unwrap();
    assert_eq!(check(dir.path()).unwrap(), Vec::<String>::new());
    let kept = fs::read(done.aside.unwrap()).unwrap();
    assert!(kept.starts_with(b"no database"));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_changes_nothing() {
    let (dir, store) = open();
    put_sent(&store, "+84900000001", &sim(1), 7, T0).await;
    let (folder, file) = backup(&dir);
    let in_use = restored(dir.path(), &file).unwrap_err();
    assert!(
        matches!(in_use, RestoreError::Store(StoreError::InUse)),
        "{in_use}"
    );
    store.close().await;
    let path = dir.path().join("simgate.db");
    let (before, there) = (fs::read(&path).unwrap(), names(dir.path()));

    let whole = fs::read(&file).unwrap();
    let write = |name: &str, octets: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, octets).unwrap();
        path
    };
    let newer = write("newer", &whole);
    let next = known() + 1;
    let connection = Connection::open(&newer).unwrap();
    connection
        .pragma_update(None, "user_version", next)
        .unwrap();
    connection.close().unwrap();
    let mut hole = whole.clone();
    let from = hole.len() / 2;
    hole[from..from + 8192].fill(0xa5);
    let other = folder.path().join("other");
    let connection = Connection::open(&other).unwrap();
    connection
        .execute_batch("CREATE TABLE a (x); PRAGMA user_version = 3")
        .unwrap();
    connection.close().unwrap();
    let live = write("live", &whole);
    write("live-wal", b"frames");
    for (file, says) in [
        (newer, "a newer one"),
        (write("damaged", &hole), "damaged"),
        (write("short", &whole[..from]), "damaged"),
        (
            write("text", b"This is no database, but a text."),
            "not a backup",
        ),
        (write("empty", b""), "not a backup"),
        (other, "not a backup"),
        (live, "log of a running database"),
        (path.clone(), "the database itself"),
        (folder.path().join("missing"), "missing"),
        (folder.path().to_owned(), "it is no file"),
    ] {
        let refused = restored(dir.path(), &file).unwrap_err().to_string();
        assert!(refused.contains(says), "{}: {refused}", file.display());
        assert_eq!(names(dir.path()), there, "{refused}");
        assert!(fs::read(&path).unwrap() == before, "{refused}");
    }
}

#[tokio::test]
async fn an_older_backup_gets_the_format_of_today() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("older");
    let mut connection = Connection::open(&file).unwrap();
    migrate_to(&mut connection, 19);
    let queued = "INSERT INTO messages (id, direction, state, priority, segments, coding, flash, status_report,
            created_at, due_at, expires_at, lane, peer, text)
        VALUES (zeroblob(16), 0, 1, 1, 1, 0, 0, 1, 5, 5, 9, '1|any', '+84', 'a')";
    connection.execute(queued, []).unwrap();
    connection.close().unwrap();
    let (_elsewhere, store, fitted) = elsewhere(&file);
    assert_eq!(fitted.held, 1);
    let found = |reader: &Connection| {
        let state =
            reader.query_row("SELECT state FROM messages", [], |row| row.col::<State>(0))?;
        Ok((version(reader)?, state))
    };
    let found = store.read(found).await.unwrap();
    assert_eq!(found, (known(), State::Uncertain));
}

#[tokio::test]
async fn everybody_is_logged_out_by_a_restore_and_the_audit_tells_of_it() {
    let (dir, store) = open();
    put_sent(&store, "+84900000001", &sim(1), 7, T0).await;
    store
        .run("INSERT INTO sessions VALUES (x'01', 1, NULL, 9e15, 9e15)")
        .await;
    let (_folder, file) = backup(&dir);
    store.close().await;
    let (_elsewhere, store, _) = elsewhere(&file);
    let audit = newest_changes(&store, 9).await;
    assert_eq!(audit[0].what, "restored it");
    let sessions = store
        .read(|reader| {
            Ok(reader.query_row("SELECT count(*) FROM sessions", [], |row| row.col::<i64>(0))?)
        })
        .await;
    assert_eq!(sessions.unwrap(), 0);
}
