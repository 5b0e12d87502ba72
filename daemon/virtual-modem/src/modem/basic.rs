//! The commands of V.250: echo, result codes, defaults, information.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all handlers have the type of the table"
)]

use std::time::Instant;

use crate::command::Op;

use super::VirtualModem;
use super::answer::{Answer, ErrorCode, Handler};
use super::settings::Settings;

pub(super) const COMMANDS: &[(&str, Handler)] = &[
    ("E", |modem, _, op| switch(op, &mut modem.dte.echo)),
    ("V", |modem, _, op| switch(op, &mut modem.dte.verbose)),
    ("Q", |modem, _, op| switch(op, &mut modem.dte.quiet)),
    ("Z", |modem, _, _| modem.reset_settings()),
    ("&F", |modem, _, _| modem.reset_settings()),
    ("I", |modem, _, _| modem.tell_about_itself()),
    ("&V", |modem, _, _| modem.tell_settings()),
    ("&W", ignore),
    ("&C", ignore),
    ("&D", ignore),
    ("&K", ignore),
    ("&S", ignore),
    ("X", ignore),
    ("L", ignore),
    ("M", ignore),
    ("S0", register),
    ("S3", register),
    ("S4", register),
    ("S5", register),
    ("S7", register),
    ("+IPR", parameter),
    ("+IFC", parameter),
    ("+ICF", parameter),
];

/// `ATE0` and its like.
fn switch(op: &Op, value: &mut bool) -> Result<Answer, ErrorCode> {
    *value = match op {
        Op::Set(args) => args.number_in(0, 0..=1, 0)? == 1,
        _ => false,
    };
    Ok(Answer::Ok)
}

/// Accepted for the sake of old software; there is no line to act on.
fn ignore(_: &mut VirtualModem, _: Instant, _: &Op) -> Result<Answer, ErrorCode> {
    Ok(Answer::Ok)
}

/// S-registers can be read, and written without effect.
fn register(modem: &mut VirtualModem, _: Instant, op: &Op) -> Result<Answer, ErrorCode> {
    if *op == Op::Read {
        modem.info("000");
    }
    Ok(Answer::Ok)
}

/// A parameter of a serial line that a pty has not.
fn parameter(modem: &mut VirtualModem, _: Instant, op: &Op) -> Result<Answer, ErrorCode> {
    if *op == Op::Read {
        modem.info("0");
    }
    Ok(Answer::Ok)
}

impl VirtualModem {
    fn reset_settings(&mut self) -> Result<Answer, ErrorCode> {
        self.settings = Settings::new(self.setup.profile);
        self.dte.echo = true;
        self.dte.verbose = true;
        self.dte.quiet = false;
        Ok(Answer::Ok)
    }

    fn tell_about_itself(&mut self) -> Result<Answer, ErrorCode> {
        let profile = self.setup.profile;
        self.info(&format!("Manufacturer: {}", profile.manufacturer));
        self.info(&format!("Model: {}", profile.model));
        self.info(&format!("Revision: {}", profile.revision));
        self.info(&format!("IMEI: {}", self.setup.imei));
        self.info(&format!("+GCAP: {}", profile.capabilities));
        Ok(Answer::Ok)
    }

    fn tell_settings(&mut self) -> Result<Answer, ErrorCode> {
        let flag = u8::from;
        let line = format!(
            "E{} Q{} V{}",
            flag(self.dte.echo),
            flag(self.dte.quiet),
            flag(self.dte.verbose)
        );
        self.info(&line);
        Ok(Answer::Ok)
    }
}
