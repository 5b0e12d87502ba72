//! A filter as the indices that it is read from.

use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use super::ages::Ages;
use super::matches::Matches;
use super::run::{Pace, Run, newest};
use super::words::Words;
use super::{Filter, Looks};
use crate::StoreError;
use crate::machine::select::Select as _;
use crate::values::{RowExt as _, ToColumn, readable};
use model::{Carrier, Direction, Reach, State};

const EVERY: &str = "SELECT row FROM messages WHERE row <= ?1 ORDER BY row DESC LIMIT ?2";
const BY_STATE: &str = "SELECT row FROM messages INDEXED BY messages_state
    WHERE state = ?3 AND row <= ?1 ORDER BY row DESC LIMIT ?2";
const BY_CARRIER: &str = "SELECT row FROM messages INDEXED BY messages_sim
    WHERE carrier = ?3 AND state = ?4 AND row <= ?1 ORDER BY row DESC LIMIT ?2";
const BY_OWN: &str = "SELECT row FROM messages INDEXED BY messages_own
    WHERE own = ?3 AND row <= ?1 ORDER BY row DESC LIMIT ?2";
const BY_REFERENCE: &str = "SELECT row FROM messages INDEXED BY messages_reference
    WHERE reference = ?3 AND row <= ?1 ORDER BY row DESC LIMIT ?2";
const BY_PEER: &str = "SELECT row FROM peers
    WHERE peer = ?3 AND direction = ?4 AND row <= ?1 ORDER BY row DESC LIMIT ?2";
const BY_KEY: &str = "SELECT row FROM senders
    WHERE key = ?3 AND row <= ?1 ORDER BY row DESC LIMIT ?2";

/// All of them.
#[cfg(test)]
pub(crate) const RUNS: [&str; 7] = [
    EVERY,
    BY_STATE,
    BY_CARRIER,
    BY_OWN,
    BY_REFERENCE,
    BY_PEER,
    BY_KEY,
];

/// Messages whose texts are read for the words of a search before the index of words is asked:
/// what the other filters leave over is few as a rule.
const TEXTS: u32 = 300;
/// What reading one costs, in looks.
const TEXT: i64 = 25;

/// What is read for a filter: rows that are in every one of these.
pub(super) struct Plan {
    /// Each the union of its runs.
    unions: Vec<Vec<Run>>,
    ages: Option<Ages>,
    matches: Option<Matches>,
    words: Option<Words>,
    /// How many texts may still be read in place of `matches`.
    texts: u32,
    /// Messages of self-tests too. They are few, and have no index: each is left out where it is met.
    tests: bool,
}

/// Where a plan goes on.
pub(super) enum Next {
    Found(i64),
    /// The looks are spent: nothing is known of this row and those below.
    Cut(i64),
    Over,
}

impl Plan {
    /// None when nothing can match. `indexed`: the first row, and the last that is indexed.
    pub(super) fn of(
        reader: &Connection,
        filter: &Filter,
        indexed: (i64, i64),
        wanted: i64,
    ) -> Result<Option<Self>, StoreError> {
        let words = match &filter.q {
            Some(q) => match Words::of(q) {
                None => return Ok(None),
                words => words,
            },
            None => None,
        };
        let mut unions = Runs(states(filter)).of(reader, filter)?;
        if unions.iter().any(Vec::is_empty) {
            return Ok(None);
        }
        if unions.is_empty() && words.is_none() {
            unions.push(vec![Runs::run(EVERY, vec![])]);
        }
        let is_timed = filter.since.is_some() || filter.until.is_some();
        let texts = if unions.is_empty() { 0 } else { TEXTS };
        if let [runs] = unions.as_mut_slice()
            && let [run] = runs.as_mut_slice()
        {
            run.expect(wanted);
        }
        Ok(Some(Self {
            unions,
            ages: is_timed.then(|| Ages::new(filter.since, filter.until, indexed.1)),
            matches: words.clone().map(|words| Matches::new(words, indexed)),
            words,
            texts,
            tests: filter.tests,
        }))
    }

    /// The newest row from `below` down that the filter is for. `start`: where the page began.
    pub(super) fn next(
        &mut self,
        reader: &Connection,
        below: i64,
        start: i64,
        looks: &mut Looks,
    ) -> Result<Next, StoreError> {
        let mut row = below;
        loop {
            let Some(lower) = self.lower(reader, row, looks)? else {
                return Ok(Next::Over);
            };
            if lower < start && looks.are_spent() {
                return Ok(Next::Cut(lower));
            }
            if lower == row {
                if self.fits(reader, row, looks)? {
                    return Ok(Next::Found(row));
                }
                row -= 1;
            } else {
                row = lower;
            }
        }
    }

    /// `row` when it is in all of the runs, else one below that may be.
    fn lower(
        &mut self,
        reader: &Connection,
        mut row: i64,
        looks: &mut Looks,
    ) -> Result<Option<i64>, StoreError> {
        if let Some(ages) = &mut self.ages {
            match ages.at_or_below(reader, row, looks)? {
                Some(lower) => row = lower,
                None => return Ok(None),
            }
        }
        for runs in &mut self.unions {
            match newest(runs, reader, row, looks)? {
                Some(lower) => row = lower,
                None => return Ok(None),
            }
        }
        match &mut self.matches {
            Some(matches) if self.texts == 0 => matches.at_or_below(reader, row, looks),
            _ => Ok(Some(row)),
        }
    }

    /// What no run tells.
    fn fits(
        &mut self,
        reader: &Connection,
        row: i64,
        looks: &mut Looks,
    ) -> Result<bool, StoreError> {
        let is_told = self.texts == 0 && self.matches.as_ref().is_some_and(Matches::is_exact);
        let words = self.words.as_ref().filter(|_| !is_told);
        let is_read = self.ages.is_some() || words.is_some();
        if is_read {
            looks.spend(TEXT);
        }
        if words.is_some() {
            self.texts = self.texts.saturating_sub(1);
        }
        let fits = reader
            .first(
                "SELECT created_at, test, text FROM messages WHERE row = ?1",
                [row],
                |found| {
                    let is_hidden = !self.tests && found.col(1)?;
                    let is_of_age = match &self.ages {
                        Some(ages) => ages.has(found.col(0)?),
                        None => true,
                    };
                    let has_words = match words {
                        Some(words) => found
                            .col::<Option<String>>(2)?
                            .is_some_and(|text| words.are_in(&text)),
                        None => true,
                    };
                    Ok(!is_hidden && is_of_age && has_words)
                },
            )?
            .unwrap_or(false);
        // What fits is read anyway.
        if !fits && !is_read {
            looks.spend(TEXT);
        }
        Ok(fits)
    }
}

/// The states in which a message that the filter is for can be.
fn states(filter: &Filter) -> Vec<State> {
    let goes = |state: State| match filter.direction {
        None => true,
        Some(direction) => state.direction() == direction,
    };
    let mut states = State::ALL.to_vec();
    states.retain(|state| filter.state.is_none_or(|wanted| wanted == *state) && goes(*state));
    states
}

/// Makes the runs of a filter: of messages in these states.
struct Runs(Vec<State>);

impl Runs {
    fn of(&self, reader: &Connection, filter: &Filter) -> Result<Vec<Vec<Run>>, StoreError> {
        let mut unions = Vec::new();
        if let Some(reference) = &filter.reference {
            unions.push(vec![Self::run(
                BY_REFERENCE,
                vec![reference.clone().into()],
            )]);
        }
        if let Some(number) = &filter.to {
            unions.push(self.party(reader, number, Direction::Outbound)?);
        }
        if let Some(number) = &filter.from {
            unions.push(self.party(reader, number, Direction::Inbound)?);
        }
        if let Some(iccid) = &filter.sim {
            unions.push(self.carried(&iccid.clone().into(), |_| true));
        }
        if let Some(number) = &filter.peer {
            let both = [Direction::Outbound, Direction::Inbound];
            let run = |way| Self::run(BY_PEER, vec![number.clone().into(), code(way)]);
            unions.push(both.into_iter().map(run).collect());
        }
        if let Reach::Part { key, sims } = &filter.reach {
            let own = Self::run(BY_KEY, vec![key.0.into()]);
            let sims = sims.iter().cloned().map(Carrier::Sim);
            let carried = sims.flat_map(|sim| self.carried(&sim, |_| true));
            unions.push(std::iter::once(own).chain(carried).collect());
        }
        let is_settled = filter.sim.is_some()
            || filter.state.is_none() && (filter.to.is_some() || filter.from.is_some());
        if !is_settled && (filter.state.is_some() || filter.direction.is_some()) {
            unions.push(
                self.0
                    .iter()
                    .map(|s| Self::run(BY_STATE, vec![code(*s)]))
                    .collect(),
            );
        }
        Ok(unions)
    }

    fn run(sql: &'static str, key: Vec<Value>) -> Run {
        Run::new(sql, key, Pace::INDEX)
    }

    /// What one SIM or uplink carries or carried.
    fn carried(&self, carrier: &Carrier, may: impl Fn(State) -> bool) -> Vec<Run> {
        let states = self.0.iter().filter(|state| may(**state));
        let key = |state: &State| vec![carrier.to_string().into(), code(*state)];
        states
            .map(|state| Self::run(BY_CARRIER, key(state)))
            .collect()
    }

    /// Messages that go in this direction with the number as the other party, and those of the
    /// other direction with it as ours.
    fn party(
        &self,
        reader: &Connection,
        number: &str,
        towards: Direction,
    ) -> Result<Vec<Run>, StoreError> {
        let goes = |state: State| state.direction() == towards;
        let mut runs = Vec::new();
        if self.0.iter().any(|state| goes(*state)) {
            runs.push(Self::run(
                BY_PEER,
                vec![number.to_owned().into(), code(towards)],
            ));
        }
        if self.0.iter().all(|state| goes(*state)) {
            return Ok(runs);
        }
        let mut ours = reader.prepare_cached("SELECT iccid FROM sims WHERE own = ?1")?;
        for iccid in ours.query_map([number], |row| row.col(0))? {
            let Some(carrier) = readable(iccid)?.map(Carrier::Sim) else {
                continue;
            };
            runs.extend(self.carried(&carrier, |state| !goes(state)));
        }
        if towards == Direction::Outbound {
            runs.push(Self::run(BY_OWN, vec![number.to_owned().into()]));
        }
        Ok(runs)
    }
}

/// A column's value of its own.
fn code(value: impl ToColumn) -> Value {
    match value.to_column() {
        Ok(ToSqlOutput::Owned(value)) => value,
        Ok(ToSqlOutput::Borrowed(ValueRef::Integer(value))) => Value::Integer(value),
        _ => Value::Null,
    }
}
