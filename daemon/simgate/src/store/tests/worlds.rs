//! No conclusion is false: worlds are made up, the store is told what a gateway would see of them,
//! and whatever it concludes is compared with what happened.

mod modem;
mod run;

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use rusqlite::Connection;

use crate::store::migrate::migrate;
use run::{Concluded, Run};

/// Worlds that are made up in a run of the tests.
const WORLDS: u32 = 1500;

#[test]
fn no_conclusion_is_false_in_any_world() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate(&mut connection).unwrap();
    let connection = std::cell::RefCell::new(connection);
    let concluded = std::cell::RefCell::new(Concluded::default());
    let config = Config {
        cases: WORLDS,
        failure_persistence: None,
        ..Config::default()
    };
    // The same worlds each time.
    let rng = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    let result = TestRunner::new_with_rng(config, rng).run(&vec(any::<u8>(), 0..200), |choices| {
        let mut connection = connection.borrow_mut();
        let transaction = connection.transaction().unwrap();
        let mut run = Run::new(&transaction, choices);
        run.live().map_err(TestCaseError::fail)?;
        concluded.borrow_mut().add(&run.concluded);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    // Not for want of conclusions.
    let concluded = concluded.into_inner();
    assert!(concluded.all_are_met(), "{concluded:?}");
}
