//! Sending: the prompt, the text, the air (TS 27.005 clauses 3.5 and 4).

use std::time::{Duration, Instant};

use rand::RngExt;
use tpdu::{MoTpdu, PduHex, Submit};

use crate::air::{AirEvent, AirEventKind, SubmitRecord, Uplink, Verdict};
use crate::command::{Args, Op};
use crate::fault::{Fault, Moment};
use crate::memory::{Status, Stored};

use super::answer::{Answer, ErrorCode, Handler, INVALID_PARAMETER, chosen_refusal, small};
use super::entry::{Entry, Purpose};
use super::misbehave::Befallen;
use super::{Activity, VirtualModem};

pub(super) const COMMANDS: &[(&str, Handler)] = &[
    ("+CMGS", |modem, now, op| modem.send(now, op)),
    ("+CMGW", |modem, now, op| modem.write(now, op)),
    ("+CMGC", |modem, now, op| modem.command(now, op)),
    ("+CMSS", |modem, now, op| modem.send_stored(now, op)),
    ("+CMMS", |modem, _, op| modem.more_messages(op)),
];

/// How long the link stays open for more after a submit with `AT+CMMS` on (TS 27.005 clause 3.5.6: 1 to 5 s).
const LINK_STAYS: Duration = Duration::from_secs(5);
/// No network service.
const NO_NETWORK: ErrorCode = ErrorCode::Cms(331);
/// What a modem says whose references are used up (field notes A 8).
const REFERENCES_USED_UP: ErrorCode = ErrorCode::Cms(1);
/// SMSC address unknown.
const NO_SMSC: ErrorCode = ErrorCode::Cms(330);

/// A TPDU that is to cross the air, or does.
#[derive(Debug)]
pub(super) struct Submission {
    /// `+CMGS` or `+CMSS`.
    answer: &'static str,
    smsc: String,
    tpdu: Vec<u8>,
    /// Of the SIM from which it goes out.
    iccid: String,
    record: SubmitRecord,
}

impl Submission {
    /// What goes out from the SIM that is in the holder then.
    fn new(answer: &'static str, smsc: String, tpdu: Vec<u8>, record: SubmitRecord) -> Self {
        Self {
            answer,
            smsc,
            tpdu,
            iccid: String::new(),
            record,
        }
    }
}

impl VirtualModem {
    fn send(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        let Op::Set(args) = op else {
            return test_only(op);
        };
        self.need_message_sim()?;
        let purpose = if self.settings.text_mode {
            Purpose::SendText {
                to: self.recipient(args, 0)?,
            }
        } else {
            Purpose::Send {
                length: length(args)?,
            }
        };
        Ok(self.prompt(now, purpose))
    }

    fn command(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        let Op::Set(args) = op else {
            return test_only(op);
        };
        self.need_message_sim()?;
        if self.settings.text_mode {
            return Err(ErrorCode::Cms(303));
        }
        let length = length(args)?;
        Ok(self.prompt(now, Purpose::Command { length }))
    }

    fn write(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        self.need_message_sim()?;
        let none = Args::default();
        let args = match op {
            Op::Set(args) => args,
            Op::Execute if self.settings.text_mode => &none,
            _ => return test_only(op),
        };
        let status = |index: usize| match args.text(index) {
            None => Ok(Status::Unsent),
            Some(value) => Status::parse(value).ok_or(INVALID_PARAMETER),
        };
        let purpose = if self.settings.text_mode {
            let to = if args.text(0).is_some() {
                self.recipient(args, 0)?
            } else {
                String::new()
            };
            Purpose::WriteText {
                to,
                status: status(2)?,
            }
        } else {
            Purpose::Write {
                length: length(args)?,
                status: status(1)?,
            }
        };
        Ok(self.prompt(now, purpose))
    }

    fn send_stored(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        let Op::Set(args) = op else {
            return test_only(op);
        };
        self.need_message_sim()?;
        let index = args.number(0)?.ok_or(INVALID_PARAMETER)?;
        let stored = self
            .stored_at(self.settings.memories[1], index)?
            .clone()
            .ok_or(ErrorCode::Cms(321))?;
        let mut tpdu = stored.tpdu.clone();
        if args.text(1).is_some() {
            let to = self.recipient(args, 1)?;
            let mut submit = Submit::decode(&tpdu).map_err(|_| INVALID_PARAMETER)?;
            submit.da = to.parse().map_err(|_| INVALID_PARAMETER)?;
            tpdu = submit.encode().map_err(|_| INVALID_PARAMETER)?;
        }
        let stored = Stored { tpdu, ..stored };
        let pdu = stored.pdu().render();
        let record = new_record(self.dte.line_at.unwrap_or(now), None, now, pdu);
        let submission = Submission::new("+CMSS", stored.smsc, stored.tpdu, record);
        self.transmit_submission(now, submission);
        if let Ok(Some(stored)) = self.stored_at(self.settings.memories[1], index) {
            stored.status = Status::Sent;
        }
        Ok(Answer::Later)
    }

    fn more_messages(&mut self, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => self.info(&format!("+CMMS: {}", self.settings.more_messages)),
            Op::Test => self.info("+CMMS: (0-2)"),
            Op::Set(args) => self.settings.more_messages = small(args, 0, 2)?,
            Op::Execute => return Err(ErrorCode::Error),
        }
        Ok(Answer::Ok)
    }

    pub(super) fn submit_pdu(&mut self, now: Instant, entry: &Entry, length: usize, command: bool) {
        let written = String::from_utf8_lossy(&entry.text).trim().to_owned();
        let answer = if command { "+CMGC" } else { "+CMGS" };
        let mut record = new_record(entry.command_at, entry.prompt_at, now, written.clone());
        let pdu = match read_pdu(&written, length, command) {
            Ok(pdu) => pdu,
            Err(refusal) => return self.refuse_submission(now, record, refusal),
        };
        record.pdu = pdu.render();
        let smsc = pdu.smsc.map_or_else(String::new, |smsc| smsc.to_string());
        self.transmit_submission(now, Submission::new(answer, smsc, pdu.tpdu, record));
    }

    pub(super) fn submit_text(&mut self, now: Instant, entry: &Entry, to: &str) {
        let mut record = new_record(entry.command_at, entry.prompt_at, now, String::new());
        to.clone_into(&mut record.to);
        match self.compose(&entry.text, to) {
            Ok(tpdu) => {
                record.pdu = PduHex::new(tpdu.clone()).render();
                let submission = Submission::new("+CMGS", String::new(), tpdu, record);
                self.transmit_submission(now, submission);
            }
            Err(refusal) => self.refuse_submission(now, record, refusal),
        }
    }

    /// A text that a fault keeps from becoming a submit.
    pub(super) fn refuse_text(&mut self, now: Instant, entry: &Entry, refusal: ErrorCode) {
        let written = String::from_utf8_lossy(&entry.text).trim().to_owned();
        let record = new_record(entry.command_at, entry.prompt_at, now, written);
        self.refuse_submission(now, record, refusal);
    }

    /// A submit that is given up on the air.
    pub(super) fn abandon_submission(&mut self, now: Instant, submission: Submission) {
        self.refuse_submission(now, submission.record, ErrorCode::Error);
    }

    /// A submit that never gets as far as the air.
    fn refuse_submission(&mut self, now: Instant, mut record: SubmitRecord, refusal: ErrorCode) {
        record.error = Some(refusal_code(refusal));
        record.done_at = Some(now);
        self.log_kind(now, AirEventKind::Submit(record));
        self.finish(now, Err(refusal));
    }

    /// Puts a submit on the air, if there is a network and a service centre.
    fn transmit_submission(&mut self, now: Instant, mut submission: Submission) {
        submission.record.to = recipient_of(&submission.tpdu);
        let Some(sim) = &mut self.sim else {
            return self.refuse_submission(now, submission.record, ErrorCode::Cms(310));
        };
        submission.iccid.clone_from(&sim.iccid);
        if submission.smsc.is_empty() {
            submission.smsc.clone_from(&sim.smsc);
        }
        if submission.smsc.is_empty() {
            return self.refuse_submission(now, submission.record, NO_SMSC);
        }
        if !self.radio.is_registered() {
            return self.refuse_submission(now, submission.record, NO_NETWORK);
        }
        if self.trouble.reference_stuck && self.dte.fault == Some(Fault::ReferenceStuck) {
            return self.refuse_submission(now, submission.record, REFERENCES_USED_UP);
        }
        if let Some(Fault::UrcInAnswer { line }) = &self.dte.fault {
            let line = line.clone();
            self.urc(&line);
        }
        let until = now + self.time_on_air(now);
        self.activity = Activity::OnAir(until, Box::new(submission));
    }

    fn time_on_air(&mut self, now: Instant) -> Duration {
        let jitter = self.setup.traits.air_jitter.clamp(0.0, 1.0);
        let stray = if jitter > 0.0 {
            self.rng.random_range(-jitter..=jitter)
        } else {
            0.0
        };
        let open = self.radio.link_until.is_some_and(|until| now <= until);
        let link = if open {
            Duration::ZERO
        } else {
            self.setup.traits.link_setup
        };
        self.setup.traits.air_time.mul_f64(1.0 + stray) + link
    }

    /// The air time is over: the network has the TPDU now.
    pub(super) fn reach_network(&mut self, now: Instant, mut submission: Box<Submission>) {
        if !self.radio.is_registered() {
            return self.refuse_submission(now, submission.record, NO_NETWORK);
        }
        if let Some(refusal) = self.dte.fault.as_ref().and_then(chosen_refusal) {
            // As if the network had refused it: the number is used.
            if !self.setup.traits.refused_keep_reference {
                submission.record.mr = self.sim.as_mut().map(|sim| sim.next_reference());
            }
            return self.refuse_submission(now, submission.record, refusal);
        }
        let reference = self.sim.as_mut().map_or(0, |sim| sim.next_reference());
        self.trouble.reference_stuck |= reference == u8::MAX;
        if let Some(octet) = submission.tpdu.get_mut(1) {
            *octet = reference;
        }
        submission.record.mr = Some(reference);
        self.uplink(Uplink::Submit {
            smsc: submission.smsc.clone(),
            tpdu: submission.tpdu.clone(),
        });
        self.activity = Activity::AwaitingVerdict(submission);
    }

    /// The network answers a submit.
    pub(super) fn verdict(&mut self, now: Instant, verdict: Verdict) {
        if let Some(submission) = self.orphan.take() {
            return self.log_orphan(now, *submission, verdict);
        }
        let submission = match std::mem::replace(&mut self.activity, Activity::Commands) {
            Activity::AwaitingVerdict(submission) => submission,
            other => {
                self.activity = other;
                return;
            }
        };
        let Submission {
            answer,
            iccid,
            mut record,
            ..
        } = *submission;
        let mr = record.mr.unwrap_or_default();
        self.radio.link_until = (self.settings.more_messages > 0).then(|| now + LINK_STAYS);
        self.judged(&mut record, verdict);
        let answered = match self.befallen(now, Moment::Taken) {
            Befallen::Gone => return self.log_submit(now, iccid, record),
            Befallen::Say(bytes) => {
                self.dte.answer.extend(bytes);
                refusal_of(verdict)
            }
            Befallen::Refused(refusal) => Some(refusal),
            Befallen::Not => refusal_of(verdict),
        };
        if let Verdict::AcceptedLate(late) = verdict {
            self.dte.fault = Some(Fault::LateAnswer {
                ms: u64::try_from(late.as_millis()).unwrap_or(u64::MAX),
                works: false,
            });
        }
        record.error = answered.map(refusal_code);
        let silent = is_silent(verdict)
            || self.trouble.is_hung()
            || matches!(
                self.dte.fault,
                Some(Fault::NoAnswer | Fault::LateAnswer { .. })
            );
        record.done_at = (!silent).then_some(now);
        self.log_submit(now, iccid, record);
        match answered {
            Some(refusal) => self.finish(now, Err(refusal)),
            None if is_silent(verdict) => {
                self.dte.fault = Some(Fault::NoAnswer);
                self.finish(now, Ok(Answer::Ok));
            }
            None => {
                match self.dte.fault {
                    Some(Fault::NoReference { echo }) => self.dte.echo |= echo,
                    _ => self.info(&format!("{answer}: {mr}")),
                }
                self.next_command(now);
            }
        }
    }

    /// Enters what the network did with a submit, and gives a number back that was not used.
    fn judged(&mut self, record: &mut SubmitRecord, verdict: Verdict) {
        record.accepted = refusal_of(verdict).is_none() && verdict != Verdict::LostInSilence;
        let unused = match verdict {
            // It never went out: the next submit takes the same reference.
            Verdict::LostInSilence => true,
            Verdict::Refused(_) | Verdict::RefusedPlainly => {
                self.setup.traits.refused_keep_reference
            }
            _ => false,
        };
        if unused {
            if let Some(sim) = &mut self.sim {
                sim.last_reference = sim.last_reference.wrapping_sub(1);
            }
            record.mr = None;
        }
    }

    /// The network's word on a submit whose modem went down or gave it up meanwhile.
    fn log_orphan(&mut self, now: Instant, submission: Submission, verdict: Verdict) {
        let Submission {
            iccid, mut record, ..
        } = submission;
        record.accepted = refusal_of(verdict).is_none() && verdict != Verdict::LostInSilence;
        record.error = refusal_of(verdict).map(refusal_code);
        self.log_submit(now, iccid, record);
    }

    fn log_submit(&mut self, at: Instant, iccid: String, record: SubmitRecord) {
        let what = AirEventKind::Submit(record);
        self.log(AirEvent { at, iccid, what });
    }

    pub(super) fn log_kind(&mut self, at: Instant, what: AirEventKind) {
        let iccid = self
            .sim
            .as_ref()
            .map(|sim| sim.iccid.clone())
            .unwrap_or_default();
        self.log(AirEvent { at, iccid, what });
    }
}

/// `AT+CMGS=?` is answered with OK; the other forms without a value do not exist.
fn test_only(op: &Op) -> Result<Answer, ErrorCode> {
    if *op == Op::Test {
        Ok(Answer::Ok)
    } else {
        Err(ErrorCode::Error)
    }
}

fn length(args: &Args) -> Result<usize, ErrorCode> {
    let length = args.number(0)?.ok_or(INVALID_PARAMETER)?;
    usize::try_from(length)
        .ok()
        .filter(|length| (1..=164).contains(length))
        .ok_or(INVALID_PARAMETER)
}

/// Reads what was written at the prompt and checks it as a modem does.
fn read_pdu(written: &str, length: usize, command: bool) -> Result<PduHex, ErrorCode> {
    let pdu = PduHex::parse(written).map_err(|_| INVALID_PARAMETER)?;
    if pdu.tpdu_len() != length {
        return Err(INVALID_PARAMETER);
    }
    match MoTpdu::decode(&pdu.tpdu) {
        Ok(MoTpdu::Submit(_)) if !command => Ok(pdu),
        Ok(MoTpdu::Command(_)) if command => Ok(pdu),
        _ => Err(INVALID_PARAMETER),
    }
}

fn recipient_of(tpdu: &[u8]) -> String {
    match MoTpdu::decode(tpdu) {
        Ok(MoTpdu::Submit(submit)) => submit.da.to_string(),
        Ok(MoTpdu::Command(command)) => command.da.to_string(),
        _ => String::new(),
    }
}

/// Whether the modem says nothing, whatever became of the submit.
fn is_silent(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::AcceptedInSilence | Verdict::LostInSilence)
}

fn refusal_of(verdict: Verdict) -> Option<ErrorCode> {
    match verdict {
        Verdict::Accepted
        | Verdict::AcceptedLate(_)
        | Verdict::AcceptedInSilence
        | Verdict::LostInSilence => None,
        Verdict::Refused(code) => Some(ErrorCode::Cms(code)),
        Verdict::RefusedPlainly => Some(ErrorCode::Error),
    }
}

fn refusal_code(refusal: ErrorCode) -> String {
    match refusal {
        ErrorCode::Error => "error".to_owned(),
        ErrorCode::Cme(code) => format!("cme-{code}"),
        ErrorCode::Cms(code) => format!("cms-{code}"),
    }
}

fn new_record(
    command_at: Instant,
    prompt_at: Option<Instant>,
    ctrl_z_at: Instant,
    pdu: String,
) -> SubmitRecord {
    SubmitRecord {
        mr: None,
        pdu,
        to: String::new(),
        accepted: false,
        error: None,
        command_at,
        prompt_at,
        ctrl_z_at,
        done_at: None,
    }
}
