//! Who the modem and its SIM are (TS 27.007 clauses 5.1 to 5.7 and 7.1).

use crate::command::Op;
use crate::sim::Lock;

use super::VirtualModem;
use super::answer::{Answer, ErrorCode, Handler, NO_SIM};
use super::settings::Charset;

pub(super) const COMMANDS: &[(&str, Handler)] = &[
    ("+CGMI", |modem, _, op| {
        modem.tell(op, modem.setup.profile.manufacturer)
    }),
    ("+GMI", |modem, _, op| {
        modem.tell(op, modem.setup.profile.manufacturer)
    }),
    ("+CGMM", |modem, _, op| {
        modem.tell(op, modem.setup.profile.model)
    }),
    ("+GMM", |modem, _, op| {
        modem.tell(op, modem.setup.profile.model)
    }),
    ("+CGMR", |modem, _, op| {
        modem.tell(op, modem.setup.profile.revision)
    }),
    ("+GMR", |modem, _, op| {
        modem.tell(op, modem.setup.profile.revision)
    }),
    ("+CGSN", |modem, _, op| modem.tell_serial_number(op)),
    ("+GSN", |modem, _, op| modem.tell_serial_number(op)),
    ("+GCAP", |modem, _, op| {
        modem.tell(op, &format!("+GCAP: {}", modem.setup.profile.capabilities))
    }),
    ("+CIMI", |modem, _, op| modem.tell_subscriber(op)),
    ("+CNUM", |modem, _, op| modem.tell_own_number(op)),
    ("+CRSM", |modem, _, op| modem.restricted_access(op)),
    ("+CSCS", |modem, _, op| modem.character_set(op)),
];

const READ_BINARY: u32 = 176;
const EF_ICCID: u32 = 12_258;

/// Digits as the SIM keeps them, the low half of each octet first, filled with F.
fn swapped(digits: &str) -> String {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .flat_map(|pair| [pair.get(1).copied().unwrap_or(b'F'), pair[0]])
        .map(char::from)
        .collect()
}

impl VirtualModem {
    /// One line when executed; nothing but OK when tested.
    pub(super) fn tell(&mut self, op: &Op, line: &str) -> Result<Answer, ErrorCode> {
        match op {
            Op::Execute => self.info(line),
            Op::Test => {}
            Op::Read | Op::Set(_) => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    fn tell_serial_number(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        let imei = self.setup.imei.clone();
        match op {
            // <snt> 1 names the line (TS 27.007 clause 5.4).
            Op::Set(args) if args.number(0)? == Some(1) => self.info(&format!("+CGSN: {imei}")),
            Op::Set(args) if args.number(0)? == Some(0) => self.info(&imei),
            _ => return self.tell(op, &imei),
        }
        Ok(Answer::Ok)
    }

    /// Refuses as a SIM does that is not there or asks for its PIN.
    pub(super) fn need_sim(&self) -> Result<(), ErrorCode> {
        match self.sim.as_ref().map(|sim| sim.lock()) {
            None => Err(NO_SIM),
            Some(Lock::Ready) => Ok(()),
            Some(Lock::Pin) => Err(ErrorCode::Cme(11)),
            Some(Lock::Puk) => Err(ErrorCode::Cme(12)),
            // SIM failure
            Some(Lock::Dead) => Err(ErrorCode::Cme(13)),
        }
    }

    fn tell_subscriber(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        self.need_sim()?;
        let imsi = self
            .sim
            .as_ref()
            .map(|sim| sim.imsi.clone())
            .unwrap_or_default();
        self.tell(op, &imsi)
    }

    fn tell_own_number(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        self.need_sim()?;
        let number = self
            .sim
            .as_ref()
            .map(|sim| sim.msisdn.clone())
            .unwrap_or_default();
        let number = self.quote(&number);
        self.tell(op, &format!("+CNUM: \"\",{number},145"))
    }

    fn iccid(&self) -> Result<String, ErrorCode> {
        if self.setup.traits.hides_iccid {
            self.need_sim()?;
        }
        let sim = self.sim.as_ref().ok_or(NO_SIM)?;
        Ok(sim.iccid.clone())
    }

    pub(super) fn tell_iccid(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        let iccid = self.iccid()?;
        if matches!(op, Op::Execute | Op::Read) {
            let line = self.setup.profile.iccid.answer.replace("{}", &iccid);
            self.info(&line);
        }
        Ok(Answer::Ok)
    }

    /// READ BINARY of `EF_ICCID` and nothing else (TS 27.007 clause 8.18, TS 51.011 clause 10.1.1).
    fn restricted_access(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        let Op::Set(args) = op else {
            return if *op == Op::Test {
                Ok(Answer::Ok)
            } else {
                Err(ErrorCode::Error)
            };
        };
        let iccid = self.iccid()?;
        if (args.number(0)?, args.number(1)?) == (Some(READ_BINARY), Some(EF_ICCID)) {
            self.info(&format!("+CRSM: 144,0,\"{}\"", swapped(&iccid)));
        } else {
            // SW 6A82: file not found.
            self.info("+CRSM: 106,130");
        }
        Ok(Answer::Ok)
    }

    fn character_set(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => self.info(&format!("+CSCS: \"{}\"", self.settings.charset.name())),
            Op::Test => {
                let names = Charset::ALL
                    .map(|(_, name)| format!("\"{name}\""))
                    .join(",");
                self.info(&format!("+CSCS: ({names})"));
            }
            Op::Set(args) => {
                self.settings.charset = args
                    .text(0)
                    .and_then(Charset::find)
                    .ok_or(ErrorCode::Error)?;
            }
            Op::Execute => self.settings.charset = Charset::Gsm,
        }
        Ok(Answer::Ok)
    }
}
