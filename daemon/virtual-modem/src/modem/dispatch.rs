//! Which command is carried out by what, and what it can answer.

use std::time::Instant;

use crate::command::{Instruction, Op};
use crate::profile::Profile;

use super::VirtualModem;
use super::answer::{Answer, ErrorCode, Handler};

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

/// Commands whose values never change: names, values and what they may be.
const CONSTANTS: &[(&str, &str, &str)] = &[
    ("+WS46", "28", "(12,22,25,28)"),
    ("+FCLASS", "0", "(0)"),
    ("+CBST", "7,0,1", "(0,7),(0),(0,1)"),
    ("+CR", "0", "(0,1)"),
    ("+CRLP", "61,61,48,6", "(0-61),(0-61),(39-255),(1-255)"),
    ("+CMOD", "0", "(0)"),
    ("+CVHU", "0", "(0,1)"),
    ("+CSSN", "0,0", "(0,1),(0,1)"),
    ("+CCWA", "0", "(0,1)"),
    ("+COLP", "0", "(0,1)"),
    ("+CLIR", "0,0", "(0-2)"),
    ("+CGATT", "1", "(0,1)"),
    ("+CGSMS", "3", "(0-3)"),
    ("+CTZR", "0", "(0,1)"),
    ("+CTZU", "0", "(0,1)"),
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
    let constant = CONSTANTS.iter().map(|(name, ..)| *name);
    let own = profile.own.iter().map(|(name, _)| *name);
    let named = [profile.iccid.name, profile.pin_tries.name];
    standard
        .chain(constant)
        .chain(own)
        .chain(named)
        .filter(|name| {
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
    ) -> Result<Answer, ErrorCode> {
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
            None => self.constant(command),
        }
    }

    /// Reads, tests, and takes any value without effect.
    fn constant(&mut self, command: &Instruction) -> Result<Answer, ErrorCode> {
        let name = command.name.as_str();
        let mut constants = CONSTANTS.iter();
        let known = constants.find(|(known, ..)| *known == name);
        let known = known.filter(|_| !self.setup.profile.missing.contains(&name));
        let (_, value, range) = known.ok_or(ErrorCode::Error)?;
        match command.op {
            Op::Read => self.info(&format!("{name}: {value}")),
            Op::Test => self.info(&format!("{name}: {range}")),
            Op::Execute | Op::Set(_) => {}
        }
        Ok(Answer::Ok)
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
