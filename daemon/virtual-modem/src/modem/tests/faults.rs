//! Misbehaviour on demand.

use std::time::Duration;

use super::{PDU, SECOND, with};
use crate::modem::Input;
use crate::world::World;

#[test]
fn chosen_codes_come_after_the_air_time() {
    let mut world = with(r#"{"fault": "cms", "code": 38, "on": "+CMGS", "times": 1}"#);
    assert_eq!(world.send(PDU), "+CMS ERROR: 38");
    assert_eq!(world.submits()[0].error.as_deref(), Some("cms-38"));
    assert!(
        world.send(PDU).starts_with("+CMGS: 1|OK"),
        "a refused submit has used its number"
    );
    let mut world = with(r#"{"fault": "cme", "code": 14, "on": "+CIMI"}"#);
    world.ask("AT+CMEE=1");
    assert_eq!(world.ask("AT+CIMI"), "+CME ERROR: 14");
}

#[test]
fn no_answer_and_a_late_one() {
    let mut world = with(r#"{"fault": "no-answer", "on": "+CMGS", "times": 1}"#);
    assert_eq!(world.send(PDU), "");
    assert!(world.submits()[0].accepted && world.submits()[0].done_at.is_none());
    assert_eq!(world.ask("AT"), "OK", "it listens on");
    let mut world = with(r#"{"fault": "late-answer", "ms": 200000, "on": "+CMGS", "times": 1}"#);
    assert_eq!(world.send(PDU), "");
    assert_eq!(world.wait(SECOND * 199), "");
    assert_eq!(world.ask("AT"), "", "it hangs");
    assert_eq!(world.wait(SECOND * 2), "+CMGS: 0|OK|OK");
}

#[test]
fn no_prompt_but_the_text_is_taken() {
    let mut world = with(r#"{"fault": "no-prompt", "on": "+CMGS"}"#);
    world.write(b"AT+CMGS=19\r");
    assert_eq!(world.wait(SECOND * 10), "");
    world.write(format!("{PDU}\x1a").as_bytes());
    assert!(world.wait(SECOND * 3).starts_with("+CMGS: 0|OK"));
}

#[test]
fn a_line_of_its_own_in_an_answer() {
    let mut world = with(r#"{"fault": "urc-in-answer", "line": "+CMTI: \"SM\",3", "on": "+CSQ"}"#);
    assert_eq!(world.ask("AT+CSQ"), "+CMTI: \"SM\",3|+CSQ: 23,99|OK");
}

#[test]
fn an_octet_at_a_time() {
    let mut world = with(r#"{"fault": "slow", "us_per_octet": 1000, "on": "+CSQ", "times": 1}"#);
    assert_eq!(world.write(b"AT+CSQ\r"), "\r");
    assert_eq!(world.wait_for(0, Duration::from_millis(3)), "\n+C");
    assert_eq!(world.wait_for(0, SECOND), "SQ: 23,99\r\n\r\nOK\r\n");
    assert_eq!(world.ask("AT"), "OK");
}

#[test]
fn a_restart_in_the_middle() {
    let mut world = with(r#"{"fault": "reboot", "on": "+CSQ", "times": 1}"#);
    assert_eq!(world.ask("AT+CSQ"), "");
    assert_eq!(world.ask("AT"), "");
    world.wait(SECOND * 3);
    assert!(world.ask("AT").ends_with("OK"));
}

#[test]
fn garbage_and_lost_octets() {
    let mut world = with(r#"{"fault": "garbage", "bytes": "\u00ff\u0000~", "on": "+CSQ"}"#);
    assert_eq!(
        world.write(b"AT+CSQ\r"),
        "\u{ff}\0~\r\n+CSQ: 23,99\r\n\r\nOK\r\n"
    );
    let mut world = with(r#"{"fault": "dropped-byte", "on": "+CSQ"}"#);
    assert_eq!(
        world.write(b"AT+CSQ\r").len(),
        "\r\n+CSQ: 23,99\r\n\r\nOK\r\n".len() - 1
    );
}

#[test]
fn references_start_again() {
    let mut world = World::one();
    world.send(PDU);
    world.send(PDU);
    world.fault(r#"{"fault": "reference-reset", "on": "+CMGS", "times": 1}"#);
    assert!(world.send(PDU).starts_with("+CMGS: 0|"));
    world.handle(0, Input::NoFaults);
    assert!(world.send(PDU).starts_with("+CMGS: 1|"));
}

#[test]
fn a_ussd_code_is_refused_in_the_middle_of_a_submit() {
    let mut world =
        with(r#"{"fault": "late-error", "code": 258, "ms": 1500, "on": "+CUSD", "times": 1}"#);
    world.ask("AT+CMEE=1");
    assert_eq!(world.ask("AT+CUSD=1,\"*100#\",15"), "OK");
    assert_eq!(world.send(PDU), "+CME ERROR: 258|+CMGS: 0|OK");
    assert!(world.submits()[0].accepted);
    assert_eq!(
        world.wait(SECOND * 10),
        "",
        "the network does not answer it"
    );
}

#[test]
fn ok_without_a_reference() {
    let mut world = with(r#"{"fault": "no-reference", "echo": true, "on": "+CMGS", "times": 1}"#);
    assert_eq!(world.send(PDU), "OK");
    assert_eq!(world.submits()[0].mr, Some(0));
    assert_eq!(world.write(b"AT\r"), "AT\r\r\nOK\r\n");
}

#[test]
fn a_quote_that_is_not_closed() {
    let mut world = with(r#"{"fault": "open-quote", "on": "+CUSD", "times": 1}"#);
    world.ask("AT+CUSD=1,\"*100#\",15");
    let balance = "+CUSD: 0,\"Balance: 52,300 VND, until 31/12/2026";
    assert_eq!(world.wait(SECOND * 10), balance);
}

#[test]
fn deaf_after_an_answer() {
    let mut world = with(r#"{"fault": "deaf", "ms": 20, "on": "+CSQ"}"#);
    assert_eq!(world.ask("AT+CSQ"), "+CSQ: 23,99|OK");
    assert_eq!(world.ask("AT"), "");
    world.wait(SECOND);
    assert_eq!(world.ask("AT"), "OK");
}
