//! Dialogues with a modem, in virtual time.

mod commands;
mod faults;
mod receiving;
mod sending;
mod storage;

use std::time::Duration;

use proptest::prelude::*;

use crate::profile::Profile;
use crate::world::{Options, World};

/// Pieces of which a command line may be made, good and bad.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let word = proptest::sample::select(vec![
        "AT",
        "A/",
        "+CMGS=",
        "+CMGL",
        "+CMGR=",
        "+CMGD=",
        "+CMGW=",
        "+CMSS=",
        "+CNMI=",
        "+CPMS=",
        "+CNMA",
        "+CUSD=1,",
        "+CSCS=",
        "+CMGF=1",
        "+CPIN=",
        "+CSMS=1",
        "+CFUN=1,1",
        "=?",
        "?",
        ",",
        ";",
        "\"",
        "\"ME\"",
        "\"UCS2\"",
        "\"+84901234567\"",
        "2,2,0,1,0",
        "4294967296",
        "19",
        "0",
        "4",
        "\r",
        "\r",
        "\x1a",
        "\x1b",
        "0031000B914809214365F70000A705E8329BFD06",
        "D*100#;",
        "&F",
        "E1",
        "V0",
    ]);
    prop_oneof![
        8 => word.prop_map(|word| word.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn no_input_is_too_much(pieces in proptest::collection::vec(piece(), 1..60), make in 0..14_usize) {
        let name = Profile::names().nth(make).unwrap_or("generic");
        let profile = Profile::find(name).unwrap();
        let mut world = World::new(Options { profile, ..Options::default() });
        world.inject("there is something to read");
        for piece in pieces {
            world.write(&piece);
            world.wait(Duration::from_millis(700));
        }
        // Out of whatever it was in, it answers again.
        world.wait(Duration::from_secs(30));
        world.write(b"\x1b\r");
        world.wait(Duration::from_secs(30));
        world.write(b"ATQ0V1\r");
        prop_assert!(world.vanished[0].is_some() || world.ask("AT").ends_with("OK"));
    }
}
