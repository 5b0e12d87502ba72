//! TPDUs put together by hand from the clauses of TS 23.038 and TS 23.040.

use tpdu::{
    Address, Alphabet, CellBroadcastDcs, CellBroadcastPage, Command, CommandType, Concat,
    ConcatRef, Dcs, Deliver, DeliverReport, EnhancedFormat, EnhancedValidity, FailureCause,
    GeographicalScope, InformationElement, Language, MessageClass, MessageRef, MoTpdu, MtTpdu,
    NumberingPlan, PduHex, Pid, PidKind, Ports, Status, StatusClass, StatusReport, Submit,
    SubmitReport, Timestamp, TypeOfNumber, UserBody, UserData, ValidityPeriod, WaitingKind, codec,
};

fn hex(digits: &str) -> Vec<u8> {
    codec::octets_from_hex(&digits.replace(' ', "")).unwrap()
}

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
    assert_eq!(
        PduHex::new(octets).to_string(),
        "0031050B914819325476F80000A704D4F29C0E"
    );
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
    assert_eq!(until.fields().unwrap().offset_quarters, -14);
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
    assert_eq!(
        read,
        EnhancedValidity {
            extension: false,
            single_shot: true,
            format: EnhancedFormat::HoursMinutesSeconds(Some(5415))
        }
    );
    assert_eq!(read.octets(), Some(enhanced));
    assert_eq!(submit.vp.unwrap().seconds(), Some(5415));
    assert_eq!(submit.encode().unwrap(), octets);
}

#[test]
fn relative_validity_steps() {
    // §9.2.3.12.1, the edges of its four ranges.
    for (value, seconds) in [
        (0, 300),
        (143, 12 * 3600),
        (144, 12 * 3600 + 1800),
        (167, 86_400),
        (168, 2 * 86_400),
        (196, 30 * 86_400),
        (197, 5 * 7 * 86_400),
        (255, 63 * 7 * 86_400),
    ] {
        assert_eq!(ValidityPeriod::Relative(value).seconds(), Some(seconds));
        assert_eq!(
            ValidityPeriod::relative_at_least(seconds),
            ValidityPeriod::Relative(value)
        );
        assert_eq!(
            ValidityPeriod::relative_at_most(seconds),
            ValidityPeriod::Relative(value)
        );
    }
    assert_eq!(
        ValidityPeriod::relative_at_least(301),
        ValidityPeriod::Relative(1)
    );
    assert_eq!(
        ValidityPeriod::relative_at_most(599),
        ValidityPeriod::Relative(0)
    );
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
    assert_eq!(
        deliver.ud.concat(),
        Some(Concat {
            reference: ConcatRef::Eight(0xAA),
            total: 2,
            seq: 1
        })
    );
    assert_eq!(deliver.encode().unwrap(), octets);
}

#[test]
fn header_with_16_bit_reference_and_ports() {
    let header = hex("0804 1234 0302 0504 0B84 23F0");
    let elements = codec::decode_elements(&header).unwrap();
    let ud = UserData {
        header: elements,
        body: UserBody::Octets(Vec::new()),
    };
    assert_eq!(
        ud.concat(),
        Some(Concat {
            reference: ConcatRef::Sixteen(0x1234),
            total: 3,
            seq: 2
        })
    );
    assert_eq!(ud.ports(), Some(Ports::new(2948, 9200)));
    assert_eq!(codec::encode_elements(&ud.header).unwrap(), header);
}

#[test]
fn a_place_that_cannot_be_is_ignored() {
    for (total, seq) in [(0, 0), (0, 1), (2, 0), (2, 3)] {
        let element = InformationElement {
            iei: 0,
            data: vec![7, total, seq],
        };
        let ud = UserData {
            header: vec![element],
            body: UserBody::default(),
        };
        assert_eq!(ud.concat(), None, "{seq} of {total}");
    }
}

#[test]
fn the_last_of_repeated_elements_counts() {
    let header = hex("0003010201 0804000903 02 0003020202");
    let ud = UserData {
        header: codec::decode_elements(&header).unwrap(),
        body: UserBody::default(),
    };
    assert_eq!(ud.concat().unwrap().reference, ConcatRef::Eight(2));
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
fn national_tables_by_the_header() {
    // Element 0x25 locks Turkish: 0x0B is Ğ; element 0x24 shifts Turkish: ESC 0x67 is ğ.
    let ud = UserData {
        header: vec![
            InformationElement::locking_shift(Language::Turkish),
            InformationElement::single_shift(Language::Turkish),
        ],
        body: UserBody::Septets(vec![0x0B, 0x1B, 0x67, 0x41]),
    };
    assert_eq!(ud.text(Dcs::GSM7).unwrap(), "ĞğA");
    let locked = UserData {
        header: ud.header[..1].to_vec(),
        ..ud.clone()
    };
    assert_eq!(
        locked.text(Dcs::GSM7).unwrap(),
        "ĞgA",
        "the locked table's own character stands in"
    );
    let plain = UserData {
        header: Vec::new(),
        ..ud
    };
    assert_eq!(plain.text(Dcs::GSM7).unwrap(), "ØgA");
}

#[test]
fn escapes_that_lead_nowhere() {
    // §6.2.1.1: a code the extension lacks is read in the main table; ESC ESC and a last ESC are spaces.
    let text = codec::septets_to_text(
        &[0x1B, 0x65, 0x1B, 0x41, 0x1B, 0x1B, 0x42, 0x1B],
        None,
        None,
    );
    assert_eq!(text, "€A B ");
}

#[test]
fn status_report() {
    let octets = hex("06 2A 0B 91 4819325476F8 62112251405082 62112251501082 46");
    let MtTpdu::StatusReport(report) = MtTpdu::decode(&octets).unwrap() else {
        panic!()
    };
    assert_eq!(report.mr, MessageRef(42));
    assert_eq!(report.ra.to_string(), "+84912345678");
    assert_eq!(
        report.dt.unix_seconds().unwrap() - report.scts.unix_seconds().unwrap(),
        56
    );
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
        assert_eq!(
            StatusReport::decode(&octets).unwrap(),
            expected,
            "tail {tail}"
        );
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
    assert_eq!(
        MtTpdu::decode(&ack).unwrap(),
        MtTpdu::SubmitReport(expected.clone())
    );
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
    assert_eq!(
        MoTpdu::decode(&deliver_error).unwrap(),
        MoTpdu::DeliverReport(report.clone())
    );
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
fn addresses() {
    let cases: [(&str, TypeOfNumber, NumberingPlan, &str); 7] = [
        (
            "0B 91 4819325476F8",
            TypeOfNumber::International,
            NumberingPlan::Isdn,
            "+84912345678",
        ),
        (
            "0A A1 9021436587",
            TypeOfNumber::National,
            NumberingPlan::Isdn,
            "0912345678",
        ),
        (
            "05 81 A1CB FE",
            TypeOfNumber::Unknown,
            NumberingPlan::Isdn,
            "1*#ac",
        ),
        (
            "03 C9 21F3",
            TypeOfNumber::Subscriber,
            NumberingPlan::Private,
            "123",
        ),
        ("00 81", TypeOfNumber::Unknown, NumberingPlan::Isdn, ""),
        (
            "07 D0 61F1980C",
            TypeOfNumber::Alphanumeric,
            NumberingPlan::Unknown,
            "abcd",
        ),
        (
            "14 D0 61F1985C369FD169F51A",
            TypeOfNumber::Alphanumeric,
            NumberingPlan::Unknown,
            "abcdefghijk",
        ),
    ];
    for (field, ton, npi, text) in cases {
        let field = hex(field);
        let (address, length) = Address::decode_field(&field).unwrap();
        assert_eq!(
            (address.ton, address.npi, address.to_string().as_str()),
            (ton, npi, text)
        );
        assert_eq!(length, field.len());
        assert_eq!(address.encode_field().unwrap(), field, "{text}");
    }
}

#[test]
fn seven_character_names_have_no_at_sign() {
    // 7 characters are 49 bits: 13 semi-octets, but some count the whole 7 octets, and some fill with CR.
    for field in [
        "0D D0 E170381C0E8701",
        "0E D0 E170381C0E8701",
        "0E D0 E170381C0E871B",
    ] {
        let (address, _) = Address::decode_field(&hex(field)).unwrap();
        assert_eq!(address.as_str(), "aaaaaaa", "{field}");
        assert_eq!(address.encode_field().unwrap(), hex("0D D0 E170381C0E8701"));
    }
    assert!(Address::name("aaaaaaa@").is_err());
}

#[test]
fn numbers_and_names_that_do_not_fit_are_refused() {
    assert!("+123456789012345678901".parse::<Address>().is_err());
    assert!("twelve chars".parse::<Address>().is_err());
    assert!("Банк".parse::<Address>().is_err());
    assert!("".parse::<Address>().unwrap().is_alphanumeric());
    let error = Address::decode_field(&hex("15 91 0000000000000000000000")).unwrap_err();
    assert_eq!(error.to_string(), "address at octet 0: longer than 20");
}

#[test]
fn service_centre_address_counts_octets() {
    let pdu = PduHex::parse("07914819325476F80001").unwrap();
    assert_eq!(pdu.smsc.as_ref().unwrap().to_string(), "+84912345678");
    assert_eq!(
        (pdu.tpdu_len(), pdu.tpdu.as_slice()),
        (2, [0, 1].as_slice())
    );
    assert_eq!(pdu.to_string(), "07914819325476F80001");
    assert_eq!(
        PduHex::parse("").unwrap_err().to_string(),
        "SMSC at octet 0: ended early"
    );
    assert_eq!(
        PduHex::parse("0791").unwrap_err().to_string(),
        "SMSC at octet 1: 7 octets expected, 1 present"
    );
    assert_eq!(
        PduHex::parse("00 1").unwrap_err().to_string(),
        "PDU at octet 1: ' ' is not a hexadecimal digit"
    );
    assert_eq!(
        PduHex::parse("001").unwrap_err().to_string(),
        "PDU at octet 1: odd number of hexadecimal digits"
    );
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
        assert_eq!(
            Deliver::decode(&whole[..length]).unwrap_err().to_string(),
            expected
        );
    }
    let header_too_long = hex("44 03 81 21F3 00 04 62112251405082 03 050003");
    assert_eq!(
        Deliver::decode(&header_too_long).unwrap_err().to_string(),
        "TP-UDH at octet 16: 5 octets expected, 2 present"
    );
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
    assert_eq!(
        MoTpdu::decode(&octets).unwrap_err().to_string(),
        "TP-MTI at octet 0: reserved value 0x03"
    );
}

#[test]
fn writing_is_strict() {
    let ok = Submit::decode(&hex("01 00 03 81 21F3 00 00 00")).unwrap();
    let long = Submit {
        ud: text_body(&"a".repeat(161)),
        ..ok.clone()
    };
    assert_eq!(
        long.encode().unwrap_err().to_string(),
        "TP-UD: 141 given, at most 140 fit"
    );
    let mismatch = Submit {
        dcs: Dcs::UCS2,
        ..ok.clone()
    };
    assert_eq!(
        mismatch.encode().unwrap_err().to_string(),
        "TP-UD: body and TP-DCS disagree about the alphabet"
    );
    let compressed = Submit {
        dcs: Dcs(0x20),
        ..ok
    };
    assert_eq!(
        compressed.encode().unwrap_err().to_string(),
        "TP-DCS: compressed user data are not supported"
    );
    let wrong = DeliverReport {
        fcs: Some(FailureCause(0)),
        ..DeliverReport::default()
    };
    assert_eq!(
        wrong.encode().unwrap_err().to_string(),
        "TP-FCS: value out of range"
    );
}

#[test]
fn coding_schemes() {
    use Alphabet::{Gsm7, Octets, Ucs2};
    let class = |class| Some(class);
    for (dcs, alphabet, message_class) in [
        (0x00, Gsm7, None),
        (0x03, Gsm7, None), // without bit 4 the class bits say nothing
        (0x04, Octets, None),
        (0x08, Ucs2, None),
        (0x0C, Gsm7, None), // reserved alphabet
        (0x10, Gsm7, class(MessageClass::Flash)),
        (0x15, Octets, class(MessageClass::Mobile)),
        (0x1A, Ucs2, class(MessageClass::Sim)),
        (0x48, Ucs2, None),
        (0x53, Gsm7, class(MessageClass::Terminal)),
        (0x88, Gsm7, None), // reserved group
        (0xC0, Gsm7, None),
        (0xC8, Gsm7, None),
        (0xD8, Gsm7, None),
        (0xE0, Ucs2, None),
        (0xE8, Ucs2, None),
        (0xF0, Gsm7, class(MessageClass::Flash)),
        (0xF6, Octets, class(MessageClass::Sim)),
        (0xFA, Gsm7, class(MessageClass::Sim)), // bit 3 is reserved
    ] {
        assert_eq!(Dcs(dcs).alphabet(), alphabet, "0x{dcs:02X}");
        assert_eq!(Dcs(dcs).class(), message_class, "0x{dcs:02X}");
    }
    for dcs in 0..=0xFF {
        let compressed = matches!(dcs, 0x20..=0x3F | 0x60..=0x7F);
        assert_eq!(Dcs(dcs).is_compressed(), compressed, "0x{dcs:02X}");
        assert_eq!(
            Dcs(dcs).message_waiting().is_some(),
            matches!(dcs, 0xC0..=0xEF),
            "0x{dcs:02X}"
        );
    }
    let waiting = Dcs(0xDA).message_waiting().unwrap();
    assert_eq!(
        (waiting.store, waiting.active, waiting.kind),
        (true, true, WaitingKind::Email)
    );
    assert!(!Dcs(0xC1).message_waiting().unwrap().store);
    assert!(Dcs(0x40).is_automatic_deletion() && !Dcs(0x80).is_automatic_deletion());
    assert_eq!(Dcs::new(Ucs2, Some(MessageClass::Flash)), Dcs(0x18));
}

#[test]
fn compressed_text_is_refused_by_name() {
    let octets = hex("04 03 81 21F3 00 20 62112251405082 02 4142");
    let deliver = Deliver::decode(&octets).unwrap();
    let error = deliver.ud.text(deliver.dcs).unwrap_err();
    assert_eq!(
        error.to_string(),
        "TP-UD at octet 0: compressed user data are not supported"
    );
}

#[test]
fn protocol_identifiers() {
    for (pid, kind) in [
        (0x00, PidKind::SmeToSme(0)),
        (0x32, PidKind::Telematic(0x12)),
        (0x40, PidKind::TypeZero),
        (0x47, PidKind::Replace(7)),
        (0x5F, PidKind::ReturnCall),
        (0x7F, PidKind::SimDownload),
        (0x90, PidKind::Reserved(0x90)),
        (0xC1, PidKind::ServiceCentreSpecific(0xC1)),
    ] {
        assert_eq!(Pid(pid).kind(), kind);
    }
}

#[test]
fn impossible_dates_are_kept_and_shown_as_octets() {
    for digits in [
        "00000000000000",
        "62132251405082",
        "62111351405082",
        "6211A251405082",
        "62112242405082",
    ] {
        let octets: [u8; 7] = hex(digits).try_into().unwrap();
        let time = Timestamp::from_octets(octets);
        assert_eq!(
            (time.fields(), time.unix_seconds()),
            (None, None),
            "{digits}"
        );
        assert_eq!(time.to_string(), digits);
        assert_eq!(time.octets(), octets);
    }
    let leap = Timestamp::from_octets([0x42, 0x20, 0x92, 0, 0, 0, 0]);
    assert_eq!(leap.to_string(), "2024-02-29T00:00:00+00:00");
}

#[test]
fn cell_broadcast_page() {
    // Scope 11, code 0x2A5, update 3; channel 50; English; page 2 of 3.
    let dcs = CellBroadcastDcs(0x01);
    let page = CellBroadcastPage {
        scope: GeographicalScope::Cell,
        message_code: 0x2A5,
        update_number: 3,
        message_identifier: 50,
        dcs,
        page: 2,
        pages: 3,
        content: CellBroadcastPage::content_of("Storm", dcs, "").unwrap(),
    };
    let octets = page.encode().unwrap();
    assert_eq!(octets.len(), 88);
    assert_eq!(octets[..6], hex("EA53 0032 01 23"));
    assert_eq!(CellBroadcastPage::decode(&octets).unwrap(), page);
    assert_eq!(page.text().unwrap(), "Storm");
    assert_eq!(page.language().as_deref(), Some("en"));
}

#[test]
fn cell_broadcast_with_the_language_in_front() {
    for dcs in [CellBroadcastDcs(0x10), CellBroadcastDcs(0x11)] {
        let content = CellBroadcastPage::content_of("Storm", dcs, "vi").unwrap();
        let mut octets = hex("0000 0032 00 11");
        octets[4] = dcs.0;
        octets.extend(content);
        let page = CellBroadcastPage::decode(&octets).unwrap();
        assert_eq!(page.text().unwrap(), "Storm");
        assert_eq!(page.language().as_deref(), Some("vi"));
    }
    assert!(CellBroadcastPage::decode(&[0; 5]).is_err());
    assert!(CellBroadcastPage::decode(&[0; 89]).is_err());
}
