//! What a modem keeps of the run before: a message on the air, a prompt, its answer to whoever
//! opens the port next; and restarts of a modem.

use crate::support::tiny::Tiny;
use crate::support::{Bench, origin, submit};
use modem::{
    DownReason, Event, Input, JobId, ModemState, RestartHow, Settings, SubmitRefusal, Submitted,
    Uncertainty,
};
use std::time::Duration;
use tpdu::MessageRef;

/// A modem that says nothing and may be on the air for `on_air` more.
fn on_air(on_air: Duration) -> Bench {
    let mut tiny = Tiny::default();
    tiny.mute = true;
    let settings = Settings {
        listen_first: Duration::from_secs(5),
        on_air_until: Some(origin() + on_air),
        ..Settings::default()
    };
    Bench::opened(tiny, settings)
}

#[test]
fn a_modem_that_may_be_on_the_air_is_listened_to_first_and_asked_now_and_then() {
    let mut bench = on_air(Duration::from_mins(3));
    bench.run(Duration::from_millis(4_900));
    assert_eq!(
        bench.written, 0,
        "nothing is written while it is listened to"
    );
    bench.run(Duration::from_secs(170));
    assert_eq!(bench.engine.state(), ModemState::Probing);
    assert!(bench.reopens.is_empty(), "{:?}", bench.reopens);
    // ESC CR, AT CR: five bytes every five seconds.
    let asked = bench.written / 5;
    assert!((25..=40).contains(&asked), "asked {asked} times");
    assert!(
        !bench
            .events
            .iter()
            .any(|event| matches!(event, Event::Trouble { .. }))
    );
}

#[test]
fn its_late_answer_is_told_and_it_is_ready_at_once() {
    for (answer, event) in [
        (
            &b"\r\n+CMGS: 77\r\n\r\nOK\r\n"[..],
            Event::UnclaimedAccepted {
                job: None,
                mr: Some(MessageRef(77)),
            },
        ),
        (
            b"\r\n+CMS ERROR: 41\r\n",
            Event::UnclaimedRefused {
                refusal: SubmitRefusal::Cms(at::CmsError(41)),
            },
        ),
    ] {
        let mut bench = on_air(Duration::from_mins(3));
        bench.run(Duration::from_secs(93));
        bench.modem.mute = false;
        bench.say(answer);
        bench.run(Duration::from_secs(4));
        assert!(bench.events.contains(&event), "{:?}", bench.events);
        assert_eq!(bench.engine.state(), ModemState::Ready);
    }
}

#[test]
fn a_modem_that_answers_at_is_not_on_the_air() {
    let mut bench = on_air(Duration::from_mins(3));
    bench.modem.mute = false;
    bench.run(Duration::from_secs(7));
    assert_eq!(bench.engine.state(), ModemState::Ready);
    // From here on its silence counts as ever.
    bench.modem.mute = true;
    bench.give(Input::Raw {
        id: 1,
        command: "AT",
    });
    bench.run(Duration::from_mins(4));
    assert_eq!(bench.reopens, [DownReason::NoReply]);
}

#[test]
fn a_modem_that_stays_silent_is_given_up_after_the_submit_timer() {
    let mut bench = on_air(Duration::from_mins(3));
    bench.run(Duration::from_mins(3));
    assert!(bench.reopens.is_empty());
    bench.run(Duration::from_secs(30));
    assert_eq!(bench.reopens, [DownReason::NoReply]);
    assert_eq!(bench.engine.state(), ModemState::Down(DownReason::NoReply));
}

#[test]
fn the_port_of_a_message_on_the_air_is_opened_again_with_patience() {
    let mut bench = Bench::ready(Tiny::slow(Duration::from_hours(1)));
    bench.give(submit(1, false));
    bench.give(Input::Closed);
    bench.modem.mute = true;
    bench.give(Input::Opened);
    bench.run(Duration::from_secs(170));
    assert!(bench.reopens.is_empty());
    bench.modem.mute = false;
    bench.say(b"\r\n+CMGS: 9\r\n\r\nOK\r\n");
    let late = Event::LateAccepted {
        job: JobId(1),
        mr: Some(MessageRef(9)),
    };
    assert!(bench.events.contains(&late));
    let lost = Submitted::Uncertain(Uncertainty::PortClosed);
    assert_eq!(bench.outcomes(), [(1, lost)]);
}

#[test]
fn a_restart_is_written_blindly_to_a_modem_that_answers_nothing() {
    let mut bench = Bench::ready(Tiny::default());
    bench.modem.mute = true;
    bench.give(Input::Restart(RestartHow::Soft));
    assert_eq!(
        bench.engine.state(),
        ModemState::Down(DownReason::Restarting)
    );
    assert_eq!(bench.last_written(), "AT+CFUN=1,1");
    // It boots for 40 s, without a word, on a port that stays.
    bench.run(Duration::from_secs(40));
    assert!(bench.reopens.is_empty());
    bench.modem = Tiny::default();
    bench.run(Duration::from_secs(10));
    assert_eq!(bench.engine.state(), ModemState::Ready);
}

#[test]
fn field_note_15_a_port_that_died_in_a_restart_is_not_held_for_ever() {
    let mut bench = Bench::ready(Tiny::default());
    bench.modem.mute = true;
    bench.give(Input::Restart(RestartHow::Soft));
    bench.run(Duration::from_mins(2));
    assert_eq!(bench.reopens, [DownReason::NoReply]);
}

#[test]
fn field_note_16_nothing_of_a_dead_port_is_used() {
    let mut bench = Bench::fresh(Tiny::default());
    bench
        .modem
        .sim
        .insert(0, crate::support::DELIVER.to_owned());
    bench.say(b"\r\n+CMTI: \"SM\",0\r\n");
    let token = bench.received()[0].token;
    bench.give(Input::Closed);
    bench.take_events();
    bench.say(b"\r\n+CMTI: \"SM\",0\r\n\r\n+CMGS: 7\r\n\r\nRDY\r\n");
    assert_eq!(bench.take_events(), []);
    bench.give(Input::Opened);
    bench.give(Input::Committed(token));
    bench.run(Duration::from_secs(3));
    // What was committed on the old port is offered anew, and deleted for the new token alone.
    let again = bench.received();
    assert_eq!(again.len(), 1);
    assert_ne!(again[0].token, token);
    assert_eq!(bench.modem.sim.len(), 1);
}

#[test]
fn a_modem_that_answers_at_and_nothing_else_is_reported() {
    let mut bench = Bench::ready(Tiny::default());
    for command in [
        "AT+CSQ",
        "AT+COPS?",
        "AT+CPMS?",
        "AT+CREG?",
        "AT+CEREG?",
        "AT+CNMI?",
    ] {
        bench
            .modem
            .answers
            .insert(command.to_owned(), String::new());
    }
    bench.run(Duration::from_mins(30));
    assert_eq!(bench.reopens.first(), Some(&DownReason::KeepsFailing));
}

#[test]
fn a_modem_that_takes_no_message_is_reported_whatever_else_it_answers() {
    let mut bench = Bench::ready(Tiny::default().answering("AT+CMGS=19", ""));
    for job in 0..4 {
        assert!(bench.reopens.is_empty(), "after {job}");
        bench.give(submit(job, false));
        bench.run(Duration::from_mins(2));
    }
    assert_eq!(bench.reopens, [DownReason::KeepsFailing]);
    let troubles = |event: &&Event| matches!(event, Event::Trouble { .. });
    assert_eq!(bench.events.iter().filter(troubles).count(), 4);
}

#[test]
fn a_babbling_modem_extends_no_deadline() {
    let mut bench = Bench::fresh(Tiny::default().answering("AT+CMGS=19", ""));
    bench.give(submit(1, false));
    let flood = b"\r\n^RSSI: 17\r\n".repeat(100);
    let before = bench.outputs;
    let mut seconds = 0;
    while bench.reopens.is_empty() && seconds < 600 {
        for _ in 0..20 {
            bench.say(&flood);
            bench.run(Duration::from_millis(50));
        }
        if seconds == 10 {
            assert!(bench.events.iter().any(|event| matches!(
                event,
                Event::Submitted {
                    outcome: Submitted::Refused(SubmitRefusal::NoPrompt),
                    ..
                }
            )));
            bench.modem.mute = true;
        }
        seconds += 1;
    }
    assert_eq!(bench.reopens, [DownReason::NoReply]);
    assert!(seconds <= 60, "given up after {seconds} s");
    // 2,000 lines a second, of which a few are worth telling.
    let outputs = bench.outputs - before;
    assert!(outputs < seconds * 200, "{outputs} outputs in {seconds} s");
}
