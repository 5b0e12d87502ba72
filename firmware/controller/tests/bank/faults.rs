//! Faults: what trips, what keeps, and what clears.

use bank_wire::{Fault, Power, Refusal, Reply, Request, SlotState};

use crate::bench::{Bench, Kind};

fn on(slots: &[u8]) -> Bench {
    let mut bench = Bench::rested();
    for &slot in slots {
        bench.power(slot, Power::On);
        bench.run(1_000);
    }
    bench.log.borrow_mut().clear();
    bench
}

#[test]
fn an_overcurrent_cuts_its_slot_and_no_other() {
    let mut bench = on(&[0, 1]);
    let from = bench.clock.get();
    bench.line(0, Kind::Fault).drive(false);
    bench.run(1_000);
    let cuts = bench.changes(from);
    let [(at, 0, Kind::Power, false)] = cuts[..] else {
        panic!("{cuts:?}");
    };
    // Twenty milliseconds from the first look at the input, which comes within five.
    assert!((20..=25).contains(&at), "{at}");
    assert_eq!(bench.state(0), SlotState::Fault(Fault::Overcurrent));
    assert_eq!(bench.state(1), SlotState::On);
    let Reply::Bank(bank) = bench.ask(Request::Bank) else {
        panic!();
    };
    assert_eq!((bank.powered, bank.faulted), (0b10, 0b01));
}

#[test]
fn a_flicker_is_no_fault() {
    let mut bench = on(&[0]);
    for _ in 0..50 {
        bench.line(0, Kind::Fault).drive(false);
        bench.run(15);
        bench.line(0, Kind::Fault).drive(true);
        bench.run(5);
    }
    assert_eq!(bench.state(0), SlotState::On);
}

#[test]
fn a_fault_stays_until_a_person_clears_it_and_asks_again() {
    let mut bench = on(&[0]);
    bench.line(0, Kind::Fault).drive(false);
    bench.run(100);
    let faulted = Reply::Refused(Refusal::Faulted(Fault::Overcurrent));
    assert_eq!(bench.power(0, Power::On), faulted);
    let cycle = Request::Cycle {
        slot: 0,
        dark_ms: 0,
    };
    assert_eq!(bench.ask(cycle), faulted);
    assert_eq!(
        bench.ask(Request::Reset { slot: 0 }),
        Reply::Refused(Refusal::CannotDo)
    );
    let clear = Request::ClearFault { slot: 0 };
    assert_eq!(bench.ask(clear), Reply::Refused(Refusal::FaultPersists));
    bench.line(0, Kind::Fault).drive(true);
    bench.run(60_000);
    assert_eq!(bench.state(0), SlotState::Fault(Fault::Overcurrent));
    assert_eq!(bench.ask(clear), Reply::Done);
    bench.run(60_000);
    assert_eq!(bench.state(0), SlotState::Off, "cleared, and not wanted");
    bench.power(0, Power::On);
    bench.run(1_000);
    assert_eq!(bench.state(0), SlotState::On);
}

#[test]
fn off_and_cut_leave_a_fault_as_it_is() {
    let mut bench = on(&[0]);
    bench.line(0, Kind::Fault).drive(false);
    bench.run(100);
    for to in [Power::Off, Power::Cut] {
        assert_eq!(bench.power(0, to), Reply::Done);
        assert_eq!(bench.state(0), SlotState::Fault(Fault::Overcurrent));
    }
}

#[test]
fn a_short_circuit_gets_no_power_at_all() {
    let mut bench = Bench::rested();
    bench.line(1, Kind::Fault).drive(false);
    bench.power(1, Power::On);
    bench.power(2, Power::On);
    bench.run(10);
    assert_eq!(bench.state(1), SlotState::Fault(Fault::BeforePower));
    assert!(!bench.line(1, Kind::Power).is());
    assert!(bench.status(1).fault_input);
    // It did not use up a turn: the next slot rises at once.
    assert_eq!(bench.state(2), SlotState::Rising);
}

#[test]
fn a_supply_that_breaks_down_takes_all_that_were_wanted() {
    let mut bench = on(&[0]);
    bench.power(1, Power::On);
    bench.power(2, Power::On);
    let from = bench.clock.get();
    assert_eq!(bench.state(2), SlotState::Waiting);
    bench.line(0, Kind::Supply).drive(false);
    bench.run(20);
    for slot in 0..3 {
        assert_eq!(bench.state(slot), SlotState::Fault(Fault::Supply));
        assert!(!bench.line(slot.into(), Kind::Power).is());
    }
    let first = bench.changes(from);
    let first = first.iter().find(|change| !change.3).unwrap();
    assert!(first.0 <= 10, "{first:?}");
    bench.line(0, Kind::Supply).drive(true);
    bench.run(60_000);
    assert_eq!(bench.state(0), SlotState::Fault(Fault::Supply));
}

#[test]
fn while_the_supply_is_bad_nothing_comes_on() {
    let mut bench = Bench::rested();
    bench.line(0, Kind::Supply).drive(false);
    bench.run(20);
    bench.power(0, Power::On);
    bench.run(1_000);
    assert!(!bench.line(0, Kind::Power).is());
    let Reply::Bank(bank) = bench.ask(Request::Bank) else {
        panic!();
    };
    assert!(!bank.supply_good);
}

#[test]
fn a_line_that_fails_keeps_the_slot_off() {
    for kind in [Kind::Power, Kind::Key, Kind::Reset] {
        let mut bench = on(&[0]);
        bench.line(0, kind).break_it(true);
        bench.power(0, Power::Cut);
        assert_eq!(bench.state(0), SlotState::Fault(Fault::Line), "{kind:?}");
        // Whatever failed, the power is off as soon as it can be.
        assert_eq!(bench.line(0, Kind::Power).is(), kind == Kind::Power);
        bench.line(0, kind).break_it(false);
        assert_eq!(bench.ask(Request::ClearFault { slot: 0 }), Reply::Done);
        assert!(!bench.line(0, Kind::Power).is());
        assert_eq!(bench.state(0), SlotState::Dark);
    }
}

#[test]
fn an_input_that_cannot_be_read_is_a_fault() {
    let mut bench = on(&[0]);
    bench.line(0, Kind::Fault).break_it(true);
    bench.run(100);
    assert_eq!(bench.state(0), SlotState::Fault(Fault::Overcurrent));
}

#[test]
fn a_lamp_that_fails_keeps_no_modem_off() {
    let mut bench = on(&[0]);
    bench.line(1, Kind::Lamp).break_it(true);
    bench.power(1, Power::On);
    bench.run(2_000);
    assert_eq!(bench.state(1), SlotState::On);
}
