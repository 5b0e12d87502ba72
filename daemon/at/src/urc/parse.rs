//! One line to one URC.

use super::{Stored, Urc, UssdMode, vendor};
use crate::commands::{PinState, RegistrationStatus};
use crate::header::{after_name, name_of};
use crate::params::Params;

pub(super) fn parse(line: &str) -> Option<Urc> {
    let line = line.trim();
    if line == "RING" {
        return Some(Urc::Ring);
    }
    let Some(name) = name_of(line) else {
        return vendor::find(line);
    };
    let rest = after_name(line, name)?;
    let known = match name {
        "+CMTI" => stored(rest).map(Urc::Cmti),
        "+CDSI" => stored(rest).map(Urc::Cdsi),
        "+CBMI" => stored(rest).map(Urc::Cbmi),
        "+CUSD" => ussd(rest),
        "+CRING" => Some(Urc::Ring),
        "+CLIP" => Some(clip(rest)),
        "+CREG" => RegistrationStatus::parse(rest).map(Urc::Creg),
        "+CGREG" => RegistrationStatus::parse(rest).map(Urc::Cgreg),
        "+CEREG" => RegistrationStatus::parse(rest).map(Urc::Cereg),
        "+C5GREG" => RegistrationStatus::parse(rest).map(Urc::C5greg),
        "+CPIN" => Some(Urc::Cpin(PinState::parse(rest))),
        _ => return vendor::find(line),
    };
    Some(known.unwrap_or_else(|| Urc::Damaged {
        header: line.to_owned(),
        body: None,
    }))
}

/// `"SM",3`; the memory may stand without quotes, and more may follow (`"MMS PUSH"`).
fn stored(rest: &str) -> Option<Stored> {
    let params = Params::parse(rest);
    Some(Stored {
        memory: params.text(0)?.to_owned(),
        index: params.number(1)?,
    })
}

/// `<m>[,<str>[,<dcs>]]`. The string may hold commas and quotes, so it is taken from both ends.
fn ussd(rest: &str) -> Option<Urc> {
    let (mode, rest) = match rest.split_once(',') {
        Some((mode, rest)) => (mode, Some(rest.trim())),
        None => (rest, None),
    };
    let mode = UssdMode::from_code(mode.trim().parse().ok()?);
    let (text, dcs) = rest.map_or((None, None), split_dcs);
    Some(Urc::Cusd {
        mode,
        text: text.filter(|text| !text.is_empty()).map(str::to_owned),
        dcs,
    })
}

fn split_dcs(rest: &str) -> (Option<&str>, Option<u8>) {
    if let Some(inner) = rest.strip_prefix('"') {
        let closed = inner.rsplit_once('"').filter(|(_, behind)| {
            let behind = behind.trim();
            behind.is_empty() || behind.starts_with(',')
        });
        let Some((text, behind)) = closed else {
            return (Some(inner), None);
        };
        let dcs = behind.trim().trim_start_matches(',').split(',').next();
        return (Some(text), dcs.and_then(|dcs| dcs.trim().parse().ok()));
    }
    match rest.rsplit_once(',') {
        Some((text, dcs)) if dcs.trim().parse::<u8>().is_ok() => {
            (Some(text.trim_end()), dcs.trim().parse().ok())
        }
        _ => (Some(rest), None),
    }
}

/// `<number>,<type>[,...]`: empty when the caller withholds it.
fn clip(rest: &str) -> Urc {
    let params = Params::parse(rest);
    Urc::Clip {
        number: params
            .text(0)
            .filter(|number| !number.is_empty())
            .map(str::to_owned),
        type_of_address: params.number(1),
    }
}
