//! Any bytes, in any pieces.

use super::*;

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

/// What a dialogue may hold after any input: the lines of an answer, or one line that is too long.
const HELD: usize = 128 * 1024;

#[test]
fn a_flood_leaves_nothing_behind_that_later_lines_would_pay_for() {
    let floods = [
        "^RSSI:17\r\n+CUSD: 0,\"x\r\n(((((((\",,,\r\n",
        "+CUSD: 0,\"x\r\n",
        "+CMT: ,20\r\n",
        "+CMGL: 1,1,,9\r\n",
        "text\r\n",
        "OK\r\n",
        ">",
        "\"",
    ];
    let requests = [
        Request::of(&Csq),
        Request::of(&Cmgl(CmglFilter::All)),
        Request::of(&Cmgs::new(pdu(20), 20)),
        Request::of(&Cgmi),
        Request::typed("AT+CPBR=1,10"),
    ];
    for flood in floods {
        let piece = flood.repeat(1024 / flood.len());
        for request in &requests {
            let mut dialogue = Dialogue::new();
            dialogue.start(request.clone());
            for _ in 0..HELD * 3 / piece.len() {
                hear(&mut dialogue, &piece);
            }
            // As it tells of itself, which is longer than what it holds.
            let held = format!("{dialogue:?}").len();
            assert!(held < HELD, "{held} after {flood:?} to {request:?}");
        }
    }
}

#[test]
fn each_line_of_a_flood_is_heard() {
    let (line, times) = ("^RSSI:17", 20_000);
    let flood = format!("{line}\r\n+CUSD: 0,\"x\r\n(((((((\",,,\r\n").repeat(times);
    let mut dialogue = Dialogue::new();
    dialogue.start(Request::of(&Csq));
    let heard = hear(&mut dialogue, &flood);
    assert_eq!(
        heard.iter().filter(|heard| heard.line == line).count(),
        times
    );
}
