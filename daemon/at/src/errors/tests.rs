use super::*;
use crate::FinalCode;

#[test]
fn tables_are_sorted_so_that_a_code_is_found() {
    for table in [CMS, CME] {
        assert!(table.codes.is_sorted_by(|a, b| a.code < b.code));
    }
}

#[test]
fn every_text_leads_back_to_its_code() {
    // A text that two codes share leads to the first.
    for info in CmsError::all() {
        let code = CmsError::parse(info.text).unwrap();
        assert_eq!(code.text(), info.text);
    }
    for info in CmeError::all() {
        let code = CmeError::parse(info.text).unwrap();
        assert_eq!(code.text(), info.text);
    }
}

#[test]
fn the_same_error_in_numbers_and_words() {
    for (line, code) in [
        ("+CME ERROR: 10", 10),
        ("+CME ERROR: SIM not inserted", 10),
        ("+CME ERROR: (U)SIM not inserted", 10),
        ("+CME ERROR: incorrect password", 16),
        ("+CME ERROR: operation not supported", 4),
        ("+CME ERROR:100", 100),
        ("+CME ERROR: unknown error", 100),
    ] {
        assert_eq!(
            FinalCode::parse(line),
            Some(FinalCode::Cme(CmeError(code))),
            "{line}"
        );
    }
    assert_eq!(
        FinalCode::parse("+CMS ERROR: something new"),
        Some(FinalCode::CmsText("something new".to_owned()))
    );
}

#[test]
fn only_silence_of_the_network_leaves_a_message_uncertain() {
    let uncertain = |table: &[ErrorInfo]| -> Vec<u16> {
        let uncertain = |info: &&ErrorInfo| info.class == ErrorClass::Uncertain;
        table
            .iter()
            .filter(uncertain)
            .map(|info| info.code)
            .collect()
    };
    assert_eq!(uncertain(CmsError::all()), [197, 332, 350, 521]);
    assert_eq!(uncertain(CmeError::all()), [31]);
    assert_eq!(FinalCode::NoCarrier.class(), ErrorClass::Uncertain);
}

#[test]
fn a_recipient_nobody_can_reach_is_told_from_a_sim_that_cannot_send() {
    for (code, class) in [
        (1, ErrorClass::Recipient),
        (30, ErrorClass::Recipient),
        (195, ErrorClass::Recipient),
        (8, ErrorClass::Sim),
        (21, ErrorClass::Sim),
        (38, ErrorClass::Network),
        (42, ErrorClass::Network),
        (96, ErrorClass::Message),
        (322, ErrorClass::Storage),
        (500, ErrorClass::Unknown),
        (900, ErrorClass::Unknown),
    ] {
        assert_eq!(CmsError(code).class(), class, "{code}");
    }
}
