//! By what a message goes: `from` of a draft.

use super::request::Context;
use crate::messages::own_numbers;
use model::Sender;

/// Reads `from`; a key that is tied to SIM groups may name those only, and with one group has it
/// as its default.
pub(super) fn read(from: Option<&str>, context: Context<'_>) -> Result<Sender, String> {
    let Context {
        defaults, key, own, ..
    } = context;
    let Some(from) = from else {
        return match key.groups.as_slice() {
            [] => Ok(Sender::Any),
            [only] => Ok(Sender::Group(only.clone())),
            several => Err(format!("name a group of this key: {}", several.join(", "))),
        };
    };
    if own_numbers::is_number(from) {
        let sim = own.sim(from, defaults.country()).cloned();
        // Another's number is not for us to use (TS 23.040 §9.1.2.5).
        return sim.map(Sender::Sim).ok_or_else(|| {
            "no SIM of the gateway has this number; an alphanumeric sender has a letter".to_owned()
        });
    }
    match from.split_once(':') {
        Some(("uplink", _)) | None if !key.groups.is_empty() => Err(format!(
            "this key may use SIM groups only: {}",
            key.groups.join(", ")
        )),
        Some(("sim" | "group" | "uplink", _)) => match from.parse()? {
            Sender::Group(name) if !key.groups.is_empty() && !key.groups.contains(&name) => {
                Err("this key may not use that group".to_owned())
            }
            sender => Ok(sender),
        },
        Some(_) => {
            Err("expected sim:<iccid>, group:<name>, uplink:<name>, or a sender's name".to_owned())
        }
        None => name(from).map(Sender::Name),
    }
}

/// An alphanumeric sender: what an SMSC takes as such, of the GSM 7-bit alphabet, and not only
/// digits, since another's number is not for us to use (TS 23.040 §9.1.2.5).
fn name(from: &str) -> Result<String, String> {
    let known = |c: char| c.is_ascii_alphanumeric() || " &-._+!'/#".contains(c);
    let lettered = from.chars().any(|c| c.is_ascii_alphabetic());
    if (1..=11).contains(&from.len()) && from.chars().all(known) && lettered && from.trim() == from
    {
        Ok(from.to_owned())
    } else {
        Err("an alphanumeric sender has 1 to 11 letters, digits, spaces and &-._+!'/#, with a letter among them"
            .to_owned())
    }
}
