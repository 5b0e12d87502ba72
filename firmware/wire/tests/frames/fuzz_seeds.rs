//! The seeds of the fuzz target, and anything proptest makes, through the target's own body.

#[path = "../../../../tests/fuzz/bodies/bank.rs"]
mod body;

use std::path::Path;

use proptest::prelude::*;

#[test]
fn seeds_run_without_a_finding() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds/bank");
    let mut count = 0;
    for seed in std::fs::read_dir(seeds).unwrap() {
        body::run(&std::fs::read(seed.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "no seeds");
}

proptest! {
    #[test]
    fn any_bytes_run_without_a_finding(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        body::run(&data);
    }
}
