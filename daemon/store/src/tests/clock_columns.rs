//! Every column with a time is decided on: whether a step of the clock moves it.

use std::collections::BTreeSet;

use super::*;

/// Columns with whole numbers that are no times. A column that is a time belongs into the table in
/// `clock_step.rs` instead, and is moved or not.
const NO_TIMES: &[&str] = &[
    "after_mr",
    "ahead",
    "altered",
    "assigned",
    "attempts",
    "awaits",
    "block",
    "class",
    "coding",
    "complete",
    "conclusion",
    "count",
    "countable",
    "counted",
    "delivered",
    "direction",
    "done",
    "evidence",
    "failed",
    "failures",
    "first",
    "flash",
    "hours",
    "heard",
    "id",
    "key",
    "kind",
    "last",
    "level",
    "max_segments",
    "may_pass_opt_out",
    "message",
    "message_state",
    "messages",
    "moved",
    "mr",
    "n",
    "national",
    "next_part",
    "numbered",
    "numbers_refused",
    "on_uncertain",
    "openings",
    "part",
    "part_of",
    "parts",
    "paused",
    "perhaps_again",
    "port",
    "priority",
    "queued",
    "rate",
    "read_upto",
    "received",
    "reference",
    "refused",
    "refused_before",
    "refused_by_network",
    "refused_last",
    "refused_message",
    "refused_part",
    "repeats",
    "resends",
    "restarts",
    "results",
    "row",
    "segments",
    "sent",
    "sent_mr",
    "seq",
    "sequence",
    "shifted",
    "source",
    "spares_refused",
    "state",
    "status",
    "status_report",
    "template_version",
    "test",
    "tests",
    "took",
    "total",
    "tp_status",
    "uncounted",
    "upto",
    "user",
    "waited",
    "version",
    "wide",
];

/// The columns that the table names.
fn decided() -> BTreeSet<String> {
    let source = include_str!("../upkeep/clock_step.rs");
    let rows = source.lines().filter_map(|line| {
        let cells = line.strip_prefix("//! | `")?;
        let (name, rest) = cells.split_once('`')?;
        let why = rest.split('|').map(str::trim);
        assert!(why.skip(1).take(2).all(|cell| !cell.is_empty()), "{line}");
        Some(name.to_owned())
    });
    rows.collect()
}

#[tokio::test]
async fn of_each_column_with_a_time_it_is_said_whether_a_step_moves_it() {
    let (_dir, store) = open();
    let columns: Vec<(String, String)> = store
        .read(|reader| {
            let mut select = reader.prepare(
                "SELECT t.name, c.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c
                 WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
                     AND c.type = 'INTEGER'",
            )?;
            let found = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
        .unwrap();
    let times = columns
        .iter()
        .filter(|(_, column)| !NO_TIMES.contains(&column.as_str()))
        .map(|(table, column)| format!("{table}.{column}"));
    let times: BTreeSet<String> = times.collect();
    assert!(times.len() > 30, "{times:?}");
    assert_eq!(times, decided());
}
