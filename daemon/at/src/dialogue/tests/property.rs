//! Any bytes, in any pieces.

use super::*;
use std::time::Instant;

/// Pieces a modem might say, noise among them.
fn traffic() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("OK\r\n".to_owned()),
        Just("ERROR\r\n".to_owned()),
        Just("+CMS ERROR: 38\r\n".to_owned()),
        Just("+CMTI: \"SM\",0\r\n".to_owned()),
        Just(format!("+CMT: ,20\r\n{}\r\n", pdu(20))),
        Just("+CDS: 9\r\n".to_owned()),
        Just("+CMGL: 1,1,,9\r\n".to_owned()),
        Just(format!("{}\r\n", pdu(9))),
        Just("+CREG: 1\r\n+CREG: 0,1\r\n".to_owned()),
        Just("+CUSD: 0,\"a\r\nb\",15\r\n".to_owned()),
        Just("\r\n> ".to_owned()),
        Just("+CMGS: 9\r\n".to_owned()),
        Just("AT+CSQ\r".to_owned()),
        Just("RING\r\nNO CARRIER\r\n".to_owned()),
        "[ -~\r\n]{0,20}",
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn requests() -> impl Strategy<Value = Request> {
    prop_oneof![
        Just(Request::of(&At)),
        Just(Request::of(&Csq)),
        Just(Request::of(&Cmgl(CmglFilter::All))),
        Just(Request::of(&Cmgs::new(pdu(20), 20))),
        Just(Request::of(&Cgmi)),
        Just(Request::of(&RegistrationRead(RegistrationDomain::Cs))),
        Just(Request::typed("AT+CPBR=1,10")),
    ]
}

proptest! {
    #[test]
    fn what_is_heard_does_not_depend_on_the_split(text in traffic(), request in requests()) {
        let mut whole = Dialogue::new();
        whole.start(request.clone());
        let whole = hear(&mut whole, &text);
        let mut bytewise = Dialogue::new();
        bytewise.start(request);
        let mut split = Vec::new();
        for byte in text.as_bytes() {
            bytewise.feed(&[*byte]);
            split.extend(std::iter::from_fn(|| bytewise.poll()));
        }
        prop_assert_eq!(whole, split);
    }

    #[test]
    fn answers_to_anything_are_read_or_refused_without_panic(text in traffic()) {
        let mut dialogue = Dialogue::new();
        dialogue.start(Request::typed("AT"));
        for reply in hear(&mut dialogue, &text).iter().filter_map(|heard| match &heard.meaning {
            Meaning::Done(reply) => Some(reply),
            _ => None,
        }) {
            let _ = Csq.answer(reply);
            let _ = Cops.answer(reply);
            let _ = Cmgl(CmglFilter::All).answer(reply);
            let _ = CnmiTest.answer(reply);
            let _ = CmeeRead.answer(reply);
        }
    }
}

#[test]
fn a_flood_takes_linear_time() {
    let flood = "^RSSI:17\r\n+CUSD: 0,\"x\r\n(((((((\",,,\r\n".repeat(20_000);
    let run = |bytes: &str| {
        let mut dialogue = Dialogue::new();
        dialogue.start(Request::of(&Csq));
        let start = now();
        hear(&mut dialogue, bytes);
        start.elapsed()
    };
    // Four times the bytes; a quadratic reader would need sixteen times the time. The machine has
    // other work, so the best of as many runs as it takes counts.
    let (mut quarter, mut whole) = (Duration::MAX, Duration::MAX);
    let linear = (0..30).any(|_| {
        quarter = quarter.min(run(&flood[..flood.len() / 4]));
        whole = whole.min(run(&flood));
        whole < quarter * 10
    });
    assert!(linear, "{quarter:?} then {whole:?}");
}

#[expect(clippy::disallowed_methods, reason = "measures the time a test takes")]
fn now() -> Instant {
    Instant::now()
}
