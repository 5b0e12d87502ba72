//! A filter as SQL: newest first by row, driven by the narrowest index there is.

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension as _};
use uuid::{NoContext, Timestamp, Uuid};

use super::messages::{COLUMNS, Filter};
use super::{StoreError, reach, rows};
use crate::model::{MessageId, RowId, State, Time};

/// A queue up to this long is listed by its index, a longer one is met soon by scanning rows.
const SHORT_QUEUE: u64 = 10_000;
/// Identifiers rise with the clock, rows with acceptance: how far the two may disagree.
const CLOCK_STEP_MS: i64 = 3600 * 1000;

/// Messages to or from one of these: by the other party's number, or by ours.
const BY_NUMBER: &str = "m.row IN (SELECT row FROM peers WHERE peer = # UNION ALL
    SELECT row FROM messages WHERE sim IN (SELECT iccid FROM sims WHERE own = #))";

/// Conditions and their parameters.
pub(super) struct Query {
    search: bool,
    conditions: Vec<String>,
    params: Vec<Box<dyn ToSql>>,
}

impl Query {
    /// None when nothing can match.
    pub(super) fn of(
        reader: &Connection,
        filter: &Filter,
        before: Option<RowId>,
        queued: u64,
    ) -> Result<Option<Self>, StoreError> {
        // One condition that always holds, so that the others can be joined to it.
        let mut query = Self {
            search: false,
            conditions: vec!["1".to_owned()],
            params: Vec::new(),
        };
        if let Some(q) = &filter.q {
            let Some(words) = words(q) else {
                return Ok(None);
            };
            query.search(words);
        }
        if let Some(before) = before {
            query.rows("<", before);
        }
        let within = reach::condition(&filter.reach, &mut query.params);
        query.conditions.extend(within);
        if let Some(direction) = filter.direction {
            query.and("m.direction = #", direction);
        }
        if let Some(state) = filter.state {
            query.state(state, queued <= SHORT_QUEUE);
        }
        if let Some(number) = &filter.to {
            query.number(
                number,
                [
                    "m.direction = 0 AND m.peer = #",
                    "m.direction = 1 AND s.own = #",
                ],
            );
        }
        if let Some(number) = &filter.from {
            query.number(
                number,
                [
                    "m.direction = 1 AND m.peer = #",
                    "m.direction = 0 AND s.own = #",
                ],
            );
        }
        if let Some(iccid) = &filter.sim {
            query.and("m.sim = #", iccid.to_string());
        }
        if let Some(reference) = &filter.reference {
            query.and("m.reference = #", reference.clone());
        }
        if let Some(since) = filter.since {
            query.and("m.created_at >= #", since);
            let Some(row) = edge(reader, since, Edge::First)? else {
                return Ok(None);
            };
            query.rows(">=", row);
        }
        if let Some(until) = filter.until {
            query.and("m.created_at < #", until);
            let Some(row) = edge(reader, until, Edge::Last)? else {
                return Ok(None);
            };
            query.rows("<=", row);
        }
        Ok(Some(query))
    }

    /// The whole statement.
    pub(super) fn sql(&self, limit: usize) -> String {
        let (from, order) = if self.search {
            // Full text goes first: it yields rows in order, and few of them.
            (
                "search CROSS JOIN messages m ON m.row = search.rowid",
                "search.rowid",
            )
        } else {
            ("messages m", "m.row")
        };
        let conditions = self.conditions.join(" AND ");
        format!(
            "SELECT {COLUMNS} FROM {from} LEFT JOIN sims s ON s.iccid = m.sim
             WHERE {conditions} ORDER BY {order} DESC LIMIT {}",
            rows(limit)
        )
    }

    pub(super) fn params(&self) -> &[Box<dyn ToSql>] {
        &self.params
    }

    /// Adds a condition; `#` stands for the parameter.
    fn and(&mut self, condition: &str, value: impl ToSql + 'static) {
        self.params.push(Box::new(value));
        let name = format!("?{}", self.params.len());
        self.conditions.push(condition.replace('#', &name));
    }

    /// Bounds the rows, of the table that drives.
    fn rows(&mut self, relation: &str, row: RowId) {
        let column = if self.search { "search.rowid" } else { "m.row" };
        self.and(&format!("{column} {relation} #"), row);
    }

    fn search(&mut self, words: String) {
        self.search = true;
        self.and("search MATCH #", words);
    }

    /// The states of a partial index are literals, or SQLite would not use it.
    fn state(&mut self, state: State, short_queue: bool) {
        match state {
            State::Queued if short_queue => {
                self.conditions.push(
                    "m.row IN (SELECT row FROM messages INDEXED BY messages_queued WHERE state = 1)"
                        .to_owned(),
                );
            }
            State::Scheduled => self.conditions.push("m.state = 0".to_owned()),
            State::Sending => self.conditions.push("m.state = 2".to_owned()),
            State::Undelivered => self.conditions.push("m.state = 5".to_owned()),
            State::Failed => self.conditions.push("m.state = 6".to_owned()),
            State::Expired => self.conditions.push("m.state = 7".to_owned()),
            State::Cancelled => self.conditions.push("m.state = 8".to_owned()),
            State::Uncertain => self.conditions.push("m.state = 9".to_owned()),
            State::Queued | State::Sent | State::Delivered | State::Received => {
                self.and("+m.state = #", state);
            }
        }
    }

    fn number(&mut self, number: &str, either: [&str; 2]) {
        self.and(BY_NUMBER, number.to_owned());
        self.and(
            &format!("({} OR {})", either[0], either[1]),
            number.to_owned(),
        );
    }
}

/// The words of a search as FTS5 wants them: each quoted, so that nothing is an operator, and each
/// a prefix. None when there are none.
fn words(q: &str) -> Option<String> {
    let quoted = |word: &str| format!("\"{}\"*", word.replace('"', "\"\""));
    // What has no letter or digit is no word to the tokenizer either.
    let has_letters = |word: &&str| word.chars().any(char::is_alphanumeric);
    let words: Vec<String> = q
        .split_whitespace()
        .filter(has_letters)
        .map(quoted)
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[derive(Clone, Copy)]
enum Edge {
    First,
    Last,
}

/// The first row at about `at` or later, or the last at about `at` or before: a bound that spares
/// reading the rest. The times themselves are compared too.
fn edge(reader: &Connection, at: Time, edge: Edge) -> Result<Option<RowId>, StoreError> {
    let (sql, at) = match edge {
        Edge::First => (
            "SELECT row FROM messages WHERE id >= ?1 ORDER BY id LIMIT 1",
            at.0 - CLOCK_STEP_MS,
        ),
        Edge::Last => (
            "SELECT row FROM messages WHERE id < ?1 ORDER BY id DESC LIMIT 1",
            at.0 + CLOCK_STEP_MS,
        ),
    };
    let id = id_at(Time(at));
    Ok(reader
        .prepare_cached(sql)?
        .query_row([id], |row| row.get(0))
        .optional()?)
}

/// The lowest identifier of an instant.
pub(super) fn id_at(at: Time) -> MessageId {
    let millis = u64::try_from(at.0).unwrap_or(0);
    let seconds = millis / 1000;
    let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
    let id = Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanos));
    // Version and random bits off: nothing of that instant is below.
    MessageId(Uuid::from_u128(id.as_u128() & !((1 << 80) - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_be_operators() {
        assert_eq!(
            words("code OR 12"),
            Some("\"code\"* \"OR\"* \"12\"*".to_owned())
        );
        assert_eq!(words("say \"hi"), Some("\"say\"* \"\"\"hi\"*".to_owned()));
        assert_eq!(words(" * \" "), None);
    }

    #[test]
    fn identifiers_of_later_instants_are_higher() {
        let before = id_at(Time::now());
        let id = MessageId::new();
        assert!(before <= id && id < id_at(Time(Time::now().0 + 1000)));
    }
}
