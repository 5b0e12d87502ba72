//! No conclusion is false: worlds are made up, the store is told what a gateway would see of them,
//! and whatever it concludes is compared with what happened.

mod modem;
mod run;
mod uplink;

use std::cell::RefCell;

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, TestCaseError, TestRng, TestRunner};
use rusqlite::{Connection, Transaction};

use crate::machine::migrate::migrate;
use crate::machine::writer::Tx;
use crate::statistics::compare;
use crate::tables::statistics;

/// Worlds that are made up in a run of the tests.
const WORLDS: u32 = 1500;

/// Lives in many worlds, each of which follows from its choices.
fn in_any_world(live: impl Fn(&Transaction<'_>, Vec<u8>) -> Result<(), String>) {
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
        live(&transaction, choices).map_err(TestCaseError::fail)
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// A transaction ends: what it has counted is what there is.
fn compare_counts(tx: &mut Tx<'_>) -> Result<(), String> {
    statistics::write(tx).unwrap();
    compare::fault(tx.reader()).unwrap().map_or(Ok(()), Err)
}

#[test]
fn no_conclusion_is_false_in_any_world() {
    let concluded = RefCell::new(run::Concluded::default());
    in_any_world(|transaction, choices| {
        let mut run = run::Run::new(transaction, choices);
        run.live()?;
        concluded.borrow_mut().add(&run.concluded);
        Ok(())
    });
    // Not for want of conclusions.
    let concluded = concluded.into_inner();
    assert!(concluded.all_are_met(), "{concluded:?}");
}

#[test]
fn nor_in_any_world_of_an_uplink() {
    let met = RefCell::new(uplink::Met::default());
    in_any_world(|transaction, choices| {
        let mut run = uplink::Run::new(transaction, choices);
        run.live()?;
        met.borrow_mut().add(&run.met);
        Ok(())
    });
    let met = met.into_inner();
    assert!(met.all(), "{met:?}");
}
