//! Calls, as far as a gateway sees them, and the phonebook (TS 27.007 clauses 6, 7.6 and 8.11 to 8.14).

#![expect(
    clippy::unnecessary_wraps,
    reason = "all handlers have the type of the table"
)]

use std::time::{Duration, Instant};

use crate::command::Op;

use super::VirtualModem;
use super::answer::{Answer, ErrorCode, Handler, small};
use super::text_mode::number_type;

pub(super) const COMMANDS: &[(&str, Handler)] = &[
    ("D", |_, _, _| Ok(Answer::NoCarrier)),
    ("A", |modem, _, _| {
        modem.call = Line::default();
        Ok(Answer::NoCarrier)
    }),
    ("H", |modem, _, _| modem.hang_up()),
    ("+CHUP", |modem, _, _| modem.hang_up()),
    ("+CLIP", |modem, _, op| modem.caller_line(op)),
    ("+CRC", |modem, _, op| modem.extended_ring(op)),
    ("+CLCC", |modem, _, _| modem.list_calls()),
    ("+CPAS", |modem, _, op| modem.activity_status(op)),
    ("+CPBS", |modem, _, op| modem.phonebook_storage(op)),
    ("+CPBR", |modem, _, op| modem.read_phonebook(op)),
    ("+CPBW", |modem, _, op| modem.write_phonebook(op)),
];

/// From one RING to the next (V.250 clause 6.3.8 leaves it to the network).
const RING_EVERY: Duration = Duration::from_secs(3);

/// The telephone line: a call that rings, if any.
#[derive(Debug, Default)]
pub(super) struct Line {
    ringing: Option<Ringing>,
}

#[derive(Debug)]
struct Ringing {
    from: String,
    left: u8,
    next_at: Instant,
}

impl Line {
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.ringing.as_ref().map(|call| call.next_at)
    }
}

impl VirtualModem {
    pub(super) fn ring(&mut self, now: Instant, from: String, rings: u8) {
        if self.radio.is_registered() {
            self.call.ringing = Some(Ringing {
                from,
                left: rings,
                next_at: now,
            });
        }
    }

    pub(super) fn ring_due(&mut self, now: Instant) {
        let Some(call) = self
            .call
            .ringing
            .as_mut()
            .filter(|call| call.next_at <= now)
        else {
            return;
        };
        if call.left == 0 {
            self.call.ringing = None;
            return self.urc("NO CARRIER");
        }
        call.left -= 1;
        call.next_at = now + RING_EVERY;
        let from = call.from.clone();
        self.urc(if self.settings.extended_ring {
            "+CRING: VOICE"
        } else {
            "RING"
        });
        if self.settings.show_caller {
            let kind = number_type(&from);
            let from = self.quote(&from);
            self.urc(&format!("+CLIP: {from},{kind},,,,0"));
        }
    }

    fn hang_up(&mut self) -> Result<Answer, ErrorCode> {
        self.call = Line::default();
        Ok(Answer::Ok)
    }

    fn caller_line(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => self.info(&format!("+CLIP: {},1", u8::from(self.settings.show_caller))),
            Op::Test => self.info("+CLIP: (0,1)"),
            Op::Set(args) => self.settings.show_caller = small(args, 0, 1)? == 1,
            Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    fn extended_ring(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => self.info(&format!("+CRC: {}", u8::from(self.settings.extended_ring))),
            Op::Test => self.info("+CRC: (0,1)"),
            Op::Set(args) => self.settings.extended_ring = small(args, 0, 1)? == 1,
            Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    fn list_calls(&mut self) -> Result<Answer, ErrorCode> {
        if let Some(call) = &self.call.ringing {
            let line = format!(
                "+CLCC: 1,1,4,0,0,\"{}\",{}",
                call.from,
                number_type(&call.from)
            );
            self.info(&line);
        }
        Ok(Answer::Ok)
    }

    fn activity_status(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        let status = if self.call.ringing.is_some() { 3 } else { 0 };
        match op {
            Op::Test => self.info("+CPAS: (0,2-4)"),
            _ => self.info(&format!("+CPAS: {status}")),
        }
        Ok(Answer::Ok)
    }

    fn phonebook_storage(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        self.need_sim()?;
        match op {
            Op::Read => {
                let book = self.settings.phonebook;
                let entries = self.phonebook_entries();
                let used = entries.iter().flatten().count();
                self.info(&format!("+CPBS: \"{book}\",{used},{}", entries.len()));
            }
            Op::Test => self.info("+CPBS: (\"SM\",\"ON\")"),
            Op::Set(args) => {
                self.settings.phonebook = match args.text(0) {
                    Some("SM") => "SM",
                    Some("ON") => "ON",
                    _ => return Err(ErrorCode::Cme(4)),
                };
            }
            Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    /// The phonebook chosen: the SIM's own, or the one with its own number.
    fn phonebook_entries(&self) -> Vec<Option<(String, String)>> {
        match (&self.sim, self.settings.phonebook) {
            (Some(sim), "ON") => vec![Some((sim.msisdn.clone(), String::new()))],
            (Some(sim), _) => sim.phonebook.clone(),
            (None, _) => Vec::new(),
        }
    }

    fn read_phonebook(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        self.need_sim()?;
        let entries = self.phonebook_entries();
        match op {
            Op::Test => self.info(&format!("+CPBR: (1-{}),40,20", entries.len())),
            Op::Set(args) => {
                let first = args.number(0)?.ok_or(ErrorCode::Error)?;
                let last = args.number(1)?.unwrap_or(first);
                for (index, entry) in (1_u32..).zip(entries) {
                    if let Some((number, name)) = entry.filter(|_| (first..=last).contains(&index))
                    {
                        let name = self.quote(&name);
                        self.info(&format!(
                            "+CPBR: {index},\"{number}\",{},{name}",
                            number_type(&number)
                        ));
                    }
                }
            }
            Op::Read | Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    fn write_phonebook(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        self.need_sim()?;
        match op {
            Op::Test => self.info("+CPBW: (1-100),40,(129,145),20"),
            Op::Set(args) => {
                let index = usize::try_from(args.number(0)?.unwrap_or(1))
                    .map_err(|_| ErrorCode::Cme(21))?;
                let name = args.text(3).unwrap_or_default().to_owned();
                let entry = args.text(1).map(|number| (number.to_owned(), name));
                let book = self.sim.as_mut().map(|sim| &mut sim.phonebook);
                // Invalid index.
                let slot = book
                    .and_then(|book| book.get_mut(index.wrapping_sub(1)))
                    .ok_or(ErrorCode::Cme(21))?;
                *slot = entry;
            }
            Op::Read | Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }
}
