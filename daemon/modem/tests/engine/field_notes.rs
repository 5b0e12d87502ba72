//! What users of other gateways suffer, played to the engine: entries of the field notes, part A,
//! that take more than a dialogue. The others are transcripts under `tests/transcripts/field-notes`.

use crate::support::tiny::{Tiny, length};
use crate::support::{Bench, DELIVER, PDU, submit};
use modem::{
    Capabilities, Event, Input, JobId, ModemState, Received, Remedy, RestartHow, Settings,
    SubmitRefusal, Submitted, Trouble,
};
use std::time::Duration;
use tpdu::{MessageRef, MtTpdu, PduHex};

fn capabilities(events: &[Event]) -> Option<Capabilities> {
    let found = |event: &Event| match event {
        Event::Capabilities(found) => Some(found.clone()),
        _ => None,
    };
    events.iter().rev().find_map(found)
}

/// Commits whatever is offered.
fn commit_all(bench: &mut Bench) -> usize {
    let received = bench.received();
    commit(bench, &received);
    received.len()
}

fn commit(bench: &mut Bench, received: &[Received]) {
    for message in received {
        bench.give(Input::Committed(message.token));
    }
}

/// Lets `time` pass; commits at once what is offered meanwhile.
fn run_committing(bench: &mut Bench, time: Duration) -> usize {
    let mut count = 0;
    for _ in 0..time.as_secs() {
        bench.run(Duration::from_secs(1));
        count += commit_all(bench);
    }
    count
}

#[test]
fn field_note_03_the_flood_is_switched_off_and_is_no_sign_of_life() {
    let mut bench = Bench::ready(
        Tiny::default()
            .answering("AT+CGMI", "\nhuawei\n\nOK\n")
            .answering("AT+CGMM", "\nE173\n\nOK\n"),
    );
    assert_eq!(bench.modem.asked("AT^CURC=0"), 1);
    // It stops answering and goes on with ^RSSI (field notes B.1).
    bench.modem.mute = true;
    for _ in 0..100 {
        bench.say(b"\r\n^RSSI: 17\r\n");
        bench.run(Duration::from_secs(1));
    }
    assert_eq!(bench.reopens.len(), 1);
}

#[test]
fn field_note_05_reports_are_not_announced_where_no_memory_holds_them() {
    // Every +CNMI with mt=1, ds=1 is refused; mt=1, ds=2 would be taken, and so is mt=2, ds=1.
    let mut tiny = Tiny::default();
    for mode in 0..4 {
        tiny.refused.push(format!("AT+CNMI={mode},1,0,1,"));
    }
    let mut bench = Bench::ready(tiny);
    let found = capabilities(&bench.take_events());
    assert_eq!(found.and_then(|found| found.cnmi), Some([2, 2, 0, 1, 0]));

    let mut tiny = Tiny::default().answering(
        "AT+CPMS=?",
        "\n+CPMS: (\"SM\",\"SR\"),(\"SM\"),(\"SM\")\n\nOK\n",
    );
    for mode in 0..4 {
        tiny.refused.push(format!("AT+CNMI={mode},1,0,1,"));
    }
    let mut bench = Bench::ready(tiny);
    let found = capabilities(&bench.take_events());
    assert_eq!(found.and_then(|found| found.cnmi), Some([2, 1, 0, 2, 0]));
}

#[test]
fn field_note_09_the_alarm_is_raised_at_seventy_percent_once() {
    let mut bench = Bench::fresh(Tiny::default());
    for index in 0..14 {
        bench.modem.sim.insert(index, DELIVER.to_owned());
    }
    // Nothing is committed, so nothing is deleted: the alarm is what is left to do.
    bench.run(Duration::from_mins(30));
    let events = bench.take_events();
    let is_alarm = |event: &&Event| matches!(event, Event::StorageAlarm(_));
    let alarms: Vec<_> = events.iter().filter(is_alarm).collect();
    let [Event::StorageAlarm(usage)] = alarms.as_slice() else {
        panic!("{alarms:?}");
    };
    assert_eq!(
        (usage.memory.as_str(), usage.used, usage.total),
        ("SM", 14, 20)
    );
    // It is emptied, fills again, and is told again.
    bench.modem.sim.clear();
    bench.run(Duration::from_mins(3));
    for index in 0..20 {
        bench.modem.sim.insert(index, DELIVER.to_owned());
    }
    bench.run(Duration::from_mins(3));
    assert_eq!(bench.take_events().iter().filter(is_alarm).count(), 1);
}

#[test]
fn field_note_09_room_that_deleting_made_is_told_before_the_next_count() {
    let mut bench = Bench::fresh(Tiny::default());
    for index in 0..3 {
        bench.modem.sim.insert(index, DELIVER.to_owned());
    }
    bench.run(Duration::from_mins(3));
    let events = bench.take_events();
    let used = |events: &[Event]| {
        let counts = events.iter().filter_map(|event| match event {
            Event::Storage(usage) => Some(usage.used),
            _ => None,
        });
        counts.collect::<Vec<_>>()
    };
    assert_eq!(used(&events).last(), Some(&3));
    let received = events.into_iter().filter_map(|event| match event {
        Event::Received(received) => Some(received),
        _ => None,
    });
    let received: Vec<_> = received.collect();
    commit(&mut bench, &received);
    bench.run(Duration::from_secs(5));
    assert!(bench.modem.sim.is_empty());
    assert_eq!(used(&bench.take_events()), [2, 1, 0]);
}

#[test]
fn field_note_09_what_nobody_can_read_is_kept_first_and_removed_when_it_jams() {
    let mut bench = Bench::fresh(Tiny::default());
    for index in 0..20 {
        let junk = format!("0004FFFF{index:02X}");
        bench.modem.sim.insert(index, junk);
    }
    bench.say(b"\r\n+SMS FULL\r\n");
    bench.run(Duration::from_secs(5));
    let junk = bench.received();
    assert_eq!(junk.len(), 20);
    assert!(junk.iter().all(|message| message.content.is_err()));
    bench.run(Duration::from_mins(30));
    assert_eq!(
        bench.modem.sim.len(),
        20,
        "nothing is removed that was not committed"
    );
    commit(&mut bench, &junk);
    bench.run(Duration::from_mins(30));
    assert!(bench.modem.sim.len() < 14, "there is room again");
    assert!(bench.received().is_empty(), "each is offered once");
}

#[test]
fn a_message_whose_announcement_was_lost_is_found_by_the_next_count() {
    let mut bench = Bench::ready(Tiny::default());
    run_committing(&mut bench, Duration::from_mins(2));
    for round in 0..3 {
        bench.modem.heard.clear();
        bench
            .modem
            .sim
            .insert(round, DELIVER.replace("F1", &format!("0{round}")));
        let count = run_committing(&mut bench, Duration::from_secs(130));
        assert_eq!(count, 1, "round {round}");
        assert_eq!(bench.modem.asked("AT+CMGL"), 2, "one of each memory");
    }
    // What lies there for good is looked at again, since a listing may be lost too, and then left.
    bench.modem.sim.insert(9, "0004FFFF09".to_owned());
    run_committing(&mut bench, Duration::from_secs(250));
    bench.modem.heard.clear();
    run_committing(&mut bench, Duration::from_mins(5));
    assert_eq!(bench.modem.asked("AT+CMGL"), 0);
}

#[test]
fn a_received_message_is_not_deleted_for_a_status_that_was_damaged_on_the_way() {
    let length = DELIVER.len() / 2 - 8;
    let damaged = format!("\n+CMGR: 3,,{length}\n{DELIVER}\n\nOK\n");
    let mut bench = Bench::fresh(Tiny::default().answering("AT+CMGR=7", &damaged));
    bench.modem.sim.insert(7, DELIVER.to_owned());
    bench.say(b"\r\n+CMTI: \"SM\",7\r\n");
    bench.run(Duration::from_secs(1));
    assert_eq!(bench.received().len(), 1);
    assert_eq!(bench.modem.sim.len(), 1, "not before it is committed");
}

#[test]
fn field_note_14_a_modem_that_goes_quiet_is_looked_at() {
    let mut bench = Bench::ready(Tiny::default());
    bench.run(Duration::from_secs(40));
    bench.say(format!("\r\n+CMT: ,{}\r\n{DELIVER}\r\n", length(DELIVER)).as_bytes());
    commit_all(&mut bench);
    assert_eq!(
        bench.modem.heard.last().map(String::as_str),
        Some("AT+CNMA")
    );
    bench.take_events();
    // Without a word it stops telling, and something arrives.
    bench.modem.cnmi = "2,0,0,0,0".to_owned();
    bench.modem.sim.insert(4, DELIVER.to_owned());
    assert_eq!(run_committing(&mut bench, Duration::from_secs(70)), 1);
    assert_eq!(bench.modem.cnmi, "2,1,0,1,0");
    assert!(bench.modem.sim.is_empty());
}

#[test]
fn field_note_14_a_modem_under_load_is_looked_at_too() {
    let mut bench = Bench::fresh(Tiny::slow(Duration::from_secs(2)));
    bench.modem.cnmi = "2,0,0,0,0".to_owned();
    let mut told = Vec::new();
    for job in 0..400 {
        bench.give(submit(job, true));
        bench.run(Duration::from_secs(1));
        told.extend(bench.take_events());
    }
    let lost = Event::Trouble {
        step: Remedy::SetAgain,
        reason: Trouble::RoutingLost,
    };
    assert_eq!(told.iter().filter(|event| **event == lost).count(), 1);
    assert_eq!(bench.modem.cnmi, "2,1,0,1,0");
}

#[test]
fn field_note_14_after_a_late_acknowledgement_routing_is_looked_at_though_it_was_taken() {
    let mut bench = Bench::ready(Tiny::default());
    bench.run(Duration::from_secs(40));
    bench.take_events();
    for (wait, looks) in [(1, false), (20, true)] {
        bench.say(format!("\r\n+CMT: ,{}\r\n{DELIVER}\r\n", length(DELIVER)).as_bytes());
        let token = bench.received()[0].token;
        bench.run(Duration::from_secs(wait));
        bench.modem.heard.clear();
        bench.give(Input::Committed(token));
        let commands = if looks {
            &["AT+CNMA", "AT+CNMI?"][..]
        } else {
            &["AT+CNMA"]
        };
        assert_eq!(bench.modem.heard, commands);
    }
}

#[test]
fn field_note_20_the_next_cnmi_of_the_list_is_tried_and_what_stuck_is_told() {
    let mut tiny = Tiny::default().answering("AT+CNMI=?", "\nERROR\n");
    tiny.refused = vec!["AT+CNMI=2,1".to_owned(), "AT+CNMI=1,1".to_owned()];
    let mut bench = Bench::ready(tiny);
    let found = capabilities(&bench.take_events());
    assert_eq!(found.and_then(|found| found.cnmi), Some([3, 1, 0, 1, 0]));
    // None at all: the memories are listed often instead.
    let mut tiny = Tiny::default();
    tiny.refused = vec!["AT+CNMI=".to_owned()];
    let mut bench = Bench::ready(tiny);
    assert_eq!(bench.engine.state(), ModemState::Ready);
    bench.take_events();
    bench.modem.sim.insert(2, DELIVER.to_owned());
    assert_eq!(run_committing(&mut bench, Duration::from_secs(15)), 1);
}

#[test]
fn field_note_24_a_busy_sim_is_not_asked_in_a_storm() {
    let mut bench = Bench::opened(
        Tiny::default().answering("AT+CPIN?", "\n+CME ERROR: 14\n"),
        Settings::default(),
    );
    bench.run(Duration::from_secs(20));
    assert_eq!(bench.engine.state(), ModemState::Starting);
    // 0.2 s, 0.4 s, 0.6 s, ... 3 s.
    let asked = bench.modem.asked("AT+CPIN?");
    assert!((8..=18).contains(&asked), "{asked}");
    bench.modem.answers.clear();
    bench.run(Duration::from_secs(4));
    assert_eq!(bench.engine.state(), ModemState::Ready);
}

#[test]
fn field_note_29_between_two_messages_there_is_nothing_but_the_message() {
    let mut bench = Bench::ready(Tiny::slow(Duration::from_secs(2)));
    bench.run(Duration::from_secs(40));
    bench.modem.heard.clear();
    bench.take_events();
    bench.give(submit(0, true));
    for job in 1..100 {
        bench.give(submit(job, true));
        bench.run(Duration::from_secs(2));
    }
    bench.run(Duration::from_secs(4));
    assert_eq!(bench.ended().len(), 100);
    let mut lines = bench.modem.heard.iter();
    assert_eq!(lines.next().map(String::as_str), Some("AT+CMMS=2"));
    let sent = lines.clone().take(100);
    assert!(
        sent.clone().all(|line| line.starts_with("AT+CMGS=")),
        "{lines:?}"
    );
    // 100 messages of 2 s each, and not a moment in between.
    assert_eq!(sent.count(), 100);
}

#[test]
fn field_note_31_what_one_way_of_listing_refuses_or_hides_another_shows() {
    for answer in ["\n+CMS ERROR: 303\n", "\nOK\n"] {
        let mut tiny = Tiny::default()
            .answering("AT+CMGL=4", answer)
            .answering("AT+CMGL=\"ALL\"", answer);
        tiny.sim.insert(3, DELIVER.to_owned());
        tiny.sim.insert(9, DELIVER.to_owned());
        let mut bench = Bench::ready(tiny);
        assert_eq!(commit_all(&mut bench), 2, "after {answer:?}");
        assert!(bench.modem.sim.is_empty());
    }
}

#[test]
fn field_note_31_a_memory_that_hides_what_it_holds_is_not_searched_each_time() {
    let mut tiny = Tiny::default().answering("AT+CMGL=4", "\nOK\n");
    tiny.sim.insert(3, DELIVER.to_owned());
    for index in 0..=20 {
        tiny.answers
            .insert(format!("AT+CMGR={index}"), "\nOK\n".to_owned());
    }
    tiny.answers
        .insert("AT+CMGL=\"ALL\"".to_owned(), "\nOK\n".to_owned());
    let mut bench = Bench::ready(tiny);
    bench.modem.heard.clear();
    bench.run(Duration::from_hours(2));
    let reads = bench.modem.asked("AT+CMGR=");
    assert!(reads <= 21, "{reads} reads in two hours");
}

/// Octets as a DELIVER, after TS 23.040 9.2.2.1.
fn deliver(dcs: u8, header: &[u8], octets: &[u8]) -> String {
    let udhi = if header.is_empty() { 0x04 } else { 0x44 };
    let mut tpdu = vec![
        udhi, 0x0b, 0x91, 0x72, 0x83, 0x88, 0x09, 0x00, 0xf1, 0x00, dcs,
    ];
    tpdu.extend([0x62, 0x80, 0x21, 0x31, 0x32, 0x01, 0x00]);
    let length = u8::try_from(header.len() + octets.len()).expect("short");
    tpdu.push(length);
    tpdu.extend(header);
    tpdu.extend(octets);
    PduHex::new(tpdu).render()
}

#[test]
fn field_note_32_data_for_a_telephone_is_kept_and_makes_room() {
    // An MMS notification: WAP push to port 2948, the first part of two (WAP-230, WAP-209).
    let push = [
        0x0b, 0x05, 0x04, 0x0b, 0x84, 0x23, 0xf0, 0x00, 0x03, 0x2a, 0x02, 0x01,
    ];
    let octets = b"\x01\x06\x22application/vnd.wap.mms-message\0\xaf\x84\x8c\x82";
    let notification = deliver(0x04, &push, octets);
    let class_0 = deliver(0x14, &[], b"flash");
    let mut bench = Bench::fresh(Tiny::default());
    for index in 0..20 {
        let pdu = if index % 2 == 0 {
            &notification
        } else {
            &class_0
        };
        bench.modem.sim.insert(index, pdu.clone());
    }
    bench.say(b"\r\n+SMS FULL\r\n");
    bench.run(Duration::from_secs(5));
    let received = bench.received();
    assert_eq!(received.len(), 20);
    for message in &received {
        let Ok(MtTpdu::Deliver(deliver)) = &message.content else {
            panic!("{message:?}");
        };
        if let Some(ports) = deliver.ud.ports() {
            assert_eq!(ports.dst, 2948);
        }
    }
    assert_eq!(bench.modem.sim.len(), 20);
    commit(&mut bench, &received);
    bench.run(Duration::from_secs(5));
    assert!(bench.modem.sim.is_empty());
    // A class 0 message is in no memory: it is routed, and acknowledged when it is kept.
    bench.modem.heard.clear();
    bench.say(format!("\r\n+CMT: ,{}\r\n{class_0}\r\n", length(&class_0)).as_bytes());
    assert!(bench.modem.heard.is_empty());
    assert_eq!(commit_all(&mut bench), 1);
    assert_eq!(bench.modem.heard, ["AT+CNMA"]);
}

#[test]
fn a_prompt_that_is_not_shown_is_left_without_the_pdu() {
    let mut bench = Bench::ready(Tiny::default());
    bench.modem.hides_prompt = true;
    bench.take_events();
    bench.give(submit(1, false));
    bench.run(Duration::from_secs(15));
    assert_eq!(bench.ended(), [Submitted::Refused(SubmitRefusal::NoPrompt)]);
    assert!(bench.modem.sent.is_empty());
    bench.modem.hides_prompt = false;
    bench.give(submit(2, false));
    assert_eq!(bench.ended(), [Submitted::Accepted(MessageRef(1))]);
    assert_eq!(bench.modem.sent, [PDU]);
}

#[test]
fn echo_that_comes_back_in_the_middle_of_life_costs_no_message_its_outcome() {
    let mut bench = Bench::fresh(Tiny::slow(Duration::from_secs(3)));
    bench.give(submit(1, true));
    bench.run(Duration::from_secs(1));
    bench.modem.echo = true;
    bench.give(submit(2, true));
    bench.run(Duration::from_secs(30));
    let ended = bench.ended();
    assert_eq!(ended.len(), 2);
    assert_eq!(ended[0], Submitted::Accepted(MessageRef(1)));
    // Handed over or not: what the modem took and what was told agree.
    let accepted = ended
        .iter()
        .filter(|end| matches!(end, Submitted::Accepted(_)));
    assert_eq!(accepted.count(), bench.modem.sent.len());
    assert_eq!(bench.engine.state(), ModemState::Ready);
    assert!(!bench.modem.echo);
}

#[test]
fn field_note_08_a_restart_that_does_not_help_costs_one_message_at_most() {
    let unassigned = Submitted::Refused(SubmitRefusal::Cms(at::CmsError(1)));
    let stuck = Submitted::Refused(SubmitRefusal::NotReady);
    let tiny = Tiny::default().answering("AT+CMGS=19", "\n+CMS ERROR: 1\n");
    let mut bench = Bench::fresh(tiny);
    // As the run before has left it.
    bench.give(Input::LastReference(MessageRef(255)));
    let mut send = |job, pdu: &str| {
        let pdu = PduHex::parse(pdu).expect("hex");
        let job = JobId(job);
        let more = false;
        bench.give(Input::Submit { job, pdu, more });
        let ended = bench.ended();
        bench.give(Input::Restart(RestartHow::Soft));
        bench.run(Duration::from_mins(2));
        bench.take_events();
        ended
    };
    assert_eq!(send(1, PDU), std::slice::from_ref(&stuck));
    // It may be the recipient after all.
    assert_eq!(send(2, PDU), [unassigned]);
    // But not the next one too.
    let other = PDU.replace("9325476F8", "9325476F9");
    assert_ne!(other, PDU);
    assert_eq!(send(3, &other), [stuck]);
}
