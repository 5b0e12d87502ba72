//! Faults of what arrives: announcements, lines of two lines, memories.

use std::time::Duration;

use super::SECOND;
use crate::memory::Status;
use crate::modem::Input;
use crate::world::{World, lines};

fn with(rule: &str, cnmi: &str) -> World {
    let mut world = World::one();
    world.ask(&format!("AT+CNMI={cnmi}"));
    world.fault(rule);
    world
}

#[test]
fn announced_before_it_can_be_read() {
    let mut world = with(
        r#"{"fault": "early-announcement", "ms": 800, "on": "+CMTI"}"#,
        "2,1,0,0,0",
    );
    world.inject("soon");
    assert_eq!(lines(&world.said(0)), "+CMTI: \"SM\",1");
    assert_eq!(world.ask("AT+CMGR=1"), "+CMS ERROR: 321");
    assert_eq!(world.ask("AT+CMGL=4"), "OK");
    world.wait(SECOND);
    assert!(world.ask("AT+CMGR=1").starts_with("+CMGR: 0,,"));
}

#[test]
fn announced_at_the_wrong_place() {
    let mut world = with(
        r#"{"fault": "wrong-announcement", "memory": "SM", "index": 0, "on": "+CMTI"}"#,
        "2,1,0,0,0",
    );
    world.inject("elsewhere");
    assert_eq!(lines(&world.said(0)), "+CMTI: \"SM\",0");
    assert!(world.ask("AT+CMGL=4").starts_with("+CMGL: 1,"));
}

#[test]
fn a_report_announced_and_lost() {
    let mut world = with(
        r#"{"fault": "wrong-announcement", "memory": "SM", "index": 0, "kept": false, "on": "+CDSI"}"#,
        "2,1,0,2,0",
    );
    world.report(17, "+84901234567", 0);
    assert_eq!(lines(&world.said(0)), "+CDSI: \"SM\",0");
    assert_eq!(world.ask("AT+CMGL=4"), "OK");
    let record = world.deliveries()[0];
    assert_eq!((record.acknowledged, record.route), (true, "lost"));
}

#[test]
fn given_and_stored_both() {
    let rule = r#"{"fault": "routed-and-stored", "times": 1}"#;
    let mut world = with(rule, "2,2,0,0,0");
    world.inject("twice");
    let said = lines(&world.said(0));
    assert!(said.starts_with("+CMTI: \"SM\",1|+CMT: ,"), "{said}");
    let mut world = with(rule, "2,1,0,0,0");
    world.inject("twice");
    let said = lines(&world.said(0));
    assert!(said.starts_with("+CMTI: \"SM\",1|+CMT: ,"), "{said}");
    assert_eq!(world.deliveries().len(), 1);
}

#[test]
fn a_line_of_two_lines_is_torn() {
    let mut world = with(
        r#"{"fault": "split-line", "ms": 400, "line": "^RSSI:7", "on": "+CMT"}"#,
        "2,2,0,0,0",
    );
    world.inject("torn");
    assert_eq!(world.said(0), "\r\n+CMT: ,23\r\n");
    assert_eq!(world.wait(Duration::from_millis(399)), "");
    let rest = world.wait_for(0, Duration::from_millis(1));
    assert!(rest.starts_with("\r\n^RSSI:7\r\n07"), "{rest}");
    assert!(rest.ends_with("\r\n"));
    assert_eq!(world.ask("AT"), "OK");
}

#[test]
fn lines_that_are_lost_or_damaged() {
    let mut world = with(
        r#"{"fault": "no-answer", "on": "+CMTI", "times": 1}"#,
        "2,1,0,0,0",
    );
    world.inject("not announced");
    assert_eq!(world.said(0), "");
    assert!(world.ask("AT+CMGL=4").starts_with("+CMGL: 1"));
    world.fault(r#"{"fault": "dropped-byte", "count": 2, "on": "+CMTI", "times": 1}"#);
    world.inject("announced badly");
    assert_eq!(world.said(0).len(), "\r\n+CMTI: \"SM\",2\r\n".len() - 2);
    world.fault(r#"{"fault": "garbage", "bytes": "\u00fe\u0000", "on": "+CMTI"}"#);
    world.inject("noise before it");
    assert_eq!(world.said(0), "\u{fe}\0\r\n+CMTI: \"SM\",3\r\n");
}

#[test]
fn reads_that_find_nothing() {
    let mut world = with(r#"{"fault": "empty-read", "memory": "ME"}"#, "2,1,0,0,0");
    world.ask("AT+CPMS=\"ME\",\"ME\",\"ME\"");
    world.inject("there");
    world.said(0);
    assert_eq!(world.ask("AT+CMGL=4"), "OK");
    assert_eq!(world.ask("AT+CMGR=1"), "OK");
    world.handle(0, Input::NoFaults);
    assert!(world.ask("AT+CMGL=4").starts_with("+CMGL: 1"));
    world.fault(r#"{"fault": "cms", "code": 303, "on": "+CMGL"}"#);
    assert_eq!(world.ask("AT+CMGL=4"), "+CMS ERROR: 303");
}

#[test]
fn memories_are_filled_and_emptied() {
    let mut world = World::one();
    world.ask("AT+CNMI=2,1,0,0,0");
    world.inject("first");
    assert_eq!(world.modems[0].fill("SM", 1, Status::Sent), Some(8));
    world.inject("the last slot");
    world.inject("no room");
    assert_eq!(world.acknowledged(), 2);
    assert_eq!(world.modems[0].fill("SM", 0, Status::Sent), Some(0));
    assert_eq!(world.modems[0].fill("XX", 0, Status::Sent), None);
    assert_eq!(world.modems[0].empty("SM", Some(Status::Sent)), Some(8));
    world.handle(0, Input::Tick);
    assert_eq!(world.acknowledged(), 3);
    assert_eq!(world.modems[0].fill("SM", 0, Status::ReceivedRead), Some(7));
    world.said(0);
    let listed = world.ask("AT+CMGL=1");
    assert_eq!(listed.matches("+CMGL:").count(), 7);
    let pdu = tpdu::PduHex::parse(listed.split('|').nth(1).unwrap()).unwrap();
    assert!(tpdu::Deliver::decode(&pdu.tpdu).is_ok());
    assert_eq!(world.modems[0].empty("SM", None), Some(10));
}

#[test]
fn what_the_last_command_read_is_not_emptied_before_it_can_be_deleted() {
    let mut world = World::one();
    world.ask("AT+CNMI=2,1,0,0,0");
    assert_eq!(world.modems[0].fill("SM", 0, Status::Sent), Some(10));
    world.inject("waits for room");
    assert!(world.ask("AT+CMGR=2").starts_with("+CMGR: 3,"));
    assert_eq!(world.modems[0].empty("SM", Some(Status::Sent)), Some(9));
    world.handle(0, Input::Tick);
    assert_eq!(lines(&world.said(0)), "+CMTI: \"SM\",1");
    assert_eq!(world.ask("AT+CMGD=2"), "OK");
    assert!(world.ask("AT+CMGL=0").starts_with("+CMGL: 1,0,"));
}

#[test]
fn what_was_read_before_another_command_is_emptied_and_its_place_is_taken() {
    let mut world = World::one();
    world.ask("AT+CNMI=2,1,0,0,0");
    assert_eq!(world.modems[0].fill("SM", 0, Status::Sent), Some(10));
    world.inject("waits for room");
    assert!(world.ask("AT+CMGR=1").starts_with("+CMGR: 3,"));
    assert_eq!(world.ask("AT"), "OK");
    assert_eq!(world.modems[0].empty("SM", Some(Status::Sent)), Some(10));
    world.handle(0, Input::Tick);
    assert_eq!(lines(&world.said(0)), "+CMTI: \"SM\",1");
    assert_eq!(world.ask("AT+CMGD=1"), "OK");
    assert_eq!(world.ask("AT+CMGL=4"), "OK", "deleted unread");
}
