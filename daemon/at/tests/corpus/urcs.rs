//! Unsolicited result codes.

use crate::answers::{status, technology};
use crate::load::{Case, hear, urcs};
use crate::same;
use at::commands::{PinState, Registration, RegistrationStatus};
use at::urc::{Progress, UssdMode};
use at::{FinalCode, Urc};

pub(crate) fn check(case: &Case) -> Result<(), String> {
    let joined = format!("\r\n{}", case.lines.join("\r\n\r\n"));
    let bytes = format!("{}\r\n", case.raw.as_ref().unwrap_or(&joined));
    let heard = hear(None, bytes.as_bytes(), usize::MAX);
    same("split", &heard, &hear(None, bytes.as_bytes(), 1))?;
    if let Some(code) = case.text("final") {
        let end = FinalCode::parse(heard[0].line.trim()).ok_or("not a final code")?;
        return same("final code", end.to_string(), code.to_owned());
    }
    let got = urcs(heard);
    match (case.text("type"), got.as_slice()) {
        (Some("+CMTI"), got) => cmti(got, case),
        (Some("+CREG"), got) => creg(got, case),
        (Some("+CUSD"), [urc]) => cusd(urc, case),
        (Some("+CLIP"), [urc]) => clip(urc, case),
        (Some("RING"), [urc]) => same("call", urc, &Urc::Ring),
        (Some("+CPIN"), [urc]) => cpin(urc, case),
        (Some("+CDS"), [Urc::Cds(routed)]) => {
            same(
                "length",
                Some(u64::from(routed.length)),
                case.number("length"),
            )?;
            same("pdu", Some(routed.pdu.as_str()), case.text("pdu"))
        }
        (Some("power-down"), [urc]) => same("step", urc, &Urc::Progress(Progress::PowerDown)),
        (Some("+QIND"), [Urc::Progress(Progress::SmsReady)]) => {
            same("kind", case.text("kind"), Some("SMS DONE"))
        }
        (Some("CREG" | "CGREG" | "CEREG" | "C5GREG"), got) => registration(got, case),
        (None, [] | [Urc::Damaged { .. }]) if case.is_error() => Ok(()),
        (None, _) if case.text("event").is_some() => event(&got, case),
        // Of no use to us: it only has to be taken out.
        (_, got) if !got.is_empty() && got.iter().all(|urc| matches!(urc, Urc::Vendor(_))) => {
            Ok(())
        }
        (_, got) => Err(format!("got {got:?}")),
    }
}

fn cmti(got: &[Urc], case: &Case) -> Result<(), String> {
    let [Urc::Cmti(stored)] = got else {
        return same("read", case.is_error(), true);
    };
    same("index", Some(u64::from(stored.index)), case.number("index"))?;
    match case.text("mem") {
        Some(memory) => same("memory", stored.memory.as_str(), memory),
        None => Ok(()),
    }
}

/// The URC whose name the source asserts.
fn registration(got: &[Urc], case: &Case) -> Result<(), String> {
    let wanted = |urc: &Urc| -> Option<RegistrationStatus> {
        match (urc, case.text("type")?) {
            (Urc::Creg(status), "CREG")
            | (Urc::Cgreg(status), "CGREG")
            | (Urc::Cereg(status), "CEREG")
            | (Urc::C5greg(status), "C5GREG") => Some(*status),
            _ => None,
        }
    };
    same("count", got.len(), case.lines.len())?;
    status(got.iter().find_map(wanted).ok_or("not among them")?, case)
}

/// This source asserts the numbers as they stand; `null` is one it could not read.
fn creg(got: &[Urc], case: &Case) -> Result<(), String> {
    let [Urc::Creg(status)] = got else {
        return same(
            "read",
            case.is_error() || case.number("stat").is_none(),
            true,
        );
    };
    let stat = case.number("stat").and_then(|stat| u8::try_from(stat).ok());
    same("stat", Some(status.stat), stat.map(Registration::from_code))?;
    if let Some(lac) = case.text("lac") {
        same("lac", status.area, u32::from_str_radix(lac, 16).ok())?;
    }
    if let Some(cell) = case.text("ci") {
        same("ci", status.cell, u32::from_str_radix(cell, 16).ok())?;
    }
    match case.number("act") {
        Some(0) => same("act", technology(status.technology), "gsm"),
        Some(7) => same("act", technology(status.technology), "lte"),
        _ => same(
            "act",
            status.technology.is_some(),
            case.id != "mudita-creg-4" && status.area.is_some(),
        ),
    }
}

fn cusd(urc: &Urc, case: &Case) -> Result<(), String> {
    let Urc::Cusd { mode, text, dcs } = urc else {
        return Err(format!("got {urc:?}"));
    };
    same(
        "action",
        Some(*mode == UssdMode::Open),
        case.expect["action_needed"].as_bool(),
    )?;
    if let Some(expected) = case.text("str") {
        same("text", text.as_deref(), Some(expected))?;
        same("dcs", dcs.map(u64::from), case.number("dcs"))?;
    }
    Ok(())
}

fn clip(urc: &Urc, case: &Case) -> Result<(), String> {
    let Urc::Clip {
        number,
        type_of_address,
    } = urc
    else {
        return Err(format!("got {urc:?}"));
    };
    if let Some(expected) = case.text("number") {
        same("number", number.as_deref().unwrap_or(""), expected)?;
    }
    if case.expect.get("toa").is_some() {
        same("type", type_of_address.map(u64::from), case.number("toa"))?;
    }
    Ok(())
}

fn cpin(urc: &Urc, case: &Case) -> Result<(), String> {
    let state = match case.text("state") {
        Some("SIM PIN") => PinState::SimPin,
        _ => PinState::Other("Unknown".to_owned()),
    };
    same("state", urc, &Urc::Cpin(state))
}

fn event(got: &[Urc], case: &Case) -> Result<(), String> {
    match case.text("event") {
        Some("incoming voice call") => {
            same("call", got.first(), Some(&Urc::Ring))?;
            same(
                "number",
                matches!(
                    got.get(1),
                    Some(Urc::Clip {
                        number: Some(_),
                        ..
                    })
                ),
                true,
            )
        }
        // Calls we never make: what is told of them must not be taken for anything else.
        _ => same(
            "taken out",
            got.iter().all(|urc| matches!(urc, Urc::Vendor(_))),
            true,
        ),
    }
}
