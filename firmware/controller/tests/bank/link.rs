//! The line to a host: hand-shake, repeats, noise, events.

use bank_controller::Link;
use bank_wire::*;

use crate::bench::{Bench, Kind, SLOTS};

/// A bench with a line.
struct Host {
    bench: Bench,
    link: Link<SLOTS>,
}

impl Host {
    fn new() -> Self {
        Self {
            bench: Bench::rested(),
            link: Link::new(),
        }
    }

    fn greeted() -> Self {
        let mut host = Self::new();
        let hello = host.ask(1, Request::Hello { protocol: 1 });
        assert!(matches!(hello, Reply::Hello(_)));
        host
    }

    fn send(&mut self, octets: &[u8]) -> Vec<Message> {
        let mut reader = Reader::new();
        let mut heard = Vec::new();
        for &octet in octets {
            let now = self.bench.clock.get();
            let reply = self.link.feed(now, octet, &mut self.bench.controller);
            for &octet in reply.iter().flat_map(Frame::octets) {
                heard.extend(reader.feed(octet).map(Result::unwrap));
            }
        }
        self.bench.wake();
        heard
    }

    fn ask(&mut self, seq: u32, request: Request) -> Reply {
        let body = Body::Request(request);
        let heard = self.send(Frame::of(&Message { seq, body }).octets());
        let [
            Message {
                seq: answered,
                body: Body::Reply(reply),
            },
        ] = heard[..]
        else {
            panic!("{heard:?}");
        };
        assert_eq!(answered, seq);
        reply
    }

    fn events(&mut self) -> Vec<SlotStatus> {
        let mut told = Vec::new();
        let mut reader = Reader::new();
        while let Some(frame) = self.link.event(&self.bench.controller) {
            let heard = frame.octets().iter().find_map(|&octet| reader.feed(octet));
            let Some(Ok(Message {
                body: Body::Event(Event::Slot(status)),
                ..
            })) = heard
            else {
                panic!("{heard:?}");
            };
            told.push(status);
        }
        told
    }

    fn bad_frames(&mut self, seq: u32) -> u32 {
        let Reply::Bank(bank) = self.ask(seq, Request::Bank) else {
            panic!();
        };
        bank.bad_frames
    }
}

const ON: Request = Request::Power {
    slot: 0,
    to: Power::On,
};

#[test]
fn nothing_is_done_before_a_hello() {
    let mut host = Host::new();
    assert_eq!(host.ask(1, ON), Reply::Refused(Refusal::NoHello));
    host.bench.run(1_000);
    assert_eq!(host.bench.state(0), SlotState::Off);
    assert!(host.events().is_empty());
}

#[test]
fn another_version_is_refused_and_named() {
    let mut host = Host::greeted();
    for protocol in [0, 2, u16::MAX] {
        let refused = Reply::Refused(Refusal::Protocol { board: PROTOCOL });
        assert_eq!(host.ask(2, Request::Hello { protocol }), refused);
        assert_eq!(host.ask(3, ON), Reply::Refused(Refusal::NoHello));
    }
}

#[test]
fn a_repeat_is_answered_as_before_and_does_nothing() {
    let mut host = Host::greeted();
    host.ask(2, ON);
    host.bench.run(1_000);
    host.bench.log.borrow_mut().clear();
    let cycle = Request::Cycle {
        slot: 0,
        dark_ms: 0,
    };
    for _ in 0..5 {
        assert_eq!(host.ask(3, cycle), Reply::Done);
        host.bench.run(10_000);
    }
    assert_eq!(host.bench.changes(0).len(), 2, "one cut, one rise");
    // A late repeat of what came before is no request either.
    assert_eq!(host.ask(2, cycle), Reply::Refused(Refusal::Stale));
    host.bench.run(10_000);
    assert_eq!(host.bench.changes(0).len(), 2);
}

#[test]
fn the_answer_to_a_repeat_is_the_old_one_even_if_it_was_a_refusal() {
    let mut host = Host::greeted();
    host.bench.line(0, Kind::Fault).drive(false);
    host.ask(2, ON);
    host.bench.run(100);
    let clear = Request::ClearFault { slot: 0 };
    let persists = Reply::Refused(Refusal::FaultPersists);
    assert_eq!(host.ask(3, clear), persists);
    host.bench.line(0, Kind::Fault).drive(true);
    assert_eq!(host.ask(3, clear), persists);
    assert_eq!(host.ask(4, clear), Reply::Done);
}

#[test]
fn numbers_go_round() {
    let mut host = Host::new();
    host.ask(u32::MAX, Request::Hello { protocol: 1 });
    assert_eq!(host.ask(0, Request::Ping), Reply::Done);
    let stale = Reply::Refused(Refusal::Stale);
    assert_eq!(host.ask(u32::MAX, Request::Ping), stale);
}

#[test]
fn a_new_host_begins_with_any_number() {
    let mut host = Host::greeted();
    host.ask(1_000, Request::Ping);
    let hello = host.ask(5, Request::Hello { protocol: 1 });
    assert!(matches!(hello, Reply::Hello(_)));
    assert_eq!(host.ask(6, Request::Ping), Reply::Done);
}

#[test]
fn noise_gets_no_answer_and_is_counted() {
    let mut host = Host::greeted();
    assert!(host.send(b"AT+CFUN=1,1\r\n\0").is_empty());
    assert!(host.send(&[7; 500]).is_empty());
    assert!(host.send(&[0, 0, 0]).is_empty(), "one frame too long");
    assert_eq!(host.bad_frames(2), 2);
}

#[test]
fn an_echo_gets_no_answer() {
    let mut host = Host::greeted();
    let body = Body::Reply(Reply::Done);
    let echo = Frame::of(&Message { seq: 2, body });
    assert!(host.send(echo.octets()).is_empty());
    assert_eq!(host.bad_frames(3), 1);
}

#[test]
fn a_newer_hosts_request_is_refused_by_its_number() {
    let mut host = Host::greeted();
    // Number 9, and a request that does not exist.
    let content = [9, 0, 99];
    let content = [&content[..], &crc32(&content)].concat();
    let mut frame = [0; 16];
    let mut at = 0;
    for piece in content.split(|&octet| octet == 0) {
        frame[at] = u8::try_from(piece.len() + 1).unwrap();
        frame[at + 1..=at + piece.len()].copy_from_slice(piece);
        at += piece.len() + 1;
    }
    let heard = host.send(&frame[..=at]);
    let body = Body::Reply(Reply::Refused(Refusal::Unknown));
    assert_eq!(heard, [Message { seq: 9, body }]);
}

/// CRC-32 of ISO-HDLC, bit by bit.
fn crc32(octets: &[u8]) -> [u8; 4] {
    let sum = octets.iter().fold(u32::MAX, |sum, &octet| {
        (0..8).fold(sum ^ u32::from(octet), |sum, _| {
            sum >> 1 ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    });
    (!sum).to_le_bytes()
}

#[test]
fn a_host_is_told_what_changes_and_nothing_twice() {
    let mut host = Host::greeted();
    assert!(host.events().is_empty());
    host.ask(2, ON);
    host.bench.run(0);
    let told = host.events();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].slot, told[0].wanted), (0, true));
    assert!(host.events().is_empty());
    host.bench.run(1_000);
    let told = host.events();
    assert_eq!(told.len(), 1, "the last state, not each");
    assert_eq!(told[0].state, SlotState::On);
}

#[test]
fn a_closed_line_says_nothing_and_takes_nothing() {
    let mut host = Host::greeted();
    host.link.close();
    assert_eq!(host.ask(2, ON), Reply::Refused(Refusal::NoHello));
    assert!(host.events().is_empty());
}

#[test]
fn two_lines_are_one_bank() {
    let mut host = Host::greeted();
    let mut other: Link<SLOTS> = Link::new();
    let hello = Message {
        seq: 1,
        body: Body::Request(Request::Hello { protocol: 1 }),
    };
    for &octet in Frame::of(&hello).octets() {
        other.feed(0, octet, &mut host.bench.controller);
    }
    host.ask(2, ON);
    host.bench.run(1_000);
    assert_eq!(host.events().len(), 1);
    assert!(other.event(&host.bench.controller).is_some());
    assert!(other.event(&host.bench.controller).is_none());
}
