//! The engine against a modem of a few lines, in virtual time.

use crate::support::tiny::Tiny;
use crate::support::{Bench, DELIVER, submit};
use modem::{
    Event, Input, JobId, ModemState, Settings, SubmitRefusal, Submitted, Uncertainty, Via,
};
use std::time::Duration;
use tpdu::{MessageRef, MtTpdu};

#[test]
fn a_modem_that_answers_at_once_is_ready_within_a_second() {
    let mut bench = Bench::opened(Tiny::default(), Settings::default());
    bench.run(Duration::from_millis(300));
    assert_eq!(
        bench.engine.state(),
        ModemState::Ready,
        "{:#?}",
        bench.modem.heard
    );
    let sim = bench.events.iter().find_map(|event| match event {
        Event::Sim(sim) => Some(sim.clone()),
        _ => None,
    });
    let sim = sim.unwrap();
    assert_eq!(sim.iccid.unwrap().as_str(), "8984012345678901234");
    assert_eq!(sim.number.unwrap().as_str(), "+84901234567");
}

#[test]
fn the_next_message_starts_the_moment_the_last_one_ends() {
    let mut bench = Bench::ready(Tiny::slow(Duration::from_secs(2)));
    bench.modem.heard.clear();
    bench.give(submit(1, true));
    bench.give(submit(2, false));
    bench.run(Duration::from_secs(4));
    let sent = bench.ended();
    assert_eq!(
        sent,
        [
            Submitted::Accepted(MessageRef(1)),
            Submitted::Accepted(MessageRef(2))
        ]
    );
    assert_eq!(bench.modem.heard[0], "AT+CMMS=2");
    let only_sms = bench.modem.heard[1..3]
        .iter()
        .all(|line| line.starts_with("AT+CMGS="));
    assert!(only_sms, "{:?}", bench.modem.heard);
}

#[test]
fn a_third_message_is_refused_while_one_waits() {
    let mut bench = Bench::ready(Tiny::slow(Duration::from_secs(2)));
    bench.give(submit(1, true));
    bench.give(submit(2, true));
    bench.give(submit(3, true));
    assert_eq!(bench.ended(), [Submitted::Refused(SubmitRefusal::NotReady)]);
}

#[test]
fn silence_after_the_pdu_is_uncertain_and_a_late_answer_is_told() {
    let mut bench = Bench::ready(Tiny::slow(Duration::from_secs(10_000)));
    bench.give(submit(1, false));
    bench.run(Duration::from_secs(184));
    assert!(
        bench.ended().is_empty(),
        "not before the timer of 3 minutes"
    );
    bench.run(Duration::from_secs(10));
    assert_eq!(bench.ended(), [Submitted::Uncertain(Uncertainty::Silence)]);
    bench.say(b"\r\n+CMGS: 77\r\n\r\nOK\r\n");
    let late = Event::LateAccepted {
        job: JobId(1),
        mr: Some(MessageRef(77)),
    };
    assert!(bench.events.contains(&late));
    assert_eq!(bench.engine.state(), ModemState::Ready);
}

#[test]
fn a_missing_prompt_sends_nothing_and_the_next_message_goes_out() {
    let mut bench = Bench::ready(Tiny::default().answering("AT+CMGS=19", ""));
    bench.give(submit(1, false));
    bench.run(Duration::from_secs(15));
    assert_eq!(bench.ended(), [Submitted::Refused(SubmitRefusal::NoPrompt)]);
    assert!(bench.modem.sent.is_empty());
    bench.modem.answers.clear();
    bench.give(submit(2, false));
    assert_eq!(bench.ended(), [Submitted::Accepted(MessageRef(1))]);
}

#[test]
fn a_stored_message_is_deleted_only_after_its_commit() {
    let mut bench = Bench::fresh(Tiny::default());
    bench.modem.sim.insert(0, DELIVER.to_owned());
    bench.say(b"\r\n+CMTI: \"SM\",0\r\n");
    let received = bench.received();
    let [received] = received.as_slice() else {
        panic!("{received:?}");
    };
    assert!(matches!(received.content, Ok(MtTpdu::Deliver(_))));
    bench.run(Duration::from_hours(1));
    assert!(!bench.modem.sim.is_empty());
    bench.give(Input::Committed(received.token));
    assert!(bench.modem.sim.is_empty());
    assert!(bench.received().is_empty());
}

#[test]
fn what_could_not_be_stored_is_offered_again() {
    let mut bench = Bench::fresh(Tiny::default());
    bench.modem.sim.insert(3, DELIVER.to_owned());
    bench.say(b"\r\n+CMTI: \"SM\",3\r\n");
    let first = bench.received()[0].token;
    bench.give(Input::NotCommitted(first));
    bench.run(Duration::from_mins(1));
    let second = bench.received();
    assert_eq!(second.len(), 1);
    assert_ne!(first, second[0].token);
    assert_eq!(bench.modem.sim.len(), 1);
}

#[test]
fn a_day_of_a_modem() {
    let mut bench = Bench::fresh(Tiny::slow(Duration::from_secs(2)));
    let (mut sent, mut received, mut job) = (0, 0, 0);
    for minute in 0..24 * 60_u32 {
        match minute % 10 {
            0 => {
                let free = (0..20)
                    .find(|index| !bench.modem.sim.contains_key(index))
                    .unwrap();
                bench.modem.sim.insert(free, DELIVER.to_owned());
                bench.say(format!("\r\n+CMTI: \"SM\",{free}\r\n").as_bytes());
            }
            3 => bench.say(b"\r\nRING\r\n\r\n+CLIP: \"+84901112223\",145\r\n"),
            // Without a word, for the sweep to find.
            5 => drop(bench.modem.sim.insert(19, DELIVER.to_owned())),
            7 => bench.say(b"\r\n^RSSI: 17\r\n".repeat(50).as_slice()),
            _ => {}
        }
        job += 1;
        bench.give(submit(job, false));
        bench.run(Duration::from_mins(1));
        for event in bench.take_events() {
            match event {
                Event::Received(message) => {
                    received += 1;
                    bench.give(Input::Committed(message.token));
                }
                Event::Submitted { outcome, .. } => {
                    assert!(matches!(outcome, Submitted::Accepted(_)), "{outcome:?}");
                    sent += 1;
                }
                _ => {}
            }
        }
    }
    assert_eq!(sent, 24 * 60);
    assert!(received >= 2 * 144 - 1, "{received}");
    assert!(bench.modem.sim.len() <= 1);
    // A tick a submit and a few a minute: status, sweep, recheck.
    assert!(bench.ticks < 24 * 60 * 6, "{}", bench.ticks);
}

#[test]
fn an_idle_modem_costs_next_to_nothing() {
    let mut bench = Bench::ready(Tiny::default());
    let before = bench.ticks;
    bench.run(Duration::from_hours(1));
    assert!(
        bench.ticks - before <= 100,
        "{} ticks in an hour",
        bench.ticks - before
    );
}

fn handed_over(events: &[Event]) -> Vec<bool> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Submitted { handed_over, .. } => Some(*handed_over),
            _ => None,
        })
        .collect()
}

#[test]
fn a_refusal_tells_whether_the_pdu_was_handed_over() {
    let mut bench = Bench::ready(Tiny::default().answering("AT+CMGS=19", "\n+CMS ERROR: 304\n"));
    bench.give(submit(1, false));
    assert_eq!(handed_over(&bench.take_events()), [false]);
    bench
        .modem
        .answers
        .insert("AT+CMGS=19".to_owned(), "\n> ".to_owned());
    bench.give(submit(2, false));
    bench.say(b"\r\n+CMS ERROR: 38\r\n");
    assert_eq!(handed_over(&bench.take_events()), [true]);
}

#[test]
fn a_modem_that_is_new_to_us_or_starts_anew_says_booted_once_each() {
    let booted = |events: &[Event]| events.iter().filter(|e| **e == Event::Booted).count();
    let mut bench = Bench::ready(Tiny::default());
    // Tiny is born with echo on.
    assert_eq!(booted(&bench.take_events()), 1);
    bench.say(b"\r\nRDY\r\n");
    bench.run(Duration::from_secs(3));
    bench.say(b"\r\nRDY\r\n\r\nAPP RDY\r\n");
    bench.run(Duration::from_secs(3));
    assert_eq!(booted(&bench.take_events()), 2);
    // The port is opened again, and the modem has stayed as it was.
    bench.give(Input::Closed);
    bench.give(Input::Opened);
    bench.run(Duration::from_secs(3));
    assert_eq!(bench.engine.state(), ModemState::Ready);
    assert_eq!(booted(&bench.take_events()), 0);
}

#[test]
fn the_submit_timer_of_the_profile_is_told() {
    let mut bench = Bench::ready(Tiny::default());
    let told = bench
        .take_events()
        .into_iter()
        .find_map(|event| match event {
            Event::Capabilities(found) => Some(found.submit_wait),
            _ => None,
        });
    assert_eq!(told, Some(Duration::from_secs(185)));
}

fn ways(bench: &mut Bench) -> Vec<Via> {
    let received = bench.received().into_iter();
    received.map(|received| *received.via).collect()
}

#[test]
fn it_is_told_by_what_way_a_message_came() {
    let listed = |announced| Via::Listed {
        memory: "SM".to_owned(),
        index: 3,
        announced,
    };
    let stored = || {
        let mut bench = Bench::fresh(Tiny::default());
        bench.modem.sim.insert(3, DELIVER.to_owned());
        bench
    };

    let mut bench = stored();
    bench.say(b"\r\n+CMTI: \"SM\",3\r\n");
    let announced = Via::Announced {
        named: "SM".to_owned(),
        memory: "SM".to_owned(),
        index: 3,
        misses: 0,
    };
    assert_eq!(ways(&mut bench), [announced]);

    // Announced where it is not (field notes A 10, A 12): found when all is listed.
    let mut bench = stored();
    bench.say(b"\r\n+CMTI: \"SM\",9\r\n");
    bench.run(Duration::from_secs(10));
    let astray = Some(("SM".to_owned(), 9));
    assert_eq!(ways(&mut bench), [listed(astray)]);

    // Not announced at all: found by the sweep that the owner asks for.
    let mut bench = stored();
    bench.run(Duration::from_secs(10));
    assert_eq!(ways(&mut bench), []);
    bench.give(Input::Sweep);
    assert_eq!(ways(&mut bench), [listed(None)]);
}

#[test]
fn what_was_found_out_about_a_modem_changes_how_it_is_run() {
    let mut bench = Bench::ready(Tiny::default());
    bench.give(Input::Adapt {
        sweep_every: Duration::from_secs(15),
        keep_link: false,
    });
    bench.take_events();
    bench.modem.heard.clear();
    bench.give(submit(1, true));
    bench.modem.sim.insert(3, DELIVER.to_owned());
    bench.run(Duration::from_secs(20));
    assert_eq!(bench.received().len(), 1);
    assert_eq!(bench.modem.asked("AT+CMMS"), 0);
}
