//! URCs anywhere, and lines that look like something else.

use super::*;

#[test]
fn a_notice_inside_a_listing_costs_no_message() {
    let message = |index: u16| {
        let notice = match index {
            23 => "\r\n+CMTI: \"SM\",0\r\n\r\n".to_owned(),
            30 => format!("+CMT: ,12\r\n{}\r\n", pdu(12)),
            _ => String::new(),
        };
        format!("+CMGL: {index},1,,10\r\n{notice}{}\r\n", pdu(10))
    };
    let messages: String = (0..50).map(message).collect();
    let bytes = format!("{messages}\r\nOK\r\n");
    let (Listing(messages), urcs) = answered(&Cmgl(CmglFilter::All), &bytes);
    assert_eq!(messages.len(), 50);
    assert!(messages.iter().all(|message| message.pdu == pdu(10)));
    assert_eq!(urcs.len(), 2);
    assert_eq!(urcs[0], cmti("SM", 0));
}

#[test]
fn an_operator_named_ok_ends_nothing() {
    let (operator, urcs) = answered(&Cops, "+COPS: 0,0,\"OK\",7\r\nOK\r\n");
    assert_eq!(operator.name.as_deref(), Some("OK"));
    assert!(urcs.is_empty());
    let (model, _) = answered(&Cgmm, "OK MODEM ERROR\r\n\r\nOK\r\n");
    assert_eq!(model.0, "OK MODEM ERROR");
}

#[test]
fn registration_asked_for_and_reported_are_told_apart() {
    use Registration::{Home, NotRegistered, Roaming};
    let command = RegistrationRead(RegistrationDomain::Cs);
    let bytes =
        "+CREG: 5\r\n+CREG: 1,\"00C3\",\"0A3B\",2\r\n+CREG: 2,1,00C3,0A3B\r\n+CREG: 0\r\nOK\r\n";
    let (status, urcs) = answered(&command, bytes);
    assert_eq!(status.stat, Registration::Home);
    assert_eq!(status.area, Some(0xC3));
    let stat = |urc: &Urc| match urc {
        Urc::Creg(status) => status.stat,
        other => panic!("{other:?}"),
    };
    let stats: Vec<_> = urcs.iter().map(stat).collect();
    assert_eq!(stats, [Roaming, Home, NotRegistered]);
}

#[test]
fn ussd_news_does_not_answer_the_question_whether_it_is_shown() {
    let (shown, urcs) = answered(&CusdRead, "+CUSD: 0,\"hello\",15\r\n+CUSD: 1\r\nOK\r\n");
    assert_eq!(shown.mode, 1);
    assert_eq!(urcs.len(), 1);

    let command = Cusd {
        text: "*100#".into(),
        dcs: Some(15),
    };
    for bytes in [
        "\r\nOK\r\n\r\n+CUSD: 0,\"Balance: 5, \"fine\"\",15\r\n",
        "\r\n+CUSD: 0,\"Balance: 5, \"fine\"\",15\r\n\r\nOK\r\n",
    ] {
        let (reply, urcs) = run(&command, bytes);
        assert!(reply.unwrap().end.is_ok());
        let Urc::Cusd { text, dcs, .. } = &urcs[0] else {
            panic!("{urcs:?}")
        };
        assert_eq!(text.as_deref(), Some("Balance: 5, \"fine\""));
        assert_eq!(*dcs, Some(15));
    }
}

#[test]
fn the_pin_state_is_an_answer_only_when_asked_for() {
    let (state, urcs) = answered(&CpinRead, "+CPIN: SIM PIN\r\n+CPIN: READY\r\nOK\r\n");
    assert_eq!(state, PinState::SimPin);
    assert_eq!(urcs, [Urc::Cpin(PinState::Ready)]);
    let (_, urcs) = run(&Csq, "+CPIN: NOT INSERTED\r\n");
    assert_eq!(urcs, [Urc::Cpin(PinState::NotInserted)]);
}

#[test]
fn a_two_line_notice_has_its_pdu_or_is_damaged() {
    let good = format!("+CDS: 24\r\n{}\r\n", pdu(24));
    assert!(matches!(run(&At, &good).1[..], [Urc::Cds(_)]));
    let short = format!("+CMT: \"Al,ice\",24\r\n{}\r\n", pdu(23));
    let (_, urcs) = run(&At, &short);
    let is_damaged = matches!(&urcs[..], [Urc::Damaged { body: Some(_), .. }]);
    assert!(is_damaged, "{urcs:?}");
    let fields = format!("+CMT: ,,24\r\n{}\r\n", pdu(24));
    assert!(matches!(run(&At, &fields).1[..], [Urc::Cmt(_)]));
    let page = format!("+CBM: 88\r\n{}\r\n", "00".repeat(88));
    assert!(matches!(run(&At, &page).1[..], [Urc::Cbm(_)]));
}

#[test]
fn another_notice_between_header_and_pdu_harms_neither() {
    let bytes = format!("+CMT: ,20\r\n+CMTI: \"ME\",4\r\nOK\r\n{}\r\n", pdu(20));
    let (reply, urcs) = run(&At, &bytes);
    assert!(reply.unwrap().end.is_ok());
    assert!(matches!(&urcs[..], [Urc::Cmti(_), Urc::Cmt(_)]), "{urcs:?}");
}

#[test]
fn a_header_without_its_pdu_is_given_up() {
    let bytes = "+CMT: ,20\r\n^RSSI:1\r\n^RSSI:2\r\n^RSSI:3\r\n^RSSI:4\r\n";
    let (_, urcs) = run(&At, bytes);
    let is_damaged = |urc: &Urc| matches!(urc, Urc::Damaged { body: None, .. });
    assert!(urcs.iter().any(is_damaged));
}

#[test]
fn a_message_in_text_mode_is_no_answer() {
    let bytes = "+CMT: \"+84900000001\",,\"26/11/22,15:00:00+28\"\r\nhello\r\nhuawei\r\nOK\r\n";
    let (maker, urcs) = answered(&Cgmi, bytes);
    assert_eq!(maker.0, "huawei");
    assert!(matches!(&urcs[..], [Urc::Damaged { body: Some(body), .. }] if body == "hello"));
}

#[test]
fn an_overrun_is_heard_and_spoils_a_list() {
    let long = "7".repeat(2 * crate::MAX_LINE);
    let command = Cmgl(CmglFilter::All);
    let (reply, _) = run(&command, &format!("+CMGL: 1,1,,9\r\n{long}\r\nOK\r\n"));
    let reply = reply.unwrap();
    assert!(reply.overrun);
    assert!(command.answer(&reply).is_err());
}

#[test]
fn a_call_that_ends_does_not_end_a_command() {
    let bytes = "RING\r\n+CLIP: \"+84900000001\",145\r\nNO CARRIER\r\n+CSQ: 9,0\r\nOK\r\n";
    let (_, urcs) = answered(&Csq, bytes);
    assert_eq!(urcs.last(), Some(&Urc::CallEnded));
}

#[test]
fn free_text_is_not_taken_from_notices() {
    let bytes = "AT+CGSN\r\r\n^BOOT:1,0,0,0,75\r\n+XYZZY: 1\r\nRDY\r\n490154203237518\r\nOK\r\n";
    let (imei, urcs) = answered(&Cgsn, bytes);
    assert_eq!(imei.0, "490154203237518");
    assert_eq!(urcs.len(), 3);
}

#[test]
fn a_typed_command_hears_its_own_lines() {
    let mut dialogue = started(Request::typed("AT+CREG?"));
    let bytes = "AT+CREG?\r\r\n+CREG: 0,1\r\n+CREG: 5\r\nOK\r\n";
    let heard = hear(&mut dialogue, bytes);
    assert_eq!(reply(&heard).unwrap().lines, ["+CREG: 0,1"]);
    assert_eq!(heard[0].meaning, Meaning::Echo);
}

#[test]
fn a_notice_in_the_middle_of_an_echo_leaves_an_echo() {
    let bytes = "AT+C\r\n+CMTI: \"SM\",1\r\nGMI\r\r\nhuawei\r\n\r\nOK\r\n";
    let (reply, urcs) = run(&Cgmi, bytes);
    assert_eq!(reply.unwrap().lines, ["huawei"]);
    assert_eq!(urcs, [cmti("SM", 1)]);
}

#[test]
fn an_answer_without_end_is_cut_and_says_so() {
    let command = Cmgl(CmglFilter::All);
    let entry = format!("+CMGL: 1,1,,9\r\n{}\r\n", pdu(9));
    let (reply, _) = run(&command, &format!("{}OK\r\n", entry.repeat(5_000)));
    let reply = reply.unwrap();
    assert!(reply.overrun && reply.lines.len() < 5_000);
    assert!(command.answer(&reply).is_err());
}

#[test]
fn what_is_printed_for_a_log_holds_no_pin_and_no_message() {
    let pin = Cpin {
        pin: "7391".try_into().unwrap(),
    };
    let submit = Cmgs::new(pdu(20), 20);
    let requests = (pin.request(), submit.request());
    let printed = format!("{requests:?} {pin:?} {submit:?}");
    let tells = printed.contains("7391") || printed.contains("A5A5");
    assert!(!tells, "{printed}");
}

#[test]
fn a_notice_without_a_colon_is_no_part_of_an_answer() {
    for notice in ["+PACSP1", "_OSIGQ: 4,0", "+PACSP1\r\n_OSIGQ: 4,0", "^XYZ_9"] {
        let count = notice.lines().count();
        let around = |answer: &str| format!("{notice}\r\n{answer}\r\n{notice}\r\nOK\r\n");
        let (imsi, urcs) = answered(&Cimi, &around("452040000000001"));
        assert_eq!(imsi.0, "452040000000001");
        assert_eq!(urcs.len(), 2 * count, "{notice}");
        let (model, _) = answered(&Cgmm, &around("LARA-R211"));
        assert_eq!(model.0, "LARA-R211");
        let (imei, _) = answered(&Cgsn, &around("490154203237518"));
        assert_eq!(imei.0, "490154203237518");
        for answer in ["+CCID: 8984012345678901234", "8984012345678901234"] {
            let (iccid, _) = answered(&IccidVia::Ccid, &around(answer));
            assert_eq!(iccid.0, "8984012345678901234");
        }
        let (state, _) = answered(&CpinRead, &around("READY"));
        assert_eq!(state, PinState::Ready);
        let (about, _) = answered(&Ati, &around("Manufacturer: u-blox"));
        assert_eq!(about.lines, ["Manufacturer: u-blox"]);
    }
}

/// A notice that nobody knows stands in front of the answer: the line is taken that fits.
#[test]
fn the_line_that_fits_is_taken_not_the_first() {
    let (imsi, _) = answered(&Cimi, "SOMETHING NEW\r\n452040000000001\r\nOK\r\n");
    assert_eq!(imsi.0, "452040000000001");
    let (iccid, _) = answered(&IccidVia::Ccid, "NEWS 1\r\n8984012345678901234\r\nOK\r\n");
    assert_eq!(iccid.0, "8984012345678901234");
    let (reply, _) = run(&Cimi, "SOMETHING NEW\r\nOK\r\n");
    assert!(Cimi.answer(&reply.unwrap()).is_err());
}

/// `AT+CLAC` lists names and nothing else.
#[test]
fn a_typed_command_keeps_bare_names() {
    let mut dialogue = started(Request::typed("AT+CLAC"));
    let heard = hear(&mut dialogue, "\r\n+CGMI\r\n+CGMM\r\n\r\nOK\r\n");
    assert_eq!(reply(&heard).unwrap().lines.len(), 2);
}
