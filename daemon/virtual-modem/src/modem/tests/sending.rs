//! AT+CMGS and its kin.

use std::time::Duration;

use super::{PDU, SECOND};
use crate::air::SubmitRecord;
use crate::modem::Input;
use crate::world::{Options, World, lines};

fn to(number: &str) -> String {
    use tpdu::{ConcatRef, MessageRef, PduHex, Pid, Submit, TextOptions};
    let plan = tpdu::plan("hello", &TextOptions::default()).unwrap();
    let ud = plan.user_data(ConcatRef::Eight(0)).remove(0);
    let da = number.parse().unwrap();
    let submit = Submit {
        rd: false,
        rp: false,
        srr: true,
        mr: MessageRef(0),
        da,
        pid: Pid::NORMAL,
        dcs: plan.dcs,
        vp: None,
        ud,
    };
    PduHex::new(submit.encode().unwrap()).render()
}

/// What a submit is, and its text.
fn sent(record: &SubmitRecord) -> (tpdu::Submit, String) {
    let pdu = tpdu::PduHex::parse(&record.pdu).unwrap();
    let submit = tpdu::Submit::decode(&pdu.tpdu).unwrap();
    let text = submit.ud.text(submit.dcs).unwrap();
    (submit, text)
}

#[test]
fn a_pdu_goes_out_and_is_reported() {
    let mut world = World::one();
    world.ask("AT+CNMI=2,1,0,1,0");
    assert_eq!(world.send(PDU), "+CMGS: 0|OK");
    let reported = world.wait(SECOND);
    assert_eq!(reported, format!("+CDS: 25|{}", world.deliveries()[0].pdu));
    assert_eq!(world.send(PDU), "+CMGS: 1|OK");
    let submits = world.submits();
    assert_eq!(
        (
            submits[0].to.as_str(),
            submits[0].pdu.as_str(),
            submits[0].accepted
        ),
        ("+84901234567", PDU, true)
    );
    let took = submits[0].done_at.unwrap() - submits[0].ctrl_z_at;
    assert_eq!(took, SECOND * 3, "two seconds and the link's set-up");
    assert_eq!(
        submits[0].prompt_at.unwrap() - submits[0].command_at,
        Duration::from_millis(5)
    );
    let report = world.deliveries()[0];
    assert_eq!(
        (report.report, report.mr, report.route, report.acknowledged),
        (true, Some(0), "cds", true)
    );
}

#[test]
fn more_messages_keep_the_link_open() {
    let mut world = World::one();
    world.ask("AT+CMMS=2");
    world.send(PDU);
    world.send(PDU);
    let took: Vec<_> = world
        .submits()
        .iter()
        .map(|record| record.done_at.unwrap() - record.ctrl_z_at)
        .collect();
    assert_eq!(took, [SECOND * 3, SECOND * 2]);
}

#[test]
fn what_is_no_pdu_is_refused() {
    let mut world = World::one();
    for bad in [
        "0031000B914809214365F70000A705E8329BFD",
        "00",
        "xyz",
        "00FF",
        &PDU[..20],
    ] {
        world.begin();
        assert_eq!(
            lines(&world.write(format!("{bad}\x1a").as_bytes())),
            "+CMS ERROR: 304",
            "{bad}"
        );
    }
    assert_eq!(world.ask("AT+CMGS=0"), "+CMS ERROR: 304");
    assert_eq!(world.ask("AT+CMGS"), "ERROR");
    let mut submits = world.submits().into_iter();
    assert!(submits.all(|record| record.mr.is_none() && !record.accepted));
    let said = world.send(PDU);
    assert!(
        said.starts_with("+CMGS: 0|"),
        "none of them cost a reference: {said}"
    );
}

#[test]
fn escape_leaves_the_prompt() {
    let mut world = World::one();
    world.write(b"AT+CMGS=19\r");
    assert!(world.wait_for(0, SECOND).ends_with("> "));
    assert_eq!(world.ask("0031\x1b"), "OK");
    assert_eq!(world.ask("AT"), "OK");
    assert!(world.submits().is_empty());
}

#[test]
fn commands_wait_while_a_message_is_on_the_air() {
    let mut world = World::one();
    world.begin();
    world.write(format!("{PDU}\x1aAT+CSQ\r").as_bytes());
    assert_eq!(world.wait(SECOND * 2), "");
    assert_eq!(world.wait(SECOND), "+CMGS: 0|OK|+CSQ: 23,99|OK");
}

#[test]
fn recipients_decide() {
    let mut world = World::one();
    world.ask("AT+CNMI=2,1,0,1,0");
    assert_eq!(world.send(&to("+84901990038")), "+CMS ERROR: 38");
    assert_eq!(world.send(&to("+84901990000")), "ERROR");
    assert_eq!(world.send(&to("+84901994042")), "+CMS ERROR: 42");
    assert!(world.send(&to("+84901994042")).starts_with("+CMGS: 3|OK"));
    assert!(
        world.send(&to("+84901996000")).starts_with("+CDS: 25|"),
        "the report is first"
    );
    assert_eq!(world.send(&to("+84901992000")), "+CMGS: 5|OK");
    assert_eq!(world.wait(SECOND * 600), "");
    assert_eq!(world.send(&to("+84901997000")), "", "accepted in silence");
    assert!(world.submits().last().unwrap().accepted);
    assert!(world.wait(SECOND).starts_with("+CDS: 25"));
    assert_eq!(world.send(&to("+84901998000")), "", "lost");
    assert!(!world.submits().last().unwrap().accepted);
    assert!(
        world.send(PDU).starts_with("+CMGS: 7|OK"),
        "the lost one had no reference"
    );
    world.write(b"AT+CMGS=18\r");
    world.wait(SECOND);
    world.write(format!("{}\x1a", to("+84901997200")).as_bytes());
    assert!(world.wait(SECOND * 202).starts_with("+CDS: 25|"));
    assert_eq!(world.wait(SECOND * 2), "+CMGS: 8|OK");
    assert_eq!(world.submits().last().unwrap().done_at, None);
}

#[test]
fn without_network_nothing_goes_out() {
    let mut world = World::one();
    world.coverage(0, false, None);
    assert_eq!(world.send(PDU), "+CMS ERROR: 331");
}

#[test]
fn text_mode() {
    let mut world = World::one();
    world.ask("AT+CMGF=1;+CSCS=\"GSM\";+CSMP=49,167,0,0");
    world.write(b"AT+CMGS=\"+84901234567\"\r");
    world.wait(SECOND);
    assert_eq!(world.write(b"hello\rworld \x02\x1a"), "\r\n> ");
    assert!(world.wait(SECOND * 3).starts_with("+CMGS: 0|OK"));
    let (submit, text) = sent(world.submits()[0]);
    assert_eq!(text, "hello\nworld $");
    assert!(submit.srr);

    world.ask("AT+CSCS=\"UCS2\";+CSMP=17,167,0,8");
    world.write(b"AT+CMGS=\"002B00380034003900300031003200330034003500360037\"\r");
    world.wait(SECOND);
    world.write(b"005600691EC70074\x1a");
    world.wait(SECOND * 3);
    let last = world.submits()[1];
    assert_eq!(last.to, "+84901234567");
    assert_eq!(sent(last).1, "Việt");
}

#[test]
fn a_sim_of_the_bank_gets_the_message_and_the_report_waits_for_it() {
    let mut world = World::new(Options {
        modems: 2,
        ..Options::default()
    });
    world.ask_of(0, "ATE0");
    world.ask_of(1, "ATE0");
    world.ask_of(0, "AT+CNMI=2,1,0,1,0");
    world.ask_of(1, "AT+CNMI=2,2,0,0,0");
    world.coverage(1, false, None);
    let other = world.identities[1].msisdn.clone();
    assert_eq!(world.send(&to(&other)), "+CMGS: 0|OK");
    assert_eq!(world.wait(SECOND * 100), "");
    world.coverage(1, true, None);
    let got = world.said(1);
    let pdu = tpdu::PduHex::parse(lines(&got).split('|').nth(1).unwrap()).unwrap();
    let deliver = tpdu::Deliver::decode(&pdu.tpdu).unwrap();
    assert_eq!(deliver.oa.to_string(), world.identities[0].msisdn);
    assert_eq!(deliver.ud.text(deliver.dcs).unwrap(), "hello");
    assert!(world.wait(SECOND).starts_with("+CDS: 25|"));
}

#[test]
fn a_submit_that_the_network_took_is_logged_though_the_modem_is_pulled() {
    let mut world = World::one();
    world.hand_over();
    world.wait(Duration::from_millis(2_999));
    world.handle(0, Input::PowerOff);
    world.wait(SECOND * 5);
    assert!(
        world.submits().is_empty(),
        "pulled on the air: the network has nothing"
    );
    world.handle(0, Input::PowerOn);
    world.wait(SECOND * 3);
    world.ask("ATE0");
    assert!(world.send(PDU).starts_with("+CMGS: 0"));
}

#[test]
fn written_messages_can_be_sent() {
    let mut world = World::one();
    world.write(b"AT+CMGW=19\r");
    world.wait(SECOND);
    assert_eq!(
        lines(&world.write(format!("{PDU}\x1a").as_bytes())),
        "+CMGW: 1|OK"
    );
    assert!(world.ask("AT+CMGL=2").starts_with("+CMGL: 1,2,,19|"));
    world.write(b"AT+CMSS=1\r");
    assert!(world.wait(SECOND * 3).starts_with("+CMSS: 0|OK"));
    world.write(b"AT+CMSS=1,\"+84907654321\"\r");
    assert!(world.wait(SECOND * 3).starts_with("+CMSS: 1|OK"));
    assert_eq!(world.submits()[1].to, "+84907654321");
    assert!(world.ask("AT+CMGL=3").starts_with("+CMGL: 1,3,,19|"));
    assert_eq!(world.ask("AT+CMSS=2"), "+CMS ERROR: 321");
}

#[test]
fn a_day_of_one_modem_takes_no_time() {
    let mut world = World::one();
    for _ in 0..1_000 {
        world.send(PDU);
        world.wait(SECOND * 83);
    }
    assert_eq!(world.accepted(), 1_000);
    assert_eq!(world.submits()[999].mr, Some(231), "references wrap");
}
