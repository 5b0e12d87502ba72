//! TPDUs put together by hand from the clauses of TS 23.038 and TS 23.040.
#![expect(
    clippy::unwrap_used,
    reason = "a vector that cannot be read fails the test"
)]

use crate::common::{hex, told};
use tpdu::{
    Command, CommandType, Concat, ConcatRef, Dcs, Deliver, DeliverReport, EnhancedFormat,
    EnhancedValidity, FailureCause, MessageRef, MoTpdu, MtTpdu, PduHex, Pid, Status, StatusClass,
    StatusReport, Submit, SubmitReport, Timestamp, UserBody, UserData, ValidityPeriod, codec,
};

fn text_body(text: &str) -> UserData {
    UserData {
        header: Vec::new(),
        body: UserBody::Septets(codec::text_to_septets(text, None, None).unwrap()),
    }
}

fn at(seconds: i64, quarters: i8) -> Timestamp {
    Timestamp::from_unix(seconds, quarters).unwrap()
}

#[test]
fn submit_with_relative_validity() {
    // §9.2.2.2: MTI 01, VPF 10, SRR; MR 5; 11 digits, international; relative 167 = 1 day.
    let octets = hex("31 05 0B 91 4819325476F8 00 00 A7 04 D4F29C0E");
    let submit = Submit {
        rd: false,
        rp: false,
        srr: true,
        mr: MessageRef(5),
        da: "+84912345678".parse().unwrap(),
        pid: Pid::NORMAL,
        dcs: Dcs::GSM7,
        vp: Some(ValidityPeriod::relative_at_least(86_400)),
        ud: text_body("Test"),
    };
    assert_eq!(submit.encode().unwrap(), octets);
    assert_eq!(Submit::decode(&octets).unwrap(), submit);
    let digits = "0031050B914819325476F80000A704D4F29C0E";
    assert_eq!(PduHex::new(octets).to_string(), digits);
}

#[test]
fn submit_with_absolute_validity() {
    // VPF 11; RD and RP too. 2026-11-22 15:04:05 at -3:30, fourteen quarters: tens 1 with sign 9, units 4.
    let octets = hex("9D 00 03 81 21F3 00 00 62112251405049 00");
    let submit = Submit::decode(&octets).unwrap();
    let Some(ValidityPeriod::Absolute(until)) = submit.vp else {
        panic!("{submit:?}")
    };
    assert_eq!(until.to_string(), "2026-11-22T15:04:05-03:30");
    assert_eq!(until.fields().unwrap().offset_quarters, Some(-14));
    assert!(submit.rd && submit.rp && !submit.srr);
    assert_eq!(submit.encode().unwrap(), octets);
}

#[test]
fn submit_with_enhanced_validity() {
    // VPF 01; indicator 0x43: single shot, hours, minutes and seconds: 01:30:15.
    let octets = hex("09 00 03 81 21F3 00 00 43100351000000 00");
    let submit = Submit::decode(&octets).unwrap();
    let Some(ValidityPeriod::Enhanced(enhanced)) = submit.vp else {
        panic!("{submit:?}")
    };
    let read = EnhancedValidity::from_octets(enhanced);
    let expected = EnhancedValidity {
        extension: false,
        single_shot: true,
        format: EnhancedFormat::HoursMinutesSeconds(Some(5415)),
    };
    assert_eq!(read, expected);
    assert_eq!(read.octets(), Some(enhanced));
    assert_eq!(submit.vp.unwrap().seconds(), Some(5415));
    assert_eq!(submit.encode().unwrap(), octets);
}

#[test]
fn deliver_in_ucs2_with_a_surrogate_pair() {
    let octets = hex("04 0B 91 4819325476F8 00 08 62112251405082 06 0041 D83DDE00");
    let deliver = Deliver::decode(&octets).unwrap();
    assert_eq!(deliver.ud.text(deliver.dcs).unwrap(), "A😀");
    assert_eq!(deliver.scts, at(1_795_334_645, 28));
    assert_eq!(deliver.scts.to_string(), "2026-11-22T15:04:05+07:00");
    assert!(deliver.mms);
    assert_eq!(deliver.encode().unwrap(), octets);
}

#[test]
fn half_a_surrogate_pair_and_an_odd_octet_do_not_lose_the_rest() {
    let octets = hex("04 03 81 21F3 00 08 62112251405082 05 0041 D83D 00");
    let deliver = Deliver::decode(&octets).unwrap();
    assert_eq!(deliver.ud.text(deliver.dcs).unwrap(), "A\u{FFFD}\u{FFFD}");
}

#[test]
fn deliver_with_fill_bits_after_the_header() {
    // §9.2.3.24: UDHL 5 makes 48 bits, one fill bit; "ab" follows from septet 7 on.
    let octets = hex("44 03 81 21F3 00 00 62112251405082 09 050003AA0201 C262");
    let deliver = Deliver::decode(&octets).unwrap();
    assert_eq!(deliver.ud.text(deliver.dcs).unwrap(), "ab");
    let place = Concat {
        reference: ConcatRef::Eight(0xAA),
        total: 2,
        seq: 1,
    };
    assert_eq!(deliver.ud.concat(), Some(place));
    assert_eq!(deliver.encode().unwrap(), octets);
}

#[test]
fn a_cut_element_makes_the_header_be_ignored_not_the_message() {
    // UDHL 5, the element claims 4 octets and has 3.
    let octets = hex("44 03 81 21F3 00 04 62112251405082 08 050004AA0201 4142");
    let deliver = Deliver::decode(&octets).unwrap();
    assert!(deliver.ud.header.is_empty());
    assert_eq!(deliver.ud.body, UserBody::Octets(b"AB".to_vec()));
}

#[test]
fn status_report() {
    let octets = hex("06 2A 0B 91 4819325476F8 62112251405082 62112251501082 46");
    let MtTpdu::StatusReport(report) = MtTpdu::decode(&octets).unwrap() else {
        panic!()
    };
    assert_eq!(report.mr, MessageRef(42));
    assert_eq!(report.ra.to_string(), "+84912345678");
    let [sent, ended] = [report.scts, report.dt].map(|time| time.unix_seconds().unwrap());
    assert_eq!(ended - sent, 56);
    assert_eq!(report.st, Status(0x46));
    assert_eq!(report.st.class(), StatusClass::Permanent);
    assert_eq!(report.encode().unwrap(), octets);
}

#[test]
fn status_report_keeps_its_value_when_its_tail_is_odd() {
    let whole = hex("06 2A 03 81 21F3 62112251405082 62112251405082 00");
    let expected = StatusReport::decode(&whole).unwrap();
    // TP-PI announces user data that are not there; a lone TP-PI; an endless one.
    for tail in ["04", "00", "FF", "07 00 00 05 01"] {
        let mut octets = whole.clone();
        octets.extend(hex(tail));
        let read = StatusReport::decode(&octets).unwrap();
        assert_eq!(read, expected, "tail {tail}");
    }
}

#[test]
fn status_report_with_text() {
    let octets = hex("02 01 03 81 21F3 62112251405082 62112251405082 00 07 00 08 02 0041");
    let report = StatusReport::decode(&octets).unwrap();
    assert_eq!(report.dcs, Some(Dcs::UCS2));
    assert_eq!(report.ud.as_ref().unwrap().text(Dcs::UCS2).unwrap(), "A");
    assert_eq!(report.encode().unwrap(), octets);
}

#[test]
fn reports_of_rp_ack_and_rp_error() {
    let ack = hex("01 00 62112251405082");
    let expected = SubmitReport {
        fcs: None,
        scts: at(1_795_334_645, 28),
        pid: None,
        dcs: None,
        ud: None,
    };
    let read = MtTpdu::decode(&ack).unwrap();
    assert_eq!(read, MtTpdu::SubmitReport(expected.clone()));
    let error = hex("01 C4 00 62112251405082");
    let expected = SubmitReport {
        fcs: Some(FailureCause(0xC4)),
        ..expected
    };
    assert_eq!(expected.encode().unwrap(), error);
    assert_eq!(SubmitReport::decode(&error).unwrap(), expected);

    let deliver_error = hex("00 D3 01 7F");
    let report = DeliverReport {
        fcs: Some(FailureCause(0xD3)),
        pid: Some(Pid(0x7F)),
        dcs: None,
        ud: None,
    };
    let read = MoTpdu::decode(&deliver_error).unwrap();
    assert_eq!(read, MoTpdu::DeliverReport(report.clone()));
    assert_eq!(report.encode().unwrap(), deliver_error);
    assert_eq!(DeliverReport::default().encode().unwrap(), hex("00 00"));
}

#[test]
fn command() {
    let octets = hex("22 07 00 02 06 03 81 21F3 00");
    let command = Command {
        srr: true,
        mr: MessageRef(7),
        pid: Pid::NORMAL,
        ct: CommandType::DELETE,
        mn: MessageRef(6),
        da: "123".parse().unwrap(),
        header: Vec::new(),
        cd: Vec::new(),
    };
    assert_eq!(command.encode().unwrap(), octets);
    assert_eq!(MoTpdu::decode(&octets).unwrap(), MoTpdu::Command(command));
}

#[test]
fn errors_name_the_field_and_the_octet() {
    let whole = hex("04 0B 91 4819325476F8 00 00 62112251405082 04 D4F29C0E");
    for (length, expected) in [
        (0, "TP-MTI at octet 0: ended early"),
        (1, "TP-OA at octet 1: ended early"),
        (5, "TP-OA at octet 3: 6 octets expected, 2 present"),
        (9, "TP-PID at octet 9: ended early"),
        (10, "TP-DCS at octet 10: ended early"),
        (13, "TP-SCTS at octet 11: 7 octets expected, 2 present"),
        (18, "TP-UDL at octet 18: ended early"),
        (20, "TP-UD at octet 19: 4 octets expected, 1 present"),
    ] {
        assert_eq!(told(Deliver::decode(&whole[..length])), expected);
    }
    let header_too_long = hex("44 03 81 21F3 00 04 62112251405082 03 050003");
    let expected = "TP-UDH at octet 16: 5 octets expected, 2 present";
    assert_eq!(told(Deliver::decode(&header_too_long)), expected);
}

#[test]
fn octets_after_the_user_data_are_ignored() {
    let octets = hex("04 03 81 21F3 00 00 62112251405082 01 41");
    let mut longer = octets.clone();
    longer.extend([0xFF; 9]);
    assert_eq!(Deliver::decode(&longer), Deliver::decode(&octets));
}

#[test]
fn a_reserved_type_from_the_network_is_a_deliver() {
    let octets = hex("07 03 81 21F3 00 00 62112251405082 01 41");
    assert!(matches!(MtTpdu::decode(&octets), Ok(MtTpdu::Deliver(_))));
    let expected = "TP-MTI at octet 0: reserved value 0x03";
    assert_eq!(told(MoTpdu::decode(&octets)), expected);
}

#[test]
fn writing_is_strict() {
    let ok = Submit::decode(&hex("01 00 03 81 21F3 00 00 00")).unwrap();
    let long = text_body(&"a".repeat(161));
    let (dcs, ud) = (ok.dcs, ok.ud.clone());
    for (dcs, ud, error) in [
        (dcs, long, "TP-UD: 141 given, at most 140 fit"),
        (
            Dcs::UCS2,
            ud.clone(),
            "TP-UD: body and TP-DCS disagree about the alphabet",
        ),
        (
            Dcs(0x20),
            ud,
            "TP-DCS: compressed user data are not supported",
        ),
    ] {
        let submit = Submit {
            dcs,
            ud,
            ..ok.clone()
        };
        assert_eq!(told(submit.encode()), error);
    }
    let wrong = DeliverReport {
        fcs: Some(FailureCause(0)),
        ..DeliverReport::default()
    };
    assert_eq!(told(wrong.encode()), "TP-FCS: value out of range");
}

#[test]
fn compressed_text_is_refused_by_name() {
    let octets = hex("04 03 81 21F3 00 20 62112251405082 02 4142");
    let deliver = Deliver::decode(&octets).unwrap();
    let error = "TP-UD at octet 0: compressed user data are not supported";
    assert_eq!(told(deliver.ud.text(deliver.dcs)), error);
}
