//! Which command is carried out by what, and what it can answer.

use std::time::Instant;

use crate::command::{Instruction, Op};
use crate::profile::Profile;

use super::VirtualModem;
use super::answer::{Answer, Handler, Refusal};

/// Names and handlers, one table a file.
const TABLES: &[&[(&str, Handler)]] = &[
    &[("+CLAC", |modem, _, op| Ok(modem.list_commands(op)))],
    super::basic::COMMANDS,
    super::identify::COMMANDS,
    super::security::COMMANDS,
    super::registration::COMMANDS,
    super::service::COMMANDS,
    super::submit::COMMANDS,
    super::stored::COMMANDS,
    super::receive::COMMANDS,
    super::ussd::COMMANDS,
    super::phone::COMMANDS,
];

fn handler(profile: &Profile, name: &str) -> Option<Handler> {
    if profile.missing.contains(&name) {
        return None;
    }
    TABLES
        .iter()
        .copied()
        .flatten()
        .find(|(known, _)| *known == name)
        .map(|(_, handler)| *handler)
}

/// The names of all extended commands, for `AT+CLAC`.
fn names(profile: &'static Profile) -> impl Iterator<Item = &'static str> {
    let standard = TABLES.iter().copied().flatten().map(|(name, _)| *name);
    let own = profile.own.iter().map(|(name, _)| *name);
    let named = [profile.iccid.name, profile.pin_tries.name];
    standard.chain(own).chain(named).filter(|name| {
        !profile.missing.contains(name) && !name.starts_with(|c: char| c.is_ascii_alphabetic())
    })
}

impl VirtualModem {
    fn list_commands(&mut self, op: &Op) -> Answer {
        if *op == Op::Execute {
            for name in names(self.setup.profile) {
                self.info(name);
            }
        }
        Answer::Ok
    }

    /// Carries out one command.
    pub(super) fn carry_out(
        &mut self,
        now: Instant,
        command: &Instruction,
    ) -> Result<Answer, Refusal> {
        let profile = self.setup.profile;
        self.hush_if_asked(command);
        if command.name == profile.iccid.name && !matches!(command.op, Op::Set(_)) {
            return self.tell_iccid(&command.op);
        }
        if command.name == profile.pin_tries.name && !matches!(command.op, Op::Set(_)) {
            return self.tell_pin_tries(&command.op);
        }
        if let Some((_, answer)) = profile.own.iter().find(|(name, _)| *name == command.name) {
            if let (Some(line), false) = (answer, matches!(command.op, Op::Set(_))) {
                self.info(line);
            }
            return Ok(Answer::Ok);
        }
        match handler(profile, &command.name) {
            Some(handler) => handler(self, now, &command.op),
            None => Err(Refusal::Error),
        }
    }

    fn hush_if_asked(&mut self, command: &Instruction) {
        let Some(hush) = self.setup.profile.hush else {
            return;
        };
        let asked = match hush.strip_suffix('?') {
            Some(name) => command.name == name && command.op == Op::Read,
            None => command.name == hush,
        };
        self.hushed |= asked;
    }
}
