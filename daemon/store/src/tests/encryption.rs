//! A database that is encrypted on the disk. What needs `SQLCipher` runs with the feature `encryption`.

use std::fs;
use std::path::Path;

use super::*;
use crate::machine::files::database_path;
use crate::{DatabaseKey, EncryptionError, Home, decrypt, encrypt};

const HEX: &str = "8f1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899aabbccddeeff0";

fn key(text: &str) -> DatabaseKey {
    text.parse().unwrap()
}

fn home(dir: &Path, key: Option<DatabaseKey>) -> Home {
    Home::new(dir.to_owned(), key)
}

fn entry() -> NewAudit {
    NewAudit {
        at: at(HOUR),
        actor: "command line".to_owned(),
        from: None,
        what: "changed the encryption".to_owned(),
    }
}

/// Noise, as an encrypted database looks without its key.
fn noise(octets: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..octets).map(|_| next()).collect()
}

#[tokio::test]
async fn an_encrypted_file_without_a_key_is_told_from_one_that_is_no_database() {
    let dir = tempfile::tempdir().unwrap();
    let path = database_path(dir.path());
    for (octets, is_encrypted) in [
        (noise(8192), true),
        (vec![b'x'; 8192], false),
        (noise(100), false),
        (b"The quick brown fox. ".repeat(500), false),
    ] {
        fs::write(&path, octets).unwrap();
        let error = Store::open(dir.path(), DECIDE_AFTER).err().unwrap();
        let told = error.to_string();
        if is_encrypted {
            assert!(matches!(error, StoreError::NoKey), "{told}");
            assert_eq!(
                told.contains("built without encryption"),
                !crate::ENCRYPTS,
                "{told}"
            );
            assert!(matches!(crate::check(dir.path()), Err(StoreError::NoKey)));
        } else {
            assert!(matches!(error, StoreError::Corrupt(_)), "{told}");
        }
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_encrypted_or_decrypted() {
    let (dir, store) = open();
    store.close().await;
    for done in [
        encrypt(dir.path(), at(HOUR), &entry()),
        decrypt(dir.path(), at(HOUR), &entry()),
    ] {
        assert!(matches!(done, Err(EncryptionError::NoKey)));
    }
}

/// Plain SQLite passes over `PRAGMA key`, and would write everything as it is.
#[cfg(not(feature = "encryption"))]
#[tokio::test]
async fn a_program_that_cannot_encrypt_takes_no_key() {
    let dir = tempfile::tempdir().unwrap();
    let opened = Store::open(home(dir.path(), Some(key(HEX))), DECIDE_AFTER);
    assert!(matches!(opened, Err(StoreError::CannotEncrypt)));
    let (dir, store) = open();
    put(&store, text(TO, "x")).await;
    store.close().await;
    let home = home(dir.path(), Some(key(HEX)));
    for opened in [
        Store::open(home.clone(), DECIDE_AFTER),
        Store::open_tool(home.clone()),
    ] {
        assert!(matches!(opened, Err(StoreError::CannotEncrypt)));
    }
    let done = encrypt(home, at(HOUR), &entry());
    assert!(matches!(
        done,
        Err(EncryptionError::Store(StoreError::CannotEncrypt))
    ));
    assert!(Store::open(dir.path(), DECIDE_AFTER).is_ok());
}

#[cfg(feature = "encryption")]
mod encrypted {
    use std::path::PathBuf;

    use super::*;
    use crate::machine::files::beside;
    use crate::upkeep::soundness::verify_audit;
    use crate::{BackupFile, Course, RestoreError, back_up, check, restore};

    const SECRET: &str = "the eagle has landed";
    const PHRASE: &str = "it's a long phrase, isn't it";

    async fn with_message(home: &Home) -> Store {
        let store = Store::open(home.clone(), DECIDE_AFTER).unwrap();
        put(&store, text(TO, SECRET)).await;
        store
    }

    async fn texts(store: &Store) -> Vec<String> {
        let find = "SELECT text FROM messages ORDER BY row";
        let read = move |reader: &Connection| {
            let mut select = reader.prepare(find)?;
            let rows = select.query_map([], |row| row.col(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        store.read(read).await.unwrap()
    }

    /// Files in a folder in which a text stands as it is, or that begin as a plain database does.
    fn readable(dir: &Path) -> Vec<PathBuf> {
        let paths = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let is_readable = |path: &PathBuf| {
            let octets = fs::read(path).unwrap();
            let text = SECRET.as_bytes();
            octets.starts_with(b"SQLite") || octets.windows(text.len()).any(|at| at == text)
        };
        paths
            .filter(|path| path.is_file())
            .filter(is_readable)
            .collect()
    }

    fn backup(home: &Home) -> (TempDir, PathBuf) {
        let (folder, name) = (tempfile::tempdir().unwrap(), BackupFile::name(T0));
        back_up(home.clone(), folder.path(), &name, &Course::default()).unwrap();
        let file = folder.path().join(name);
        (folder, file)
    }

    #[tokio::test]
    async fn nothing_of_it_can_be_read_on_the_disk_and_only_its_key_opens_it() {
        for (right, wrong) in [
            (HEX, PHRASE),
            (PHRASE, HEX),
            (PHRASE, "it's another phrase"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let keyed = home(dir.path(), Some(key(right)));
            let store = with_message(&keyed).await;
            // With its log, which holds the last commits.
            assert!(beside(&database_path(dir.path()), "-wal").exists());
            assert_eq!(readable(dir.path()), Vec::<PathBuf>::new());
            store.close().await;
            assert_eq!(readable(dir.path()), Vec::<PathBuf>::new());

            let opened = |key| {
                Store::open(home(dir.path(), key), DECIDE_AFTER)
                    .err()
                    .unwrap()
            };
            assert!(matches!(opened(Some(key(wrong))), StoreError::WrongKey));
            assert!(matches!(opened(None), StoreError::NoKey));
            let tool = Store::open_tool(home(dir.path(), Some(key(wrong))));
            assert!(matches!(tool, Err(StoreError::WrongKey)));
            assert_eq!(check(keyed.clone()).unwrap(), Vec::<String>::new());
            assert!(verify_audit(keyed.clone(), None).unwrap().broken.is_none());
            let store = Store::open(keyed, DECIDE_AFTER).unwrap();
            assert_eq!(texts(&store).await, [SECRET]);
            store.close().await;
        }
    }

    #[tokio::test]
    async fn a_key_does_not_open_what_is_not_encrypted() {
        let (dir, store) = open();
        put(&store, text(TO, SECRET)).await;
        store.close().await;
        let keyed = home(dir.path(), Some(key(HEX)));
        let opened = Store::open(keyed.clone(), DECIDE_AFTER);
        assert!(matches!(opened, Err(StoreError::NotEncrypted)));
        assert!(matches!(
            check(keyed.clone()),
            Err(StoreError::NotEncrypted)
        ));
        let done = decrypt(keyed, at(HOUR), &entry());
        assert!(matches!(done, Err(EncryptionError::Plain)));
    }

    #[tokio::test]
    async fn all_of_it_is_there_after_both_ways_and_what_was_before_is_kept() {
        let (dir, store) = open();
        let many = (0..300)
            .map(|n| text(TO, &format!("{SECRET} {n}")))
            .collect();
        accept(&store, many).await;
        put_sent(&store, "+84900000002", &sim(1), 7, T0).await;
        let before = texts(&store).await;
        let last = verify_audit(dir.path(), None).unwrap().rows;
        let keyed = home(dir.path(), Some(key(HEX)));
        let busy = encrypt(keyed.clone(), at(HOUR), &entry());
        assert!(matches!(
            busy,
            Err(EncryptionError::Store(StoreError::InUse))
        ));
        store.close().await;

        let done = encrypt(keyed.clone(), at(HOUR), &entry()).unwrap();
        assert_eq!(readable(dir.path()), [done.aside.clone()]);
        assert!(done.aside.to_str().unwrap().contains("before-encryption-"));
        assert_eq!(check(keyed.clone()).unwrap(), Vec::<String>::new());
        assert_eq!(verify_audit(keyed.clone(), None).unwrap().rows, last + 1);
        let again = encrypt(keyed.clone(), at(HOUR), &entry());
        assert!(matches!(again, Err(EncryptionError::Encrypted)));
        let store = Store::open(keyed.clone(), DECIDE_AFTER).unwrap();
        assert_eq!(texts(&store).await, before);
        put(&store, text(TO, "one more")).await;
        store.close().await;
        fs::remove_file(done.aside).unwrap();

        let wrong = decrypt(home(dir.path(), Some(key(PHRASE))), at(HOUR), &entry());
        assert!(matches!(
            wrong,
            Err(EncryptionError::Store(StoreError::WrongKey))
        ));
        let done = decrypt(keyed, at(HOUR), &entry()).unwrap();
        assert_eq!(readable(dir.path()), [database_path(dir.path())]);
        assert_eq!(check(dir.path()).unwrap(), Vec::<String>::new());
        let store = Store::open(dir.path(), DECIDE_AFTER).unwrap();
        assert_eq!(texts(&store).await.len(), before.len() + 1);
        store.close().await;
        // What was before is whole too.
        let aside = tempfile::tempdir().unwrap();
        fs::copy(done.aside, database_path(aside.path())).unwrap();
        assert_eq!(
            check(home(aside.path(), Some(key(HEX)))).unwrap(),
            Vec::<String>::new()
        );
    }

    #[tokio::test]
    async fn its_backups_have_its_key_and_a_restore_takes_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let keyed = home(dir.path(), Some(key(HEX)));
        let store = with_message(&keyed).await;
        let (folder, file) = backup(&keyed);
        assert_eq!(readable(folder.path()), Vec::<PathBuf>::new());
        store.close().await;

        let elsewhere = tempfile::tempdir().unwrap();
        let restored = |key| restore(home(elsewhere.path(), key), &file, at(HOUR), &entry());
        for other in [None, Some(key(PHRASE))] {
            let error = restored(other).unwrap_err();
            assert!(matches!(error, RestoreError::OtherKey { .. }), "{error}");
            assert!(!database_path(elsewhere.path()).exists());
        }
        restored(Some(key(HEX))).unwrap();
        assert_eq!(readable(elsewhere.path()), Vec::<PathBuf>::new());
        let store = Store::open(home(elsewhere.path(), Some(key(HEX))), DECIDE_AFTER).unwrap();
        assert_eq!(texts(&store).await, [SECRET]);
        store.close().await;

        let (plain, store) = open();
        put(&store, text(TO, SECRET)).await;
        let (_folder, file) = backup(&plain.path().into());
        store.close().await;
        let error = restore(keyed.clone(), &file, at(HOUR), &entry()).unwrap_err();
        assert!(matches!(error, RestoreError::OtherKey { .. }), "{error}");
        assert!(check(keyed).unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_damaged_page_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let keyed = home(dir.path(), Some(key(HEX)));
        let store = Store::open(keyed.clone(), DECIDE_AFTER).unwrap();
        let many = (0..300)
            .map(|n| text(TO, &format!("{SECRET} {n}")))
            .collect();
        accept(&store, many).await;
        store.close().await;
        let path = database_path(dir.path());
        let whole = fs::read(&path).unwrap();
        // Where rows of messages stand, and where all that follows is nonsense.
        for at in [whole.len() / 2, 100] {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, damaged).unwrap();
            match check(keyed.clone()) {
                Ok(faults) => assert!(!faults.is_empty(), "octet {at}"),
                Err(error) => assert!(matches!(error, StoreError::WrongKey), "octet {at}: {error}"),
            }
        }
    }
}
