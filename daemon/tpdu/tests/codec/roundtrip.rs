//! What was written reads back the same, and what was read can be written stably.

use crate::common::{
    address, command, deliver, deliver_report, status_report, submit, submit_report, timestamp,
};
use proptest::collection::vec;
use proptest::prelude::*;
use tpdu::{
    Address, CellBroadcastPage, Command, Deliver, DeliverReport, MoTpdu, MtTpdu, PduHex,
    StatusReport, Submit, SubmitReport, Timestamp, ValidityPeriod,
};

proptest! {
    #[test]
    fn submit_reads_back(x in submit()) {
        let octets = x.encode().unwrap();
        prop_assert_eq!(MoTpdu::decode(&octets), Ok(MoTpdu::Submit(x.clone())));
        prop_assert_eq!(Submit::decode(&octets), Ok(x));
    }

    #[test]
    fn deliver_reads_back(x in deliver()) {
        let octets = x.encode().unwrap();
        prop_assert_eq!(MtTpdu::decode(&octets), Ok(MtTpdu::Deliver(x.clone())));
        prop_assert_eq!(Deliver::decode(&octets), Ok(x));
    }

    #[test]
    fn status_report_reads_back(x in status_report()) {
        let octets = x.encode().unwrap();
        prop_assert_eq!(MtTpdu::decode(&octets), Ok(MtTpdu::StatusReport(x.clone())));
        prop_assert_eq!(StatusReport::decode(&octets), Ok(x));
    }

    #[test]
    fn submit_report_reads_back(x in submit_report()) {
        let octets = x.encode().unwrap();
        prop_assert_eq!(MtTpdu::decode(&octets), Ok(MtTpdu::SubmitReport(x.clone())));
        prop_assert_eq!(SubmitReport::decode(&octets), Ok(x));
    }

    #[test]
    fn deliver_report_reads_back(x in deliver_report()) {
        let octets = x.encode().unwrap();
        prop_assert_eq!(MoTpdu::decode(&octets), Ok(MoTpdu::DeliverReport(x.clone())));
        prop_assert_eq!(DeliverReport::decode(&octets), Ok(x));
    }

    #[test]
    fn command_reads_back(x in command()) {
        let octets = x.encode().unwrap();
        prop_assert_eq!(MoTpdu::decode(&octets), Ok(MoTpdu::Command(x.clone())));
        prop_assert_eq!(Command::decode(&octets), Ok(x));
    }

    #[test]
    fn pdu_hex_reads_back(smsc in proptest::option::of(address()), tpdu in vec(any::<u8>(), 0..180)) {
        let pdu = PduHex { smsc: smsc.filter(|smsc| smsc.as_str().len() % 2 == 0 && !smsc.is_alphanumeric()), tpdu };
        prop_assert_eq!(PduHex::parse(&pdu.to_string()), Ok(pdu));
    }

    #[test]
    fn address_text_reads_back(x in address()) {
        let text = x.to_string();
        if let Ok(back) = text.parse::<Address>() {
            prop_assert_eq!(back.to_string(), text);
        }
    }

    #[test]
    fn timestamp_is_its_seconds(seconds in 86_400i64..3_150_000_000, quarters in -48i8..=56) {
        let time = Timestamp::from_unix(seconds, quarters).unwrap();
        prop_assert_eq!(time.unix_seconds(), Some(seconds));
        prop_assert_eq!(Timestamp::from_fields(time.fields().unwrap()), Some(time));
    }

    #[test]
    fn a_read_date_can_be_written(time in timestamp()) {
        if let Some(fields) = time.fields() {
            let again = Timestamp::from_fields(fields);
            prop_assert_eq!(again.is_some(), fields.offset_quarters.is_some());
            if let Some(again) = again {
                prop_assert_eq!(again.fields(), Some(fields));
                prop_assert_eq!(again.unix_seconds(), time.unix_seconds());
            }
        }
    }

    #[test]
    fn relative_validity_is_the_nearest(seconds in 300u32..40_000_000) {
        let longer = ValidityPeriod::relative_at_least(seconds).seconds().unwrap();
        let shorter = ValidityPeriod::relative_at_most(seconds).seconds().unwrap();
        prop_assert!(shorter <= seconds);
        prop_assert!(longer >= seconds || longer == 63 * 7 * 86_400);
    }

    /// No octets make a decoder panic, and whatever was read and can be
    /// written reads back as the same value.
    #[test]
    fn any_octets(octets in vec(any::<u8>(), 0..200)) {
        stable(&octets);
    }

    /// The same for TPDUs with a few octets changed, which get further.
    #[test]
    fn damaged_tpdus(
        mut octets in prop_oneof![
            submit().prop_map(|x| x.encode().unwrap()),
            deliver().prop_map(|x| x.encode().unwrap()),
            status_report().prop_map(|x| x.encode().unwrap()),
            submit_report().prop_map(|x| x.encode().unwrap()),
            command().prop_map(|x| x.encode().unwrap()),
        ],
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        for (at, value) in changes {
            let at = at.index(octets.len());
            octets[at] = value;
        }
        if let Some(cut) = cut {
            octets.truncate(cut.index(octets.len()));
        }
        stable(&octets);
    }

    #[test]
    fn any_text_as_hex(text in "\\PC{0,40}") {
        let _ = PduHex::parse(&text);
        let _ = text.parse::<Address>();
    }
}

fn stable(octets: &[u8]) {
    if let Ok(page) = CellBroadcastPage::decode(octets) {
        let _ = (page.text(), page.language());
    }
    if let Ok(mt) = MtTpdu::decode(octets) {
        if let MtTpdu::Deliver(deliver) = &mt {
            let _ = (
                deliver.ud.text(deliver.dcs),
                deliver.ud.concat(),
                deliver.ud.ports(),
            );
        }
        if let Ok(written) = mt.encode() {
            assert_eq!(MtTpdu::decode(&written), Ok(mt));
        }
    }
    if let Ok(mo) = MoTpdu::decode(octets)
        && let Ok(written) = mo.encode()
    {
        assert_eq!(MoTpdu::decode(&written), Ok(mo));
    }
}
