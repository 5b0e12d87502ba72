//! SMS-DELIVER, from the service centre to the mobile (TS 23.040 §9.2.2.1).

use alloc::vec::Vec;

use crate::address::Address;
use crate::dcs::Dcs;
use crate::error::{DecodeError, EncodeError};
use crate::first_octet::{FirstOctet, MTI_DELIVER};
use crate::octets::Octets;
use crate::pid::Pid;
use crate::submit::MAX_USER_DATA;
use crate::timestamp::Timestamp;
use crate::user_data::UserData;

/// SMS-DELIVER, TS 23.040 §9.2.2.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliver {
    /// TP-MMS, the bit as it is: set when NO more messages are waiting (§9.2.3.2).
    pub mms: bool,
    /// TP-LP: the message was forwarded or made by a forwarding loop guard.
    pub lp: bool,
    /// TP-RP: a reply path exists.
    pub rp: bool,
    /// TP-SRI: a status report goes back to the sender.
    pub sri: bool,
    /// TP-OA, originating address.
    pub oa: Address,
    /// TP-PID.
    pub pid: Pid,
    /// TP-DCS.
    pub dcs: Dcs,
    /// TP-SCTS, when the service centre took the message.
    pub scts: Timestamp,
    /// TP-UD.
    pub ud: UserData,
}

impl Deliver {
    /// Reads the TPDU. The two bits of TP-MTI are not looked at; octets after
    /// TP-UD are ignored.
    pub fn decode(tpdu: &[u8]) -> Result<Self, DecodeError> {
        let mut octets = Octets::new(tpdu);
        let first = FirstOctet(octets.octet("TP-MTI")?);
        let oa = Address::decode(&mut octets, "TP-OA")?;
        let pid = Pid(octets.octet("TP-PID")?);
        let dcs = Dcs(octets.octet("TP-DCS")?);
        let scts = Timestamp::from_octets(octets.seven("TP-SCTS")?);
        let ud = UserData::decode(&mut octets, first.udhi(), dcs)?;
        Ok(Self {
            mms: first.bit(2),
            lp: first.bit(3),
            rp: first.bit(7),
            sri: first.bit(5),
            oa,
            pid,
            dcs,
            scts,
            ud,
        })
    }

    /// Writes the TPDU.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let first = FirstOctet(MTI_DELIVER)
            .with(2, self.mms)
            .with(3, self.lp)
            .with(5, self.sri)
            .with(6, self.ud.has_header())
            .with(7, self.rp);
        let mut out = Vec::with_capacity(176);
        out.push(first.0);
        self.oa.encode(&mut out, "TP-OA")?;
        out.extend([self.pid.0, self.dcs.0]);
        out.extend(self.scts.octets());
        self.ud.encode(&mut out, self.dcs, MAX_USER_DATA)?;
        Ok(out)
    }
}
