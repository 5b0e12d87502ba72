//! Memories: CPMS, CMGL, CMGR, CMGD.

use crate::air::AirEventKind;
use crate::world::World;

#[test]
fn listing_and_reading_mark_as_read() {
    let mut world = World::one();
    world.inject("one");
    world.inject("two");
    assert_eq!(world.ask("AT+CMGL=1"), "OK");
    assert!(world.ask("AT+CMGR=1").starts_with("+CMGR: 0,,"));
    assert!(world.ask("AT+CMGR=1").starts_with("+CMGR: 1,,"));
    assert!(world.ask("AT+CMGL").starts_with("+CMGL: 2,0,,"));
    assert_eq!(world.ask("AT+CMGL"), "OK");
    assert_eq!(world.ask("AT+CMGL=4").matches("+CMGL").count(), 2);
    assert_eq!(world.ask("AT+CMGL=5"), "+CMS ERROR: 303");
    assert_eq!(world.ask("AT+CMGL=\"ALL\""), "+CMS ERROR: 303");
}

#[test]
fn an_empty_slot_is_an_error_or_nothing() {
    let mut world = World::one();
    assert_eq!(world.ask("AT+CMGR=1"), "+CMS ERROR: 321");
    assert_eq!(world.ask("AT+CMGR=0"), "+CMS ERROR: 321");
    assert_eq!(world.ask("AT+CMGD=99"), "+CMS ERROR: 321");
    let mut quectel = World::of("quectel-ec25");
    assert_eq!(quectel.ask("AT+CMGR=0"), "OK");
}

#[test]
fn delete_flags() {
    let left = |flag: &str| {
        let mut world = World::one();
        for text in ["read", "unread", "unread too"] {
            world.inject(text);
        }
        world.ask("AT+CMGR=1");
        assert_eq!(world.ask(&format!("AT+CMGD={flag}")), "OK");
        world.ask("AT+CMGD=?")
    };
    assert_eq!(left("2"), "+CMGD: (1,3),(0-4)|OK");
    assert_eq!(left("2,0"), "+CMGD: (1,3),(0-4)|OK");
    assert_eq!(left("1,1"), "+CMGD: (2,3),(0-4)|OK");
    assert_eq!(left("1,3"), "+CMGD: (2,3),(0-4)|OK");
    assert_eq!(left("1,4"), "+CMGD: (),(0-4)|OK");
}

#[test]
fn several_memories() {
    let mut world = World::one();
    assert_eq!(
        world.ask("AT+CPMS?"),
        "+CPMS: \"SM\",0,10,\"SM\",0,10,\"SM\",0,10|OK"
    );
    assert_eq!(
        world.ask("AT+CPMS=\"MT\",\"ME\",\"ME\""),
        "+CPMS: 0,110,0,100,0,100|OK"
    );
    world.ask("AT+CNMI=2,1,0,0,0");
    world.inject("in the modem");
    assert_eq!(world.said(0), "\r\n+CMTI: \"ME\",1\r\n");
    // In the sum of both memories it comes after the SIM's ten.
    assert!(world.ask("AT+CMGL=4").starts_with("+CMGL: 11,0,,"));
    assert_eq!(world.ask("AT+CMGD=11"), "OK");
    let deleted = world.log.iter().find_map(|(_, event)| match event.what {
        AirEventKind::Delete { memory, index } => Some((memory, index)),
        _ => None,
    });
    assert_eq!(deleted, Some(("MT", 11)));
    assert_eq!(world.ask("AT+CPMS=\"XX\""), "+CMS ERROR: 302");
    assert_eq!(world.ask("AT+CPMS=\"SR\",\"SR\""), "+CMS ERROR: 302");
}

#[test]
fn slots_from_zero() {
    let mut world = World::of("huawei-e173");
    world.ask("AT^CURC=0;+CNMI=2,1,0,0,0");
    world.inject("first");
    assert_eq!(world.said(0), "\r\n+CMTI: \"SM\",0\r\n");
    assert!(world.ask("AT+CMGR=0").starts_with("+CMGR: 0,,"));
}
