//! What goes back over RP-ACK and RP-ERROR: SMS-DELIVER-REPORT and
//! SMS-SUBMIT-REPORT (TS 23.040 §9.2.2.1a, §9.2.2.2a).
//!
//! Whether a report is the one of RP-ACK or of RP-ERROR stands outside the
//! TPDU. Here it is told by the octet after the first: TP-FCS is 0x80 and
//! above, and TP-PI, which RP-ACK has there, is below, as nothing that its
//! extension bit announces is defined.

use alloc::vec::Vec;

use crate::dcs::Dcs;
use crate::error::{DecodeError, EncodeError, EncodeErrorKind};
use crate::failure_cause::FailureCause;
use crate::first_octet::{FirstOctet, MTI_DELIVER, MTI_SUBMIT};
use crate::octets::Octets;
use crate::optional::Optional;
use crate::pid::Pid;
use crate::timestamp::Timestamp;
use crate::user_data::UserData;

/// SMS-DELIVER-REPORT, the mobile's answer to a DELIVER, TS 23.040 §9.2.2.1a.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliverReport {
    /// TP-FCS, 0x80 and above; `None` in an RP-ACK.
    pub fcs: Option<FailureCause>,
    /// TP-PID, optional.
    pub pid: Option<Pid>,
    /// TP-DCS, optional; GSM 7-bit when absent.
    pub dcs: Option<Dcs>,
    /// TP-UD, optional.
    pub ud: Option<UserData>,
}

/// SMS-SUBMIT-REPORT, the service centre's answer to a SUBMIT, TS 23.040 §9.2.2.2a.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitReport {
    /// TP-FCS, 0x80 and above; `None` in an RP-ACK.
    pub fcs: Option<FailureCause>,
    /// TP-SCTS, when the service centre took the message.
    pub scts: Timestamp,
    /// TP-PID, optional.
    pub pid: Option<Pid>,
    /// TP-DCS, optional; GSM 7-bit when absent.
    pub dcs: Option<Dcs>,
    /// TP-UD, optional.
    pub ud: Option<UserData>,
}

impl DeliverReport {
    /// Reads the TPDU. The two bits of TP-MTI are not looked at.
    pub fn decode(tpdu: &[u8]) -> Result<Self, DecodeError> {
        let mut octets = Octets::new(tpdu);
        let first = FirstOctet(octets.octet("TP-MTI")?);
        let fcs = decode_cause(&mut octets)?;
        let Optional { pid, dcs, ud } = Optional::decode(&mut octets, first.udhi())?;
        Ok(Self { fcs, pid, dcs, ud })
    }

    /// Writes the TPDU.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let optional = Optional {
            pid: self.pid,
            dcs: self.dcs,
            ud: self.ud.clone(),
        };
        encode(MTI_DELIVER, self.fcs, None, &optional, 159)
    }
}

impl SubmitReport {
    /// Reads the TPDU. The two bits of TP-MTI are not looked at.
    pub fn decode(tpdu: &[u8]) -> Result<Self, DecodeError> {
        let mut octets = Octets::new(tpdu);
        let first = FirstOctet(octets.octet("TP-MTI")?);
        let fcs = decode_cause(&mut octets)?;
        let indicator = Optional::decode_indicator(&mut octets)?;
        let scts = Timestamp::from_octets(octets.seven("TP-SCTS")?);
        let Optional { pid, dcs, ud } =
            Optional::decode_after(&mut octets, indicator, first.udhi())?;
        Ok(Self {
            fcs,
            scts,
            pid,
            dcs,
            ud,
        })
    }

    /// Writes the TPDU.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let optional = Optional {
            pid: self.pid,
            dcs: self.dcs,
            ud: self.ud.clone(),
        };
        encode(MTI_SUBMIT, self.fcs, Some(self.scts), &optional, 152)
    }
}

fn decode_cause(octets: &mut Octets<'_>) -> Result<Option<FailureCause>, DecodeError> {
    if octets.peek("TP-PI")? < 0x80 {
        return Ok(None);
    }
    octets
        .octet("TP-FCS")
        .map(|cause| Some(FailureCause(cause)))
}

/// TP-UD may have `most` octets, less one where there is a TP-FCS.
fn encode(
    mti: u8,
    fcs: Option<FailureCause>,
    scts: Option<Timestamp>,
    optional: &Optional,
    most: usize,
) -> Result<Vec<u8>, EncodeError> {
    if let Some(FailureCause(0..=0x7F)) = fcs {
        return Err(EncodeError::new("TP-FCS", EncodeErrorKind::Range));
    }
    let mut out = Vec::new();
    out.push(FirstOctet(mti).with(6, optional.has_header()).0);
    out.extend(fcs.map(|cause| cause.0));
    optional.encode_indicator(&mut out);
    out.extend(scts.iter().flat_map(|scts| scts.octets()));
    optional.encode_after(&mut out, most - usize::from(fcs.is_some()))?;
    Ok(out)
}
