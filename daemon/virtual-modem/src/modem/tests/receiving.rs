//! CNMI, CNMA and what the network does when nobody answers.

use super::SECOND;
use crate::world::{Options, World, lines};

#[test]
fn mt_decides_where_a_message_goes() {
    let mut world = World::one();
    world.inject("stored silently");
    assert_eq!(world.said(0), "", "mt=0");
    world.ask("AT+CNMI=2,1,0,0,0");
    world.inject("announced");
    assert_eq!(world.said(0), "\r\n+CMTI: \"SM\",2\r\n");
    world.ask("AT+CNMI=2,2,0,0,0");
    world.inject("given");
    assert!(world.said(0).starts_with("\r\n+CMT: ,24\r\n0791"));
    assert!(world.deliveries().iter().all(|record| record.acknowledged));
    let routes: Vec<_> = world
        .deliveries()
        .iter()
        .map(|record| record.route)
        .collect();
    assert_eq!(routes, ["stored", "stored", "cmt"]);
}

#[test]
fn mode_0_keeps_announcements_until_it_ends() {
    let mut world = World::one();
    world.ask("AT+CNMI=0,1,0,0,0");
    world.inject("kept");
    assert_eq!(world.said(0), "");
    assert_eq!(world.ask("AT+CNMI=2,1,0,0,0"), "+CMTI: \"SM\",1|OK");
    world.ask("AT+CNMI=0,1,0,0,1");
    world.inject("forgotten");
    assert_eq!(world.ask("AT+CNMI=2,1,0,0,1"), "OK");
}

#[test]
fn announcements_wait_while_a_text_is_entered() {
    let mut world = World::one();
    world.ask("AT+CNMI=2,1,0,0,0");
    world.begin();
    world.inject("meanwhile");
    assert_eq!(world.said(0), "");
    assert_eq!(lines(&world.write(b"\x1b")), "+CMTI: \"SM\",1|OK");
}

#[test]
fn phase_2_plus_wants_an_acknowledgement() {
    let mut world = World::one();
    world.ask("AT+CSMS=1;+CNMI=2,2,0,1,0;+CMEE=1");
    assert_eq!(world.ask("AT+CNMA"), "+CMS ERROR: 340");
    world.inject("one");
    world.inject("two");
    assert_eq!(
        world.said(0).matches("+CMT:").count(),
        1,
        "the next one waits for the acknowledgement"
    );
    assert!(world.deliveries().is_empty());
    assert!(world.ask("AT+CNMA=1").contains("+CMT:"));
    assert!(world.deliveries()[0].acknowledged);
    assert_eq!(world.ask("AT+CNMA=2"), "OK");
    assert!(!world.deliveries()[1].acknowledged);
    assert!(
        world.wait(SECOND * 10).starts_with("+CMT:"),
        "refused, so it comes again"
    );
    assert_eq!(world.ask("AT+CNMA=0"), "OK");
    let last = world.deliveries()[2];
    assert_eq!((last.attempt, last.acknowledged), (2, true));
    assert_eq!(world.wait(SECOND * 100), "");
}

#[test]
fn an_acknowledgement_that_does_not_come_ends_the_routing() {
    let mut world = World::one();
    world.ask("AT+CSMS=1;+CNMI=2,2,0,1,0");
    world.inject("unanswered");
    world.wait(SECOND * 15);
    assert!(!world.deliveries()[0].acknowledged);
    assert_eq!(world.ask("AT+CNMI?"), "+CNMI: 2,0,0,0,0|OK");
    world.wait(SECOND * 10);
    let last = world.deliveries()[1];
    assert_eq!(
        (last.attempt, last.route, last.acknowledged),
        (2, "stored", true)
    );
}

#[test]
fn a_delivery_report_may_be_given() {
    let mut world = World::one();
    world.ask("AT+CSMS=1;+CNMI=2,2,0,1,0");
    world.inject("with a report");
    world.said(0);
    world.write(b"AT+CNMA=1,2\r");
    assert!(world.wait_for(0, SECOND).ends_with("> "));
    assert_eq!(lines(&world.write(b"0000\x1a")), "OK");
    assert!(world.deliveries()[0].acknowledged);
}

#[test]
fn a_full_sim_holds_the_network_back() {
    let mut world = World::set_up(Options {
        sim_slots: 2,
        ..Options::default()
    });
    world.ask("AT+CNMI=2,1,0,0,0");
    for text in ["one", "two", "three"] {
        world.inject(text);
    }
    assert_eq!(lines(&world.said(0)).matches("+CMTI").count(), 2);
    assert_eq!(world.network.waiting(&world.identities[0].msisdn), 1);
    assert_eq!(world.ask("AT+CMGD=1"), "OK|+CMTI: \"SM\",1");
    assert_eq!(world.network.waiting(&world.identities[0].msisdn), 0);
    let attempts: Vec<_> = world
        .deliveries()
        .iter()
        .map(|record| (record.attempt, record.acknowledged))
        .collect();
    assert_eq!(attempts, [(1, true), (1, true), (1, false), (2, true)]);
}

#[test]
fn reports_are_stored_as_the_make_does_it() {
    let announced = |name: &str| {
        let mut world = World::of(name);
        world.ask("AT^CURC=0");
        world.ask("AT+CNMI=2,1,0,2,0");
        world.report(17, "+84901234567", 0);
        let said = world.wait(SECOND);
        let found = world.ask("AT+CPMS=\"SM\";+CMGR=0") + &world.ask("AT+CPMS=\"SR\";+CMGL=4");
        (said, found.contains("06110B914809214365F7"))
    };
    assert_eq!(
        announced("quectel-ec25"),
        ("+CDSI: \"SM\",0".to_owned(), true)
    );
    assert_eq!(
        announced("telit-le910"),
        ("+CDSI: \"SR\",1".to_owned(), true)
    );
    let (said, found) = announced("huawei-e3372");
    assert!(said.starts_with("+CDSI: \"SM\",0"));
    assert!(!found, "announced and lost");
}

#[test]
fn combinations_are_refused_as_the_make_does_it() {
    let refused = |name: &str, line: &str| {
        let mut world = World::of(name);
        world.ask(line).contains("ERROR")
    };
    assert!(refused("simcom-a7670", "AT+CNMI=2,2,0,1,0"));
    assert!(!refused("simcom-a7670", "AT+CNMI=2,2,0,0,0"));
    assert!(refused("simcom-sim800", "AT+CNMI=2,1,0,2,0"));
    assert!(refused("cinterion-mc75i", "AT+CNMI=2,1,0,2,0"));
    assert!(!refused("cinterion-mc75i", "AT+CNMI=2,1,0,2,1"));
    assert!(refused("huawei-e173", "AT+CSMS=1"));
}

#[test]
fn long_and_unicode_texts_are_split() {
    let mut world = World::one();
    assert_eq!(world.inject(&"long ".repeat(70)), 3);
    assert_eq!(world.inject("ngắn"), 1);
    assert_eq!(world.ask("AT+CMGL=4").matches("+CMGL:").count(), 4);
}

#[test]
fn text_mode_shows_messages_in_the_charset() {
    let mut world = World::one();
    world.ask("AT+CMGF=1;+CSCS=\"GSM\";+CNMI=2,2,0,0,0");
    world.inject("a $ b");
    assert_eq!(
        world.said(0),
        "\r\n+CMT: \"+84901234567\",,\"26/11/22,17:00:00+28\"\r\na \u{2} b\r\n"
    );
    world.ask("AT+CNMI=2,1,0,0,0;+CSDH=1");
    world.inject("Việt");
    world.said(0);
    let listed = world.ask("AT+CMGL=\"ALL\"");
    assert_eq!(
        listed,
        "+CMGL: 1,\"REC UNREAD\",\"+84901234567\",,\"26/11/22,17:00:00+28\",145,8|005600691EC70074|OK"
    );
    assert!(world.ask("AT+CMGR=1").starts_with("+CMGR: \"REC READ\",\"+84901234567\",,\"26/11/22,17:00:00+28\",145,4,0,8,\"+84980200030\",145,8|0056"));
}
