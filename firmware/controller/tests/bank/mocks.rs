//! Each line by itself, as embedded-hal-mock sees it: every call, in its order.

use bank_controller::{Controller, EC25, Lines};
use bank_wire::{Fault, Power, Reply, Request, SlotState};
use embedded_hal_mock::eh1::MockError;
use embedded_hal_mock::eh1::digital::{Mock, State, Transaction};

use crate::bench::IDENTITY;

/// The lines of one slot, and what is expected of each.
struct Mocks {
    power: Mock,
    key: Mock,
    reset: Mock,
    sim: [Mock; 2],
    lamp: Mock,
}

const LOW: State = State::Low;
const HIGH: State = State::High;

fn line(levels: &[State]) -> Mock {
    let levels: Vec<Transaction> = levels.iter().copied().map(Transaction::set).collect();
    Mock::new(&levels)
}

impl Mocks {
    fn controller(&self) -> Controller<Mock, Mock, 1> {
        let lines = Lines {
            power: self.power.clone(),
            key: Some(self.key.clone()),
            reset: Some(self.reset.clone()),
            sim: self.sim.clone().map(Some),
            lamp: Some(self.lamp.clone()),
            fault: None,
        };
        Controller::new(0, IDENTITY, [lines], None)
    }

    fn done(&mut self) {
        let Self {
            power,
            key,
            reset,
            sim: [low, high],
            lamp,
        } = self;
        for line in [power, key, reset, low, high, lamp] {
            line.done();
        }
    }
}

#[test]
fn a_start_a_reset_and_an_end() {
    let mut mocks = Mocks {
        power: line(&[LOW, HIGH, LOW]),
        // The start; the press that starts; the one that ends; and once more as the power goes.
        key: line(&[LOW, HIGH, LOW, HIGH, LOW, LOW]),
        // The start; the pull; what the key may not meet; the cut.
        reset: line(&[LOW, HIGH, LOW, LOW, LOW]),
        sim: [line(&[LOW, LOW]), line(&[LOW, HIGH])],
        // The start; it waits and rises, flashing; is on; falls; is dark. Ticks fall on no gap.
        lamp: line(&[LOW, HIGH, LOW]),
    };
    let mut bank = mocks.controller();
    let timing = EC25;
    let ask = |bank: &mut Controller<Mock, Mock, 1>, now, request| {
        assert_eq!(bank.handle(now, request), Reply::Done, "{request:?}");
    };
    ask(&mut bank, 0, Request::Timing { slot: 0, timing });
    bank.tick(3_000);
    ask(&mut bank, 3_000, Request::Sim { slot: 0, sim: 2 });
    let (on, off) = (Power::On, Power::Off);
    ask(&mut bank, 3_000, Request::Power { slot: 0, to: on });
    for now in [3_000, 3_050, 3_550, 4_000] {
        bank.tick(now);
    }
    ask(&mut bank, 4_000, Request::Reset { slot: 0 });
    bank.tick(4_500);
    ask(&mut bank, 5_000, Request::Power { slot: 0, to: off });
    for now in [5_000, 6_000, 36_000, 37_000] {
        bank.tick(now);
    }
    let status = bank.status(0).unwrap();
    assert_eq!((status.state, status.sim), (SlotState::Off, 2));
    mocks.done();
}

#[test]
fn a_line_that_fails_is_told_and_the_power_is_off() {
    let broken = MockError::Io(std::io::ErrorKind::PermissionDenied);
    let mut mocks = Mocks {
        power: line(&[LOW, HIGH, LOW]),
        key: Mock::new(&[
            Transaction::set(LOW),
            Transaction::set(HIGH).with_error(broken),
            Transaction::set(LOW),
        ]),
        reset: line(&[LOW, LOW]),
        sim: [line(&[LOW]), line(&[LOW])],
        lamp: line(&[LOW, HIGH]),
    };
    let mut bank = mocks.controller();
    let timing = EC25;
    bank.handle(0, Request::Timing { slot: 0, timing });
    bank.tick(3_000);
    let to = Power::On;
    bank.handle(3_000, Request::Power { slot: 0, to });
    bank.tick(3_000);
    bank.tick(3_050);
    let status = bank.status(0).unwrap();
    assert_eq!(status.state, SlotState::Fault(Fault::Line));
    mocks.done();
}
