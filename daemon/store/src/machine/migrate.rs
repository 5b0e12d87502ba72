//! Brings the file to the format this program knows.

use rusqlite::{Connection, TransactionBehavior};

use crate::values::RowExt as _;
use crate::{ENCRYPTS, StoreError};

/// Migration N brings a file from `user_version` N to N + 1. One that was released never changes.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
    include_str!("migrations/0011.sql"),
    include_str!("migrations/0012.sql"),
    include_str!("migrations/0013.sql"),
    include_str!("migrations/0014.sql"),
    include_str!("migrations/0015.sql"),
    include_str!("migrations/0016.sql"),
    include_str!("migrations/0017.sql"),
    include_str!("migrations/0018.sql"),
    include_str!("migrations/0019.sql"),
    include_str!("migrations/0020.sql"),
    include_str!("migrations/0021.sql"),
    include_str!("migrations/0022.sql"),
    include_str!("migrations/0023.sql"),
    include_str!("migrations/0024.sql"),
    include_str!("migrations/0025.sql"),
    include_str!("migrations/0026.sql"),
    include_str!("migrations/0027.sql"),
    include_str!("migrations/0028.sql"),
    include_str!("migrations/0029.sql"),
    include_str!("migrations/0030.sql"),
    include_str!("migrations/0031.sql"),
    include_str!("migrations/0032.sql"),
    include_str!("migrations/0033.sql"),
    include_str!("migrations/0034.sql"),
    include_str!("migrations/0035.sql"),
    include_str!("migrations/0036.sql"),
];

/// `user_version` of the files this program writes.
pub(crate) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// `user_version` of this file; 0 when it is new.
pub(crate) fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.col(0))?)
}

/// Runs the migrations that are missing, all of them in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    if version(connection)? == known() {
        return Ok(());
    }
    if ENCRYPTS {
        // What is sorted on the disk is not encrypted there.
        return run(connection, MIGRATIONS);
    }
    // An index over millions of rows is sorted on the disk and not in memory.
    let kept: i64 = connection.pragma_query_value(None, "temp_store", |row| row.col(0))?;
    connection.pragma_update(None, "temp_store", "file")?;
    let done = run(connection, MIGRATIONS);
    connection.pragma_update(None, "temp_store", kept)?;
    done
}

/// What a file of this format lacks: a table, an index, a trigger.
pub(crate) fn lacking(connection: &Connection) -> Result<Option<String>, StoreError> {
    let mut whole = Connection::open_in_memory()?;
    run(&mut whole, MIGRATIONS)?;
    let mut names = whole.prepare("SELECT type, name FROM sqlite_schema ORDER BY rowid")?;
    let mut names = names.query([])?;
    let mut find =
        connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = ?1 AND name = ?2")?;
    while let Some(row) = names.next()? {
        let (kind, name): (String, String) = (row.col(0)?, row.col(1)?);
        if !find.exists([&kind, &name])? {
            return Ok(Some(format!("{kind} {name}")));
        }
    }
    Ok(None)
}

/// Brings a file to a format of before.
#[cfg(test)]
pub(crate) fn migrate_to(connection: &mut Connection, format: usize) {
    run(connection, &MIGRATIONS[..format]).unwrap();
}

fn run(connection: &mut Connection, migrations: &[&str]) -> Result<(), StoreError> {
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    let done = usize::try_from(found)
        .map_err(|_| StoreError::Corrupt("its format has a negative number".to_owned()))?;
    if found == known {
        // A full disk takes no page, not even one that stays as it was.
        return Ok(());
    }
    for sql in &migrations[done..] {
        transaction.execute_batch(sql)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(connection: &Connection) -> i64 {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'";
        connection.query_row(sql, [], |row| row.col(0)).unwrap()
    }

    #[test]
    fn a_new_file_gets_every_migration_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        assert_eq!(version(&connection).unwrap(), known());
        let before = tables(&connection);
        migrate(&mut connection).unwrap();
        assert_eq!(tables(&connection), before);
    }

    #[test]
    fn an_old_file_keeps_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection, &["CREATE TABLE a (x)"]).unwrap();
        connection.execute("INSERT INTO a VALUES (7)", []).unwrap();
        let later = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y DEFAULT 8"];
        run(&mut connection, &later).unwrap();
        let row: (i64, i64) = connection
            .query_row("SELECT x, y FROM a", [], |r| Ok((r.col(0)?, r.col(1)?)))
            .unwrap();
        assert_eq!(row, (7, 8));
    }

    #[test]
    fn messages_of_an_old_file_are_indexed_anew() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection, &MIGRATIONS[..10]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO messages (id, direction, state, priority, segments, coding, flash,
                     status_report, created_at, lane, sim, peer, text)
                 VALUES (x'00', 0, 4, 1, 1, 0, 0, 1, 5, '1|', '8984', '+84', 'hello');
                 INSERT INTO search (rowid, text) SELECT row, text FROM messages;
                 INSERT INTO peers SELECT peer, row FROM messages;
                 INSERT INTO conversations SELECT peer, row, 1 FROM messages;
                 UPDATE indexed SET upto = 1;",
            )
            .unwrap();
        migrate(&mut connection).unwrap();
        let left: (i64, i64, i64) = connection
            .query_row(
                "SELECT (SELECT count(*) FROM messages INDEXED BY messages_state WHERE state = 4),
                     (SELECT count(*) FROM conversations), (SELECT upto FROM indexed)",
                [],
                |row| Ok((row.col(0)?, row.col(1)?, row.col(2)?)),
            )
            .unwrap();
        assert_eq!(left, (1, 0, 0));
    }

    /// The indexes, triggers and views by name.
    fn others(connection: &Connection) -> Vec<String> {
        let sql = "SELECT name FROM sqlite_schema WHERE type <> 'table' ORDER BY name";
        let mut select = connection.prepare(sql).unwrap();
        let names = select.query_map([], |row| row.col(0)).unwrap();
        names.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn what_carries_a_message_is_kept_under_its_new_name() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection, &MIGRATIONS[..19]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO messages (id, direction, state, priority, segments, coding, flash,
                     status_report, created_at, lane, sim, pinned, peer, text, callback_url)
                 VALUES (x'00', 0, 2, 1, 1, 0, 0, 1, 5, '1|', 'a', 'b', '+84', 'hello',
                     'https://example.net/');
                 INSERT INTO parts (message, seq, state, sim, handed_at) VALUES (1, 1, 1, 'a', 5);
                 INSERT INTO history VALUES (1, 1, 5, 'sending', 1, 'a', NULL);
                 INSERT INTO tallies VALUES ('a', 1, 1, 1, 1, 0, 0);
                 INSERT INTO inbound_sets VALUES (1, 'a', '+84', 1, 0, 2, 5, NULL);
                 INSERT INTO strays VALUES (1, 'a', '+84', 5);
                 INSERT INTO mr_counts (iccid, mr) VALUES ('a', 7);
                 INSERT INTO early_receipts (uplink, smsc_id, recipient, tail, class, code, text,
                     received_at) VALUES ('a', '1', '+84', '84', 0, '', '', 5);
                 INSERT INTO doubts (message, part, last, sim, handed_at, since, reason_code,
                     reason_detail, refused_before, ahead, numbered, countable, decide_at,
                     conclusion) VALUES (1, 1, 1, 'a', 5, 5, '', '', 0, 0, 0, 0, 5, 0);",
            )
            .unwrap();
        let before = others(&connection);
        run(&mut connection, &MIGRATIONS[..20]).unwrap();
        assert_eq!(others(&connection), before);
        // The trigger that makes the posts knows the column too.
        connection
            .execute("UPDATE messages SET state = 3", [])
            .unwrap();
        for table in [
            "messages",
            "parts",
            "history",
            "tallies",
            "inbound_sets",
            "strays",
            "mr_counts",
            "early_receipts",
            "doubts",
            "callbacks",
        ] {
            let sql = format!("SELECT carrier FROM {table}");
            let kept: String = connection
                .query_row(&sql, [], |row| row.col(0))
                .unwrap_or_else(|error| panic!("{table}: {error}"));
            assert_eq!(kept, "a", "{table}");
        }
        let by_index = "SELECT count(*) FROM parts INDEXED BY parts_handed
            WHERE carrier = 'a' AND handed_at IS NOT NULL";
        let found: i64 = connection
            .query_row(by_index, [], |row| row.col(0))
            .unwrap();
        assert_eq!(found, 1);
    }

    #[test]
    fn state_changes_that_wait_in_an_old_file_are_posted() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection, &MIGRATIONS[..19]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO messages (id, direction, state, priority, segments, coding, flash,
                     status_report, created_at, lane, sim, peer, text, callback_url)
                 VALUES (x'00', 0, 2, 1, 1, 0, 0, 1, 5, '1|', '8984', '+84', 'a', 'http://h:1/x');
                 UPDATE messages SET state = 3; UPDATE messages SET state = 5;",
            )
            .unwrap();
        migrate(&mut connection).unwrap();
        let mut select = connection
            .prepare(
                "SELECT webhook, host, kind, message, message_state, first, state FROM deliveries",
            )
            .unwrap();
        let found = select.query_map([], |row| {
            let told: (String, String, String) = (row.col(0)?, row.col(1)?, row.col(2)?);
            Ok((
                told,
                [3, 4, 5, 6].map(|column| row.col::<i64>(column).unwrap()),
            ))
        });
        let found: Vec<_> = found.unwrap().map(Result::unwrap).collect();
        let told = |kind: &str| ("callbacks".to_owned(), "h:1".to_owned(), kind.to_owned());
        let expected = [
            (told("message.sent"), [1, 3, 1, 0]),
            (told("message.undelivered"), [1, 5, 0, 0]),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_migration_that_fails_leaves_the_file_as_it_was() {
        let mut connection = Connection::open_in_memory().unwrap();
        let broken = ["CREATE TABLE a (x)", "CREATE TABLE b (y); nonsense"];
        assert!(run(&mut connection, &broken).is_err());
        assert_eq!((version(&connection).unwrap(), tables(&connection)), (0, 0));
    }

    #[test]
    fn a_newer_file_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .pragma_update(None, "user_version", known() + 1)
            .unwrap();
        let error = migrate(&mut connection).unwrap_err();
        assert!(matches!(error, StoreError::Newer { .. }), "{error}");
    }
}
