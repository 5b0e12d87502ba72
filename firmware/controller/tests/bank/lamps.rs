//! What the lamps show, and a host that is silent.

use bank_wire::{Power, Reply, Request};

use crate::bench::{Bench, Kind};

/// How long the lamp is lit in the next two seconds, and how often it goes on.
fn seen(bench: &mut Bench, slot: usize) -> (u64, usize) {
    let lamp = bench.line(slot, Kind::Lamp).clone();
    let (mut lit, mut times, mut before) = (0, 0, lamp.is());
    for _ in 0..2_000 {
        bench.run(1);
        lit += u64::from(lamp.is());
        times += usize::from(lamp.is() && !before);
        before = lamp.is();
    }
    (lit, times)
}

fn heard(bench: &mut Bench) {
    // As `Link` does with each request.
    let mut link = bank_controller::Link::new();
    let frame = bank_wire::Frame::of(&bank_wire::Message {
        seq: 1,
        body: bank_wire::Body::Request(Request::Hello { protocol: 1 }),
    });
    for &octet in frame.octets() {
        let now = bench.clock.get();
        link.feed(now, octet, &mut bench.controller);
    }
    bench.wake();
}

#[test]
fn a_modem_that_is_on_has_a_lamp_that_is_lit() {
    let mut bench = Bench::rested();
    assert_eq!(seen(&mut bench, 0), (0, 0));
    bench.power(0, Power::On);
    bench.run(1_000);
    assert_eq!(seen(&mut bench, 0), (2_000, 0));
}

#[test]
fn a_fault_hurries() {
    let mut bench = Bench::rested();
    bench.line(0, Kind::Fault).drive(false);
    bench.power(0, Power::On);
    bench.run(1_000);
    assert_eq!(seen(&mut bench, 0), (1_000, 10));
}

#[test]
fn a_silent_host_is_shown_and_changes_nothing_else() {
    let mut bench = Bench::rested();
    bench.power(0, Power::On);
    heard(&mut bench);
    bench.run(29_999);
    assert_eq!(bench.changes(0).len(), 1);
    assert!(bench.line(0, Kind::Lamp).is());
    bench.run(3_600_000);
    assert_eq!(seen(&mut bench, 0), (1_000, 1), "on, and slow");
    assert_eq!(seen(&mut bench, 1), (50, 1), "off, and rare");
    assert_eq!(bench.changes(0).len(), 1, "the modem is as it was");
    heard(&mut bench);
    bench.run(1);
    assert_eq!(seen(&mut bench, 0), (2_000, 0));
    let Reply::Bank(bank) = bench.ask(Request::Bank) else {
        panic!();
    };
    assert_eq!(bank.silences, 1);
}
