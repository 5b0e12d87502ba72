//! Faults that last: hangs, babble, a slow line, a forgotten ATE0, lost routing; the SIM's troubles.

use std::time::Duration;

use super::{PDU, SECOND, with};
use crate::modem::Input;
use crate::world::{World, lines};

/// Tries all that can end a hang, and tells after what it answered.
fn cure_of(world: &mut World) -> &'static str {
    assert_eq!(world.ask("AT"), "");
    world.wait(SECOND * 600);
    world.handle(0, Input::PortClosed);
    world.handle(0, Input::PortOpened);
    if world.ask("AT").ends_with("OK") {
        return "reopen";
    }
    world.write(b"\x1bAT+CFUN=1,1\r");
    world.wait(SECOND * 3);
    if world.ask("AT").ends_with("OK") {
        return "reset";
    }
    world.power_cycle();
    assert!(world.ask("AT").ends_with("OK"));
    "power-cycle"
}

#[test]
fn a_hang_ends_as_it_was_said() {
    let rule = r#"{"fault": "hang", "on": "now"}"#;
    assert_eq!(cure_of(&mut with(rule)), "power-cycle");
    for cure in ["power-cycle", "reopen", "reset"] {
        let mut world = with(&format!(
            r#"{{"fault": "hang", "until": "{cure}", "on": "now"}}"#
        ));
        assert_eq!(cure_of(&mut world), cure);
    }
}

#[test]
fn a_hang_stops_what_was_begun_and_time_may_let_it_go_on() {
    let mut world = World::one();
    world.hand_over();
    world.wait(SECOND);
    world.fault(r#"{"fault": "hang", "ms": 60000, "on": "now"}"#);
    world.inject("to a modem that hangs");
    assert_eq!(world.ask("AT"), "");
    assert_eq!(world.wait(SECOND * 59), "");
    assert!(world.submits().is_empty() && world.deliveries().is_empty());
    assert_eq!(world.wait(SECOND * 2), "+CMGS: 0|OK|OK");
    world.wait(SECOND * 10);
    assert!(
        world.deliveries()[0].acknowledged,
        "the network tried again"
    );
}

#[test]
fn a_hang_at_a_moment_of_a_submit() {
    for (moment, taken) in [("prompt", false), ("text", false), ("taken", true)] {
        let mut world = with(&format!(
            r#"{{"fault": "hang", "on": "+CMGS", "at": "{moment}"}}"#
        ));
        world.hand_over();
        assert!(!world.wait(SECOND * 10).contains("OK"), "{moment}");
        world.handle(0, Input::PowerOff);
        assert_eq!(world.submits().iter().any(|one| one.accepted), taken);
        assert!(world.submits().iter().all(|one| one.done_at.is_none()));
    }
}

#[test]
fn babble_with_and_without_sense() {
    let mut world = with(r#"{"fault": "babble", "per_second": 100, "on": "now"}"#);
    let said = world.wait(SECOND);
    assert!((99..=102).contains(&said.matches("^RSSI: 21").count()));
    assert!(world.ask("AT+CSQ").contains("+CSQ: 23,99|OK"));
    assert!(world.send(PDU).contains("+CMGS: 0"));
    world.handle(0, Input::NoFaults);
    assert_eq!(world.wait(SECOND), "");

    let mut world = with(
        r#"{"fault": "babble", "per_second": 10, "line": "^BOOT:1", "deaf": true, "ms": 5000, "on": "now"}"#,
    );
    assert_eq!(lines(&world.write(b"AT\r")), "^BOOT:1");
    let said = world.wait(SECOND * 6);
    assert!(said.contains("^BOOT:1") && !said.contains("OK"));
    assert_eq!(world.ask("AT"), "OK");
}

#[test]
fn babble_does_not_catch_up() {
    let mut world = with(r#"{"fault": "babble", "per_second": 1000000, "on": "now"}"#);
    world.said(0);
    world.now += SECOND;
    let said = world.write(b"");
    assert_eq!(said.matches("^RSSI").count(), 64);
}

#[test]
fn a_line_has_its_speed_in_both_directions() {
    let mut world = with(r#"{"fault": "line-speed", "baud": 1000, "on": "now"}"#);
    // Ten milliseconds an octet: seven in, then out.
    world.write(b"AT+CSQ\r");
    assert_eq!(world.wait_for(0, Duration::from_millis(69)), "");
    assert_eq!(world.wait_for(0, Duration::from_millis(1)), "\r");
    assert_eq!(world.wait_for(0, Duration::from_millis(30)), "\n+C");
    assert_eq!(world.wait_for(0, SECOND), "SQ: 23,99\r\n\r\nOK\r\n");
    world.handle(0, Input::NoFaults);
    assert_eq!(world.ask("AT"), "OK");
}

#[test]
fn echo_comes_back() {
    let mut world = with(r#"{"fault": "echo-back", "on": "now"}"#);
    assert_eq!(world.ask("AT"), "AT\r|OK");
    world.ask("ATE0");
    world.fault(r#"{"fault": "echo-back", "on": "+CSQ", "times": 1}"#);
    assert_eq!(world.ask("AT+CSQ"), "+CSQ: 23,99|OK");
    assert_eq!(world.ask("AT"), "AT\r|OK");
    world.ask("ATE0");
    world.fault(r#"{"fault": "reboot", "port": "stays", "on": "now"}"#);
    world.wait(SECOND * 3);
    assert_eq!(world.ask("AT"), "AT\r|OK", "as after every boot");
}

#[test]
fn routing_is_lost_in_silence() {
    let mut world = World::one();
    world.ask("AT+CNMI=2,1,0,1,0");
    world.fault(r#"{"fault": "routing-lost", "on": "now"}"#);
    assert_eq!(world.said(0), "");
    assert_eq!(world.ask("AT+CNMI?"), "+CNMI: 2,0,0,0,0|OK");
}

#[test]
fn what_is_said_to_nobody_is_kept_as_long_as_it_is_wanted() {
    let mut world = with(r#"{"fault": "keeps-unread", "on": "now"}"#);
    assert!(world.keeps_unread[0]);
    world.handle(0, Input::NoFaults);
    assert!(!world.keeps_unread[0]);
}

#[test]
fn a_sim_asks_for_its_pin_in_the_middle_of_its_life() {
    let mut world = World::one();
    world.ask("AT+CREG=1");
    world.handle(0, Input::LockSim(Some("4321")));
    assert_eq!(lines(&world.said(0)), "+CREG: 0|+CPIN: SIM PIN");
    assert_eq!(world.ask("AT+CMGS=19"), "+CMS ERROR: 311");
    assert_eq!(world.ask("AT+CPIN?"), "+CPIN: SIM PIN|OK");
    assert_eq!(world.ask("AT+CPIN=\"4321\""), "+CREG: 1|OK");
    assert_eq!(world.send(PDU), "+CMGS: 0|OK");
}

#[test]
fn a_sim_comes_out_and_goes_back() {
    let mut world = World::one();
    let sim = world.modems[0].take_sim();
    world.handle(0, Input::Tick);
    assert_eq!(world.ask("AT+CPIN?"), "ERROR");
    assert_eq!(world.ask("AT+CMGS=19"), "+CMS ERROR: 310");
    world.handle(0, Input::Sim(sim));
    assert_eq!(world.ask("AT+CPIN?"), "+CPIN: READY|OK");
    assert_eq!(world.send(PDU), "+CMGS: 0|OK");
}
