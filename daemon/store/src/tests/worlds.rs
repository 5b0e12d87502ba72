//! No conclusion is false: worlds are made up, the store is told what a gateway would see of them,
//! and whatever it concludes is compared with what happened.

mod modem;
mod run;
mod uplink;

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, TestCaseError, TestRng, TestRunner};
use rusqlite::{Connection, Transaction};

use super::*;
use crate::evidence::policy;
use crate::machine::migrate::migrate;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Tx;
use crate::queue::{accept, advance};
use crate::statistics::compare;
use crate::tables::statistics;
use crate::tables::tallies::hour;
use crate::values::params;
use model::{NewMessage, OnUncertain, State};
use modem::Choices;

/// Worlds that are made up in a run of the tests.
const WORLDS: u32 = 1500;

const RECIPIENTS: [&str; 2] = ["+84900000001", "+84900000002"];

type Outcome = Result<(), String>;

/// How often what was met.
#[derive(Debug, Default)]
struct Met(BTreeMap<&'static str, u32>);

impl Met {
    fn note(&mut self, what: &'static str, more: u32) {
        *self.0.entry(what).or_default() += more;
    }
}

/// A store, and what happens to it.
struct World<'a> {
    tx: Tx<'a>,
    choices: Choices,
    now: Time,
    /// What happened, and what the store was told of it.
    told: Vec<String>,
    met: Met,
}

impl<'a> World<'a> {
    fn new(transaction: &'a Transaction<'_>, choices: Vec<u8>) -> Self {
        Self {
            tx: Tx::new(transaction),
            choices: Choices::new(choices),
            now: at(0),
            told: Vec::new(),
            met: Met::default(),
        }
    }

    /// A transaction ends, and sometimes the hour counts in its day already.
    fn commit(&mut self) {
        statistics::write(&mut self.tx).unwrap();
        if self.told.len().is_multiple_of(2) {
            while statistics::sum_up(&self.tx, hour(self.now) + 1).unwrap() {}
        }
    }

    fn pass(&mut self, milliseconds: i64) {
        self.now = Time(self.now.0 + milliseconds);
    }

    fn step(&mut self, step: &Step) {
        self.told.push(format!("{step:?}"));
        advance::advance(&mut self.tx, step, &mut Vec::new()).unwrap();
    }

    fn accept(&mut self, to: &str) -> RowId {
        let message = NewMessage {
            on_uncertain: self.choices.one(&[OnUncertain::Hold, OnUncertain::Resend]),
            ..text(to, "hello")
        };
        RowId(accept::insert(&mut self.tx, &message).unwrap())
    }

    fn waits(&self, row: RowId) -> bool {
        let state = "SELECT state FROM messages WHERE row = ?1";
        let state: State = self.tx.one(state, params![row], only).unwrap();
        state == State::Queued
    }

    /// The time for evidence is over.
    fn decide(&mut self) {
        self.pass(61 * SECOND);
        policy::decide(&mut self.tx, self.now, 99, 1).unwrap();
    }

    /// What is wrong, and how it came to that.
    fn tells(&self, fault: &str) -> String {
        format!("{fault}\n{}", self.told.join("\n"))
    }
}

/// Lives in many worlds, each of which follows from its choices, and meets all of these in them.
fn in_any_world(all: &[&str], live: impl Fn(&Transaction<'_>, Vec<u8>) -> Result<Met, String>) {
    let met = RefCell::new(Met::default());
    let mut connection = Connection::open_in_memory().unwrap();
    migrate(&mut connection).unwrap();
    let connection = RefCell::new(connection);
    let config = Config {
        cases: WORLDS,
        failure_persistence: None,
        ..Config::default()
    };
    // The same worlds each time.
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let result = TestRunner::new_with_rng(config, rng).run(&vec(any::<u8>(), 0..200), |choices| {
        let mut connection = connection.borrow_mut();
        let transaction = connection.transaction().unwrap();
        let more = live(&transaction, choices).map_err(TestCaseError::fail)?;
        for (what, count) in more.0 {
            met.borrow_mut().note(what, count);
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    // Not for want of what there is to meet.
    let Met(met) = met.into_inner();
    let is_met = |what: &&str| met.get(what).is_some_and(|count| *count > 0);
    assert!(all.iter().all(is_met), "{met:?}");
}

/// A transaction ends: what it has counted is what there is.
fn compare_counts(tx: &mut Tx<'_>) -> Result<(), String> {
    statistics::write(tx).unwrap();
    compare::fault(tx.reader()).unwrap().map_or(Ok(()), Err)
}

#[test]
fn no_conclusion_is_false_in_any_world() {
    in_any_world(&run::CONCLUSIONS, |transaction, choices| {
        let mut run = run::Run::new(transaction, choices);
        run.live()?;
        Ok(run.world.met)
    });
}

#[test]
fn nor_in_any_world_of_an_uplink() {
    in_any_world(&uplink::MET, |transaction, choices| {
        let mut run = uplink::Run::new(transaction, choices);
        run.live()?;
        Ok(run.world.met)
    });
}
