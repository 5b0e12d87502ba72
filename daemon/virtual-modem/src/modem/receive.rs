//! Receiving: where a delivery goes, how it is announced, and its acknowledgement (TS 27.005 clauses 3.4.1 and 3.4.4).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tpdu::{DeliverReport, MessageClass, MtTpdu};

use crate::air::{
    AirEventKind, DeliverRecord, Delivery, Downlink, MEMORY_EXCEEDED, NOT_ACKNOWLEDGED,
    OUT_OF_REACH, Uplink,
};
use crate::command::Op;
use crate::fault::Fault;
use crate::memory::{Status, Stored};
use crate::profile::ReportStorage;

use super::VirtualModem;
use super::answer::{Answer, ErrorCode, Handler, INVALID_PARAMETER};
use super::entry::Purpose;

pub(super) const COMMANDS: &[(&str, Handler)] =
    &[("+CNMA", |modem, now, op| modem.acknowledge(now, op))];

/// No +CNMA acknowledgement expected.
const NOTHING_TO_ACKNOWLEDGE: ErrorCode = ErrorCode::Cms(340);
/// Announcements kept while CNMI's mode is 0; the oldest are lost beyond it.
const BUFFERED_LINES: usize = 64;

/// How something that arrived is kept and announced.
#[derive(Debug)]
struct Keeping {
    memory: &'static str,
    /// Whether it can be read afterwards.
    kept: bool,
    announcement: Option<&'static str>,
    /// Where the announcement says that it is; where it is when left out.
    announced_at: Option<(&'static str, usize)>,
}

/// Deliveries between the network and the DTE.
#[derive(Debug, Default)]
pub(super) struct Reception {
    /// Announcements kept with mode 0.
    buffered: VecDeque<String>,
    /// The delivery that the DTE must acknowledge, and until when.
    awaited: Option<(Instant, DeliverRecord)>,
    /// Whether a message has found no room since something was last deleted.
    pub(super) was_full: bool,
}

impl Reception {
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.awaited.as_ref().map(|(until, _)| *until)
    }
}

impl VirtualModem {
    /// The network says something.
    pub(super) fn downlink(&mut self, now: Instant, downlink: Downlink) {
        match downlink {
            Downlink::Verdict(verdict) => self.verdict(now, verdict),
            Downlink::Deliver(delivery) => self.deliver(now, delivery),
            Downlink::Ussd { kind, text } => self.ussd_answer(kind, &text),
            Downlink::Call { from, rings } => self.ring(now, from, rings),
        }
    }

    fn deliver(&mut self, now: Instant, delivery: Delivery) {
        if !self.radio.is_registered() || self.reception.awaited.is_some() || self.trouble.is_hung()
        {
            self.uplink(Uplink::Acknowledge {
                delivery: delivery.id,
                cause: Some(OUT_OF_REACH),
            });
            return;
        }
        let stored = Stored::new(Status::ReceivedUnread, delivery.smsc, delivery.tpdu);
        let decoded = MtTpdu::decode(&stored.tpdu);
        let mr = match &decoded {
            Ok(MtTpdu::StatusReport(report)) => Some(report.mr.0),
            _ => None,
        };
        let record = DeliverRecord {
            id: delivery.id,
            attempt: delivery.attempt,
            injection: delivery.injection,
            report: mr.is_some(),
            pdu: stored.pdu().render(),
            mr,
            acknowledged: false,
            route: "none",
            stored: None,
        };
        if mr.is_some() {
            self.route_report(now, record, &stored);
        } else {
            self.route_message(now, record, &stored, decoded.as_ref().ok());
        }
    }

    /// `<ds>` of CNMI.
    fn route_report(&mut self, now: Instant, mut record: DeliverRecord, stored: &Stored) {
        match self.settings.cnmi[3] {
            1 => {
                record.route = "cds";
                self.hand_over(now, record, "+CDS", stored);
            }
            2 => {
                let storage = self.setup.profile.report_storage;
                let memory = match storage {
                    ReportStorage::Mem3 | ReportStorage::Lost => self.settings.memories[2],
                    _ => "SR",
                };
                let announced_at = match storage {
                    ReportStorage::SrAnnouncedAsSm => Some(("SM", 0)),
                    _ => None,
                };
                self.keep(
                    now,
                    record,
                    stored,
                    &Keeping {
                        memory,
                        kept: storage != ReportStorage::Lost,
                        announcement: Some("+CDSI"),
                        announced_at,
                    },
                );
            }
            _ => self.settle(now, record, None),
        }
    }

    /// `<mt>` of CNMI and the message's class (TS 27.005, the table of clause 3.4.1).
    fn route_message(
        &mut self,
        now: Instant,
        mut record: DeliverRecord,
        stored: &Stored,
        decoded: Option<&MtTpdu>,
    ) {
        let dcs = match decoded {
            Some(MtTpdu::Deliver(deliver)) => Some(deliver.dcs),
            _ => None,
        };
        let class = dcs.and_then(tpdu::Dcs::class);
        let kept = dcs
            .and_then(tpdu::Dcs::message_waiting)
            .is_some_and(|waiting| waiting.store);
        let direct = match self.settings.cnmi[1] {
            2 => class != Some(MessageClass::Sim) && !kept,
            3 => class == Some(MessageClass::Terminal),
            _ => false,
        };
        // Class 2 belongs on the SIM whatever mem3 is (TS 23.038 clause 4).
        let memory = if class == Some(MessageClass::Sim) {
            "SM"
        } else {
            self.settings.memories[2]
        };
        if direct {
            if self.arrival_fault("+CMT") == Some(Fault::RoutedAndStored) {
                self.store_too(memory, stored);
            }
            record.route = "cmt";
            return self.hand_over(now, record, "+CMT", stored);
        }
        let announcement = (self.settings.cnmi[1] != 0).then_some("+CMTI");
        self.keep(
            now,
            record,
            stored,
            &Keeping {
                memory,
                kept: true,
                announcement,
                announced_at: None,
            },
        );
    }

    /// Stores something that arrived and announces it, as well as faults let it.
    fn keep(&mut self, now: Instant, record: DeliverRecord, stored: &Stored, how: &Keeping) {
        let Keeping {
            memory,
            mut kept,
            announcement,
            announced_at,
        } = *how;
        let fault = announcement.and_then(|name| self.arrival_fault(name));
        let mut stored = stored.clone();
        let mut announced_at = announced_at.map(|(memory, index)| (memory.to_owned(), index));
        match &fault {
            Some(Fault::EarlyAnnouncement { ms }) => {
                stored.hidden_until = Some(now + Duration::from_millis(*ms));
            }
            Some(Fault::WrongAnnouncement {
                memory,
                index,
                kept: still,
            }) => {
                kept &= *still;
                announced_at = Some((memory.clone(), *index));
            }
            _ => {}
        }
        let slot = if kept {
            self.store(memory, &stored)
        } else {
            Some((memory, self.setup.profile.first_index))
        };
        let report = record.report;
        let announced = announced_at.or(slot.map(|(memory, index)| (memory.to_owned(), index)));
        let line = announcement
            .zip(announced)
            .map(|(name, (memory, index))| format!("{name}: \"{memory}\",{index}"));
        self.stored_or_full(now, record, slot, kept, line);
        if fault == Some(Fault::RoutedAndStored) && slot.is_some() {
            let name = if report { "+CDS" } else { "+CMT" };
            self.announce(self.given_line(name, &stored));
        }
    }

    /// A message that is given to the DTE is stored beside it, if there is room.
    fn store_too(&mut self, memory: &'static str, stored: &Stored) {
        if let Some((memory, index)) = self.store(memory, stored) {
            self.announce(format!("+CMTI: \"{memory}\",{index}"));
        }
    }

    fn stored_or_full(
        &mut self,
        now: Instant,
        mut record: DeliverRecord,
        slot: Option<(&'static str, usize)>,
        kept: bool,
        announcement: Option<String>,
    ) {
        if slot.is_none() {
            self.reception.was_full = true;
            if let Some(line) = self.setup.profile.full_urc {
                self.urc(line);
            }
            return self.settle(now, record, Some(MEMORY_EXCEEDED));
        }
        record.route = if kept { "stored" } else { "lost" };
        record.stored = slot.filter(|_| kept);
        self.settle(now, record, None);
        if let Some(line) = announcement {
            self.announce(line);
        }
    }

    /// The two lines that give a whole message to the DTE.
    fn given_line(&self, name: &str, stored: &Stored) -> String {
        if self.settings.text_mode {
            let (header, body) = self.render_received_text(stored);
            return if body.is_empty() {
                format!("{name}: {header}")
            } else {
                format!("{name}: {header}\r\n{body}")
            };
        }
        let blank = if name == "+CMT" { "," } else { "" };
        let length = stored.tpdu.len();
        format!("{name}: {blank}{length}\r\n{}", stored.pdu().render())
    }

    /// Gives the whole message to the DTE, which must acknowledge it in phase 2+.
    fn hand_over(&mut self, now: Instant, record: DeliverRecord, name: &str, stored: &Stored) {
        let line = self.given_line(name, stored);
        if self.settings.phase_2_plus {
            self.reception.awaited = Some((now + self.setup.traits.cnma_wait, record));
        } else {
            self.settle(now, record, None);
        }
        self.announce(line);
    }

    /// Tells the network what became of a delivery, and the air log.
    fn settle(&mut self, now: Instant, mut record: DeliverRecord, cause: Option<u8>) {
        record.acknowledged = cause.is_none();
        self.uplink(Uplink::Acknowledge {
            delivery: record.id,
            cause,
        });
        self.log_kind(now, AirEventKind::Deliver(record));
    }

    fn announce(&mut self, line: String) {
        if self.settings.cnmi[0] != 0 {
            return self.urc(&line);
        }
        if self.reception.buffered.len() == BUFFERED_LINES {
            self.reception.buffered.pop_front();
        }
        self.reception.buffered.push_back(line);
    }

    /// CNMI was set: `<bfr>` says what becomes of the announcements that were kept.
    pub(super) fn routing_changed(&mut self, _now: Instant) {
        let [mode, .., bfr] = self.settings.cnmi;
        if mode == 0 {
            return;
        }
        let buffered = std::mem::take(&mut self.reception.buffered);
        if bfr == 0 {
            for line in buffered {
                self.urc(&line);
            }
        }
    }

    fn acknowledge(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        let (kind, length) = match op {
            Op::Test => {
                if !self.settings.text_mode {
                    self.info("+CNMA: (0-2)");
                }
                return Ok(Answer::Ok);
            }
            Op::Execute => (0, 0),
            Op::Set(args) if !self.settings.text_mode => {
                (args.number_in(0, 0..=2, 0)?, args.number(1)?.unwrap_or(0))
            }
            Op::Set(_) | Op::Read => return Err(ErrorCode::Error),
        };
        if self.reception.awaited.is_none() {
            return Err(NOTHING_TO_ACKNOWLEDGE);
        }
        if length > 0 {
            let length = usize::try_from(length).map_err(|_| INVALID_PARAMETER)?;
            return Ok(self.prompt(
                now,
                Purpose::Acknowledge {
                    length,
                    accepted: kind != 2,
                },
            ));
        }
        self.end_acknowledgement(now, kind != 2);
        Ok(Answer::Ok)
    }

    pub(super) fn acknowledge_with_report(
        &mut self,
        now: Instant,
        text: &[u8],
        length: usize,
        accepted: bool,
    ) -> Result<(), ErrorCode> {
        let octets = tpdu::codec::octets_from_hex(String::from_utf8_lossy(text).trim())
            .map_err(|_| INVALID_PARAMETER)?;
        if octets.len() != length || DeliverReport::decode(&octets).is_err() {
            return Err(INVALID_PARAMETER);
        }
        self.end_acknowledgement(now, accepted);
        Ok(())
    }

    fn end_acknowledgement(&mut self, now: Instant, accepted: bool) {
        if let Some((_, record)) = self.reception.awaited.take() {
            self.settle(now, record, (!accepted).then_some(NOT_ACKNOWLEDGED));
        }
    }

    /// Gives up an acknowledgement that did not come in time.
    pub(super) fn reception_due(&mut self, now: Instant) {
        if self.reception.next_at().is_none_or(|until| until > now) {
            return;
        }
        self.end_acknowledgement(now, false);
        if self.setup.profile.missed_cnma_clears_cnmi {
            self.settings.cnmi[1] = 0;
            self.settings.cnmi[3] = 0;
        }
    }
}
