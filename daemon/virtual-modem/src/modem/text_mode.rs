//! Text mode: character sets, and messages as lines of text (TS 27.005 clauses 3.1 and 3.4).
//!
//! Strings here hold one octet a character, as the line to the DTE does.

use std::fmt::Write;

use at::INTERNATIONAL;
use tpdu::codec::{
    UDHI, decode_ucs2, encode_ucs2, octets_from_hex, octets_to_hex, septets_to_text,
    text_to_septets,
};
use tpdu::{
    Address, Alphabet, Deliver, MessageRef, MtTpdu, Pid, StatusReport, Submit, Timestamp, UserBody,
    UserData, ValidityPeriod,
};

use crate::command::Args;
use crate::memory::{Status, Stored};

use super::VirtualModem;
use super::answer::ErrorCode;
use super::settings::Charset;

/// Invalid text mode parameter.
const INVALID_PARAMETER: ErrorCode = ErrorCode::Cms(305);

/// Type-of-address octet of a number as it is written.
pub(super) fn number_type(number: &str) -> u8 {
    number
        .parse::<Address>()
        .map_or(129, |address| address.type_octet())
}

/// A number that the DTE wrote in its character set; type 145 stands for a leading `+`.
pub(super) fn number_from(text: &str, charset: Charset, kind: Option<u32>) -> String {
    let plain = text.strip_prefix('+').unwrap_or(text);
    let is_number = !plain.is_empty()
        && plain
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'*' | b'#'));
    // Four hexadecimal digits a character can look like a number, too: 002B0038 is "+8".
    let hex = charset == Charset::Ucs2 && plain.len().is_multiple_of(4) && plain.starts_with("00");
    let mut number = if is_number && !hex {
        text.to_owned()
    } else {
        decode_text(charset, text).unwrap_or_default()
    };
    if kind == Some(u32::from(INTERNATIONAL)) && !number.starts_with('+') {
        number.insert(0, '+');
    }
    number
}

/// What the DTE wrote in its character set.
pub(super) fn decode_text(charset: Charset, written: &str) -> Option<String> {
    let octets = || {
        written
            .chars()
            .map(|c| u8::try_from(c).ok())
            .collect::<Option<Vec<u8>>>()
    };
    match charset {
        Charset::Ira | Charset::Latin1 => Some(written.to_owned()),
        Charset::Gsm => Some(septets_to_text(&octets()?, None, None)),
        Charset::Hex => Some(septets_to_text(&octets_from_hex(written).ok()?, None, None)),
        Charset::Ucs2 => Some(decode_ucs2(&octets_from_hex(written).ok()?)),
        Charset::Utf8 => String::from_utf8(octets()?).ok(),
    }
}

/// A text as the DTE wants it; what its character set lacks becomes a question mark.
pub(super) fn encode_text(charset: Charset, text: &str) -> String {
    let septets = || -> Vec<u8> {
        let known = |c: char| {
            text_to_septets(c.encode_utf8(&mut [0; 4]), None, None).unwrap_or_else(|_| vec![b'?'])
        };
        text.chars().flat_map(known).collect()
    };
    match charset {
        Charset::Ira => text
            .chars()
            .map(|c| if c.is_ascii() { c } else { '?' })
            .collect(),
        Charset::Latin1 => text
            .chars()
            .map(|c| if u8::try_from(c).is_ok() { c } else { '?' })
            .collect(),
        Charset::Gsm => septets().into_iter().map(char::from).collect(),
        Charset::Hex => octets_to_hex(&septets()),
        Charset::Ucs2 => octets_to_hex(&encode_ucs2(text)),
        Charset::Utf8 => text.bytes().map(char::from).collect(),
    }
}

impl VirtualModem {
    /// A string in quotes and in the DTE's character set.
    pub(super) fn quote(&self, text: &str) -> String {
        format!("\"{}\"", encode_text(self.settings.charset, text))
    }

    /// The number at `index`, its type after it.
    pub(super) fn recipient(&self, args: &Args, index: usize) -> Result<String, ErrorCode> {
        let text = args.text(index).ok_or(INVALID_PARAMETER)?;
        let number = number_from(text, self.settings.charset, args.number(index + 1)?);
        number.parse::<Address>().map_err(|_| INVALID_PARAMETER)?;
        Ok(number)
    }

    /// The SMS-SUBMIT of a text entered in text mode, with the parameters of `AT+CSMP`.
    pub(super) fn compose(&self, text: &[u8], to: &str) -> Result<Vec<u8>, ErrorCode> {
        let parameters = &self.settings.text;
        let dcs = tpdu::Dcs(parameters.dcs);
        let written: String = text.iter().copied().map(char::from).collect();
        let gsm7 = dcs.alphabet() == Alphabet::Gsm7;
        let udhi = parameters.fo & UDHI != 0;
        let ud = if gsm7 && !udhi {
            let text = decode_text(self.settings.charset, &written).ok_or(INVALID_PARAMETER)?;
            let septets = text_to_septets(&text, None, None).map_err(|_| INVALID_PARAMETER)?;
            UserData {
                header: Vec::new(),
                body: UserBody::Septets(septets),
            }
        } else {
            // Octets in hexadecimal, the header first if there is one.
            let octets = octets_from_hex(written.trim()).map_err(|_| INVALID_PARAMETER)?;
            let length = if gsm7 {
                octets.len() * 8 / 7
            } else {
                octets.len()
            };
            UserData::from_octets(&octets, length, udhi, gsm7).map_err(|_| INVALID_PARAMETER)?
        };
        let submit = Submit {
            rd: parameters.fo & 0x04 != 0,
            rp: parameters.fo & 0x80 != 0,
            srr: parameters.fo & 0x20 != 0,
            mr: MessageRef(0),
            da: to.parse().map_err(|_| INVALID_PARAMETER)?,
            pid: Pid(parameters.pid),
            dcs,
            vp: (parameters.fo & 0x18 == 0x10).then_some(ValidityPeriod::Relative(parameters.vp)),
            ud,
        };
        submit.encode().map_err(|_| INVALID_PARAMETER)
    }

    /// Header and body of `+CMGL` (with an index) and `+CMGR` (without).
    pub(super) fn render_stored_text(
        &self,
        index: Option<u32>,
        stored: &Stored,
    ) -> (String, String) {
        let listed = index.is_some();
        let index = index.map(|index| format!("{index},")).unwrap_or_default();
        let word = stored.status.word();
        if matches!(stored.status, Status::Unsent | Status::Sent) {
            let Ok(submit) = Submit::decode(&stored.tpdu) else {
                return (format!("{index}\"{word}\",\"\","), String::new());
            };
            return self.render_submit(&format!("{index}\"{word}\""), listed, stored, &submit);
        }
        match MtTpdu::decode(&stored.tpdu) {
            Ok(MtTpdu::StatusReport(report)) => (
                format!(
                    "{index}\"{word}\",{}",
                    self.report_fields(&report, &stored.tpdu)
                ),
                String::new(),
            ),
            Ok(MtTpdu::Deliver(deliver)) => {
                let (oa, kind) = self.address(&deliver.oa);
                let scts = clock_text(deliver.scts);
                let mut header = format!("{index}\"{word}\",{oa},,\"{scts}\"");
                let (body, length) = self.body(deliver.dcs, &deliver.ud);
                if self.settings.show_headers && listed {
                    let _ = write!(header, ",{kind},{length}");
                } else if self.settings.show_headers {
                    let details = self.deliver_details(&deliver, stored, length);
                    let _ = write!(header, ",{kind},{details}");
                }
                (header, body)
            }
            _ => (format!("{index}\"{word}\",\"\",,"), String::new()),
        }
    }

    fn render_submit(
        &self,
        start: &str,
        listed: bool,
        stored: &Stored,
        submit: &Submit,
    ) -> (String, String) {
        let (da, kind) = self.address(&submit.da);
        let (body, length) = self.body(submit.dcs, &submit.ud);
        let fo = stored.tpdu.first().copied().unwrap_or_default();
        let mut header = format!("{start},{da},");
        if self.settings.show_headers {
            let (pid, dcs) = (submit.pid.0, submit.dcs.0);
            let _ = if listed {
                write!(header, ",,{kind},{length}")
            } else {
                write!(header, ",{kind},{fo},{pid},{dcs},,,,{length}")
            };
        }
        (header, body)
    }

    /// Header and body of `+CMT` and `+CDS`.
    pub(super) fn render_received_text(&self, stored: &Stored) -> (String, String) {
        match MtTpdu::decode(&stored.tpdu) {
            Ok(MtTpdu::StatusReport(report)) => {
                (self.report_fields(&report, &stored.tpdu), String::new())
            }
            Ok(MtTpdu::Deliver(deliver)) => {
                let (oa, kind) = self.address(&deliver.oa);
                let (body, length) = self.body(deliver.dcs, &deliver.ud);
                let mut header = format!("{oa},,\"{}\"", clock_text(deliver.scts));
                if self.settings.show_headers {
                    let details = self.deliver_details(&deliver, stored, length);
                    let _ = write!(header, ",{kind},{details}");
                }
                (header, body)
            }
            _ => (String::new(), String::new()),
        }
    }

    /// `<fo>,<pid>,<dcs>,<sca>,<tosca>,<length>`
    fn deliver_details(&self, deliver: &Deliver, stored: &Stored, length: usize) -> String {
        let fo = stored.tpdu.first().copied().unwrap_or_default();
        let sca = self.quote(&stored.smsc);
        format!(
            "{fo},{},{},{sca},{},{length}",
            deliver.pid.0,
            deliver.dcs.0,
            number_type(&stored.smsc)
        )
    }

    /// `<fo>,<mr>,<ra>,<tora>,<scts>,<dt>,<st>`
    fn report_fields(&self, report: &StatusReport, tpdu: &[u8]) -> String {
        let fo = tpdu.first().copied().unwrap_or_default();
        let (ra, kind) = self.address(&report.ra);
        let (scts, dt) = (clock_text(report.scts), clock_text(report.dt));
        format!(
            "{fo},{},{ra},{kind},\"{scts}\",\"{dt}\",{}",
            report.mr.0, report.st.0
        )
    }

    fn address(&self, address: &Address) -> (String, u8) {
        (self.quote(&address.to_string()), address.type_octet())
    }

    /// User data as `<data>`, and its `<length>`: characters, or octets when it is not text in the default alphabet.
    fn body(&self, dcs: tpdu::Dcs, ud: &UserData) -> (String, usize) {
        if let (UserBody::Septets(septets), true) = (&ud.body, ud.header.is_empty()) {
            let text = septets_to_text(septets, None, None);
            return (encode_text(self.settings.charset, &text), septets.len());
        }
        if let (UserBody::Septets(_), Ok(text)) = (&ud.body, ud.text(dcs)) {
            let length = text.chars().count();
            return (encode_text(self.settings.charset, &text), length);
        }
        match ud.to_octets() {
            Ok((length, octets)) => (octets_to_hex(&octets), length),
            Err(_) => (String::new(), 0),
        }
    }
}

/// A time as `yy/MM/dd,hh:mm:ss±zz` (TS 27.005 clause 3.1, `<scts>`).
fn clock_text(at: Timestamp) -> String {
    let Some(at) = at.fields() else {
        return String::new();
    };
    format!(
        "{:02}/{:02}/{:02},{:02}:{:02}:{:02}{:+03}",
        at.year % 100,
        at.month,
        at.day,
        at.hour,
        at.minute,
        at.second,
        at.offset_quarters.unwrap_or(0)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_survive_each_charset() {
        for (charset, _) in Charset::ALL {
            let text = "Hello @ 12";
            assert_eq!(
                decode_text(charset, &encode_text(charset, text)).as_deref(),
                Some(text),
                "{charset:?}"
            );
        }
        assert_eq!(encode_text(Charset::Gsm, "@€"), "\u{0}\u{1b}\u{65}");
        assert_eq!(encode_text(Charset::Ucs2, "Việt"), "005600691EC70074");
        assert_eq!(encode_text(Charset::Ira, "Việt"), "Vi?t");
    }

    #[test]
    fn numbers_come_in_any_charset() {
        assert_eq!(
            number_from("+84901234567", Charset::Gsm, None),
            "+84901234567"
        );
        assert_eq!(
            number_from("84901234567", Charset::Ira, Some(145)),
            "+84901234567"
        );
        assert_eq!(number_from("002B00380034", Charset::Ucs2, None), "+84");
        assert_eq!(
            number_from("0901234567", Charset::Ucs2, Some(129)),
            "0901234567"
        );
    }
}
