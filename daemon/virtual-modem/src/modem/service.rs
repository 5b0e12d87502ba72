//! How messages are handled: format, service, memories, routing, text parameters (TS 27.005 clauses 3.2 and 3.3).

use std::time::Instant;

use crate::command::{Args, Op};

use super::VirtualModem;
use super::answer::{Answer, ErrorCode, Handler, INVALID_PARAMETER, small};
use super::settings::TextParameters;
use super::text_mode::{number_from, number_type};

pub(super) const COMMANDS: &[(&str, Handler)] = &[
    ("+CMEE", |modem, _, op| modem.error_detail(op)),
    ("+CMGF", |modem, _, op| modem.message_format(op)),
    ("+CSMS", |modem, _, op| modem.message_service(op)),
    ("+CPMS", |modem, now, op| modem.memories(now, op)),
    ("+CSCA", |modem, _, op| modem.service_centre(op)),
    ("+CSMP", |modem, _, op| modem.text_parameters(op)),
    ("+CSDH", |modem, _, op| modem.show_headers(op)),
    ("+CSCB", |modem, _, op| modem.cell_broadcast(op)),
    ("+CNMI", |modem, now, op| modem.routing(now, op)),
    ("+CSAS", |modem, _, _| modem.profile_stored()),
    ("+CRES", |modem, _, _| modem.profile_stored()),
];

/// Operation not supported.
const NOT_SUPPORTED: ErrorCode = ErrorCode::Cms(303);
impl VirtualModem {
    /// Refuses message commands as long as the SIM cannot be used.
    pub(super) fn need_message_sim(&self) -> Result<(), ErrorCode> {
        self.need_sim().map_err(|refusal| match refusal {
            ErrorCode::Cme(10) => ErrorCode::Cms(310),
            ErrorCode::Cme(11) => ErrorCode::Cms(311),
            ErrorCode::Cme(12) => ErrorCode::Cms(316),
            // SIM failure
            _ => ErrorCode::Cms(313),
        })
    }

    fn error_detail(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => self.info(&format!("+CMEE: {}", self.settings.error_detail)),
            Op::Test => self.info("+CMEE: (0-2)"),
            Op::Set(args) => self.settings.error_detail = small(args, 0, 2)?,
            Op::Execute => self.settings.error_detail = 0,
        }
        Ok(Answer::Ok)
    }

    fn message_format(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => self.info(&format!("+CMGF: {}", u8::from(self.settings.text_mode))),
            Op::Test => self.info("+CMGF: (0,1)"),
            Op::Set(args) => self.settings.text_mode = small(args, 0, 1)? == 1,
            Op::Execute => self.settings.text_mode = false,
        }
        Ok(Answer::Ok)
    }

    fn message_service(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        let best = u8::from(self.setup.profile.phase_2_plus);
        match op {
            Op::Read => self.info(&format!(
                "+CSMS: {},1,1,1",
                u8::from(self.settings.phase_2_plus)
            )),
            Op::Test => self.info(if best == 1 {
                "+CSMS: (0,1)"
            } else {
                "+CSMS: (0)"
            }),
            Op::Set(args) => {
                let service = args.number(0)?.unwrap_or(0);
                if service > u32::from(best) {
                    return Err(NOT_SUPPORTED);
                }
                self.settings.phase_2_plus = service == 1;
                self.info("+CSMS: 1,1,1");
            }
            Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    fn memories(&mut self, _now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        let known = self.setup.profile.memories;
        match op {
            Op::Test => {
                let names: Vec<String> = known
                    .iter()
                    .map(|(name, _)| format!("\"{name}\""))
                    .collect();
                // Reports can be read from SR and cell broadcasts from BM, not written to.
                let writable: Vec<String> = known
                    .iter()
                    .filter(|(name, _)| !matches!(*name, "SR" | "BM"))
                    .map(|(name, _)| format!("\"{name}\""))
                    .collect();
                let (all, writable) = (names.join(","), writable.join(","));
                self.info(&format!("+CPMS: ({all}),({writable}),({writable})"));
            }
            Op::Read => {
                self.need_message_sim()?;
                let parts = self.settings.memories.map(|name| {
                    let (used, size) = self.memory_use(name);
                    format!("\"{name}\",{used},{size}")
                });
                self.info(&format!("+CPMS: {}", parts.join(",")));
            }
            Op::Set(args) => {
                self.need_message_sim()?;
                self.choose_memories(args)?;
                let parts = self.settings.memories.map(|name| {
                    let (used, size) = self.memory_use(name);
                    format!("{used},{size}")
                });
                self.info(&format!("+CPMS: {}", parts.join(",")));
            }
            Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    fn choose_memories(&mut self, args: &Args) -> Result<(), ErrorCode> {
        let mut chosen = self.settings.memories;
        for (index, slot) in chosen.iter_mut().enumerate().take(args.len()) {
            let Some(name) = args.text(index) else {
                continue;
            };
            let known = self
                .setup
                .profile
                .memories
                .iter()
                .find(|(known, _)| *known == name);
            let (known, _) = known.ok_or(ErrorCode::Cms(302))?;
            if index > 0 && matches!(*known, "SR" | "BM") {
                return Err(ErrorCode::Cms(302));
            }
            *slot = known;
        }
        self.settings.memories = chosen;
        Ok(())
    }

    fn service_centre(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        self.need_message_sim()?;
        let Some(sim) = &mut self.sim else {
            return Err(ErrorCode::Cms(310));
        };
        match op {
            Op::Read => {
                let smsc = sim.smsc.clone();
                let kind = number_type(&smsc);
                let text = self.quote(&smsc);
                self.info(&format!("+CSCA: {text},{kind}"));
            }
            Op::Set(args) => {
                let text = args.text(0).ok_or(INVALID_PARAMETER)?;
                let number = number_from(text, self.settings.charset, args.number(1)?);
                if let Some(sim) = &mut self.sim {
                    sim.smsc = number;
                }
            }
            Op::Test => {}
            Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    fn text_parameters(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => {
                let TextParameters { fo, vp, pid, dcs } = self.settings.text;
                self.info(&format!("+CSMP: {fo},{vp},{pid},{dcs}"));
            }
            Op::Set(args) => {
                let text = &mut self.settings.text;
                for (index, value) in [&mut text.fo, &mut text.vp, &mut text.pid, &mut text.dcs]
                    .into_iter()
                    .enumerate()
                {
                    if args.number(index)?.is_some() {
                        *value = small(args, index, u8::MAX)?;
                    }
                }
            }
            Op::Test => {}
            Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    fn show_headers(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => self.info(&format!("+CSDH: {}", u8::from(self.settings.show_headers))),
            Op::Test => self.info("+CSDH: (0,1)"),
            Op::Set(args) => self.settings.show_headers = small(args, 0, 1)? == 1,
            Op::Execute => self.settings.show_headers = false,
        }
        Ok(Answer::Ok)
    }

    fn cell_broadcast(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => self.info(&format!("+CSCB: {}", self.settings.cell_broadcast)),
            Op::Test => self.info("+CSCB: (0,1)"),
            Op::Set(args) => {
                let mode = args.number_in(0, 0..=1, 0)?;
                let (mids, dcss) = (args.text(1).unwrap_or(""), args.text(2).unwrap_or(""));
                self.settings.cell_broadcast = format!("{mode},\"{mids}\",\"{dcss}\"");
            }
            Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    /// `+CSAS`, `+CRES`: there is one profile and it is kept anyway.
    fn profile_stored(&mut self) -> Result<Answer, ErrorCode> {
        self.need_message_sim()?;
        Ok(Answer::Ok)
    }

    fn routing(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        let ranges = self.setup.profile.cnmi;
        match op {
            Op::Read => {
                let values = self.settings.cnmi.map(|value| value.to_string()).join(",");
                self.info(&format!("+CNMI: {values}"));
            }
            Op::Test => {
                let lists = ranges.allowed.map(|values| {
                    let values: Vec<String> = values.iter().map(u8::to_string).collect();
                    format!("({})", values.join(","))
                });
                self.info(&format!("+CNMI: {}", lists.join(",")));
            }
            Op::Execute => self.settings.cnmi = ranges.at_start,
            Op::Set(args) => {
                let mut wanted = self.settings.cnmi;
                for (index, value) in wanted.iter_mut().enumerate() {
                    if args.number(index)?.is_some() {
                        *value = small(args, index, 9)?;
                    }
                    if !ranges.allowed[index].contains(value) {
                        return Err(NOT_SUPPORTED);
                    }
                }
                if ranges.refused.contains(&wanted) {
                    return Err(NOT_SUPPORTED);
                }
                self.settings.cnmi = wanted;
                self.routing_changed(now);
            }
        }
        Ok(Answer::Ok)
    }
}
