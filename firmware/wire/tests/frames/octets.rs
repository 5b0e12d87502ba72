//! The octets of protocol 1. A line that changes here breaks the boards that are in use: variants
//! and capabilities are appended, nothing else.

use bank_wire::*;

/// Number 300, so that it has two octets; then the body.
fn check(body: Body, octets: &str) {
    let message = Message { seq: 300, body };
    let frame = Frame::of(&message);
    let mut content = [0; MAX_FRAME];
    let length = cobs::decode(frame.octets(), &mut content).expect("a frame");
    let said = hex::encode(&content[..length - 4]);
    assert_eq!(said, format!("ac02{}", octets.replace(' ', "")), "{body:?}");
}

#[test]
fn a_whole_frame() {
    let message = Message {
        seq: 1,
        body: Body::Request(Request::Hello { protocol: 1 }),
    };
    // 01 00 00 01, and their CRC-32 (0xeeff88ef by zlib), least significant first.
    let frame = hex::encode(Frame::of(&message).octets());
    assert_eq!(frame, "02 01 01 06 01 ef 88 ff ee 00".replace(' ', ""));
}

#[test]
fn requests() {
    let timing = Timing {
        settle_ms: 1,
        key_on_ms: 2,
        boot_ms: 3,
        key_off_ms: 4,
        farewell_ms: 5,
        reset_ms: 6,
        dark_ms: 7,
    };
    let limits = Limits {
        stagger_ms: 8,
        silence_ms: 9,
    };
    let table = [
        (Request::Hello { protocol: 1 }, "00 01"),
        (Request::Ping, "01"),
        (Request::Bank, "02"),
        (Request::Slot { slot: 5 }, "03 05"),
        (
            Request::Power {
                slot: 5,
                to: Power::On,
            },
            "04 05 00",
        ),
        (
            Request::Power {
                slot: 5,
                to: Power::Off,
            },
            "04 05 01",
        ),
        (
            Request::Power {
                slot: 5,
                to: Power::Cut,
            },
            "04 05 02",
        ),
        (
            Request::Cycle {
                slot: 5,
                dark_ms: 300,
            },
            "05 05 ac02",
        ),
        (Request::Key { slot: 5 }, "06 05"),
        (Request::Reset { slot: 5 }, "07 05"),
        (Request::Sim { slot: 5, sim: 3 }, "08 05 03"),
        (Request::ClearFault { slot: 5 }, "09 05"),
        (
            Request::Timing { slot: 5, timing },
            "0a 05 01 02 03 04 05 06 07",
        ),
        (Request::Limits(limits), "0b 08 09"),
        (Request::PrepareUpdate, "0c"),
        (Request::Update { code: 300 }, "0d ac02"),
    ];
    for (request, octets) in table {
        check(Body::Request(request), &format!("00 {octets}"));
    }
}

#[test]
fn replies() {
    let hello = Hello {
        protocol: 1,
        board: Board::Rp2040Eight,
        firmware: [1, 2, 3],
        slots: 8,
        sims: 4,
        capabilities: Capabilities(255),
    };
    let bank = BankStatus {
        uptime_s: 1,
        reset: ResetCause::Watchdog,
        powered: 3,
        faulted: 4,
        supply_good: true,
        silences: 5,
        bad_frames: 6,
        limits: Limits {
            stagger_ms: 7,
            silence_ms: 8,
        },
    };
    let table = [
        (Reply::Hello(hello), "00 01 00 01 02 03 08 04 ff01"),
        (
            Reply::Hello(Hello {
                board: Board::Gpio,
                ..hello
            }),
            "00 01 01 01 02 03 08 04 ff01",
        ),
        (Reply::Done, "01"),
        (Reply::Bank(bank), "02 01 02 03 04 01 05 06 07 08"),
        (Reply::Slot(status(SlotState::On)), "03 05 03 01 02 00"),
        (Reply::UpdateCode(300), "04 ac02"),
    ];
    for (reply, octets) in table {
        check(Body::Reply(reply), &format!("01 {octets}"));
    }
}

#[test]
fn refusals() {
    let table = [
        (Refusal::Protocol { board: 1 }, "00 01"),
        (Refusal::NoHello, "01"),
        (Refusal::Unknown, "02"),
        (Refusal::Stale, "03"),
        (Refusal::NoSlot, "04"),
        (Refusal::NoSim, "05"),
        (Refusal::CannotDo, "06"),
        (Refusal::NotOff, "07"),
        (Refusal::NotOn, "08"),
        (Refusal::Faulted(Fault::Supply), "09 02"),
        (Refusal::FaultPersists, "0a"),
        (Refusal::OutOfRange, "0b"),
        (Refusal::WrongCode, "0c"),
    ];
    for (refusal, octets) in table {
        let reply = Reply::Refused(refusal);
        check(Body::Reply(reply), &format!("01 05 {octets}"));
    }
}

fn status(state: SlotState) -> SlotStatus {
    SlotStatus {
        slot: 5,
        state,
        wanted: true,
        sim: 2,
        fault_input: false,
    }
}

#[test]
fn states() {
    let table = [
        (SlotState::Off, "00"),
        (SlotState::Waiting, "01"),
        (SlotState::Rising, "02"),
        (SlotState::On, "03"),
        (SlotState::Key, "04"),
        (SlotState::Reset, "05"),
        (SlotState::Falling, "06"),
        (SlotState::Dark, "07"),
        (SlotState::Fault(Fault::Overcurrent), "08 00"),
        (SlotState::Fault(Fault::BeforePower), "08 01"),
        (SlotState::Fault(Fault::Supply), "08 02"),
        (SlotState::Fault(Fault::Line), "08 03"),
    ];
    for (state, octets) in table {
        let event = Event::Slot(status(state));
        check(Body::Event(event), &format!("02 00 05 {octets} 01 02 00"));
    }
}

#[test]
fn causes_of_a_reset() {
    let causes = [
        ResetCause::Power,
        ResetCause::Pin,
        ResetCause::Watchdog,
        ResetCause::Other,
    ];
    for (number, cause) in (0_u8..).zip(causes) {
        let mut octets = [0; 1];
        let octets = postcard::to_slice(&cause, &mut octets).unwrap();
        assert_eq!(octets, [number]);
    }
}

#[test]
fn capabilities() {
    let all = [
        Capabilities::POWER,
        Capabilities::KEY,
        Capabilities::RESET,
        Capabilities::SIM,
        Capabilities::LED,
        Capabilities::FAULT,
        Capabilities::SUPPLY,
        Capabilities::UPDATE,
    ];
    for (bit, capability) in all.into_iter().enumerate() {
        assert_eq!(capability, Capabilities(1 << bit));
    }
    let some = Capabilities::POWER.and(Capabilities::SIM);
    assert!(some.has(Capabilities::SIM) && !some.has(Capabilities::LED));
    assert!(!some.has(Capabilities::SIM.and(Capabilities::LED)));
}

/// A frame whose checksum is right.
fn framed(content: &[u8]) -> Vec<u8> {
    let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(content);
    let content = [content, &sum.to_le_bytes()].concat();
    let mut octets = vec![0; cobs::max_encoding_length(content.len()) + 1];
    let length = cobs::encode(&content, &mut octets);
    octets.truncate(length + 1);
    octets
}

#[test]
fn what_a_newer_side_says_is_unknown_by_its_number() {
    // A fourth body; a fifteenth request; a request with one field more; a state behind the last.
    for body in ["03", "00 0e", "00 01 00", "02 00 05 09 01 02 00"] {
        let content = hex::decode(format!("ac02{}", body.replace(' ', ""))).unwrap();
        let mut reader = Reader::new();
        let heard: Vec<_> = framed(&content)
            .into_iter()
            .filter_map(|octet| reader.feed(octet))
            .collect();
        assert_eq!(heard, [Err(FrameError::Unknown { seq: 300 })], "{body}");
    }
}
