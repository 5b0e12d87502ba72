//! The line, the identity, the SIM, the network.

use super::SECOND;
use crate::modem::Input;
use crate::world::{Options, World};

#[test]
fn the_iccid_can_be_read_as_a_file_of_the_sim() {
    let mut world = World::one();
    let iccid = world.identities[0].iccid.clone();
    let answer = world.ask("AT+CRSM=176,12258,0,0,10");
    let octets = answer.split('"').nth(1).unwrap().as_bytes();
    let digits: Vec<u8> = octets
        .chunks(2)
        .flat_map(|pair| [pair[1], pair[0]])
        .collect();
    assert_eq!(String::from_utf8(digits).unwrap(), iccid);
    assert_eq!(world.ask("AT+CRSM=176,28480,0,0,10"), "+CRSM: 106,130|OK");
}

#[test]
fn an_iccid_can_be_hidden_before_the_pin() {
    let mut world = World::set_up(Options {
        pin: Some("4321"),
        hides_iccid: true,
        ..Options::default()
    });
    world.ask("AT+CMEE=1");
    for command in ["AT+CCID", "AT+CRSM=176,12258,0,0,10"] {
        assert_eq!(world.ask(command), "+CME ERROR: 11");
    }
    assert_eq!(world.ask("AT+CPIN=\"4321\""), "OK");
    let iccid = world.identities[0].iccid.clone();
    assert_eq!(world.ask("AT+CCID"), format!("+CCID: {iccid}|OK"));
}

#[test]
fn a_modem_may_have_been_left_in_another_character_set() {
    for (name, operator) in [("UCS2", "\"0056"), ("HEX", "\"56")] {
        let mut world = World::set_up(Options {
            charset: name.parse().unwrap(),
            ..Options::default()
        });
        let plain = format!("\"{}\"", world.identities[0].msisdn);
        assert!(world.ask("AT+COPS?").contains(operator), "{name}");
        assert!(!world.ask("AT+CNUM").contains(&plain), "{name}");
        world.ask("AT+CSCS=\"GSM\"");
        assert!(!world.ask("AT+COPS?").contains(operator), "{name}");
        assert!(world.ask("AT+CNUM").contains(&plain), "{name}");
    }
}

#[test]
fn echo_verbosity_and_silence() {
    let mut world = World::new(Options::default());
    assert_eq!(world.write(b"AT\r"), "AT\r\r\nOK\r\n");
    assert_eq!(world.write(b"ATE0\r"), "ATE0\r\r\nOK\r\n");
    assert_eq!(world.write(b"at+creg?\r"), "\r\n+CREG: 0,1\r\n\r\nOK\r\n");
    assert_eq!(world.write(b"ATV0\r"), "0\r");
    assert_eq!(world.write(b"AT+CSQ\r"), "+CSQ: 23,99\r\n0\r");
    assert_eq!(world.write(b"AT+NONSENSE\r"), "4\r");
    assert_eq!(world.write(b"ATQ1\r"), "");
    assert_eq!(world.write(b"ATZ\r"), "\r\nOK\r\n");
    assert_eq!(world.write(b"AT\r"), "AT\r\r\nOK\r\n");
}

#[test]
fn a_line_may_come_in_pieces_with_noise_before_it() {
    let mut world = World::one();
    assert_eq!(world.write(b"\x1b\r"), "");
    assert_eq!(world.write(b"xyzA"), "");
    assert_eq!(world.write(b"T+C"), "");
    assert_eq!(world.write(b"SX\x08Q\r\n"), "\r\n+CSQ: 23,99\r\n\r\nOK\r\n");
    assert_eq!(world.write(b"A/"), "\r\n+CSQ: 23,99\r\n\r\nOK\r\n");
    assert_eq!(world.write(b"hello\r"), "", "no AT, no answer");
    assert_eq!(
        world.ask("AT+CSQ;+NONSENSE;+CREG?"),
        "+CSQ: 23,99|ERROR",
        "the line ends at the first error"
    );
    let long = format!("AT{}", "A".repeat(5_000));
    assert_eq!(world.ask(&long), "ERROR");
    assert_eq!(world.ask("AT"), "OK");
}

#[test]
fn identity() {
    let mut world = World::one();
    let identity = world.identities[0].clone();
    assert_eq!(world.ask("AT+CGSN"), format!("{}|OK", identity.imei));
    assert_eq!(world.ask("AT+CIMI"), format!("{}|OK", identity.imsi));
    assert_eq!(
        world.ask("AT+CCID"),
        format!("+CCID: {}|OK", identity.iccid)
    );
    assert_eq!(
        world.ask("AT+CNUM"),
        format!("+CNUM: \"\",\"{}\",145|OK", identity.msisdn)
    );
    assert_eq!(world.ask("AT+QCCID"), "ERROR");
    assert!(world.ask("AT+CLAC").contains("|+CMGS|"));

    let mut quectel = World::of("quectel-ec25");
    assert!(quectel.ask("AT+QCCID").starts_with("+QCCID: 8984"));
    assert_eq!(quectel.ask("AT+QURCCFG=\"urcport\",\"usbat\""), "OK");
    assert_eq!(World::of("simcom-sim800").ask("AT+CLAC"), "ERROR");
    assert!(
        World::of("simcom-sim800")
            .ask("AT+CCID")
            .starts_with("8984")
    );
}

#[test]
fn errors_are_told_as_asked() {
    let mut world = World::one();
    world.handle(0, Input::Sim(None));
    assert_eq!(world.ask("AT+CIMI"), "ERROR");
    world.ask("AT+CMEE=1");
    assert_eq!(world.ask("AT+CIMI"), "+CME ERROR: 10");
    world.ask("AT+CMEE=2");
    assert!(
        world
            .ask("AT+CIMI")
            .to_lowercase()
            .starts_with("+cme error: sim not inserted")
    );
    assert_eq!(world.ask("AT+CMGL=4"), "+CMS ERROR: 310");
}

#[test]
fn a_wrong_pin_costs_a_try() {
    let mut world = World::set_up(Options {
        pin: Some("2580"),
        ..Options::default()
    });
    world.ask("AT+CMEE=1;+CREG=1");
    assert_eq!(world.ask("AT+CPIN?"), "+CPIN: SIM PIN|OK");
    assert_eq!(world.ask("AT+CPINR"), "+CPINR: SIM PIN,3,3|OK");
    assert_eq!(world.ask("AT+CREG?"), "+CREG: 1,0|OK");
    assert_eq!(world.ask("AT+CPIN=\"0000\""), "+CME ERROR: 16");
    assert_eq!(world.ask("AT+CPINR"), "+CPINR: SIM PIN,2,3|OK");
    assert_eq!(world.ask("AT+CMGL=4"), "+CMS ERROR: 311");
    assert_eq!(world.ask("AT+CPIN=\"2580\""), "+CREG: 1|OK");
    assert_eq!(world.ask("AT+CPIN?"), "+CPIN: READY|OK");
    assert_eq!(world.ask("AT+CPINR"), "+CPINR: SIM PIN,3,3|OK");
}

#[test]
fn three_wrong_pins_ask_for_the_puk() {
    let mut world = World::set_up(Options {
        pin: Some("2580"),
        ..Options::default()
    });
    world.ask("AT+CMEE=1");
    for answer in ["+CME ERROR: 16", "+CME ERROR: 16", "+CME ERROR: 12"] {
        assert_eq!(world.ask("AT+CPIN=\"0000\""), answer);
    }
    assert_eq!(world.ask("AT+CPIN?"), "+CPIN: SIM PUK|OK");
    assert_eq!(world.ask("AT+CPIN=\"12345678\",\"1111\""), "OK");
    assert_eq!(world.ask("AT+CLCK=\"SC\",2"), "+CLCK: 1|OK");
    assert_eq!(world.ask("AT+CLCK=\"SC\",0,\"1111\""), "OK");
    assert_eq!(world.ask("AT+CLCK=\"SC\",2"), "+CLCK: 0|OK");
}

#[test]
fn cpin_without_ok() {
    let mut world = World::of("wavecom-fastrack");
    assert_eq!(world.ask("AT+CPIN?"), "+CPIN: READY");
    assert_eq!(world.ask("AT"), "OK");
}

#[test]
fn registration_and_operator() {
    let mut world = World::one();
    world.ask("AT+CREG=2");
    assert_eq!(
        world.ask("AT+CREG?"),
        "+CREG: 2,1,\"1A2B\",\"0B29A1C2\",7|OK"
    );
    assert_eq!(world.ask("AT+COPS?"), "+COPS: 0,0,\"Viettel Mobile\",7|OK");
    world.ask("AT+COPS=3,2");
    assert_eq!(world.ask("AT+COPS?"), "+COPS: 0,2,\"45204\",7|OK");
    world.coverage(0, false, None);
    assert_eq!(world.wait(SECOND), "+CREG: 2");
    assert_eq!(world.ask("AT+CSQ"), "+CSQ: 99,99|OK");
    assert_eq!(world.ask("AT+COPS?"), "+COPS: 0|OK");
    world.coverage(0, true, Some(7));
    assert_eq!(world.wait(SECOND), "+CREG: 1,\"1A2B\",\"0B29A1C2\",7");
    assert_eq!(world.ask("AT+CSQ"), "+CSQ: 7,99|OK");
    assert_eq!(world.ask("AT+CFUN=4"), "+CREG: 0|OK");
}

#[test]
fn a_restart_is_silent_or_takes_the_port_away() {
    let mut world = World::one();
    assert_eq!(world.ask("AT+CFUN=1,1"), "OK");
    assert_eq!(world.ask("AT"), "");
    world.wait(SECOND * 3);
    assert_eq!(world.write(b"AT\r"), "AT\r\r\nOK\r\n", "echo is on again");

    let mut stick = World::of("huawei-e3372");
    assert_eq!(stick.ask("AT+CFUN=1,1"), "OK");
    let back_after = stick.vanished[0].expect("it left its port");
    stick.wait(back_after);
    stick.handle(0, Input::PowerOn);
    assert!(stick.wait(SECOND).starts_with("^SIMST:1"));
}

#[test]
fn noise_goes_on_until_it_is_hushed() {
    let mut world = World::of("huawei-e3372");
    assert!(world.wait(SECOND * 10).contains("^RSSI:21"));
    world.ask("AT^CURC=0");
    assert_eq!(world.wait(SECOND * 60), "");
    let mut zte = World::of("zte-mf190");
    assert!(zte.wait(SECOND * 5).contains("+ZUSIMR:2"));
    zte.ask("AT+CPMS?");
    assert_eq!(zte.wait(SECOND * 60), "");
}

#[test]
fn ussd_codes_and_a_menu() {
    let mut world = World::one();
    assert_eq!(world.ask("AT+CUSD=1,\"*101#\",15"), "OK");
    assert_eq!(
        world.wait(SECOND),
        "+CUSD: 0,\"Balance: 52,300 VND, until 31/12/2026\",15"
    );
    world.ask("AT+CUSD=1,\"*098#\",15");
    assert!(
        world
            .wait(SECOND)
            .starts_with("+CUSD: 1,\"1. Balance\n2. Data")
    );
    world.ask("AT+CUSD=1,\"2\",15");
    assert!(world.wait(SECOND).starts_with("+CUSD: 0,\"Data: 1.2 GB"));
    world.ask("AT+CUSD=1,\"*102#\",15");
    assert!(
        world.wait(SECOND).ends_with(",72"),
        "not in the default alphabet, so UCS2"
    );

    let mut huawei = World::of("huawei-e3372");
    huawei.ask("AT^CURC=0");
    assert_eq!(huawei.ask("AT+CUSD=1,\"AA180C3602\",15"), "OK");
    let said = huawei.wait(SECOND);
    let packed = said.split('"').nth(1).expect("a text in quotes");
    let octets = tpdu::codec::octets_from_hex(packed).expect("hexadecimal");
    let septets = tpdu::codec::unpack(&octets, 0, octets.len() * 8 / 7);
    assert!(tpdu::codec::septets_to_text(&septets, None, None).starts_with("Balance: 52,300 VND"));
    assert_eq!(huawei.ask("AT+CUSD=1,\"*100#\",15"), "ERROR");
}

#[test]
fn a_call_rings_and_ends() {
    let mut world = World::one();
    world.ask("AT+CLIP=1");
    let call = crate::air::Downlink::Call {
        from: "+84901234567".to_owned(),
        rings: 2,
    };
    world.handle(0, Input::Network(call));
    let ring = "RING|+CLIP: \"+84901234567\",145,,,,0";
    assert_eq!(world.wait(SECOND * 10), format!("{ring}|{ring}|NO CARRIER"));
    assert_eq!(world.ask("ATD+84901234567;"), "NO CARRIER");
    assert_eq!(world.ask("ATH"), "OK");
}

#[test]
fn the_clock_shows_local_time() {
    let mut world = World::one();
    assert_eq!(world.ask("AT+CCLK?"), "+CCLK: \"26/11/22,17:00:00+28\"|OK");
    assert_eq!(
        World::of("huawei-e173").ask("AT+CCLK?"),
        "+CCLK: \"2026/11/22,17:00:00+28\"|OK"
    );
}
