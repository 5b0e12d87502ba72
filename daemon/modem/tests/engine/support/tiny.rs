//! A modem of a few lines: enough of TS 27.005 to be set up, to send and to receive.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

pub(crate) struct Tiny {
    line: Vec<u8>,
    prompted: bool,
    /// Answers that differ from the built-in ones, by command line.
    pub(crate) answers: BTreeMap<String, String>,
    /// Commands in the order they came.
    pub(crate) heard: Vec<String>,
    /// Messages by index, in PDU hex.
    pub(crate) sim: BTreeMap<u16, String>,
    /// PDUs that were handed over.
    pub(crate) sent: Vec<String>,
    pub(crate) mr: u8,
    /// How long a submit takes on the air.
    pub(crate) air_time: Duration,
    /// Answers no more.
    pub(crate) mute: bool,
    /// `<mem1>`; all messages are in `SM`.
    selected: String,
    /// As a modem is born; `ATE0` ends it.
    pub(crate) echo: bool,
    /// `+CNMI`
    pub(crate) cnmi: String,
    /// Takes a PDU without asking for it.
    pub(crate) hides_prompt: bool,
    /// Command lines that begin so are refused.
    pub(crate) refused: Vec<String>,
    late: VecDeque<(Instant, Vec<u8>)>,
    /// How long it takes to its prompt; what comes meanwhile waits.
    pub(crate) prompts_after: Duration,
    busy_until: Option<Instant>,
    unread: Vec<u8>,
    /// How long it hears nothing after a final code, and after each so many of them.
    pub(crate) deaf: Option<(Duration, usize)>,
    deaf_until: Option<Instant>,
    ended: usize,
}

impl Default for Tiny {
    fn default() -> Self {
        Self {
            line: Vec::new(),
            prompted: false,
            answers: BTreeMap::new(),
            heard: Vec::new(),
            sim: BTreeMap::new(),
            sent: Vec::new(),
            mr: 0,
            air_time: Duration::ZERO,
            mute: false,
            selected: "SM".to_owned(),
            echo: true,
            cnmi: "0,0,0,0,0".to_owned(),
            hides_prompt: false,
            refused: Vec::new(),
            late: VecDeque::new(),
            prompts_after: Duration::ZERO,
            busy_until: None,
            unread: Vec::new(),
            deaf: None,
            deaf_until: None,
            ended: 0,
        }
    }
}

impl Tiny {
    /// A modem that answers `command` with `answer` instead.
    pub(crate) fn answering(mut self, command: &str, answer: &str) -> Self {
        self.answers.insert(command.to_owned(), answer.to_owned());
        self
    }

    /// A modem that has a message on the air for this long.
    pub(crate) fn slow(air_time: Duration) -> Self {
        Self {
            air_time,
            ..Self::default()
        }
    }

    /// How many commands that begin so it heard.
    pub(crate) fn asked(&self, start: &str) -> usize {
        let heard = self.heard.iter();
        heard.filter(|line| line.starts_with(start)).count()
    }

    /// When the modem will say something by itself.
    pub(crate) fn due(&self) -> Option<Instant> {
        let late = self.late.front().map(|(at, _)| *at);
        late.into_iter().chain(self.busy_until).min()
    }

    /// What has become due.
    pub(crate) fn late(&mut self, now: Instant) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some((_, said)) = self.late.pop_front_if(|(at, _)| *at <= now) {
            out.extend(said);
        }
        self.goes_deaf(now, &out);
        if self.busy_until.take_if(|until| *until <= now).is_some() {
            out.extend(b"\r\n> ");
            let unread = std::mem::take(&mut self.unread);
            out.extend(self.hear(now, &unread));
        }
        out
    }

    /// After what it has just said.
    fn goes_deaf(&mut self, now: Instant, said: &[u8]) {
        let (Some((time, each)), true) = (self.deaf, said.ends_with(b"\r\n")) else {
            return;
        };
        self.ended += 1;
        if self.ended.is_multiple_of(each) {
            self.deaf_until = Some(now + time);
        }
    }

    pub(crate) fn hear(&mut self, now: Instant, bytes: &[u8]) -> Vec<u8> {
        if self.mute || self.deaf_until.is_some_and(|until| now < until) {
            return Vec::new();
        }
        let mut out = Vec::new();
        for &byte in bytes {
            if self.busy_until.is_some() {
                self.unread.push(byte);
                continue;
            }
            match byte {
                0x1b => {
                    self.line.clear();
                    if std::mem::take(&mut self.prompted) {
                        out.extend(b"\r\nOK\r\n");
                    }
                }
                0x1a if self.prompted => {
                    self.prompted = false;
                    let pdu = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
                    self.sent.push(pdu);
                    self.mr = self.mr.wrapping_add(1);
                    let said = format!("\r\n+CMGS: {}\r\n\r\nOK\r\n", self.mr).into_bytes();
                    if self.air_time.is_zero() {
                        out.extend(said);
                    } else {
                        self.late.push_back((now + self.air_time, said));
                    }
                }
                b'\r' if !self.prompted => {
                    let line =
                        String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
                    if self.echo {
                        out.extend(line.as_bytes());
                        out.push(b'\r');
                    }
                    if !line.is_empty() {
                        out.extend(self.answer(&line));
                        if self.prompted && !self.prompts_after.is_zero() {
                            out.clear();
                            self.busy_until = Some(now + self.prompts_after);
                        }
                    }
                }
                _ => self.line.push(byte),
            }
        }
        self.goes_deaf(now, &out);
        out
    }

    /// What the modem says to a command line.
    pub(crate) fn answer(&mut self, line: &str) -> Vec<u8> {
        self.heard.push(line.to_owned());
        if let Some(answer) = self.answers.get(line) {
            return answer.replace('\n', "\r\n").into_bytes();
        }
        if self
            .refused
            .iter()
            .any(|start| line.starts_with(start.as_str()))
        {
            return b"\r\nERROR\r\n".to_vec();
        }
        let body = match line {
            "AT" | "AT+CMEE=1" | "AT+CMGF=0" | "AT+CLIP=1" | "AT+CREG=1" | "AT+CEREG=1"
            | "AT+COPS=3,0" | "AT+CMMS=2" | "AT+CNMA" | "AT+CNMA=2" | "AT+CSCS=\"GSM\"" => {
                String::new()
            }
            "ATE0" => {
                self.echo = false;
                String::new()
            }
            "AT+CFUN?" => "+CFUN: 1".into(),
            "AT+CGMI" => "Tiny".into(),
            "AT+CGMM" => "T1".into(),
            "AT+CGMR" => "1.0".into(),
            "AT+CGSN" => "490154203237518".into(),
            "AT+CPIN?" => "+CPIN: READY".into(),
            "AT+CCID" => "+CCID: 8984012345678901234".into(),
            "AT+CIMI" => "452040000000001".into(),
            "AT+CNUM" => "+CNUM: \"\",\"+84901234567\",145".into(),
            "AT+CSCA?" => "+CSCA: \"+84900000001\",145".into(),
            "AT+CSMS=1" => "+CSMS: 1,1,1".into(),
            "AT+CPMS=?" => "+CPMS: (\"SM\",\"ME\"),(\"SM\",\"ME\"),(\"SM\",\"ME\")".into(),
            "AT+CNMI=?" => "+CNMI: (0-3),(0-3),(0,2),(0-2),(0,1)".into(),
            "AT+CNMI?" => format!("+CNMI: {}", self.cnmi),
            "AT+CREG?" => "+CREG: 1,1".into(),
            "AT+CEREG?" => "+CEREG: 1,1".into(),
            "AT+CSQ" => "+CSQ: 20,99".into(),
            "AT+COPS?" => "+COPS: 0,0,\"Tiny Net\",7".into(),
            "AT+CPMS?" => {
                let used = self.sim.len();
                format!("+CPMS: \"SM\",{used},20,\"SM\",{used},20,\"SM\",{used},20")
            }
            "AT+CMGL=4" => self.list(),
            _ if line.starts_with("AT+CPMS=") => {
                line.split('"')
                    .nth(1)
                    .unwrap_or("SM")
                    .clone_into(&mut self.selected);
                let all = self.sim.len();
                let here = if self.selected == "SM" { all } else { 0 };
                format!("+CPMS: {here},20,{all},20,{all},20")
            }
            _ if line.starts_with("AT+CNMI=") => {
                line.trim_start_matches("AT+CNMI=")
                    .clone_into(&mut self.cnmi);
                String::new()
            }
            _ if line.starts_with("AT+CMGS=") => {
                self.prompted = true;
                let prompt = if self.hides_prompt { "" } else { "\r\n> " };
                return prompt.as_bytes().to_vec();
            }
            _ if line.starts_with("AT+CMGR=") => {
                match self.sim.get(&index(line)).filter(|_| self.selected == "SM") {
                    Some(pdu) => format!("+CMGR: 0,,{}\r\n{pdu}", length(pdu)),
                    None => String::new(),
                }
            }
            _ if line.starts_with("AT+CMGD=") => {
                self.sim.remove(&index(line));
                String::new()
            }
            _ => return b"\r\nERROR\r\n".to_vec(),
        };
        if body.is_empty() {
            b"\r\nOK\r\n".to_vec()
        } else {
            format!("\r\n{body}\r\n\r\nOK\r\n").into_bytes()
        }
    }

    fn list(&self) -> String {
        let entry =
            |(index, pdu): (&u16, &String)| format!("+CMGL: {index},0,,{}\r\n{pdu}", length(pdu));
        if self.selected != "SM" {
            return String::new();
        }
        self.sim.iter().map(entry).collect::<Vec<_>>().join("\r\n")
    }
}

fn index(line: &str) -> u16 {
    line.split('=')
        .nth(1)
        .and_then(|index| index.parse().ok())
        .unwrap_or(u16::MAX)
}

/// Octets of the TPDU: all but the SMSC address.
pub(crate) fn length(pdu: &str) -> usize {
    let smsc = usize::from_str_radix(&pdu[..2], 16).unwrap_or(0);
    pdu.len() / 2 - 1 - smsc
}
