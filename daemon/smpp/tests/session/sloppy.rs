//! What SMSCs write against the standard, and is to be taken all the same (field notes A 41).

use std::path::{Path, PathBuf};

use serde_json::Value;
use smpp::{DeliverSm, Incoming, Style, mo};

use super::owner::{Owner, accepted};
use super::smsc::{DATA_SM, DELIVER_SM, ENQUIRE_LINK, RESP, SUBMIT_SM};

/// The folder of the corpus, if there is one.
fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let dir = std::env::var_os("SIMGATE_CORPUS").map_or(beside, PathBuf::from);
    dir.is_dir().then_some(dir)
}

fn hex(text: &str) -> Vec<u8> {
    let digits = (0..text.len()).step_by(2);
    digits
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn text_of(deliver: &DeliverSm) -> Option<String> {
    let incoming = Incoming {
        esm_class: deliver.esm_class,
        data_coding: deliver.data_coding,
        short_message: &deliver.short_message,
        message_payload: deliver.message_payload.as_deref(),
        ..Incoming::default()
    };
    mo(&incoming, &Style::default()).text
}

/// Sends it, acknowledges it, and gives what the owner got and the status of the answer.
async fn through(id: u32, bodies: &[Vec<u8>]) -> Vec<(Option<DeliverSm>, u32)> {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    let mut answers = Vec::new();
    for (sequence, body) in (1..).zip(bodies) {
        peer.send(id, 0, sequence, body).await;
        peer.send(ENQUIRE_LINK, 0, 999, &[]).await;
        let first = peer.read().await.unwrap();
        let (taken, answer) = if first.id == ENQUIRE_LINK | RESP {
            let (ack, deliver) = owner.delivered().await;
            owner.link.acknowledge(ack, true);
            (Some(deliver), peer.expect(id | RESP).await)
        } else {
            peer.expect(ENQUIRE_LINK | RESP).await;
            (None, first)
        };
        assert_eq!((answer.id, answer.sequence), (id | RESP, sequence));
        answers.push((taken, answer.status));
    }
    answers
}

async fn delivered(body: &[u8]) -> DeliverSm {
    let answers = through(DELIVER_SM, &[body.to_vec()]).await;
    let [(Some(deliver), 0)] = &answers[..] else {
        panic!("{answers:?}")
    };
    deliver.clone()
}

#[tokio::test]
async fn the_corpus() {
    let Some(dir) = corpus() else {
        return eprintln!("there is no corpus here");
    };
    let lines = std::fs::read_to_string(dir.join("smpp/sloppy_deliver_sm.jsonl")).unwrap();
    let cases: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let bodies: Vec<_> = cases
        .iter()
        .map(|case| hex(case["body"].as_str().unwrap()))
        .collect();
    let answers = through(DELIVER_SM, &bodies).await;
    for (case, (taken, status)) in cases.iter().zip(answers) {
        let (id, expect) = (&case["id"], &case["expect"]);
        assert_eq!(expect["command_status"], status, "{id}");
        let deliver = taken.unwrap_or_else(|| panic!("{id}"));
        let international = if deliver.source.ton == 1 { "+" } else { "" };
        let from = format!("{international}{}", deliver.source.addr);
        assert_eq!(expect["from"], from, "{id}");
        assert_eq!(
            expect["text"].as_str(),
            text_of(&deliver).as_deref(),
            "{id}"
        );
    }
    assert!(cases.len() >= 10);
}

/// A body whose fields are as a test wants them.
struct Fields {
    service_type: &'static [u8],
    source: &'static [u8],
    validity: &'static [u8],
    data_coding: u8,
    length: u8,
    tail: &'static [u8],
}

/// A plain body but for this change.
fn with(change: impl FnOnce(&mut Fields)) -> Fields {
    let mut fields = Fields {
        service_type: b"\0",
        source: b"447700900111\0",
        validity: b"\0",
        data_coding: 0,
        length: 5,
        tail: b"hello",
    };
    change(&mut fields);
    fields
}

/// A plain body without a text.
fn empty() -> Fields {
    with(|fields| (fields.length, fields.tail) = (0, b""))
}

impl Fields {
    fn body(&self) -> Vec<u8> {
        let to: &[u8] = b"\0\x01777\0\0\0\0\0";
        let ends = [0, 0, self.data_coding, 0, self.length];
        let mut body = [self.service_type, b"\x01\x01", self.source, to].concat();
        body.extend([self.validity, &ends, self.tail].concat());
        body
    }
}

#[tokio::test]
async fn fields_may_be_longer_than_the_standards() {
    for fields in [
        with(|fields| fields.service_type = b"WIDEST\0"),
        with(|fields| fields.source = b"447700900111447700900111\0"),
        with(|fields| fields.source = b"+44 (7700) 900111 \xD6\xC4\xFC\0"),
        with(|fields| fields.validity = b"260131\0"),
        with(|fields| fields.validity = b"20260131000000000+00\0"),
        with(|fields| fields.length = 200),
        with(|fields| fields.length = 4),
        with(|fields| fields.tail = b"hello\0\0"),
    ] {
        let deliver = delivered(&fields.body()).await;
        assert_eq!(text_of(&deliver).as_deref(), Some("hello"));
        let source = fields.source.iter().map(|octet| char::from(*octet));
        let source: String = source.collect();
        assert_eq!(deliver.source.addr, source.trim_end_matches('\0'));
    }
}

#[tokio::test]
async fn half_a_character_is_whole_with_the_octet_behind_it() {
    let ucs2 = with(|fields| {
        (fields.data_coding, fields.length) = (8, 3);
        fields.tail = b"\0h\x1E\xC7";
    });
    let deliver = delivered(&ucs2.body()).await;
    assert_eq!(text_of(&deliver).as_deref(), Some("hệ"));
}

#[tokio::test]
async fn a_receipt_is_read_behind_what_does_not_belong_there() {
    let receipt = b"\0\x1E\0\x04abc\0\x04\x27\0\x01\x02";
    for tail in [
        receipt[..].to_vec(),
        [b"\0", &receipt[..]].concat(),
        [b")", &receipt[..]].concat(),
        // Of other widths, and with one that is cut behind it.
        b"\0\x1E\0\x03abc\x04\x27\0\x04\0\0\0\x02\x02\x04\0\x05\x01".to_vec(),
        // The id's NUL is counted, and not there.
        b"\x04\x27\0\x01\x02\0\x1E\0\x04abc".to_vec(),
    ] {
        let deliver = delivered(&[empty().body(), tail].concat()).await;
        assert_eq!(deliver.receipted_message_id.as_deref(), Some("abc"));
        assert_eq!(deliver.message_state, Some(2));
    }
}

#[tokio::test]
async fn a_parameter_that_does_not_fit_is_left_out_and_the_rest_kept() {
    let tail = b"\x02\x0C\0\x03\x01\0\0\x02\x0A\0\x01\x09\x04\x27\0\x02\x01\0\x14\x00\0\x00\x02\x04\0\x02\x01\x02";
    let deliver = delivered(&[with(|_| {}).body(), tail.to_vec()].concat()).await;
    assert_eq!((deliver.message_state, deliver.sar), (None, None));
    assert_eq!(deliver.source_port, Some(9));
    assert_eq!(deliver.user_message_reference, Some(0x0102));
}

#[tokio::test]
async fn a_payload_that_is_cut_is_taken_as_far_as_it_goes() {
    let body = [empty().body(), b"\x04\x24\0\x09hello".to_vec()];
    let deliver = delivered(&body.concat()).await;
    assert_eq!(text_of(&deliver).as_deref(), Some("hello"));
    let data_sm = [
        b"\0\x01\x01447700900111\0\0\x01777\0\0\0".to_vec(),
        b"\0\x04\x24\0\x09hello".to_vec(),
    ];
    let answers = through(DATA_SM, &[data_sm.concat()]).await;
    let [(Some(deliver), 0)] = &answers[..] else {
        panic!("{answers:?}")
    };
    assert_eq!(text_of(deliver).as_deref(), Some("hello"));
}

#[tokio::test]
async fn only_what_ends_before_its_message_is_refused() {
    let whole = [with(|_| {}).body(), b"\x04\x27\0\x01\x02".to_vec()].concat();
    let cuts: Vec<_> = (0..whole.len()).map(|cut| whole[..cut].to_vec()).collect();
    let length_at = whole.len() - b"\x05hello\x04\x27\0\x01\x02".len();
    for (cut, (taken, status)) in through(DELIVER_SM, &cuts).await.into_iter().enumerate() {
        let is_taken = cut > length_at;
        let expected = if is_taken { 0 } else { 0x65 };
        assert_eq!((taken.is_some(), status), (is_taken, expected), "{cut}");
        if let Some(deliver) = taken {
            let text = text_of(&deliver).unwrap();
            assert!("hello".starts_with(&text), "{text}");
        }
    }
    assert_eq!(through(DATA_SM, &[b"\0".to_vec()]).await[0].1, 0x65);
}

#[tokio::test]
async fn status_0_is_accepted_whatever_the_body() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    let long = "x".repeat(300);
    let bodies: [(&[u8], &str); 10] = [
        (b"", ""),
        (b"\0", ""),
        (b"id\0", "id"),
        (b"id", "id"),
        (b"id\x14\0\0\x02ok", "id"),
        (b"id\0\x14\0\0\x02ok\0", "id"),
        (b"id\0\0\0\0", "id"),
        (b"\x01\x02\x03", ""),
        (b"\xFF\xFE\xE9", "\u{ff}\u{fe}\u{e9}"),
        (long.as_bytes(), ""),
    ];
    for (submission, (body, id)) in (1..).zip(bodies) {
        owner.submit(submission);
        let submit = peer.expect(SUBMIT_SM).await;
        peer.send(SUBMIT_SM | RESP, 0, submit.sequence, body).await;
        assert_eq!(owner.outcome().await, (submission, accepted(id)));
    }
}
