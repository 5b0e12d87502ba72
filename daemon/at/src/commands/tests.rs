use super::*;
use crate::command::Command;

fn wire(command: &impl Command) -> String {
    String::from_utf8(command.wire()).unwrap()
}

#[test]
fn commands_are_written_as_the_standards_have_them() {
    let written = [
        wire(&At),
        wire(&Ate { echo: 0 }),
        wire(&Ati),
        wire(&Cmee { mode: 1 }),
        wire(&CmeeRead),
        wire(&Cmgf { mode: 0 }),
        wire(&Cfun(CfunMode::Reset)),
        wire(&Cscs {
            charset: "UCS2".try_into().unwrap(),
        }),
        wire(&Cpin {
            pin: "0000".try_into().unwrap(),
        }),
        wire(&Csq),
        wire(&CscaRead),
        wire(&Csms { service: 1 }),
        wire(&Cpms::same("SM", 3)),
        wire(&CpmsTest),
        wire(&CnmiTest),
        wire(&Cnmi(CnmiValues {
            mode: 2,
            mt: 1,
            bm: 0,
            ds: 2,
            bfr: 0,
        })),
        wire(&Cmgl(CmglFilter::All)),
        wire(&Cmgr(0)),
        wire(&Cmgd { index: 7 }),
        wire(&Cmgs::new("0001", 22)),
        wire(&Cusd {
            text: "*100#".into(),
            dcs: Some(15),
        }),
        wire(&CusdCancel),
        wire(&RegistrationRead(RegistrationDomain::Eps)),
        wire(&IccidVia::CaretIccid),
    ];
    let expected = [
        "AT",
        "ATE0",
        "ATI",
        "AT+CMEE=1",
        "AT+CMEE?",
        "AT+CMGF=0",
        "AT+CFUN=1,1",
        "AT+CSCS=\"UCS2\"",
        "AT+CPIN=\"0000\"",
        "AT+CSQ",
        "AT+CSCA?",
        "AT+CSMS=1",
        "AT+CPMS=\"SM\",\"SM\",\"SM\"",
        "AT+CPMS=?",
        "AT+CNMI=?",
        "AT+CNMI=2,1,0,2,0",
        "AT+CMGL=4",
        "AT+CMGR=0",
        "AT+CMGD=7",
        "AT+CMGS=22",
        "AT+CUSD=1,\"*100#\",15",
        "AT+CUSD=2",
        "AT+CEREG?",
        "AT^ICCID?",
    ];
    for (written, expected) in written.iter().zip(expected) {
        assert_eq!(written, &format!("{expected}\r"));
    }
}

/// The answer to a command, from the lines of its reply.
fn answer<C: Command>(command: &C, lines: &[&str]) -> C::Response {
    let reply = crate::Reply {
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        end: crate::FinalCode::Ok,
        overrun: false,
        prompted: false,
    };
    command.answer(&reply).unwrap()
}

#[test]
fn an_empty_slot_is_told_in_two_ways() {
    assert_eq!(answer(&Cmgr(3), &[]).0, None);
    assert_eq!(answer(&Cmgr(3), &["+CMGR: 0,,0", ""]).0, None);
    let message = answer(&Cmgr(0), &["+CMGR: 1,\"Al, ice\",2", "000A0B"])
        .0
        .unwrap();
    assert_eq!((message.status, message.length), (Some(1), Some(2)));
    assert_eq!(message.pdu, "000A0B");
    // One family leaves the status out.
    assert_eq!(
        answer(&Cmgr(0), &["+CMGR: ,,2", "000A0B"])
            .0
            .unwrap()
            .status,
        None
    );
}

#[test]
fn a_listing_keeps_index_zero_and_order() {
    let Listing(messages) = answer(
        &Cmgl(CmglFilter::All),
        &["+CMGL: 7,1,,2", "000A0B", "+CMGL: 0,0,\"\",1", "000C"],
    );
    let indices: Vec<u16> = messages.iter().map(|message| message.index).collect();
    assert_eq!(indices, [7, 0]);
    assert_eq!(messages[1].pdu, "000C");
}

#[test]
fn routing_choices_are_checked_value_by_value() {
    let choices = answer(&CnmiTest, &["+CNMI: (0-2),(0,1,3),(0,2),(0,1),(1)"]);
    let values = |ds, bfr| CnmiValues {
        mode: 2,
        mt: 1,
        bm: 0,
        ds,
        bfr,
    };
    assert!(choices.allows(values(1, 1)));
    assert!(!choices.allows(values(2, 1)));
    assert!(!choices.allows(values(1, 0)));
    // A parameter that is not listed is 0.
    let short = answer(&CnmiTest, &["+CNMI: (0,1,2),(0,1,2,3)"]);
    assert!(short.allows(values(0, 0)) && !short.allows(values(1, 0)));
    assert_eq!(answer(&CnmiRead, &["+CNMI: 2,1,0,2,0"]), values(2, 0));
}

#[test]
fn the_service_centre_is_read_from_ucs2_too() {
    for line in [
        "+CSCA: \"+8490\",145",
        "+CSCA: \"8490\",145",
        "+CSCA: \"002B0038003400390030\",145",
    ] {
        assert_eq!(answer(&CscaRead, &[line]).address, "+8490", "{line}");
    }
    assert_eq!(answer(&CscaRead, &["+CSCA: \"\",129"]).address, "");
}

#[test]
fn tries_left_by_every_command() {
    for (via, lines) in [
        (
            PinTriesVia::Cpinr,
            vec!["+CPINR: SIM PIN,3,3", "+CPINR: SIM PUK,10,10"],
        ),
        (PinTriesVia::CaretCpin, vec!["^CPIN: READY,,10,3,10,3"]),
        (PinTriesVia::Upincnt, vec!["+UPINCNT: 3,3,10,10"]),
        (
            PinTriesVia::Qpinc,
            vec!["+QPINC: \"SC\",3,10", "+QPINC: \"P2\",1,9"],
        ),
        (PinTriesVia::Zpinpuk, vec!["+ZPINPUK: 3,10"]),
    ] {
        let tries = answer(&via, &lines);
        assert_eq!((tries.pin, tries.puk), (Some(3), Some(10)), "{via:?}");
    }
    assert_eq!(answer(&PinTriesVia::Pct, &["#PCT: 2"]).pin, Some(2));
}

#[test]
fn memories_when_set_read_and_not_told() {
    let asked = Cpms::same("SM", 3);
    let told = answer(&asked, &["+CPMS: 3,20,3,20,3,20"]).0;
    assert_eq!(
        told[2],
        MemoryUse {
            memory: "SM".into(),
            used: Some(3),
            total: Some(20)
        }
    );
    assert_eq!(
        answer(&asked, &["+CPMS: \"SM\",3,20,\"ME\",0,9,\"SM\",3,20"]).0[1].memory,
        "ME"
    );
    assert_eq!(answer(&asked, &[]).0[0].used, None);
    let lists = answer(
        &CpmsTest,
        &["+CPMS: (\"SM\",\"ME\"),(\"SM\"),(\"SM\",\"SR\")"],
    );
    assert!(
        lists.has(3, "SR") && !lists.has(2, "SR") && !lists.has(0, "SM") && !lists.has(4, "SM")
    );
}

#[test]
fn signal_and_service_levels() {
    assert_eq!(answer(&Csq, &["+CSQ: 0,0"]).dbm(), Some(-113));
    assert_eq!(answer(&Csq, &["+CSQ: 31, 99"]).dbm(), Some(-51));
    assert_eq!(answer(&Csq, &["+CSQ:99,99"]).dbm(), None);
    assert_eq!(answer(&Csq, &["+CSQ: 20"]).ber, 99);
    assert_eq!(answer(&CsmsRead, &["+CSMS: 1,1,1,0"]).service, Some(1));
    assert!(answer(&Csms { service: 1 }, &["+CSMS: 1,1,1"]).mo);
    assert!(answer(&Csms { service: 1 }, &[]).mt);
}

#[test]
fn the_iccid_from_the_file_itself_has_its_digits_swapped() {
    let line = "+CRSM: 144,0,\"984402003576012594F9\"";
    assert_eq!(answer(&IccidVia::Crsm, &[line]).0, "8944200053671052499");
    let reply = crate::Reply {
        lines: vec!["+CRSM: 106,130".into()],
        end: crate::FinalCode::Ok,
        overrun: false,
        prompted: false,
    };
    assert!(IccidVia::Crsm.answer(&reply).is_err());
}
