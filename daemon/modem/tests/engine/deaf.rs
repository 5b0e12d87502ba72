//! Modems that hear nothing for a moment after their answers (field notes A 39).

use crate::support::tiny::Tiny;
use crate::support::{Bench, submit};
use modem::{Event, Input, ModemState, Remedy, Settings, SubmitRefusal, Submitted, Trouble};
use std::time::Duration;

/// 300 ms on the air are 200 messages a minute at the most.
const AIR: Duration = Duration::from_millis(300);

fn deaf(time: Duration, each: usize) -> Tiny {
    let mut tiny = Tiny::slow(AIR);
    tiny.deaf = Some((time, each));
    tiny
}

fn set_up(tiny: Tiny) -> Bench {
    let mut bench = Bench::opened(tiny, Settings::default());
    bench.run(Duration::from_mins(1));
    assert_eq!(bench.engine.state(), ModemState::Ready);
    bench
}

/// Messages that are accepted in a minute when there is always one more; nothing else becomes of any.
fn a_minute(bench: &mut Bench) -> u64 {
    // What an earlier minute has left under way.
    bench.run(Duration::from_secs(10));
    bench.take_events();
    let end = bench.now + Duration::from_mins(1);
    let mut accepted = 0;
    bench.give(submit(0, true));
    while bench.now < end {
        bench.run(Duration::from_millis(5));
        for event in bench.take_events() {
            if let Event::Submitted { outcome, .. } = event {
                assert!(matches!(outcome, Submitted::Accepted(_)), "{outcome:?}");
                accepted += 1;
                bench.give(submit(accepted, true));
            }
        }
    }
    accepted
}

fn told_deaf(bench: &mut Bench) -> usize {
    let deaf = Event::Trouble {
        step: Remedy::Pause,
        reason: Trouble::Deaf,
    };
    let told = bench.take_events().into_iter();
    told.filter(|event| *event == deaf).count()
}

#[test]
fn field_note_39_a_deaf_modem_sends_nearly_as_much_as_another() {
    let healthy = a_minute(&mut set_up(Tiny::slow(AIR)));
    assert!(healthy >= 195, "{healthy} messages a minute");
    for each in [1, 3, 7] {
        let mut bench = set_up(deaf(Duration::from_millis(20), each));
        let sent = a_minute(&mut bench);
        assert!(sent >= 150, "deaf each {each}: {sent} messages a minute");
        let sent = a_minute(&mut bench);
        assert!(sent >= 175, "deaf each {each}: then {sent} a minute");
    }
}

#[test]
fn the_pause_is_learnt_as_long_as_it_must_be_and_told() {
    let mut bench = set_up(deaf(Duration::from_millis(110), 1));
    // 30, 60 and 120 ms.
    assert_eq!(told_deaf(&mut bench), 3);
    let sent = a_minute(&mut bench);
    assert!(sent >= 130, "{sent} messages a minute");
}

#[test]
fn a_modem_that_is_deaf_for_seconds_is_not_waited_for() {
    let mut bench = Bench::ready(Tiny::slow(AIR));
    bench.modem.deaf = Some((Duration::from_secs(1), 1));
    bench.run(Duration::from_mins(30));
    bench.modem.deaf = None;
    // A pause is bounded, and forgotten when nothing was lost for long.
    bench.run(Duration::from_hours(2));
    let sent = a_minute(&mut bench);
    assert!(sent >= 195, "{sent} messages a minute");
}

#[test]
fn a_slow_prompt_is_not_taken_for_deafness_again_and_again() {
    let mut bench = set_up(Tiny::slow(AIR));
    // It hears, and has its prompt ready after three seconds.
    bench.modem.prompts_after = Duration::from_secs(3);
    let sent = a_minute(&mut bench);
    assert!(sent >= 14, "{sent} messages a minute");
    assert_eq!(told_deaf(&mut bench), 0);
}

#[test]
fn what_waits_to_be_written_again_is_told_when_the_modem_goes() {
    let mut bench = set_up(deaf(Duration::from_millis(20), 1));
    bench.take_events();
    bench.give(submit(1, true));
    bench.run(Duration::from_millis(200));
    bench.modem.deaf = Some((Duration::from_mins(10), 1));
    bench.run(Duration::from_millis(300));
    bench.give(submit(2, true));
    bench.run(Duration::from_secs(3));
    bench.give(Input::Closed);
    let ended = bench.outcomes();
    assert_eq!(ended.len(), 2, "{ended:?}");
    assert!(matches!(ended[0], (1, Submitted::Accepted(_))));
    assert_eq!(ended[1], (2, Submitted::Refused(SubmitRefusal::NotReady)));
}
