use super::*;

fn urc(line: &str) -> Urc {
    Urc::parse(line).unwrap_or_else(|| panic!("{line}"))
}

#[test]
fn stored_messages_by_memory_and_index() {
    for (line, memory, index) in [
        ("+CMTI: \"SM\",0", "SM", 0),
        ("+CMTI: SM,3", "SM", 3),
        ("+CMTI:\"ME\", 255 ", "ME", 255),
        ("+CMTI: \"MT\",5,\"MMS PUSH\"", "MT", 5),
    ] {
        let memory = memory.to_owned();
        assert_eq!(urc(line), Urc::Cmti(Stored { memory, index }), "{line}");
    }
    let report = Stored {
        memory: "SR".into(),
        index: 1,
    };
    assert_eq!(urc("+CDSI: \"SR\",1"), Urc::Cdsi(report));
    assert!(matches!(urc("+CMTI: \"SM\""), Urc::Damaged { .. }));
}

#[test]
fn ussd_texts_of_every_form() {
    for (line, text, dcs) in [
        ("+CUSD: 0,\"a, b\",15", Some("a, b"), Some(15)),
        (
            "+CUSD: 0,\"say \"hi\", then\",72",
            Some("say \"hi\", then"),
            Some(72),
        ),
        ("+CUSD: 0,\"a\"", Some("a"), None),
        ("+CUSD: 0,AA180C3602,15", Some("AA180C3602"), Some(15)),
        ("+CUSD: 0,\"cut", Some("cut"), None),
        ("+CUSD: 2", None, None),
        ("+CUSD: 4,\"\"", None, None),
    ] {
        let Urc::Cusd {
            text: got,
            dcs: got_dcs,
            ..
        } = urc(line)
        else {
            panic!("{line}")
        };
        assert_eq!((got.as_deref(), got_dcs), (text, dcs), "{line}");
    }
    assert!(matches!(
        urc("+CUSD: 1,\"1. x\n2. y\",15"),
        Urc::Cusd {
            mode: UssdMode::Open,
            ..
        }
    ));
}

#[test]
fn milestones_and_alarms_are_told_from_chatter() {
    for (line, expected) in [
        ("RDY", Urc::Progress(Progress::Started)),
        ("^SYSSTART", Urc::Progress(Progress::Started)),
        ("Call Ready", Urc::Progress(Progress::CallReady)),
        ("SMS Ready", Urc::Progress(Progress::SmsReady)),
        ("+QIND: SMS DONE", Urc::Progress(Progress::SmsReady)),
        (
            "+QIND: \"smsfull\",\"SM\"",
            Urc::MemoryFull(Some("SM".into())),
        ),
        ("+SMS FULL", Urc::MemoryFull(None)),
        ("^SMMEMFULL:\"SM\"", Urc::MemoryFull(Some("SM".into()))),
        ("+PBREADY", Urc::Progress(Progress::PhonebookReady)),
        ("+AT: READY", Urc::Progress(Progress::Started)),
        ("NORMAL POWER DOWN", Urc::Progress(Progress::PowerDown)),
        ("+CPIN: NOT INSERTED", Urc::Cpin(PinState::NotInserted)),
        ("+QUSIM: 1", Urc::Progress(Progress::SimReady)),
    ] {
        assert_eq!(urc(line), expected, "{line}");
    }
    assert!(matches!(urc("UNDER-VOLTAGE WARNNING"), Urc::Voltage(_)));
    for line in [
        "^RSSI:17",
        "^BOOT:20952548,0,0,0,74",
        "^HCSQ:\"LTE\",30,19,66,0",
        "+ZUSIMR:2",
        "*PSUTTZ: 2026,11,22,15,0,0,\"+28\",0",
        "DST: 0",
        "+CIEV: 10,\"45201\"",
        "+WIND: 4",
        "+QIND: \"csq\",20,99",
    ] {
        assert_eq!(urc(line), Urc::Vendor(line.to_owned()));
    }
}

#[test]
fn a_line_that_is_no_notice_is_none() {
    for line in [
        "huawei",
        "OK",
        "490154203237518",
        "+CSQ: 20,99",
        "+CMGS: 3",
        "READY",
        "ring",
    ] {
        assert_eq!(Urc::parse(line), None, "{line}");
    }
}
