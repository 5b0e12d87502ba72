//! The prompt, and the text that is taken at it.

use std::time::Instant;

use at::{CTRL_Z, ESC};
use tpdu::PduHex;

use crate::fault::{Fault, Moment};
use crate::memory::{Status, Stored};

use super::answer::{Answer, ErrorCode, INVALID_PARAMETER};
use super::misbehave::Befallen;
use super::octets::drop_octets;
use super::{Activity, VirtualModem};

/// The longest text taken at a prompt, in octets; what comes beyond is lost.
const TEXT_LENGTH: usize = 4_096;
/// A text being taken at the prompt.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) purpose: Purpose,
    pub(super) text: Vec<u8>,
    pub(super) command_at: Instant,
    pub(super) prompt_at: Option<Instant>,
}

/// What a text is taken for. A length is that of the TPDU in octets, given in PDU mode.
#[derive(Debug)]
pub(super) enum Purpose {
    Send {
        length: usize,
    },
    SendText {
        to: String,
    },
    Command {
        length: usize,
    },
    Write {
        length: usize,
        status: Status,
    },
    WriteText {
        to: String,
        status: Status,
    },
    /// The SMS-DELIVER-REPORT of `AT+CNMA=<n>,<length>`.
    Acknowledge {
        length: usize,
        accepted: bool,
    },
}

impl VirtualModem {
    /// Gets ready to take a text.
    pub(super) fn prompt(&mut self, now: Instant, purpose: Purpose) -> Answer {
        let command_at = self.dte.line_at.unwrap_or(now);
        let entry = Entry {
            purpose,
            text: Vec::new(),
            command_at,
            prompt_at: None,
        };
        self.activity = Activity::Prompting(now + self.setup.traits.prompt_delay, entry);
        Answer::Later
    }

    pub(super) fn show_prompt(&mut self, now: Instant, mut entry: Entry) {
        self.release_lines();
        let said = match self.befallen(now, Moment::Prompt) {
            Befallen::Gone => return,
            Befallen::Refused(refusal) => return self.finish(now, Err(refusal)),
            Befallen::Say(bytes) => bytes,
            Befallen::Not => Vec::new(),
        };
        if self.dte.fault == Some(Fault::NoPrompt) {
            self.dte.fault = None;
        } else {
            self.dte.line.say(b"\r\n> ");
            entry.prompt_at = Some(now);
        }
        self.dte.line.say(&said);
        self.activity = Activity::Entering(entry);
    }

    /// Takes one octet of the text; true when the text ended with it.
    pub(super) fn entry_octet(&mut self, now: Instant, octet: u8) -> bool {
        let Activity::Entering(entry) = &mut self.activity else {
            return false;
        };
        let text_mode = matches!(
            entry.purpose,
            Purpose::SendText { .. } | Purpose::WriteText { .. }
        );
        match octet {
            CTRL_Z | ESC => {}
            b'\r' if text_mode => {
                entry.text.push(b'\n');
                self.dte.line.say(b"\r\n> ");
                return false;
            }
            // A line feed after the CR, and blanks in hexadecimal.
            b'\n' | b'\r' => return false,
            0x08 => {
                entry.text.pop();
                return false;
            }
            octet => {
                if entry.text.len() < TEXT_LENGTH {
                    entry.text.push(octet);
                }
                return false;
            }
        }
        let Activity::Entering(mut entry) =
            std::mem::replace(&mut self.activity, Activity::Commands)
        else {
            return false;
        };
        if octet == ESC {
            self.finish(now, Ok(Answer::Ok));
        } else {
            self.text_ended(now, &mut entry);
        }
        self.release_held();
        true
    }

    fn text_ended(&mut self, now: Instant, entry: &mut Entry) {
        match self.befallen(now, Moment::Text) {
            Befallen::Gone => return,
            Befallen::Refused(refusal) => return self.refuse_entry(now, entry, refusal),
            Befallen::Say(bytes) => self.dte.line.say(&bytes),
            Befallen::Not => {}
        }
        if let Some(Fault::LostText { count }) = self.dte.fault {
            drop_octets(&mut entry.text, count, &mut self.rng);
        }
        self.entered(now, entry);
    }

    /// A text is refused before anything was done with it.
    fn refuse_entry(&mut self, now: Instant, entry: &Entry, refusal: ErrorCode) {
        match entry.purpose {
            Purpose::Send { .. } | Purpose::SendText { .. } | Purpose::Command { .. } => {
                self.refuse_text(now, entry, refusal);
            }
            _ => self.finish(now, Err(refusal)),
        }
    }

    fn entered(&mut self, now: Instant, entry: &Entry) {
        let result = match &entry.purpose {
            Purpose::Send { length } => return self.submit_pdu(now, entry, *length, false),
            Purpose::Command { length } => return self.submit_pdu(now, entry, *length, true),
            Purpose::SendText { to } => return self.submit_text(now, entry, to),
            Purpose::Write { length, status } => self.write_pdu(&entry.text, *length, *status),
            Purpose::WriteText { to, status } => self.write_text(&entry.text, to, *status),
            Purpose::Acknowledge { length, accepted } => {
                self.acknowledge_with_report(now, &entry.text, *length, *accepted)
            }
        };
        match result {
            Ok(()) => self.next_command(now),
            Err(refusal) => self.finish(now, Err(refusal)),
        }
    }

    fn write_pdu(&mut self, text: &[u8], length: usize, status: Status) -> Result<(), ErrorCode> {
        let pdu =
            PduHex::parse(String::from_utf8_lossy(text).trim()).map_err(|_| INVALID_PARAMETER)?;
        if pdu.tpdu_len() != length {
            return Err(INVALID_PARAMETER);
        }
        let smsc = pdu.smsc.map_or_else(String::new, |smsc| smsc.to_string());
        self.keep_written(&Stored::new(status, smsc, pdu.tpdu))
    }

    fn write_text(&mut self, text: &[u8], to: &str, status: Status) -> Result<(), ErrorCode> {
        let tpdu = self.compose(text, to)?;
        self.keep_written(&Stored::new(status, String::new(), tpdu))
    }

    fn keep_written(&mut self, message: &Stored) -> Result<(), ErrorCode> {
        let memory = self.settings.memories[1];
        // Memory full.
        let (_, index) = self.store(memory, message).ok_or(ErrorCode::Cms(322))?;
        self.info(&format!("+CMGW: {index}"));
        Ok(())
    }
}
