//! Answers to commands.

use crate::load::{Case, answer};
use crate::same;
use at::commands::*;
use at::{Charset, CmeError, CmsError, FinalCode, decode_text};
use serde_json::Value;

pub(crate) fn check(case: &Case) -> Result<(), String> {
    if case.is_error() && case.command != "AT+CCID / EF_ICCID raw" {
        return refused(case);
    }
    match case.command.as_str() {
        "AT+CMGR=<i>" => cmgr(case),
        "AT+CMGL=4" => cmgl(case),
        "AT+CNUM" => cnum(case),
        "AT+COPS?" => cops(case),
        "AT+CREG?" => registration(RegistrationDomain::Cs, case),
        "AT+CGREG?" => registration(RegistrationDomain::Ps, case),
        "AT+CEREG?" => registration(RegistrationDomain::Eps, case),
        "AT+C5GREG?" => registration(RegistrationDomain::FiveG, case),
        "AT+CPMS=?" => cpms_lists(case),
        "AT+CPMS?" => cpms(case),
        "AT+CPMS=\"SM\",\"SM\"" => set_memories(case),
        "AT+CPIN?" => cpin(case),
        "AT+CFUN?" => cfun(case),
        "AT+CSCS=?" => cscs(case),
        "AT+CNMI=2,1,0,2" => answer(&At, case).map(|_| ()),
        "AT+CCID / EF_ICCID raw" => iccid(case),
        "AT+CRSM" => crsm(case),
        "AT+UPINCNT" => upincnt(case),
        "operator-name" => operator_name(case),
        other => Err(format!("no check for {other}")),
    }
}

/// `true`, `CME` or `CMS` with a code.
fn refused(case: &Case) -> Result<(), String> {
    let line = case.lines.last().ok_or("no line")?;
    let end = FinalCode::parse(line).ok_or("no final code")?;
    let code = case
        .number("code")
        .and_then(|code| u16::try_from(code).ok());
    match (case.text("error"), code) {
        (Some("CME"), Some(code)) => same("code", end, FinalCode::Cme(CmeError(code))),
        (Some("CMS"), Some(code)) => same("code", end, FinalCode::Cms(CmsError(code))),
        _ => same("refused", end.is_ok(), false),
    }
}

fn cmgr(case: &Case) -> Result<(), String> {
    let read = answer(&Cmgr(0), case)?.0.ok_or("nothing there")?;
    // Sources that assert the text inside assert the PDU by it.
    let pdu = case.text("pdu").or(case.lines.get(1).map(String::as_str));
    same("pdu", Some(read.pdu.as_str()), pdu)?;
    match case.number("status") {
        Some(status) => same("status", read.status.map(u64::from), Some(status)),
        None => Ok(()),
    }
}

fn cmgl(case: &Case) -> Result<(), String> {
    let Listing(got) = answer(&Cmgl(CmglFilter::All), case)?;
    let expected = case.expect["messages"].as_array().ok_or("no messages")?;
    same("count", got.len(), expected.len())?;
    for (got, expected) in got.iter().zip(expected) {
        same(
            "index",
            Some(u64::from(got.index)),
            expected["index"].as_u64(),
        )?;
        same(
            "status",
            got.status.map(u64::from),
            expected["status"].as_u64(),
        )?;
        same("pdu", Some(got.pdu.as_str()), expected["pdu"].as_str())?;
    }
    Ok(())
}

fn cnum(case: &Case) -> Result<(), String> {
    let OwnNumbers(got) = answer(&Cnum, case)?;
    let got: Vec<&str> = got.iter().map(|own| own.number.as_str()).collect();
    let expected: Vec<&str> = match case.expect["numbers"].as_array() {
        Some(numbers) => numbers.iter().filter_map(Value::as_str).collect(),
        None => case.text("number").into_iter().collect(),
    };
    same("numbers", got, expected)
}

fn cops(case: &Case) -> Result<(), String> {
    let got = answer(&Cops, case)?;
    same("operator", got.name.as_deref(), case.text("operator"))?;
    let Some(mode) = case.number("mode") else {
        return Ok(());
    };
    same("mode", u64::from(got.mode), mode)?;
    same("format", got.format.map(u64::from), case.number("format"))?;
    same(
        "act",
        technology(got.technology),
        case.text("act").unwrap_or(""),
    )
}

/// The corpus's word for a technology.
pub(crate) fn technology(got: Option<AccessTechnology>) -> &'static str {
    match got {
        Some(AccessTechnology::Gsm) => "gsm",
        Some(AccessTechnology::Umts) => "umts",
        Some(AccessTechnology::Edge) => "edge",
        Some(AccessTechnology::Lte) => "lte",
        Some(AccessTechnology::Nr) => "5gnr",
        _ => "unknown",
    }
}

/// The corpus's word for a state.
fn state(got: Registration) -> &'static str {
    match got {
        Registration::NotRegistered => "idle",
        Registration::Home => "home",
        Registration::Searching => "searching",
        Registration::Denied => "denied",
        Registration::Roaming => "roaming",
        Registration::SmsOnlyHome => "home_sms_only",
        Registration::SmsOnlyRoaming => "roaming_sms_only",
        Registration::Other(10) => "roaming_csfb_not_preferred",
        Registration::Other(11) => "attached_rlos",
        Registration::Unknown | Registration::Other(_) => "unknown",
    }
}

fn registration(domain: RegistrationDomain, case: &Case) -> Result<(), String> {
    status(answer(&RegistrationRead(domain), case)?, case)
}

/// Checks a state of registration, asked for or not; 0 means not given.
pub(crate) fn status(got: RegistrationStatus, case: &Case) -> Result<(), String> {
    same("state", Some(state(got.stat)), case.text("state"))?;
    same(
        "lac",
        u64::from(got.area.unwrap_or(0)),
        case.number("lac").unwrap_or(0),
    )?;
    same(
        "ci",
        u64::from(got.cell.unwrap_or(0)),
        case.number("ci").unwrap_or(0),
    )?;
    same("act", Some(technology(got.technology)), case.text("act"))
}

fn cpms_lists(case: &Case) -> Result<(), String> {
    let MemoryLists(got) = answer(&CpmsTest, case)?;
    for (at, key) in ["mem1", "mem2", "mem3"].iter().enumerate() {
        let Some(expected) = case.expect[*key].as_array() else {
            continue;
        };
        let expected: Vec<&str> = expected.iter().filter_map(Value::as_str).collect();
        let got = got.get(at).map(|list| list.words().collect::<Vec<_>>());
        same(key, got.unwrap_or_default(), expected)?;
    }
    Ok(())
}

fn cpms(case: &Case) -> Result<(), String> {
    let Memories(got) = answer(&CpmsRead, case)?;
    for (at, key) in ["mem1", "mem2"].iter().enumerate() {
        // `unknown` is the source's word for a memory not in its list.
        if let Some(expected) = case.text(key).filter(|memory| *memory != "unknown") {
            same(
                key,
                got.get(at).map(|memory| memory.memory.as_str()),
                Some(expected),
            )?;
        }
    }
    Ok(())
}

fn set_memories(case: &Case) -> Result<(), String> {
    let Memories(got) = answer(&Cpms::same("SM", 2), case)?;
    same("memories", got.len(), 2)?;
    same("used", got[0].used, Some(14))?;
    same("total", got[0].total, Some(50))
}

fn cpin(case: &Case) -> Result<(), String> {
    let got = answer(&CpinRead, case);
    let expected = match case.text("lock") {
        None => PinState::Ready,
        Some("sim_pin") => PinState::SimPin,
        Some("sim_puk") => PinState::SimPuk,
        Some("sim_puk2") => PinState::SimPuk2,
        Some("ph_net_pin") => PinState::PhoneLock("PH-NET PIN".into()),
        Some("unknown") => return same("refused", got.is_err(), true),
        Some(other) => return Err(format!("no check for {other}")),
    };
    same("state", got?, expected)
}

fn cfun(case: &Case) -> Result<(), String> {
    let got = u64::from(answer(&CfunRead, case)?.fun);
    match case.number("fun") {
        Some(fun) => same("fun", got, fun),
        None => same(
            "on",
            Some(got == 1),
            case.text("power").map(|power| power == "on"),
        ),
    }
}

fn cscs(case: &Case) -> Result<(), String> {
    let Charsets(got) = answer(&CscsTest, case)?;
    // The source renames two of them.
    let got: Vec<String> = got
        .iter()
        .map(|name| name.replace("8859-1", "8859_1").replace("ASCII", "IRA"))
        .collect();
    let expected = case.expect["charsets"].as_array().ok_or("no charsets")?;
    let expected: Vec<String> = expected
        .iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    same("charsets", got, expected)
}

fn iccid(case: &Case) -> Result<(), String> {
    // As the value alone, and with the name of each command in front.
    let names = ["", "+CCID: ", "+ICCID: ", "^ICCID: ", "+QCCID: ", "ICCID: "];
    for name in names {
        let case = Case {
            id: case.id.clone(),
            command: case.command.clone(),
            lines: vec![format!("{name}{}", case.lines[0])],
            raw: None,
            expect: case.expect.clone(),
        };
        let got = answer(&IccidVia::Ccid, &case).ok().map(|iccid| iccid.0);
        same(name, got.as_deref(), case.text("iccid"))?;
    }
    Ok(())
}

fn crsm(case: &Case) -> Result<(), String> {
    let rest = case.lines[0].strip_prefix("+CRSM:").ok_or("no +CRSM")?;
    let got = SimResponse::parse(rest).ok_or("not readable")?;
    same("sw1", Some(u64::from(got.sw1)), case.number("sw1"))?;
    same("sw2", Some(u64::from(got.sw2)), case.number("sw2"))?;
    same("data", Some(got.data.as_str()), case.text("data"))
}

fn upincnt(case: &Case) -> Result<(), String> {
    let got = answer(&PinTriesVia::Upincnt, case)?;
    same("pin", got.pin.map(u64::from), case.number("pin_attempts"))?;
    same("puk", got.puk.map(u64::from), case.number("puk_attempts"))
}

fn operator_name(case: &Case) -> Result<(), String> {
    let charset = match case.text("charset") {
        Some("ucs2") => Charset::Ucs2,
        _ => Charset::Plain,
    };
    let got = decode_text(&case.lines[0], charset);
    same("operator", Some(got.as_str()), case.text("operator"))
}
