//! `AT+CMGS`: prompt, PDU, result.

use super::*;

fn start() -> Dialogue {
    started(Request::of(&Cmgs::new(pdu(20), 20)))
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
    let bytes = "\r\n> +CMTI: \"SM\",0\r\n> \r\n+CMGS: 1\r\nOK\r\n";
    let heard = hear(&mut dialogue, bytes);
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
        let reply = reply(&hear(&mut dialogue, &format!("\r\n{line}\r\n"))).unwrap();
        assert_eq!(reply.end, FinalCode::Cms(crate::CmsError(code)), "{line}");
    }
}

#[test]
fn the_end_of_a_call_or_a_session_ends_no_submit() {
    let mut dialogue = start();
    let ends = "\r\nNO CARRIER\r\n\r\n> \r\nBUSY\r\n+CME ERROR: 143\r\n";
    assert_eq!(reply(&hear(&mut dialogue, ends)), None);
    let heard = hear(&mut dialogue, "+CMGS: 4\r\n\r\nOK\r\n");
    assert_eq!(accepted(&heard).mr, 4);
    // A person may dial.
    let mut dialogue = started(Request::typed("ATD+84901234567;"));
    let heard = hear(&mut dialogue, "\r\nNO CARRIER\r\n");
    assert_eq!(reply(&heard).unwrap().end, FinalCode::NoCarrier);
}

fn doubtful(heard: &[Heard]) -> bool {
    let mut heard = heard.iter();
    heard.any(|heard| matches!(heard.meaning, Meaning::Doubtful(_)))
}

#[test]
fn an_error_that_may_be_a_ussd_codes_ends_nothing_the_first_time() {
    let wary = Wary {
        ussd: true,
        submit: false,
    };
    for request in [
        Request::of(&Cmgs::new(pdu(20), 20)),
        Request::of(&Csq),
        Request::of(&At),
    ] {
        let mut dialogue = Dialogue::new();
        dialogue.be_wary(wary);
        dialogue.start(request.clone());
        let heard = hear(&mut dialogue, "\r\n+CME ERROR: 258\r\n");
        assert!(doubtful(&heard) && reply(&heard).is_none(), "{request:?}");
        let heard = hear(&mut dialogue, "\r\n+CME ERROR: 14\r\n");
        assert!(!doubtful(&heard) && reply(&heard).is_some(), "{request:?}");
        // What the message service says is never a code's.
        dialogue.start(request);
        let heard = hear(&mut dialogue, "\r\n+CMS ERROR: 38\r\n");
        assert!(reply(&heard).is_some());
    }
}

#[test]
fn a_refusal_before_the_prompt_may_be_that_of_the_submit_before() {
    let wary = Wary {
        ussd: false,
        submit: true,
    };
    let refused = "\r\n+CMS ERROR: 38\r\n";
    let mut dialogue = start();
    dialogue.be_wary(wary);
    assert!(doubtful(&hear(&mut dialogue, refused)));
    hear(&mut dialogue, "> ");
    assert!(reply(&hear(&mut dialogue, refused)).is_some());
    // One of the modem itself is its own.
    let mut dialogue = start();
    dialogue.be_wary(wary);
    assert!(reply(&hear(&mut dialogue, "\r\n+CMS ERROR: 500\r\n")).is_some());
}

#[test]
fn after_ok_alone_nothing_is_owed() {
    let mut dialogue = start();
    hear(&mut dialogue, "> ");
    assert_eq!(reply(&hear(&mut dialogue, "\r\nOK\r\n")), None);
    dialogue.give_up();
    assert!(!dialogue.is_owed());
    // With an answer on its way it may have been the end of that.
    dialogue.start(Request::of(&Csq));
    dialogue.give_up();
    dialogue.start(Request::of(&Cmgs::new(pdu(20), 20)));
    hear(&mut dialogue, "> ");
    assert_eq!(reply(&hear(&mut dialogue, "\r\nOK\r\n")), None);
    dialogue.give_up();
    assert!(dialogue.is_owed());
}
