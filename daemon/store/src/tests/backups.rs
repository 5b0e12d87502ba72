//! Copies made while the store is in use.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::{
    BackupError, BackupFile, Course, LastBackup, back_up, backups, prune_backups,
    remove_unfinished_backups,
};

const NAME: &str = "simgate-20261129T033000.000Z.db";

async fn accept(store: &Store, count: usize) {
    for n in 0..count {
        let message = text("+84901234567", &format!("message {n}"));
        store.accept(vec![message], None).await.unwrap();
    }
}

async fn count(store: &Store) -> i64 {
    store
        .read(|reader| Ok(reader.query_row("SELECT count(*) FROM messages", [], |row| row.col(0))?))
        .await
        .unwrap()
}

/// Makes a backup beside the runtime, as the gateway does.
async fn make(dir: &Path, folder: &Path, course: &Arc<Course>) -> Result<u64, BackupError> {
    let (dir, folder, course) = (dir.to_owned(), folder.to_owned(), Arc::clone(course));
    tokio::task::spawn_blocking(move || back_up(&dir, &folder, NAME, &course))
        .await
        .unwrap()
}

/// Everything that is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_what_was_committed_when_it_began_while_more_is_accepted() {
    let (dir, store) = open();
    accept(&store, 50).await;
    let folder = dir.path().join("a folder? with 100% odd #signs");
    let course = Arc::new(Course::default());
    let writing = tokio::spawn({
        let store = store.clone();
        async move { accept(&store, 300).await }
    });
    let octets = make(dir.path(), &folder, &course).await.unwrap();
    writing.await.unwrap();
    assert_eq!(course.octets(), (octets, octets));
    assert_eq!(names(&folder), [NAME]);
    assert_eq!(backups(&folder).unwrap()[0].size, octets);

    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::copy(folder.join(NAME), elsewhere.path().join("simgate.db")).unwrap();
    let copy = Store::open(elsewhere.path(), DECIDE_AFTER).unwrap();
    let (copied, all) = (count(&copy).await, count(&store).await);
    assert!(
        (50..=350).contains(&copied) && all == 350,
        "{copied} of {all}"
    );
    copy.close().await;
    assert!(crate::check(elsewhere.path()).unwrap().is_empty());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_fails_leaves_nothing() {
    let (dir, store) = open();
    accept(&store, 5).await;
    let folder = dir.path().join("backups");
    let stopped = Arc::new(Course::default());
    stopped.stop();
    let ended = make(dir.path(), &folder, &stopped).await.unwrap_err();
    assert!(matches!(ended, BackupError::Stopped), "{ended}");
    assert!(names(&folder).is_empty());

    // What a killed run left goes, and nothing else.
    std::fs::write(folder.join(".simgate-abc.part"), "half").unwrap();
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    make(dir.path(), &folder, &Arc::default()).await.unwrap();
    let mut there = names(&folder);
    there.sort();
    assert_eq!(there, ["notes.txt", NAME]);

    let before = std::fs::read(folder.join(NAME)).unwrap();
    let taken = make(dir.path(), &folder, &Arc::default()).await;
    assert!(
        matches!(taken, Err(BackupError::Folder { .. })),
        "{taken:?}"
    );
    assert_eq!(std::fs::read(folder.join(NAME)).unwrap(), before);
    assert_eq!(names(&folder).len(), 2);
    store.close().await;
}

#[tokio::test]
async fn what_was_cut_off_goes_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("backups");
    remove_unfinished_backups(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    std::fs::create_dir(dir.path().join(".restore-a1")).unwrap();
    for name in [
        "backups/.simgate-a1.part",
        "backups/notes",
        ".restore-a1/simgate.db",
    ] {
        std::fs::write(dir.path().join(name), "texts and secrets").unwrap();
    }
    remove_unfinished_backups(&folder).unwrap();
    assert_eq!(names(&folder), ["notes"]);
    Store::open(dir.path(), DECIDE_AFTER).unwrap().close().await;
    assert!(!dir.path().join(".restore-a1").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_gives_no_backup() {
    let (dir, store) = open();
    accept(&store, 200).await;
    store.close().await;
    let path = dir.path().join("simgate.db");
    let mut octets = std::fs::read(&path).unwrap();
    let from = octets.len() / 2;
    octets[from..from + 8192].fill(0xa5);
    std::fs::write(&path, octets).unwrap();
    let folder = dir.path().join("backups");
    let made = make(dir.path(), &folder, &Arc::default()).await;
    assert!(
        matches!(made, Err(BackupError::Unsound(_) | BackupError::Source(_))),
        "{made:?}"
    );
    assert!(names(&folder).is_empty());
}

#[test]
fn the_oldest_backups_go_and_the_latest_never_does() {
    let folder = tempfile::tempdir().unwrap();
    let day = |n: i64| BackupFile::name(at(n * 24 * HOUR));
    for n in 0..5 {
        std::fs::write(folder.path().join(day(n)), "").unwrap();
    }
    std::fs::write(folder.path().join("other.db"), "").unwrap();
    assert_eq!(
        prune_backups(folder.path(), 3, &day(4)).unwrap(),
        [day(1), day(0)]
    );
    // The others were made by a clock that was ahead.
    assert_eq!(
        prune_backups(folder.path(), 1, &day(2)).unwrap(),
        [day(4), day(3)]
    );
    let left = backups(folder.path()).unwrap();
    assert_eq!(
        left.iter().map(|file| &file.name).collect::<Vec<_>>(),
        [&day(2)]
    );
    assert!(folder.path().join("other.db").exists());
    assert!(backups(&folder.path().join("none")).unwrap().is_empty());
}

#[tokio::test]
async fn the_last_backup_is_known_over_a_restart() {
    let (dir, store) = open();
    assert_eq!(store.upkeep().last_backup().await.unwrap(), None);
    for n in [0, 1] {
        let last = LastBackup {
            at: at(n),
            name: BackupFile::name(at(n)),
        };
        store.upkeep().backed_up(last).await.unwrap();
    }
    let store = reopen(&dir, store).await;
    let last = store.upkeep().last_backup().await.unwrap().unwrap();
    assert_eq!((last.at, last.name), (at(1), BackupFile::name(at(1))));
}
