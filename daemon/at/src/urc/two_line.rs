//! `+CMT`, `+CDS`, `+CBM`: a header, then a PDU on a line of its own (TS 27.005 3.4.1).

use super::{Routed, Urc};
use crate::header::{after_name, name_of};
use crate::params::Params;

/// The first line of a two-line URC, waiting for the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    line: String,
    kind: Kind,
    /// Octets of the TPDU; `None` in text mode, where the second line is text.
    length: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Cmt,
    Cds,
    Cbm,
}

impl Head {
    /// Reads `+CMT: [<alpha>],<length>`, `+CDS: <length>`, `+CBM: <length>`.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let name = name_of(line)?;
        let kind = match name {
            "+CMT" => Kind::Cmt,
            "+CDS" => Kind::Cds,
            "+CBM" => Kind::Cbm,
            _ => return None,
        };
        let params = Params::parse(after_name(line, name)?);
        // In text mode the header has many more fields, the time in quotes among the first three.
        let last = params.count() - 1;
        let most = if kind == Kind::Cmt { 2 } else { 0 };
        let length = (last <= most && !params.is_quoted(last)).then(|| params.number(last));
        Some(Self {
            line: line.to_owned(),
            kind,
            length: length.flatten(),
        })
    }

    /// Whether `line` is the PDU announced: hexadecimal and of the right length.
    pub(crate) fn fits(&self, line: &str) -> bool {
        match self.length {
            Some(length) if self.kind == Kind::Cbm => octets(line) == Some(usize::from(length)),
            Some(length) => is_pdu_of(line, length),
            None => false,
        }
    }

    /// Whether the second line is text, not a PDU: the modem is in text mode.
    pub(crate) fn is_text(&self) -> bool {
        self.length.is_none()
    }

    /// Whether the header itself says all there will be: a report in text mode.
    pub(crate) fn is_alone(&self) -> bool {
        self.kind == Kind::Cds && self.length.is_none()
    }

    /// The URC with its PDU. Call only if it [`Head::fits`].
    pub(crate) fn with(self, pdu: &str) -> Urc {
        let routed = Routed {
            length: self.length.unwrap_or_default(),
            pdu: pdu.trim_end().to_owned(),
        };
        match self.kind {
            Kind::Cmt => Urc::Cmt(routed),
            Kind::Cds => Urc::Cds(routed),
            Kind::Cbm => Urc::Cbm(routed),
        }
    }

    /// The URC when its PDU did not come as announced.
    pub(crate) fn damaged(self, body: Option<&str>) -> Urc {
        Urc::Damaged {
            header: self.line,
            body: body.map(str::to_owned),
        }
    }
}

/// Octets of a line of hexadecimal digits; `None` for any other line.
pub(crate) fn octets(line: &str) -> Option<usize> {
    let line = line.trim_end();
    let hex = line.len() >= 2 && line.len().is_multiple_of(2);
    (hex && line.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(line.len() / 2)
}

/// Whether `line` is an SMSC address and then a TPDU of `length` octets (TS 27.005 3.1).
pub(crate) fn is_pdu_of(line: &str, length: u16) -> bool {
    let Some(octets) = octets(line) else {
        return false;
    };
    let smsc = usize::from(u8::from_str_radix(&line[..2], 16).unwrap_or(0));
    octets == 1 + smsc + usize::from(length)
}
