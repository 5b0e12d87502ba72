//! Dialogues with a modem, in virtual time.

mod arrivals;
mod commands;
mod faults;
mod lasting;
mod moments;
mod ports;
mod receiving;
mod sending;
mod storage;

use std::time::Duration;

use proptest::prelude::*;

use crate::modem::Input;
use crate::profile::Profile;
use crate::world::{Options, PDU, World};

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

const SECOND: Duration = Duration::from_secs(1);

/// One modem and a rule for it.
fn with(rule: &str) -> World {
    let mut world = World::one();
    world.fault(rule);
    world
}

/// A rule of any fault that does not take the port away, on any occasion that it has.
fn rule() -> impl Strategy<Value = String> {
    let fault = proptest::sample::select(vec![
        r#""no-answer""#,
        r#""late-answer","ms":400"#,
        r#""late-answer","ms":400,"works":true"#,
        r#""ignored""#,
        r#""cms","code":500"#,
        r#""error""#,
        r#""no-prompt""#,
        r#""late-error","code":258,"ms":400"#,
        r#""no-reference","echo":true"#,
        r#""deaf","ms":400"#,
        r#""open-quote""#,
        r#""lost-text","count":3"#,
        r#""urc-in-answer","line":"+CREG: 2""#,
        r#""garbage","bytes":"\u00ff~""#,
        r#""dropped-byte","count":4"#,
        r#""slow","us_per_octet":10000"#,
        r#""line-speed","baud":300"#,
        r#""echo-back""#,
        r#""reboot","port":"stays""#,
        r#""hang""#,
        r#""hang","ms":900"#,
        r#""hang","until":"reset""#,
        r#""babble","per_second":50"#,
        r#""babble","per_second":50,"deaf":true,"ms":900"#,
        r#""reference-stuck""#,
        r#""gives-up""#,
        r#""routing-lost""#,
        r#""empty-read""#,
        r#""split-line","ms":300,"line":"^BOOT:1""#,
        r#""early-announcement","ms":300"#,
        r#""wrong-announcement","memory":"SM","index":0"#,
        r#""routed-and-stored""#,
        r#""keeps-unread""#,
    ]);
    let moment = proptest::sample::select(vec!["command", "prompt", "text", "taken", "final"]);
    (fault, moment).prop_map(|(fault, moment)| format!(r#"{{"fault":{fault},"at":"{moment}"}}"#))
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
        // That may have ended a line that asks for a text.
        world.write(b"\x1b");
        world.wait(Duration::from_secs(30));
        world.write(b"ATQ0V1\r");
        prop_assert!(world.vanished[0].is_some() || world.ask("AT").ends_with("OK"));
    }

    #[test]
    fn no_fault_outlives_a_power_cycle_and_its_end(
        rules in proptest::collection::vec(rule(), 1..6),
        pieces in proptest::collection::vec(piece(), 1..20),
    ) {
        let mut world = World::one();
        for rule in &rules {
            world.fault(rule);
        }
        world.ask("AT+CNMI=2,1,0,1,0");
        world.inject("there is something to read");
        for piece in pieces {
            world.write(&piece);
            world.wait(Duration::from_millis(700));
        }
        world.handle(0, Input::NoFaults);
        world.power_cycle();
        world.ask("ATE0");
        world.ask("AT+CNMI=2,1,0,1,0;+CPIN=\"1234\"");
        world.wait(Duration::from_secs(1));
        prop_assert_eq!(world.ask("AT"), "OK");
        prop_assert!(world.send(PDU).contains("+CMGS: "));
    }
}
