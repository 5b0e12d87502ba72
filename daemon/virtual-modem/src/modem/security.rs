//! PIN and PUK (TS 27.007 clauses 7.4, 7.5 and 8.3).

use std::time::Instant;

use crate::command::{Args, Op};
use crate::sim::{Lock, Sim, WrongPin};

use super::VirtualModem;
use super::answer::{Answer, ErrorCode, Handler, NO_SIM};

pub(super) const COMMANDS: &[(&str, Handler)] = &[
    ("+CPIN", |modem, now, op| modem.pin(now, op)),
    ("+CLCK", |modem, _, op| modem.facility_lock(op)),
    ("+CPWD", |modem, _, op| modem.change_password(op)),
];

/// Incorrect password.
const INCORRECT: ErrorCode = ErrorCode::Cme(16);
/// Operation not allowed.
const NOT_ALLOWED: ErrorCode = ErrorCode::Cme(3);

impl VirtualModem {
    fn sim_mut(&mut self) -> Result<&mut Sim, ErrorCode> {
        self.sim.as_deref_mut().ok_or(NO_SIM)
    }

    fn pin(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => {
                let state = match self.sim_mut()?.lock() {
                    Lock::Ready => "READY",
                    Lock::Pin => "SIM PIN",
                    Lock::Puk => "SIM PUK",
                    Lock::Dead => return Err(ErrorCode::Cme(13)),
                };
                self.info(&format!("+CPIN: {state}"));
                Ok(if self.setup.profile.cpin_ok {
                    Answer::Ok
                } else {
                    Answer::Silent
                })
            }
            Op::Test => Ok(Answer::Ok),
            Op::Execute => Err(ErrorCode::Error),
            Op::Set(args) => self.enter_pin(now, args),
        }
    }

    fn enter_pin(&mut self, _now: Instant, args: &Args) -> Result<Answer, ErrorCode> {
        let code = args.text(0).ok_or(ErrorCode::Error)?;
        let sim = self.sim_mut()?;
        match sim.lock() {
            Lock::Ready => return Err(NOT_ALLOWED),
            Lock::Dead => return Err(ErrorCode::Cme(13)),
            Lock::Pin => sim.verify(code),
            Lock::Puk => sim.unblock(code, args.text(1).ok_or(ErrorCode::Cme(12))?),
        }
        .map_err(|WrongPin| {
            if sim.lock() == Lock::Puk {
                ErrorCode::Cme(12)
            } else {
                INCORRECT
            }
        })?;
        self.seek_network();
        self.say_ready();
        Ok(Answer::Ok)
    }

    /// `AT+CLCK="SC",…`: asking for the PIN at power-on.
    fn facility_lock(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        let args = match op {
            Op::Test => {
                self.info("+CLCK: (\"SC\")");
                return Ok(Answer::Ok);
            }
            Op::Set(args) => args,
            Op::Read | Op::Execute => return Err(ErrorCode::Error),
        };
        if args.text(0) != Some("SC") {
            // Operation not supported.
            return Err(ErrorCode::Cme(4));
        }
        let sim = self.sim_mut()?;
        match args.number(1)? {
            Some(2) => {
                let enabled = u8::from(sim.pin_enabled());
                self.info(&format!("+CLCK: {enabled}"));
            }
            Some(mode @ (0 | 1)) => {
                let pin = args.text(2).ok_or(INCORRECT)?;
                sim.set_pin_enabled(mode == 1, pin)
                    .map_err(|WrongPin| INCORRECT)?;
            }
            _ => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    fn change_password(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        let args = match op {
            Op::Test => {
                self.info("+CPWD: (\"SC\",8)");
                return Ok(Answer::Ok);
            }
            Op::Set(args) => args,
            Op::Read | Op::Execute => return Err(ErrorCode::Error),
        };
        let (Some("SC"), Some(old), Some(new)) = (args.text(0), args.text(1), args.text(2)) else {
            return Err(ErrorCode::Error);
        };
        self.sim_mut()?
            .change_pin(old, new)
            .map_err(|WrongPin| INCORRECT)?;
        Ok(Answer::Ok)
    }

    pub(super) fn tell_pin_tries(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        if *op == Op::Test {
            return Ok(Answer::Ok);
        }
        let (pin, puk) = self.sim_mut()?.tries();
        let line = self.setup.profile.pin_tries.answer;
        let line = line
            .replace("{pin}", &pin.to_string())
            .replace("{puk}", &puk.to_string());
        self.info(&line);
        Ok(Answer::Ok)
    }
}
