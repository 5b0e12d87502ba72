//! A modem on a small network of its own, that misbehaves when told to and remembers what is true:
//! what went out, what was deleted, what was acknowledged. Nothing in it is left to chance.

use super::tiny::{Tiny, length};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// Messages a SIM holds.
const SIM_SIZE: usize = 20;
/// From a command to its answer.
const ANSWER: Duration = Duration::from_millis(15);
/// How long a submit is on the air.
const AIR: Duration = Duration::from_secs(3);
/// From a submit that was taken to its report.
const REPORT: Duration = Duration::from_secs(6);
/// How long `+CNMA` is waited for.
const ACK: Duration = Duration::from_secs(15);
/// How long it boots.
const BOOT: Duration = Duration::from_secs(8);

/// What becomes of a submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It goes out, and the answer comes.
    Usual,
    /// The answer comes so much later than usual.
    Late(Duration),
    /// It goes out, and no answer comes.
    TakenInSilence,
    /// It does not go out, and no answer comes.
    LostInSilence,
    /// `+CMS ERROR`
    Refused(u16),
    /// Temporary failure of the network, told so much later than usual.
    RefusedLate(Duration),
    /// The line with the reference is garbled.
    Garbled,
    /// The final `OK` is lost.
    WithoutOk,
    /// No prompt is shown, but the PDU would be taken.
    HiddenPrompt,
    /// `+CMS ERROR` in place of the prompt.
    NoPrompt,
}

#[derive(Debug, Clone, Copy)]
struct OnAir {
    job: u32,
    fate: Fate,
    ends: Instant,
}

#[derive(Default)]
pub(crate) struct Faulty {
    pub(crate) tiny: Tiny,
    line: Vec<u8>,
    prompt: Option<Fate>,
    on_air: Option<OnAir>,
    said: BTreeMap<(Instant, u64), Vec<u8>>,
    count: u64,
    mute_until: Option<Instant>,
    boots_until: Option<Instant>,
    pdu_mode: bool,
    mr: u8,
    pub(crate) registered: bool,
    pub(crate) iccid: u64,
    /// What becomes of the next submits.
    pub(crate) fates: VecDeque<Fate>,
    /// Messages for this SIM that the network holds.
    pub(crate) arriving: VecDeque<String>,
    reports: VecDeque<(Instant, String)>,
    unacknowledged: Option<(Instant, String)>,
    /// Not to be read before.
    unreadable_until: Option<Instant>,
    /// What went out, by job: each TP-MR it was given.
    pub(crate) taken: BTreeMap<u32, Vec<u8>>,
    /// PDUs that reached the modem.
    pub(crate) handed: BTreeSet<u32>,
    /// What the modem was told to forget, or that it was taken.
    pub(crate) done_with: Vec<String>,
    /// Everything the network ever had for this SIM.
    pub(crate) injected: BTreeSet<String>,
    /// PDUs written to a modem in text mode: each went to a wrong number.
    pub(crate) misread: usize,
}

impl Faulty {
    pub(crate) fn new() -> Self {
        Self {
            registered: true,
            iccid: 8_984_012_345_678_901_234,
            ..Self::default()
        }
    }

    /// A message for this SIM reaches the network.
    pub(crate) fn arrive(&mut self, pdu: String) {
        self.injected.insert(pdu.clone());
        self.arriving.push_back(pdu);
    }

    /// Everything the network had has gone to the modem.
    pub(crate) fn is_drained(&self) -> bool {
        self.arriving.is_empty()
            && self.reports.is_empty()
            && self.unacknowledged.is_none()
            && self.tiny.sim.is_empty()
    }

    pub(crate) fn mute(&mut self, until: Instant) {
        self.mute_until = Some(until);
    }

    /// Announces before the message can be read.
    pub(crate) fn announces_too_early(&mut self, until: Instant) {
        self.unreadable_until = Some(until);
    }

    /// What was on the air is cut off; everything that was set is forgotten.
    pub(crate) fn reboot(&mut self, now: Instant, with_a_word: bool) {
        self.line.clear();
        self.prompt = None;
        self.on_air = None;
        self.said.clear();
        self.pdu_mode = false;
        self.tiny.echo = true;
        "0,0,0,0,0".clone_into(&mut self.tiny.cnmi);
        self.give_back();
        if with_a_word {
            self.boots_until = Some(now + BOOT);
            self.say(now + BOOT, b"\r\nRDY\r\n".to_vec());
        }
    }

    /// What was not acknowledged stays with the network.
    fn give_back(&mut self) {
        if let Some((at, report)) = self.unacknowledged.take() {
            self.reports.push_front((at, report));
        }
    }

    pub(crate) fn say(&mut self, at: Instant, bytes: Vec<u8>) {
        self.count += 1;
        self.said.insert((at, self.count), bytes);
    }

    fn is_deaf(&self, now: Instant) -> bool {
        let before = |until: Option<Instant>| until.is_some_and(|until| now < until);
        before(self.mute_until) || before(self.boots_until) || self.on_air.is_some()
    }

    /// When the modem does something by itself.
    pub(crate) fn due(&self) -> Option<Instant> {
        let said = self.said.keys().next().map(|(at, _)| *at);
        let air = self.on_air.as_ref().map(|air| air.ends);
        let ack = self.unacknowledged.as_ref().map(|(at, _)| *at);
        let report = self.reports.front().map(|(at, _)| *at);
        let report = report.filter(|_| self.can_report());
        [said, air, ack, report].into_iter().flatten().min()
    }

    fn can_report(&self) -> bool {
        self.registered && self.unacknowledged.is_none() && self.routes(3) == 1
    }

    /// A number of `+CNMI`.
    fn routes(&self, at: usize) -> u8 {
        let number = self.tiny.cnmi.split(',').nth(at);
        number.and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// Time has come to `now`: what the modem says.
    pub(crate) fn advance(&mut self, now: Instant) -> Vec<u8> {
        if let Some(air) = self.on_air.take_if(|air| air.ends <= now) {
            self.landed(now, air);
        }
        if self
            .unacknowledged
            .as_ref()
            .is_some_and(|(at, _)| *at <= now)
        {
            // Field notes A 14: it tells the network, and stops routing.
            self.give_back();
            "2,0,0,0,0".clone_into(&mut self.tiny.cnmi);
        }
        self.deliver(now);
        let mut out = Vec::new();
        while let Some(entry) = self.said.first_entry().filter(|entry| entry.key().0 <= now) {
            let said = entry.remove();
            if self.mute_until.is_none_or(|until| until <= now) {
                out.extend(said);
            }
        }
        out
    }

    /// The network gives what it has.
    fn deliver(&mut self, now: Instant) {
        while self.registered && self.tiny.sim.len() < SIM_SIZE {
            let Some(pdu) = self.arriving.pop_front() else {
                break;
            };
            let index = (0..300)
                .find(|index| !self.tiny.sim.contains_key(index))
                .unwrap_or(0);
            self.tiny.sim.insert(index, pdu);
            if self.routes(1) == 1 {
                self.say(now, format!("\r\n+CMTI: \"SM\",{index}\r\n").into_bytes());
            }
        }
        if self.can_report()
            && let Some((_, report)) = self.reports.pop_front_if(|(at, _)| *at <= now)
        {
            let said = format!("\r\n+CDS: {}\r\n{report}\r\n", length(&report));
            self.say(now, said.into_bytes());
            self.unacknowledged = Some((now + ACK, report));
        }
    }

    /// A submit ends on the air.
    fn landed(&mut self, now: Instant, air: OnAir) {
        let ok = "\r\n\r\nOK\r\n";
        match air.fate {
            Fate::LostInSilence => return,
            Fate::RefusedLate(_) => {
                return self.say(now, b"\r\n+CMS ERROR: 41\r\n".to_vec());
            }
            Fate::Refused(code) => {
                return self.say(now, format!("\r\n+CMS ERROR: {code}\r\n").into_bytes());
            }
            _ => {}
        }
        self.mr = self.mr.wrapping_add(1);
        self.taken.entry(air.job).or_default().push(self.mr);
        let report = report(self.mr, air.job);
        self.injected.insert(report.clone());
        self.reports.push_back((now + REPORT, report));
        let said = match air.fate {
            Fate::TakenInSilence => return,
            Fate::Garbled => format!("\r\n+C?GS: \u{fffd}{ok}"),
            Fate::WithoutOk => format!("\r\n+CMGS: {}\r\n", self.mr),
            _ => format!("\r\n+CMGS: {}{ok}", self.mr),
        };
        self.say(now, said.into_bytes());
    }

    pub(crate) fn hear(&mut self, now: Instant, bytes: &[u8]) {
        for &byte in bytes {
            if self.is_deaf(now) {
                continue;
            }
            match byte {
                0x1b => {
                    self.line.clear();
                    if self.prompt.take().is_some() {
                        self.say(now + ANSWER, b"\r\nOK\r\n".to_vec());
                    }
                }
                0x1a if self.prompt.is_some() => self.handed_over(now),
                b'\r' if self.prompt.is_none() => self.command(now),
                b'\r' => {}
                _ => self.line.push(byte),
            }
        }
    }

    fn handed_over(&mut self, now: Instant) {
        let pdu = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        let fate = self.prompt.take().unwrap_or(Fate::Usual);
        if !self.pdu_mode {
            self.misread += 1;
        }
        let job = pdu.get(pdu.len().saturating_sub(8)..).unwrap_or("");
        let job = u32::from_str_radix(job, 16).unwrap_or(u32::MAX);
        self.handed.insert(job);
        let late = match fate {
            Fate::Late(by) | Fate::RefusedLate(by) => by,
            _ => Duration::ZERO,
        };
        self.on_air = Some(OnAir {
            job,
            fate,
            ends: now + AIR + late,
        });
    }

    fn command(&mut self, now: Instant) {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        let at = now + ANSWER;
        if self.tiny.echo {
            self.say(now, format!("{line}\r").into_bytes());
        }
        if line.is_empty() {
            return;
        }
        if line.starts_with("AT+CMGS=") {
            return self.prompts(at);
        }
        if let Some(index) = line.strip_prefix("AT+CMGD=") {
            let index = index.parse().unwrap_or(u16::MAX);
            self.done_with.extend(self.tiny.sim.get(&index).cloned());
        }
        let answer = match line.as_str() {
            "ATE0" => {
                self.tiny.echo = false;
                "\r\nOK\r\n".to_owned()
            }
            "AT+CMGF=0" => {
                self.pdu_mode = true;
                "\r\nOK\r\n".to_owned()
            }
            "AT+CFUN=1,1" => {
                self.reboot(now, true);
                return;
            }
            "AT+CNMA" => match self.unacknowledged.take() {
                Some((_, report)) => {
                    self.done_with.push(report);
                    "\r\nOK\r\n".to_owned()
                }
                None => "\r\n+CMS ERROR: 340\r\n".to_owned(),
            },
            "AT+CNMA=2" => "\r\n+CMS ERROR: 340\r\n".to_owned(),
            "AT+CCID" => format!("\r\n+CCID: {}\r\n\r\nOK\r\n", self.iccid),
            "AT+CREG?" | "AT+CEREG?" => {
                let stat = if self.registered { 1 } else { 2 };
                let name = line.trim_start_matches("AT").trim_end_matches('?');
                format!("\r\n{name}: 1,{stat}\r\n\r\nOK\r\n")
            }
            _ if line.starts_with("AT+CUSD=1") => {
                self.say(at + AIR, b"\r\n+CUSD: 0,\"Balance 5\",15\r\n".to_vec());
                "\r\nOK\r\n".to_owned()
            }
            _ if line.starts_with("AT+CMGR=")
                && self.unreadable_until.is_some_and(|until| now < until) =>
            {
                "\r\n+CMS ERROR: 321\r\n".to_owned()
            }
            _ => String::from_utf8_lossy(&self.tiny.answer(&line)).into_owned(),
        };
        self.say(at, answer.into_bytes());
    }

    fn prompts(&mut self, at: Instant) {
        let fate = self.fates.pop_front().unwrap_or(Fate::Usual);
        if fate == Fate::NoPrompt {
            return self.say(at, b"\r\n+CMS ERROR: 500\r\n".to_vec());
        }
        self.prompt = Some(fate);
        if fate != Fate::HiddenPrompt {
            self.say(at, b"\r\n> ".to_vec());
        }
    }
}

/// The report on a submit: its TP-RA tells the job, so that no two are alike.
fn report(mr: u8, job: u32) -> String {
    let digits = format!("{job:010}");
    let swapped: String = digits
        .as_bytes()
        .chunks(2)
        .flat_map(|pair| [char::from(pair[1]), char::from(pair[0])])
        .collect();
    format!("0006{mr:02X}0A91{swapped}628021313200826280213132108200")
}
