//! Which command is carried out by what, and what it can answer.

use std::time::Instant;

use crate::command::{BadSyntax, Command, Op};
use crate::profile::Profile;

use super::VirtualModem;

/// How a command ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The next command of the line may run; OK after the last.
    Ok,
    /// The command goes on and finishes the line itself.
    Later,
    /// The line ends without a final result code.
    Silent,
    /// A call that could not be.
    NoCarrier,
}

/// How a command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Plain ERROR.
    Error,
    /// TS 27.007 clause 9.2.
    Cme(u16),
    /// TS 27.005 clause 3.2.5.
    Cms(u16),
}

/// What carries out a command.
pub(super) type Handler = fn(&mut VirtualModem, Instant, &Op) -> Result<Answer, Refusal>;

/// Names and handlers, one table a file.
const TABLES: &[&[(&str, Handler)]] = &[
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

impl From<BadSyntax> for Refusal {
    fn from(_: BadSyntax) -> Self {
        Self::Error
    }
}

impl Refusal {
    /// The result code for `AT+CMEE=<detail>`; `None` for plain ERROR.
    pub(super) fn words(self, detail: u8) -> Option<String> {
        match (self, detail) {
            (Self::Error, _) | (Self::Cme(_), 0) => None,
            (Self::Cme(code), 2) => Some(format!("+CME ERROR: {}", at::CmeError(code).text())),
            (Self::Cme(code), _) => Some(format!("+CME ERROR: {code}")),
            // Not subject to +CMEE, which concerns the ME's own errors (TS 27.005 clause 3.2.5).
            (Self::Cms(code), _) => Some(format!("+CMS ERROR: {code}")),
        }
    }
}

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
pub(super) fn names(profile: &'static Profile) -> impl Iterator<Item = &'static str> {
    let standard = TABLES.iter().copied().flatten().map(|(name, _)| *name);
    let own = profile.own.iter().map(|(name, _)| *name);
    let named = [profile.iccid.name, profile.pin_tries.name];
    standard.chain(own).chain(named).filter(|name| {
        !profile.missing.contains(name) && !name.starts_with(|c: char| c.is_ascii_alphabetic())
    })
}

impl VirtualModem {
    /// Carries out one command.
    pub(super) fn carry_out(&mut self, now: Instant, command: &Command) -> Result<Answer, Refusal> {
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

    fn hush_if_asked(&mut self, command: &Command) {
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
