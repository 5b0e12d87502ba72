//! What is answered, and what is refused with which reason.

use bank_controller::{DEFAULT_LIMITS, EC25, USB};
use bank_wire::{
    Board, Capabilities, Hello, Limits, Power, Refusal, Reply, Request, ResetCause, Timing,
};

use crate::bench::Bench;

#[test]
fn the_board_says_who_it_is() {
    let mut bench = Bench::rested();
    let hello = Hello {
        protocol: 1,
        board: Board::Rp2040Eight,
        firmware: [1, 2, 3],
        slots: 3,
        sims: 4,
        capabilities: Capabilities(0xff),
    };
    let asked = Request::Hello { protocol: 1 };
    assert_eq!(bench.ask(asked), Reply::Hello(hello));
}

#[test]
fn the_banks_state() {
    let mut bench = Bench::rested();
    bench.power(2, Power::On);
    bench.run(7_000);
    let Reply::Bank(bank) = bench.ask(Request::Bank) else {
        panic!();
    };
    assert_eq!(bank.uptime_s, 10);
    assert_eq!(bank.reset, ResetCause::Power);
    assert_eq!((bank.powered, bank.faulted), (0b100, 0));
    assert!(bank.supply_good);
    assert_eq!(bank.limits, DEFAULT_LIMITS);
}

#[test]
fn there_is_no_fourth_slot() {
    let mut bench = Bench::rested();
    let slot = 3;
    let timing = EC25;
    for request in [
        Request::Slot { slot },
        Request::Power {
            slot,
            to: Power::On,
        },
        Request::Cycle { slot, dark_ms: 1 },
        Request::Key { slot },
        Request::Reset { slot },
        Request::Sim { slot, sim: 0 },
        Request::ClearFault { slot },
        Request::Timing { slot, timing },
    ] {
        let refused = Reply::Refused(Refusal::NoSlot);
        assert_eq!(bench.ask(request), refused, "{request:?}");
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_its_reason() {
    let mut bench = Bench::rested();
    let refused = Reply::Refused;
    let sim = Request::Sim { slot: 0, sim: 4 };
    assert_eq!(bench.ask(sim), refused(Refusal::NoSim));
    // The default timing is that of a modem without keys.
    assert_eq!(
        bench.ask(Request::Key { slot: 0 }),
        refused(Refusal::CannotDo)
    );
    assert_eq!(
        bench.ask(Request::Reset { slot: 0 }),
        refused(Refusal::CannotDo)
    );
    let timing = EC25;
    bench.ask(Request::Timing { slot: 0, timing });
    assert_eq!(bench.ask(Request::Key { slot: 0 }), refused(Refusal::NotOn));
    assert_eq!(
        bench.ask(Request::Reset { slot: 0 }),
        refused(Refusal::NotOn)
    );
}

#[test]
fn what_is_not_safe_cannot_be_configured() {
    let mut bench = Bench::rested();
    for timing in [
        Timing { dark_ms: 99, ..USB },
        Timing {
            key_on_ms: 10_001,
            ..USB
        },
        Timing {
            key_off_ms: 10_001,
            ..USB
        },
        Timing {
            reset_ms: 5_001,
            ..USB
        },
    ] {
        let refused = Reply::Refused(Refusal::OutOfRange);
        let request = Request::Timing { slot: 0, timing };
        assert_eq!(bench.ask(request), refused, "{timing:?}");
    }
    for (stagger_ms, silence_ms) in [(49, 30_000), (10_001, 30_000), (500, 999)] {
        let limits = Limits {
            stagger_ms,
            silence_ms,
        };
        let refused = Reply::Refused(Refusal::OutOfRange);
        assert_eq!(bench.ask(Request::Limits(limits)), refused);
    }
}

fn code(bench: &mut Bench) -> u32 {
    let Reply::UpdateCode(code) = bench.ask(Request::PrepareUpdate) else {
        panic!();
    };
    code
}

#[test]
fn new_firmware_needs_a_code_and_a_dark_bank() {
    let mut bench = Bench::rested();
    let wrong = Reply::Refused(Refusal::WrongCode);
    assert_eq!(bench.ask(Request::Update { code: 0 }), wrong);
    bench.power(0, Power::On);
    let given = code(&mut bench);
    let not_off = Reply::Refused(Refusal::NotOff);
    assert_eq!(bench.ask(Request::Update { code: given }), not_off);
    bench.power(0, Power::Cut);
    assert!(!bench.controller.update_is_due());
    assert_eq!(bench.ask(Request::Update { code: given }), Reply::Done);
    assert!(bench.controller.update_is_due());
}

#[test]
fn a_code_is_good_once_and_for_half_a_minute() {
    let mut bench = Bench::rested();
    let wrong = Reply::Refused(Refusal::WrongCode);
    let given = code(&mut bench);
    let other = given.wrapping_add(1);
    assert_eq!(bench.ask(Request::Update { code: other }), wrong);
    assert_eq!(bench.ask(Request::Update { code: given }), wrong);
    let given = code(&mut bench);
    bench.run(30_000);
    assert_eq!(bench.ask(Request::Update { code: given }), wrong);
    assert!(!bench.controller.update_is_due());
}

#[test]
fn before_the_board_goes_nothing_comes_on() {
    let mut bench = Bench::rested();
    let given = code(&mut bench);
    bench.ask(Request::Update { code: given });
    bench.power(0, Power::On);
    bench.run(5_000);
    assert_eq!(bench.changes(0), []);
}
