//! The seeds of the fuzz target, and anything proptest makes of octets, through the target's own body.

#[path = "../../../../tests/fuzz/bodies/tpdu.rs"]
mod body;

use std::path::Path;

use proptest::prelude::*;

#[test]
fn seeds_are_taken_without_a_finding() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds/tpdu");
    let mut count = 0;
    for seed in std::fs::read_dir(seeds).unwrap() {
        body::run(&std::fs::read(seed.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 50, "{count} seeds");
}

proptest! {
    #[test]
    fn any_octets_are_taken_without_a_finding(octets in proptest::collection::vec(any::<u8>(), 0..220)) {
        body::run(&octets);
    }
}
