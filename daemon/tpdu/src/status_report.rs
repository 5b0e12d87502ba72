//! SMS-STATUS-REPORT (TS 23.040 §9.2.2.3).

use alloc::vec::Vec;

use crate::address::Address;
use crate::dcs::Dcs;
use crate::error::{DecodeError, EncodeError};
use crate::first_octet::{FirstOctet, MTI_STATUS_REPORT};
use crate::octets::Octets;
use crate::optional::Optional;
use crate::pid::Pid;
use crate::status::Status;
use crate::submit::MessageRef;
use crate::timestamp::Timestamp;
use crate::user_data::UserData;

/// TP-UD holds at most 131 octets in a STATUS-REPORT.
const MAX_USER_DATA: usize = 131;

/// SMS-STATUS-REPORT, TS 23.040 §9.2.2.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// TP-MMS, the bit as it is: set when NO more messages are waiting (§9.2.3.2).
    pub mms: bool,
    /// TP-LP: loop prevention.
    pub lp: bool,
    /// TP-SRQ: the report is the answer to a COMMAND and not to a SUBMIT.
    pub srq: bool,
    /// TP-MR of the SMS-SUBMIT or SMS-COMMAND this reports on.
    pub mr: MessageRef,
    /// TP-RA, recipient address.
    pub ra: Address,
    /// TP-SCTS, when the service centre took the message.
    pub scts: Timestamp,
    /// TP-DT, when it was discharged.
    pub dt: Timestamp,
    /// TP-ST, raw octet; see [`Status::class`].
    pub st: Status,
    /// TP-PID, optional.
    pub pid: Option<Pid>,
    /// TP-DCS, optional; GSM 7-bit when absent.
    pub dcs: Option<Dcs>,
    /// TP-UD, optional.
    pub ud: Option<UserData>,
}

impl StatusReport {
    /// Reads the TPDU. The two bits of TP-MTI are not looked at.
    ///
    /// What TP-ST is followed by is optional, and networks leave odd octets
    /// there: when they don't read as what TP-PI announces, they are ignored,
    /// for the report itself is complete.
    pub fn decode(tpdu: &[u8]) -> Result<Self, DecodeError> {
        let mut octets = Octets::new(tpdu);
        let first = FirstOctet(octets.octet("TP-MTI")?);
        let mr = MessageRef(octets.octet("TP-MR")?);
        let ra = Address::decode(&mut octets, "TP-RA")?;
        let scts = Timestamp::from_octets(octets.seven("TP-SCTS")?);
        let dt = Timestamp::from_octets(octets.seven("TP-DT")?);
        let st = Status(octets.octet("TP-ST")?);
        let Optional { pid, dcs, ud } =
            Optional::decode(&mut octets, first.udhi()).unwrap_or_default();
        Ok(Self {
            mms: first.bit(2),
            lp: first.bit(3),
            srq: first.bit(5),
            mr,
            ra,
            scts,
            dt,
            st,
            pid,
            dcs,
            ud,
        })
    }

    /// Writes the TPDU; TP-PI only when something follows it.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let optional = Optional {
            pid: self.pid,
            dcs: self.dcs,
            ud: self.ud.clone(),
        };
        let first = FirstOctet(MTI_STATUS_REPORT)
            .with(2, self.mms)
            .with(3, self.lp)
            .with(5, self.srq)
            .with(6, optional.has_header());
        let mut out = Vec::with_capacity(32);
        out.extend([first.0, self.mr.0]);
        self.ra.encode(&mut out, "TP-RA")?;
        out.extend(self.scts.octets());
        out.extend(self.dt.octets());
        out.push(self.st.0);
        if !optional.is_empty() {
            optional.encode_indicator(&mut out);
            optional.encode_after(&mut out, MAX_USER_DATA)?;
        }
        Ok(out)
    }
}
