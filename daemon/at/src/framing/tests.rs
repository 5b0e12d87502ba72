use super::*;
use proptest::prelude::*;

fn frames(framer: &mut Framer, bytes: &[u8]) -> Vec<Frame> {
    framer.feed(bytes);
    std::iter::from_fn(|| framer.poll()).collect()
}

fn lines(bytes: &[u8]) -> Vec<String> {
    let frames = frames(&mut Framer::new(), bytes);
    let text = |frame| match frame {
        Frame::Line(line) => line,
        other => panic!("{other:?}"),
    };
    frames.into_iter().map(text).collect()
}

#[test]
fn every_line_end_in_use_ends_a_line() {
    for end in [
        "\r\n", "\r", "\n", "\r\r\n", "\n\r", "\r\n\r\n", "\r\r", "\r \r\n",
    ] {
        let bytes = format!("{end}+CSQ: 20,99{end}OK{end}");
        assert_eq!(lines(bytes.as_bytes()), ["+CSQ: 20,99", "OK"], "{end:?}");
    }
}

#[test]
fn noise_before_and_nul_anywhere_is_dropped() {
    assert_eq!(lines(b"\0\0\r\n\0O\0K\0\r\n"), ["OK"]);
    assert_eq!(lines(b"\xff\xfe\xf8\x00OK\r\n"), ["OK"]);
    assert_eq!(lines(b"\x1b\x08 OK\r\n"), ["OK"]);
}

#[test]
fn text_outside_ascii_is_kept() {
    assert_eq!(
        lines("+COPS: 0,0,\"Türk\"\r".as_bytes()),
        ["+COPS: 0,0,\"Türk\""]
    );
    assert_eq!(lines(b"+COPS: 0,0,\"T\xfcrk\"\r"), ["+COPS: 0,0,\"Türk\""]);
}

#[test]
fn a_prompt_counts_only_while_one_is_expected() {
    let mut framer = Framer::new();
    assert_eq!(
        frames(&mut framer, b"\r\n> \r\n"),
        [Frame::Line("> ".into())]
    );
    for prompt in ["\r\n> ", ">", "\r\n>\r\n", "\r\n> \r\n", "\0\r\r\n >"] {
        framer.reset();
        framer.expect_prompt(true);
        assert_eq!(
            frames(&mut framer, prompt.as_bytes()),
            [Frame::Prompt],
            "{prompt:?}"
        );
        // One command, one prompt.
        assert_eq!(
            frames(&mut framer, b"+CMGS: 7\r\n"),
            [Frame::Line("+CMGS: 7".into())]
        );
    }
}

#[test]
fn a_prompt_inside_a_line_is_text() {
    let mut framer = Framer::new();
    framer.expect_prompt(true);
    assert_eq!(
        frames(&mut framer, b"hello <b>\r\n> "),
        [Frame::Line("hello <b>".into()), Frame::Prompt]
    );
}

#[test]
fn a_ussd_string_keeps_its_line_ends() {
    let menu =
        b"\r\n+CUSD: 1,\"1. Balance, \"main\"\r\n2. OK\r\nOK\r\n\r\n0. Back\",15\r\n\r\nOK\r\n";
    assert_eq!(
        lines(menu),
        [
            "+CUSD: 1,\"1. Balance, \"main\"\n2. OK\nOK\n0. Back\",15",
            "OK"
        ]
    );
}

#[test]
fn a_quote_that_never_closes_costs_only_its_own_line() {
    assert_eq!(
        lines(b"+COPS: 0,0,\"TELE2,0\r\n\r\nOK\r\n"),
        ["+COPS: 0,0,\"TELE2,0", "OK"]
    );
    assert_eq!(
        lines(b"+CUSD: 0,\"lost\r\n+CMTI: \"SM\",3\r\n"),
        ["+CUSD: 0,\"lost", "+CMTI: \"SM\",3"]
    );
    let mut framer = Framer::new();
    framer.expect_prompt(true);
    assert_eq!(
        frames(&mut framer, b"+CUSD: 0,\"lost\r\n> "),
        [Frame::Line("+CUSD: 0,\"lost".into()), Frame::Prompt]
    );
}

#[test]
fn a_ussd_string_that_never_closes_ends_with_the_first_final_code() {
    let mut framer = Framer::new();
    let line = |text: &str| Frame::Line(text.into());
    // A menu may hold a line "OK": the owner says how long to wait for more.
    let menu = b"+CUSD: 0,\"1. Balance\r\n2. Data\r\n\r\nOK\r\nRING\r\n";
    assert_eq!(frames(&mut framer, menu), []);
    assert!(framer.has_open_quote());
    framer.close_quote();
    let out = frames(&mut framer, b"");
    let text = "+CUSD: 0,\"1. Balance\n2. Data";
    assert_eq!(out, [line(text), line("OK"), line("RING")]);
    assert!(!framer.has_open_quote());
    // Other lines close it at once.
    for end in [
        "+CMTI: \"SM\",3",
        "+CME ERROR: 258",
        "+CMS ERROR: 38",
        "AT+CSQ",
    ] {
        let bytes = format!("+CUSD: 0,\"1. Balance\r\n2. Data\r\n{end}\r\n");
        assert_eq!(lines(bytes.as_bytes()), [text, end]);
    }
}

#[test]
fn an_open_quote_is_bounded() {
    let mut bytes = b"+CUSD: 0,\"x\r\n".to_vec();
    for _ in 0..40 {
        bytes.extend(b"line\r\n");
    }
    assert_eq!(lines(&bytes).len(), 41);
}

#[test]
fn a_line_too_long_is_an_event_and_the_next_one_is_read() {
    let mut framer = Framer::new();
    let mut bytes = vec![b'A'; 3 * MAX_LINE];
    bytes.extend(b"\r\nOK\r\n");
    assert_eq!(
        frames(&mut framer, &bytes),
        [Frame::Overrun, Frame::Line("OK".into())]
    );
    assert!(framer.line.capacity() <= 2 * MAX_LINE);
}

/// Bytes as a port might bring them: whole lines, prompts, line ends, noise.
fn traffic() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"OK\r\n".to_vec()),
        Just(b"> ".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"+CUSD: 1,\"a\r\n".to_vec()),
        Just(b"b\",15\r\n".to_vec()),
        Just(b"+COPS: 0,0,\"x\r\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..12),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn frames_do_not_depend_on_how_the_bytes_are_split(
        bytes in traffic(),
        cuts in proptest::collection::vec(1_usize..9, 1..40),
    ) {
        let mut whole = Framer::new();
        whole.expect_prompt(true);
        let whole = frames(&mut whole, &bytes);

        let mut framer = Framer::new();
        framer.expect_prompt(true);
        let mut split = Vec::new();
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (head, tail) = rest.split_at((*cut).min(rest.len()));
            split.extend(frames(&mut framer, head));
            rest = tail;
        }
        prop_assert_eq!(whole, split);
    }

    #[test]
    fn no_line_is_empty_or_longer_than_the_bound(bytes in traffic()) {
        let mut framer = Framer::new();
        for frame in frames(&mut framer, &bytes) {
            if let Frame::Line(line) = frame {
                prop_assert!(!line.is_empty());
                prop_assert!(!line.contains(['\0', '\r']));
                // Latin-1 takes two bytes as UTF-8.
                prop_assert!(line.len() <= 2 * MAX_LINE + 1024);
            }
        }
    }
}
