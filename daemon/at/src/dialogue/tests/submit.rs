//! `AT+CMGS`: prompt, PDU, result.

use super::*;

fn start() -> Dialogue {
    let mut dialogue = Dialogue::new();
    dialogue.start(Request::of(&Cmgs::new(pdu(20), 20)));
    dialogue
}

fn payload() -> Vec<u8> {
    format!("{}\x1a", pdu(20)).into_bytes()
}

fn accepted(heard: &[Heard]) -> Submitted {
    Cmgs::new("", 0).answer(&reply(heard).unwrap()).unwrap()
}

#[test]
fn the_pdu_is_asked_for_once_and_its_echo_is_no_answer() {
    let mut dialogue = start();
    let heard = hear(&mut dialogue, "AT+CMGS=20\r\r\n> ");
    assert_eq!(heard[0].meaning, Meaning::Echo);
    assert_eq!(heard[1].meaning, Meaning::Prompt(payload()));
    assert!(dialogue.prompted());
    let echo = format!("{}\x1a\r\n+CMGS: 17\r\n\r\nOK\r\n", pdu(20));
    let heard = hear(&mut dialogue, &echo);
    assert_eq!(heard[0].meaning, Meaning::Echo);
    assert_eq!(accepted(&heard).mr, 17);
}

#[test]
fn a_refusal_before_the_prompt_asks_for_nothing() {
    let mut dialogue = start();
    let heard = hear(&mut dialogue, "\r\n+CMS ERROR: 304\r\n");
    let reply = reply(&heard).unwrap();
    assert!(!reply.prompted);
    assert_eq!(reply.end.class(), crate::ErrorClass::Message);
}

#[test]
fn messages_that_arrive_between_prompt_and_result_are_no_result() {
    let mut dialogue = start();
    hear(&mut dialogue, "\r\n+CMTI: \"SM\",3\r\n\r\n> ");
    let bytes = format!(
        "\r\n+CMT: ,30\r\n{}\r\n+CMTI: \"SM\",4\r\n+CDS: 25\r\n{}\r\n+CMGS: 255,\"26/11/22,15:00:00+28\"\r\n\r\nOK\r\n",
        pdu(30),
        pdu(25)
    );
    let heard = hear(&mut dialogue, &bytes);
    assert_eq!(urcs(&heard).len(), 3);
    let submitted = accepted(&heard);
    assert_eq!(submitted.mr, 255);
    assert!(submitted.rest.is_some());
}

#[test]
fn a_notice_glued_to_the_prompt_is_heard() {
    let mut dialogue = start();
    let heard = hear(
        &mut dialogue,
        "\r\n> +CMTI: \"SM\",0\r\n> \r\n+CMGS: 1\r\nOK\r\n",
    );
    assert_eq!(urcs(&heard), [cmti("SM", 0)]);
    assert_eq!(accepted(&heard).mr, 1);
}

#[test]
fn ok_without_a_reference_is_not_success() {
    let mut dialogue = start();
    let heard = hear(&mut dialogue, "\r\nOK\r\n\r\n> \r\nOK\r\n");
    assert_eq!(reply(&heard), None);
    assert!(reply(&hear(&mut dialogue, "+CMGS: 3\r\nOK\r\n")).is_some());
}

#[test]
fn errors_keep_their_code_in_words_too() {
    for (line, code) in [
        ("+CMS ERROR: 38", 38),
        ("+CMS ERROR: network out of order", 38),
        ("+CMS ERROR: SIM busy", 314),
    ] {
        let mut dialogue = start();
        hear(&mut dialogue, "> ");
        let end = reply(&hear(&mut dialogue, &format!("\r\n{line}\r\n")))
            .unwrap()
            .end;
        assert_eq!(end, FinalCode::Cms(crate::CmsError(code)), "{line}");
    }
}
