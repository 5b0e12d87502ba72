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
        wire(&Csca {
            address: "+84900000023".try_into().unwrap(),
            type_of_address: 145,
        }),
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
        "AT+CSCA=\"+84900000023\",145",
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
