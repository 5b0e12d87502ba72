//! What a slot's lines do, in order and with their times.

use bank_controller::{EC25, SIM800};
use bank_wire::{Limits, Power, Refusal, Reply, Request, SlotState, Timing};

use crate::bench::{Bench, Kind, SLOTS};

const REFUSED_NOT_OFF: Reply = Reply::Refused(Refusal::NotOff);

#[test]
fn the_start_puts_everything_into_the_safe_state() {
    let bench = Bench::new();
    for line in &bench.lines {
        let input = format!("{line:?}");
        let is_input = input.contains("Fault") || input.contains("Supply");
        assert_eq!(line.is(), is_input, "{line:?}");
    }
    for slot in 0..3 {
        assert_eq!(bench.state(slot), SlotState::Dark);
        assert!(!bench.status(slot).wanted);
    }
}

#[test]
fn power_is_cut_before_anything_else_at_the_start() {
    let bench = Bench::new();
    for slot in 0..SLOTS {
        let log = bench.log.borrow();
        let first = log.iter().find(|change| change.slot == slot).unwrap();
        assert_eq!(first.kind, Kind::Power);
    }
}

#[test]
fn nobody_asked_so_nothing_comes_on() {
    let mut bench = Bench::rested();
    bench.run(3_600_000);
    assert_eq!(bench.changes(0), []);
}

#[test]
fn a_module_is_started_and_ended_by_its_key() {
    let mut bench = Bench::rested();
    let timing = EC25;
    bench.ask(Request::Timing { slot: 1, timing });
    let from = bench.clock.get();
    assert_eq!(bench.power(1, Power::On), Reply::Done);
    bench.run(5_000);
    assert_eq!(bench.state(1), SlotState::On);
    assert_eq!(bench.power(1, Power::Off), Reply::Done);
    assert_eq!(bench.state(1), SlotState::Falling);
    bench.run(40_000);
    assert_eq!(bench.state(1), SlotState::Off);
    assert_eq!(
        bench.changes(from),
        [
            (0, 1, Kind::Power, true),
            (50, 1, Kind::Key, true),
            (550, 1, Kind::Key, false),
            (5_000, 1, Kind::Key, true),
            (5_800, 1, Kind::Key, false),
            (35_800, 1, Kind::Power, false),
        ]
    );
}

#[test]
fn modems_come_on_one_after_the_other() {
    let mut bench = Bench::rested();
    let from = bench.clock.get();
    for slot in [2, 0, 1] {
        bench.power(slot, Power::On);
        bench.run(1);
    }
    assert_eq!(bench.state(1), SlotState::Waiting);
    bench.run(2_000);
    assert_eq!(
        bench.changes(from),
        [
            (0, 2, Kind::Power, true),
            (500, 0, Kind::Power, true),
            (1_000, 1, Kind::Power, true),
        ]
    );
}

#[test]
fn the_stagger_can_be_longer_and_never_nothing() {
    let mut bench = Bench::rested();
    let limits = |stagger_ms| {
        Request::Limits(Limits {
            stagger_ms,
            silence_ms: 30_000,
        })
    };
    assert_eq!(bench.ask(limits(0)), Reply::Refused(Refusal::OutOfRange));
    assert_eq!(bench.ask(limits(2_000)), Reply::Done);
    let from = bench.clock.get();
    bench.power(0, Power::On);
    bench.power(1, Power::On);
    bench.run(3_000);
    let last = *bench.changes(from).last().unwrap();
    assert_eq!(last, (2_000, 1, Kind::Power, true));
}

#[test]
fn a_cycle_is_the_boards_own_affair_to_its_end() {
    let mut bench = Bench::rested();
    bench.power(0, Power::On);
    bench.run(1_000);
    bench.log.borrow_mut().clear();
    let from = bench.clock.get();
    let dark_ms = 5_000;
    assert_eq!(bench.ask(Request::Cycle { slot: 0, dark_ms }), Reply::Done);
    assert_eq!(bench.state(0), SlotState::Dark);
    assert!(bench.status(0).wanted);
    bench.run(10_000);
    assert_eq!(
        bench.changes(from),
        [(0, 0, Kind::Power, false), (5_000, 0, Kind::Power, true)]
    );
    assert_eq!(bench.state(0), SlotState::On);
}

#[test]
fn a_cycle_that_is_too_short_is_as_long_as_the_modem_needs() {
    let mut bench = Bench::rested();
    bench.power(0, Power::On);
    bench.run(1_000);
    bench.log.borrow_mut().clear();
    let from = bench.clock.get();
    bench.ask(Request::Cycle {
        slot: 0,
        dark_ms: 1,
    });
    bench.run(10_000);
    assert_eq!(bench.changes(from)[1], (3_000, 0, Kind::Power, true));
}

#[test]
fn a_modem_that_is_wanted_again_while_it_ends_comes_back() {
    let mut bench = Bench::rested();
    let timing = SIM800;
    bench.ask(Request::Timing { slot: 0, timing });
    bench.power(0, Power::On);
    bench.run(5_000);
    bench.power(0, Power::Off);
    bench.run(100);
    bench.power(0, Power::On);
    assert_eq!(bench.state(0), SlotState::Falling);
    bench.run(20_000);
    assert_eq!(bench.state(0), SlotState::On);
    let cuts = bench.changes(0);
    let cuts = cuts
        .iter()
        .filter(|(_, _, kind, high)| *kind == Kind::Power && !high);
    assert_eq!(cuts.count(), 1);
}

#[test]
fn whoever_waits_can_be_told_not_to() {
    let mut bench = Bench::rested();
    bench.power(0, Power::On);
    bench.power(1, Power::On);
    bench.power(2, Power::On);
    bench.power(1, Power::Off);
    bench.power(2, Power::Cut);
    bench.run(10_000);
    assert_eq!(bench.state(1), SlotState::Off);
    assert_eq!(bench.state(2), SlotState::Off);
    assert!(!bench.line(1, Kind::Power).is());
}

#[test]
fn a_cut_while_keys_are_pressed_lets_go_of_them() {
    let mut bench = Bench::rested();
    let timing = SIM800;
    bench.ask(Request::Timing { slot: 0, timing });
    bench.power(0, Power::On);
    bench.run(500);
    assert!(bench.line(0, Kind::Key).is());
    let from = bench.clock.get();
    bench.log.borrow_mut().clear();
    bench.power(0, Power::Cut);
    assert_eq!(
        bench.changes(from),
        [(0, 0, Kind::Power, false), (0, 0, Kind::Key, false)]
    );
}

#[test]
fn reset_is_pulled_for_its_time() {
    let mut bench = Bench::rested();
    let timing = EC25;
    bench.ask(Request::Timing { slot: 0, timing });
    bench.power(0, Power::On);
    bench.run(5_000);
    bench.log.borrow_mut().clear();
    let from = bench.clock.get();
    assert_eq!(bench.ask(Request::Reset { slot: 0 }), Reply::Done);
    assert_eq!(bench.state(0), SlotState::Reset);
    let busy = Reply::Refused(Refusal::NotOn);
    assert_eq!(bench.ask(Request::Key { slot: 0 }), busy);
    bench.run(1_000);
    assert_eq!(
        bench.changes(from),
        [(0, 0, Kind::Reset, true), (300, 0, Kind::Reset, false)]
    );
    assert_eq!(bench.ask(Request::Key { slot: 0 }), Reply::Done);
    bench.run(1_000);
    assert_eq!(
        bench.changes(from)[2..],
        [(1_000, 0, Kind::Key, true), (1_500, 0, Kind::Key, false)]
    );
}

#[test]
fn a_late_tick_makes_a_pulse_longer_and_never_shorter() {
    let mut bench = Bench::rested();
    let timing = EC25;
    bench.ask(Request::Timing { slot: 0, timing });
    let from = bench.clock.get();
    bench.power(0, Power::On);
    // The supply settles in 50 ms; the press begins late, and then lasts 500 ms all the same.
    bench.stall(400);
    bench.run(2_000);
    assert_eq!(
        bench.changes(from)[1..],
        [(400, 0, Kind::Key, true), (900, 0, Kind::Key, false)]
    );
}

#[test]
fn sims_are_switched_while_the_modem_is_off_alone() {
    let mut bench = Bench::rested();
    let sim = |sim| Request::Sim { slot: 0, sim };
    let from = bench.clock.get();
    assert_eq!(bench.ask(sim(3)), Reply::Done);
    assert_eq!(bench.status(0).sim, 3);
    assert_eq!(
        bench.changes(from),
        [(0, 0, Kind::SimLow, true), (0, 0, Kind::SimHigh, true)]
    );
    bench.power(0, Power::On);
    bench.run(1_000);
    assert_eq!(bench.ask(sim(2)), REFUSED_NOT_OFF);
    assert_eq!(bench.ask(sim(3)), Reply::Done, "it is connected with that");
    bench.power(0, Power::Cut);
    bench.run(2_999);
    assert_eq!(
        bench.ask(sim(2)),
        REFUSED_NOT_OFF,
        "its capacitors are full"
    );
    bench.run(1);
    assert_eq!(bench.ask(sim(2)), Reply::Done);
    assert!(!bench.line(0, Kind::SimLow).is() && bench.line(0, Kind::SimHigh).is());
}

#[test]
fn without_a_key_nothing_is_pressed() {
    let mut bench = Bench::rested();
    bench.power(0, Power::On);
    bench.run(1_000);
    bench.power(0, Power::Off);
    bench.run(10_000);
    let kinds: Vec<Kind> = bench.changes(0).iter().map(|change| change.2).collect();
    assert_eq!(kinds, [Kind::Power, Kind::Power]);
}

#[test]
fn a_timing_holds_from_the_next_phase_on() {
    let mut bench = Bench::rested();
    let timing = Timing {
        dark_ms: 9_000,
        ..EC25
    };
    bench.power(0, Power::On);
    bench.run(1_000);
    bench.ask(Request::Timing { slot: 0, timing });
    bench.power(0, Power::Cut);
    bench.run(8_999);
    assert_eq!(bench.state(0), SlotState::Dark);
    bench.run(1);
    assert_eq!(bench.state(0), SlotState::Off);
}
