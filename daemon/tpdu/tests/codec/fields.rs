//! Fields on their own, by hand from the clauses of TS 23.038, TS 23.040 and TS 23.041.

use crate::common::{hex, told};
use tpdu::{
    Address, Alphabet, CellBroadcastDcs, CellBroadcastPage, Concat, ConcatRef, Dcs,
    GeographicalScope, InformationElement, Language, MessageClass, NumberingPlan, PduHex, Pid,
    PidKind, Ports, Timestamp, TypeOfNumber, UserBody, UserData, ValidityPeriod, WaitingKind,
    codec,
};

fn with_header(header: Vec<InformationElement>) -> UserData {
    UserData {
        header,
        body: UserBody::default(),
    }
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
        let period = ValidityPeriod::Relative(value);
        assert_eq!(period.seconds(), Some(seconds));
        assert_eq!(ValidityPeriod::relative_at_least(seconds), period);
        assert_eq!(ValidityPeriod::relative_at_most(seconds), period);
    }
    let [first, second] = [0, 1].map(ValidityPeriod::Relative);
    assert_eq!(ValidityPeriod::relative_at_least(301), second);
    assert_eq!(ValidityPeriod::relative_at_most(599), first);
}

#[test]
fn header_with_16_bit_reference_and_ports() {
    let header = hex("0804 1234 0302 0504 0B84 23F0");
    let ud = with_header(codec::decode_elements(&header).unwrap());
    let place = Concat {
        reference: ConcatRef::Sixteen(0x1234),
        total: 3,
        seq: 2,
    };
    assert_eq!(ud.concat(), Some(place));
    assert_eq!(ud.ports(), Some(Ports::new(2948, 9200)));
    assert_eq!(codec::encode_elements(&ud.header).unwrap(), header);
}

#[test]
fn a_place_that_cannot_be_is_ignored() {
    for (total, seq) in [(0, 0), (0, 1), (2, 0), (2, 3)] {
        let data = vec![7, total, seq];
        let ud = with_header(vec![InformationElement { iei: 0, data }]);
        assert_eq!(ud.concat(), None, "{seq} of {total}");
    }
}

#[test]
fn the_last_of_repeated_elements_counts() {
    let header = hex("0003010201 0804000903 02 0003020202");
    let ud = with_header(codec::decode_elements(&header).unwrap());
    assert_eq!(ud.concat().unwrap().reference, ConcatRef::Eight(2));
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
    // The locked table's own character stands in.
    assert_eq!(locked.text(Dcs::GSM7).unwrap(), "ĞgA");
    let plain = UserData {
        header: Vec::new(),
        ..ud
    };
    assert_eq!(plain.text(Dcs::GSM7).unwrap(), "ØgA");
}

#[test]
fn escapes_that_lead_nowhere() {
    // §6.2.1.1: a code the extension lacks is read in the main table; ESC ESC and a last ESC are spaces.
    let septets = [0x1B, 0x65, 0x1B, 0x41, 0x1B, 0x1B, 0x42, 0x1B];
    assert_eq!(codec::septets_to_text(&septets, None, None), "€A B ");
}

#[test]
fn addresses() {
    use TypeOfNumber::{Alphanumeric, International, National, Subscriber, Unknown};
    let (isdn, private, none) = (
        NumberingPlan::Isdn,
        NumberingPlan::Private,
        NumberingPlan::Unknown,
    );
    let cases = [
        ("0B 91 4819325476F8", International, isdn, "+84912345678"),
        ("0A A1 9021436587", National, isdn, "0912345678"),
        ("05 81 A1CB FE", Unknown, isdn, "1*#ac"),
        ("03 C9 21F3", Subscriber, private, "123"),
        ("00 81", Unknown, isdn, ""),
        ("07 D0 61F1980C", Alphanumeric, none, "abcd"),
        (
            "14 D0 CCB6FB0D8FCBE7F4BA1D",
            Alphanumeric,
            none,
            "Lmnopqrstuv",
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
    assert_eq!((pdu.tpdu_len(), &pdu.tpdu[..]), (2, &[0, 1][..]));
    assert_eq!(pdu.to_string(), "07914819325476F80001");
    for (digits, error) in [
        ("", "SMSC at octet 0: ended early"),
        ("0791", "SMSC at octet 1: 7 octets expected, 1 present"),
        ("00 1", "PDU at octet 1: ' ' is not a hexadecimal digit"),
        ("001", "PDU at octet 1: odd number of hexadecimal digits"),
    ] {
        assert_eq!(told(PduHex::parse(digits)), error);
    }
}

#[test]
fn coding_schemes() {
    use Alphabet::{Gsm7, Octets, Ucs2};
    let class = Some;
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
        let waiting = matches!(dcs, 0xC0..=0xEF);
        assert_eq!(Dcs(dcs).message_waiting().is_some(), waiting, "0x{dcs:02X}");
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
        let read = (time.fields(), time.unix_seconds());
        assert_eq!(read, (None, None), "{digits}");
        assert_eq!(time.to_string(), digits);
        assert_eq!(time.octets(), octets);
    }
    let leap = Timestamp::from_octets([0x42, 0x20, 0x92, 0, 0, 0, 0]);
    assert_eq!(leap.to_string(), "2024-02-29T00:00:00+00:00");
}

#[test]
fn a_zone_that_is_no_number_leaves_the_local_time() {
    for zone in ["FF", "A0", "F8"] {
        let octets: [u8; 7] = hex(&format!("621122514050{zone}")).try_into().unwrap();
        let time = Timestamp::from_octets(octets);
        let fields = time.fields().unwrap();
        assert_eq!((fields.hour, fields.offset_quarters), (15, None), "{zone}");
        assert_eq!(time.to_string(), "2026-11-22T15:04:05");
        let local = Timestamp::from_fields(tpdu::TimestampFields {
            offset_quarters: Some(0),
            ..fields
        });
        assert_eq!(time.unix_seconds(), local.unwrap().unix_seconds());
        assert_eq!(Timestamp::from_fields(fields), None);
    }
}

#[test]
fn byte_order_marks_are_no_text() {
    for (octets, text) in [
        ("FEFF 0056 1EC7", "Vệ"),
        ("FFFE 5600 C71E", "Vệ"),
        ("0056 FEFF", "V\u{feff}"),
        ("FEFF", ""),
        ("FEFF 0056 1E", "V\u{fffd}"),
    ] {
        assert_eq!(codec::decode_ucs2(&hex(octets)), text, "{octets}");
        let ud = UserData {
            header: Vec::new(),
            body: UserBody::Octets(hex(octets)),
        };
        assert_eq!(ud.text(Dcs(8)).unwrap(), text, "{octets}");
    }
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
