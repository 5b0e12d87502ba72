//! The radio: functionality, registration, operator, signal, clock (TS 27.007 clauses 7.2, 7.3, 8.2, 8.5, 8.15).

use std::time::Instant;

use tpdu::Timestamp;

use crate::air::Uplink;
use crate::command::Op;

use super::VirtualModem;
use super::answer::{Answer, ErrorCode, Handler, small};

pub(super) const COMMANDS: &[(&str, Handler)] = &[
    ("+CFUN", |modem, now, op| modem.functionality(now, op)),
    ("+CREG", |modem, _, op| modem.registration(op, 0)),
    ("+CGREG", |modem, _, op| modem.registration(op, 1)),
    ("+CEREG", |modem, _, op| modem.registration(op, 2)),
    ("+COPS", |modem, _, op| modem.operator(op)),
    ("+CSQ", |modem, _, op| modem.signal(op)),
    ("+CCLK", |modem, now, op| modem.tell_time(now, op)),
];

/// Registered, home network (TS 27.007 clause 7.2, `<stat>`).
const HOME: u8 = 1;
/// Not registered, searching.
const SEARCHING: u8 = 2;
const NOT_REGISTERED: u8 = 0;

const REGISTRATIONS: [&str; 3] = ["+CREG", "+CGREG", "+CEREG"];
/// Location and access technology, as `<n>`=2 shows them.
const CELL: &str = "\"1A2B\",\"0B29A1C2\",7";
/// The operator in the formats of `+COPS`.
const OPERATOR: [&str; 3] = ["Viettel Mobile", "Viettel", "45204"];
/// Seven hours east of Greenwich, in quarters of an hour.
pub(crate) const ZONE_QUARTERS: i8 = 28;

/// The radio's state.
#[derive(Debug)]
pub(super) struct Radio {
    /// `<fun>` of `+CFUN`.
    functionality: u32,
    /// Whether there is a network here at all.
    network: bool,
    /// `<rssi>` of `+CSQ`.
    rssi: u8,
    pub(super) stat: u8,
    /// The number under which the SIM is known to the network now.
    attached: Option<String>,
    /// Until when the link of the last submit stays open.
    pub(super) link_until: Option<Instant>,
}

impl Default for Radio {
    fn default() -> Self {
        Self {
            functionality: 1,
            network: true,
            rssi: 23,
            stat: NOT_REGISTERED,
            attached: None,
            link_until: None,
        }
    }
}

impl Radio {
    /// What does not outlive a power-cycle.
    pub(super) fn boot(&mut self) {
        self.functionality = 1;
        self.link_until = None;
    }

    pub(super) fn is_registered(&self) -> bool {
        self.stat == HOME
    }
}

impl VirtualModem {
    /// Registers when radio, network and SIM allow it.
    pub(super) fn seek_network(&mut self) {
        let sought = self.radio.functionality == 1 && self.is_ready();
        match (sought, self.radio.network) {
            (true, true) => {
                let msisdn = self
                    .sim
                    .as_ref()
                    .map(|sim| sim.msisdn.clone())
                    .unwrap_or_default();
                if self.radio.attached.as_ref() != Some(&msisdn) {
                    self.detach();
                    self.radio.attached = Some(msisdn.clone());
                    self.uplink(Uplink::Attach { msisdn });
                }
                self.set_registration(HOME);
            }
            (true, false) => {
                self.detach();
                self.set_registration(SEARCHING);
            }
            (false, _) => self.leave_network(),
        }
    }

    pub(super) fn leave_network(&mut self) {
        self.detach();
        self.set_registration(NOT_REGISTERED);
    }

    fn detach(&mut self) {
        if let Some(msisdn) = self.radio.attached.take() {
            self.uplink(Uplink::Detach { msisdn });
        }
        self.radio.link_until = None;
    }

    pub(super) fn coverage(&mut self, network: bool, rssi: Option<u8>) {
        self.radio.network = network;
        if let Some(rssi) = rssi {
            self.radio.rssi = rssi;
        }
        self.seek_network();
    }

    fn set_registration(&mut self, stat: u8) {
        if self.radio.stat == stat {
            return;
        }
        self.radio.stat = stat;
        for (name, mode) in REGISTRATIONS
            .into_iter()
            .zip(self.settings.registration_urcs)
        {
            if mode > 0 {
                let cell = if mode == 2 && stat == HOME {
                    format!(",{CELL}")
                } else {
                    String::new()
                };
                self.urc(&format!("{name}: {stat}{cell}"));
            }
        }
    }

    fn functionality(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => self.info(&format!("+CFUN: {}", self.radio.functionality)),
            Op::Test => self.info("+CFUN: (0,1,4),(0,1)"),
            Op::Execute => return Err(ErrorCode::Error),
            Op::Set(args) => {
                let wanted = args.number_in(0, 0..=4, 1)?;
                if args.number_in(1, 0..=1, 0)? == 1 {
                    self.radio.functionality = 1;
                    self.info("OK");
                    self.release_lines();
                    self.restart(now, self.setup.profile.restart);
                    return Ok(Answer::Later);
                }
                if !matches!(wanted, 0 | 1 | 4) {
                    return Err(ErrorCode::Cme(4));
                }
                let was = std::mem::replace(&mut self.radio.functionality, wanted);
                if wanted == 0
                    && let Some(sim) = &mut self.sim
                {
                    sim.power_off();
                }
                self.seek_network();
                if was != 1 && wanted == 1 && self.is_ready() {
                    self.say_ready();
                }
            }
        }
        Ok(Answer::Ok)
    }

    fn registration(&mut self, op: &Op, which: usize) -> Result<Answer, ErrorCode> {
        let name = REGISTRATIONS[which];
        let stat = self.radio.stat;
        match op {
            Op::Read => {
                let mode = self.settings.registration_urcs[which];
                let cell = if mode == 2 && stat == HOME {
                    format!(",{CELL}")
                } else {
                    String::new()
                };
                self.info(&format!("{name}: {mode},{stat}{cell}"));
            }
            Op::Test => self.info(&format!("{name}: (0-2)")),
            Op::Set(args) => {
                self.settings.registration_urcs[which] = small(args, 0, 2)?;
            }
            Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    fn operator(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => {
                let format = self.settings.operator_format;
                let name = OPERATOR[usize::from(format)];
                let line = if self.radio.is_registered() {
                    let name = self.quote(name);
                    format!("+COPS: 0,{format},{name},7")
                } else {
                    "+COPS: 0".to_owned()
                };
                self.info(&line);
            }
            Op::Test => {
                let [long, short, number] = OPERATOR;
                self.info(&format!("+COPS: (2,\"{long}\",\"{short}\",\"{number}\",7),(1,\"MobiFone\",\"MobiFone\",\"45201\",7),,(0-4),(0-2)"));
            }
            Op::Set(args) => {
                if !(0..=4).contains(&args.number(0)?.unwrap_or(0)) {
                    return Err(ErrorCode::Error);
                }
                if args.number(1)?.is_some() {
                    self.settings.operator_format = small(args, 1, 2)?;
                }
            }
            Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    fn signal(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Execute | Op::Read => {
                let rssi = if self.radio.network && self.radio.functionality == 1 {
                    self.radio.rssi
                } else {
                    99
                };
                self.info(&format!("+CSQ: {rssi},99"));
            }
            Op::Test => self.info("+CSQ: (0-31,99),(0-7,99)"),
            Op::Set(_) => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    fn tell_time(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        if *op == Op::Read {
            let local = Timestamp::from_unix(self.clock.unix_seconds(now), ZONE_QUARTERS)
                .and_then(Timestamp::fields);
            let at = local.ok_or(ErrorCode::Error)?;
            let year = if self.setup.profile.four_digit_year {
                at.year
            } else {
                at.year % 100
            };
            let (month, day, hour, minute, second) =
                (at.month, at.day, at.hour, at.minute, at.second);
            self.info(&format!("+CCLK: \"{year:02}/{month:02}/{day:02},{hour:02}:{minute:02}:{second:02}+{ZONE_QUARTERS}\""));
        }
        Ok(Answer::Ok)
    }
}
