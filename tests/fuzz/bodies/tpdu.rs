//! Any octets as any TPDU, and any text as a message: no panic, what was read and can be written
//! reads back the same, and the parts of a text join to it. The first octet says how the rest is
//! taken.

use tpdu::{
    Address, CellBroadcastPage, ConcatRef, DataOptions, Dcs, Deliver, DeliverReport, Encoding,
    EnhancedValidity, Language, MoTpdu, MtTpdu, PduHex, Ports, StatusReport, Submit, SubmitReport,
    TextOptions, Timestamp, UserData,
};

/// Runs one input.
pub(crate) fn run(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else {
        return;
    };
    match choice % 4 {
        0 => read_tpdu(rest),
        1 => read_fields(rest),
        2 => plan_text(choice >> 2, &String::from_utf8_lossy(rest)),
        _ => read_text(&String::from_utf8_lossy(rest)),
    }
}

fn read_tpdu(octets: &[u8]) {
    if let Ok(mt) = MtTpdu::decode(octets)
        && let Ok(written) = mt.encode()
    {
        assert_eq!(MtTpdu::decode(&written), Ok(mt));
    }
    if let Ok(mo) = MoTpdu::decode(octets)
        && let Ok(written) = mo.encode()
    {
        assert_eq!(MoTpdu::decode(&written), Ok(mo));
    }
    // Each kind whatever TP-MTI says.
    if let Ok(deliver) = Deliver::decode(octets) {
        read_user_data(&deliver.ud, deliver.dcs);
        let _ = (
            deliver.scts.to_string(),
            deliver.oa.to_string(),
            deliver.pid.kind(),
        );
    }
    if let Ok(submit) = Submit::decode(octets) {
        read_user_data(&submit.ud, submit.dcs);
        let _ = submit.vp.map(|vp| vp.seconds());
    }
    if let Ok(report) = StatusReport::decode(octets) {
        let _ = (report.st.class(), report.st.text());
    }
    let _ = (SubmitReport::decode(octets), DeliverReport::decode(octets));
    if let Ok(page) = CellBroadcastPage::decode(octets) {
        let _ = (page.text(), page.language());
        assert_eq!(page.encode().is_ok(), page.page <= page.pages);
    }
}

fn read_user_data(ud: &UserData, dcs: Dcs) {
    let _ = (ud.concat(), ud.ports(), dcs.class(), dcs.message_waiting());
    let Ok(text) = ud.text(dcs) else { return };
    // What was read as text can be written, unless a table has no such character.
    if let Ok(again) = UserData::from_text(ud.header.clone(), &text, dcs) {
        assert_eq!(again.text(dcs).as_deref(), Ok(text.as_str()));
    }
}

fn read_fields(octets: &[u8]) {
    if let Ok((address, length)) = Address::decode_field(octets) {
        assert!(length <= octets.len());
        let written = address.encode_field().expect("what was read fits");
        assert_eq!(
            Address::decode_field(&written),
            Ok((address, written.len()))
        );
    }
    if let Ok((Some(smsc), _)) = Address::decode_smsc(octets) {
        let _ = smsc.encode_smsc();
    }
    if let Ok(seven) = <[u8; 7]>::try_from(octets) {
        let time = Timestamp::from_octets(seven);
        if let Some(fields) = time.fields() {
            // An offset that is no number is read as none, and cannot be written.
            let again = Timestamp::from_fields(fields);
            assert_eq!(again.is_some(), fields.offset_quarters.is_some());
            if let Some(again) = again {
                assert_eq!(again.unix_seconds(), time.unix_seconds());
            }
        }
        let _ = EnhancedValidity::from_octets(seven).octets();
    }
    let options = DataOptions {
        ports: octets
            .len()
            .is_multiple_of(2)
            .then_some(Ports::new(2948, 9200)),
        wide_reference: octets.len().is_multiple_of(3),
    };
    if let Ok(plan) = tpdu::plan_data(octets, &options) {
        assert_eq!(plan.user_data(ConcatRef::Eight(1)).len(), plan.len());
    }
}

fn plan_text(choice: u8, text: &str) {
    let options = TextOptions {
        encoding: [Encoding::Auto, Encoding::Gsm7, Encoding::Ucs2][usize::from(choice % 3)],
        languages: if choice & 0x20 == 0 {
            &[]
        } else {
            &Language::ALL
        },
        transliterate: choice & 0x10 != 0,
        wide_reference: choice & 0x08 != 0,
    };
    let Ok(plan) = tpdu::plan(text, &options) else {
        return;
    };
    let mut joined = String::new();
    for ud in plan.user_data(ConcatRef::Sixteen(0xABCD)) {
        let (_, octets) = ud.to_octets().expect("a part can be written");
        assert!(octets.len() <= 140);
        joined += &ud.text(plan.dcs).expect("a part can be read");
    }
    assert_eq!(joined, plan.text);
    assert!(options.transliterate || plan.text == text);
}

fn read_text(text: &str) {
    if let Ok(pdu) = PduHex::parse(text) {
        let rendered = pdu.to_string();
        let again = PduHex::parse(&rendered).expect("we wrote it");
        assert_eq!(again.tpdu, pdu.tpdu);
        read_tpdu(&pdu.tpdu);
    }
    if let Ok(address) = text.parse::<Address>() {
        let _ = address.encode_field().expect("what was parsed fits");
    }
}
