//! USSD (TS 27.007 clause 7.15).

use std::time::{Duration, Instant};

use tpdu::codec::{
    encode_ucs2, octets_from_hex, octets_to_hex, pack, septets_to_text, text_to_septets, unpack,
};

use crate::air::Uplink;
use crate::command::Op;
use crate::fault::Fault;
use crate::profile::UssdCoding;

use super::VirtualModem;
use super::answer::{Answer, ErrorCode, Handler, small};
use super::octets::unasked;
use super::settings::Charset;
use super::text_mode::{decode_text, encode_text};

pub(super) const COMMANDS: &[(&str, Handler)] = &[("+CUSD", |modem, now, op| modem.ussd(now, op))];

/// `<dcs>` of a text in the default alphabet, language unspecified (TS 23.038 clause 5).
const GSM7: u8 = 15;
/// `<dcs>` of a text in UCS2.
const UCS2: u8 = 72;

impl VirtualModem {
    fn ussd(&mut self, now: Instant, op: &Op) -> Result<Answer, ErrorCode> {
        match op {
            Op::Read => self.info(&format!("+CUSD: {}", u8::from(self.settings.ussd_urcs))),
            Op::Test => self.info("+CUSD: (0-2)"),
            Op::Execute => return Err(ErrorCode::Error),
            Op::Set(args) => {
                let mode = small(args, 0, 2)?;
                if mode == 2 {
                    self.uplink(Uplink::UssdRelease);
                    return Ok(Answer::Ok);
                }
                self.settings.ussd_urcs = mode == 1;
                let Some(text) = args.text(1) else {
                    return Ok(Answer::Ok);
                };
                self.need_sim()?;
                if !self.radio.is_registered() {
                    // No network service.
                    return Err(ErrorCode::Cme(30));
                }
                let code = self.decode_ussd(text).ok_or(ErrorCode::Cme(50))?;
                if let Some(Fault::LateError { code, ms }) = self.dte.fault {
                    self.refuse_late(now + Duration::from_millis(ms), ErrorCode::Cme(code));
                } else {
                    self.uplink(Uplink::Ussd(code));
                }
            }
        }
        Ok(Answer::Ok)
    }

    /// The network's refusal of a code that was answered OK.
    fn refuse_late(&mut self, at: Instant, refusal: ErrorCode) {
        let words = refusal.words(self.settings.error_detail);
        let line = words.unwrap_or_else(|| "ERROR".to_owned());
        self.trouble.answer_late(at, unasked(&line));
    }

    fn decode_ussd(&self, text: &str) -> Option<String> {
        match self.setup.profile.ussd {
            UssdCoding::Charset => decode_text(self.settings.charset, text),
            UssdCoding::PackedHex => {
                let octets = octets_from_hex(text).ok()?;
                let septets = unpack(&octets, 0, octets.len() * 8 / 7);
                // A CR fills the seven spare bits of the last octet (TS 23.038 clause 6.1.2.3.1).
                let text = septets_to_text(&septets, None, None);
                Some(text.trim_end_matches(['\r', '@']).to_owned())
            }
        }
    }

    pub(super) fn ussd_answer(&mut self, kind: u8, text: &str) {
        if !self.settings.ussd_urcs {
            return;
        }
        if text.is_empty() {
            return self.urc(&format!("+CUSD: {kind}"));
        }
        let (text, dcs) = self.encode_ussd(text);
        self.urc(&format!("+CUSD: {kind},\"{text}\",{dcs}"));
    }

    fn encode_ussd(&self, text: &str) -> (String, u8) {
        let Ok(septets) = text_to_septets(text, None, None) else {
            return (octets_to_hex(&encode_ucs2(text)), UCS2);
        };
        match (self.setup.profile.ussd, self.settings.charset) {
            (UssdCoding::PackedHex, _) => (octets_to_hex(&pack_ussd(septets)), GSM7),
            (UssdCoding::Charset, Charset::Ucs2) => (encode_text(Charset::Ucs2, text), UCS2),
            (UssdCoding::Charset, charset) => (encode_text(charset, text), GSM7),
        }
    }
}

/// Packs septets; a CR keeps seven spare bits from looking like an `@` (TS 23.038 clause 6.1.2.3.1).
fn pack_ussd(mut septets: Vec<u8>) -> Vec<u8> {
    if septets.len() % 8 == 7 {
        septets.push(b'\r');
    }
    pack(&septets, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_characters_are_filled_with_cr() {
        let packed =
            |code: &str| octets_to_hex(&pack_ussd(text_to_septets(code, None, None).unwrap()));
        assert_eq!(packed("*100#"), "AA180C3602");
        assert_eq!(packed("*141*1#"), "AA182DA68A8D1A");
    }
}
