//! Commands that were given up, and what comes of them afterwards.

use super::*;

#[test]
fn a_late_answer_never_satisfies_the_next_command() {
    let mut dialogue = started(Request::of(&Csq));
    assert_eq!(dialogue.give_up(), None);
    assert!(dialogue.is_owed());
    dialogue.start(Request::of(&Cops));
    let bytes = "+CSQ: 20,99\r\n\r\nOK\r\n+COPS: 0,0,\"A\"\r\n\r\nOK\r\n";
    let heard = hear(&mut dialogue, bytes);
    let reply = reply(&heard).unwrap();
    assert_eq!(reply.lines, ["+COPS: 0,0,\"A\""]);
    assert!(!dialogue.is_owed());
}

#[test]
fn with_echo_even_a_late_error_is_told_apart() {
    let mut dialogue = started(Request::of(&At));
    hear(&mut dialogue, "AT\r\r\nOK\r\n");
    dialogue.start(Request::of(&Csq));
    hear(&mut dialogue, "AT+CSQ\r");
    dialogue.give_up();
    dialogue.start(Request::of(&Cimi));
    let bytes = "\r\nERROR\r\nAT+CIMI\r\r\n001010123456789\r\n\r\nOK\r\n";
    let heard = hear(&mut dialogue, bytes);
    assert_eq!(reply(&heard).unwrap().lines, ["001010123456789"]);
}

#[test]
fn a_late_reference_is_heard_and_belongs_to_nobody() {
    let mut dialogue = started(Request::of(&Cmgs::new(pdu(20), 20)));
    hear(&mut dialogue, "\r\n> ");
    assert_eq!(dialogue.give_up(), None);
    let late = hear(&mut dialogue, "\r\n+CMGS: 17\r\n\r\nOK\r\n");
    assert_eq!(late[0].meaning, Meaning::Stray);
    assert_eq!(Submitted::parse(&late[0].line).unwrap().mr, 17);
    assert!(!dialogue.is_owed());

    // The same when another submit waits for its prompt already.
    dialogue.start(Request::of(&Cmgs::new(pdu(20), 20)));
    hear(&mut dialogue, "> ");
    dialogue.give_up();
    dialogue.start(Request::of(&Cmgs::new(pdu(21), 21)));
    let heard = hear(&mut dialogue, "\r\n+CMGS: 18\r\n\r\nOK\r\n\r\n> ");
    assert_eq!(heard[0].meaning, Meaning::Stray);
    assert_eq!(reply(&heard), None);
    assert!(dialogue.prompted());
}

#[test]
fn pin_state_without_ok_is_taken_after_a_short_wait() {
    let mut dialogue = started(Request::of(&CpinRead));
    assert_eq!(dialogue.ok_wait(), None);
    hear(&mut dialogue, "+CPIN: READY\r\n");
    assert!(dialogue.ok_wait().is_some());
    let reply = dialogue.give_up().unwrap();
    assert_eq!(CpinRead.answer(&reply).unwrap(), PinState::Ready);
    assert!(!dialogue.is_owed());
}

#[test]
fn codes_in_numbers_are_read_where_no_answer_can_be_one() {
    assert!(run(&At, "0\r").0.unwrap().end.is_ok());
    assert_eq!(run(&At, "4\r").0.unwrap().end, FinalCode::Error);
    let (reply, _) = run(&Cgsn, "0\r\n");
    assert_eq!(reply, None);
}

#[test]
fn the_ok_of_a_late_reference_ends_nothing_else() {
    let mut dialogue = started(Request::of(&Cmgs::new(pdu(20), 20)));
    hear(&mut dialogue, "\r\n> ");
    dialogue.give_up();
    // In step again, as far as anyone can tell.
    dialogue.start(Request::of(&At));
    assert!(reply(&hear(&mut dialogue, "\r\nOK\r\n")).is_some());
    for command in [Request::of(&At), Request::of(&Csq)] {
        dialogue.start(command);
        let heard = hear(&mut dialogue, "\r\n+CMGS: 17\r\n\r\nOK\r\n");
        assert_eq!(reply(&heard), None);
        let heard = hear(&mut dialogue, "\r\n+CSQ: 9,0\r\n\r\nOK\r\n");
        assert!(reply(&heard).unwrap().end.is_ok());
    }
}

#[test]
fn an_answer_given_twice_keeps_its_ok() {
    let line = "+CPMS: \"SM\",3,20,\"SM\",3,20,\"SM\",3,20\r\n";
    let (reply, _) = run(&CpmsRead, &format!("{line}{line}OK\r\n"));
    assert!(CpmsRead.answer(&reply.unwrap()).is_ok());
}
