//! SMS-SUBMIT, from the mobile to the service centre (TS 23.040 §9.2.2.2).

use alloc::vec::Vec;

use crate::address::Address;
use crate::dcs::Dcs;
use crate::error::{DecodeError, EncodeError};
use crate::first_octet::{FirstOctet, MTI_SUBMIT};
use crate::octets::Octets;
use crate::pid::Pid;
use crate::timestamp::Timestamp;
use crate::user_data::UserData;
use crate::validity::ValidityPeriod;

/// TP-UD holds at most 140 octets in SUBMIT and DELIVER.
pub(crate) const MAX_USER_DATA: usize = 140;

/// TP-MR: the number a mobile gives to what it submits; wraps at 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct MessageRef(pub u8);

/// SMS-SUBMIT, TS 23.040 §9.2.2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submit {
    /// TP-RD: the service centre shall refuse a duplicate (same TP-MR and TP-DA).
    pub rd: bool,
    /// TP-RP: a reply path is asked for.
    pub rp: bool,
    /// TP-SRR: a status report is asked for.
    pub srr: bool,
    /// TP-MR. Modems put their own number in its place.
    pub mr: MessageRef,
    /// TP-DA, destination address.
    pub da: Address,
    /// TP-PID.
    pub pid: Pid,
    /// TP-DCS.
    pub dcs: Dcs,
    /// TP-VP; without it the service centre's own limit holds.
    pub vp: Option<ValidityPeriod>,
    /// TP-UD.
    pub ud: UserData,
}

impl Submit {
    /// Reads the TPDU. The two bits of TP-MTI are not looked at; octets after
    /// TP-UD are ignored.
    pub fn decode(tpdu: &[u8]) -> Result<Self, DecodeError> {
        let mut octets = Octets::new(tpdu);
        let first = FirstOctet(octets.octet("TP-MTI")?);
        let mr = MessageRef(octets.octet("TP-MR")?);
        let da = Address::decode(&mut octets, "TP-DA")?;
        let pid = Pid(octets.octet("TP-PID")?);
        let dcs = Dcs(octets.octet("TP-DCS")?);
        let vp = match first.vpf() {
            0b00 => None,
            0b10 => Some(ValidityPeriod::Relative(octets.octet("TP-VP")?)),
            0b01 => Some(ValidityPeriod::Enhanced(octets.seven("TP-VP")?)),
            _ => Some(ValidityPeriod::Absolute(Timestamp::from_octets(
                octets.seven("TP-VP")?,
            ))),
        };
        let ud = UserData::decode(&mut octets, first.udhi(), dcs)?;
        Ok(Self {
            rd: first.bit(2),
            rp: first.bit(7),
            srr: first.bit(5),
            mr,
            da,
            pid,
            dcs,
            vp,
            ud,
        })
    }

    /// Writes the TPDU.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let first = FirstOctet(MTI_SUBMIT)
            .with(2, self.rd)
            .with(5, self.srr)
            .with(6, self.ud.has_header())
            .with(7, self.rp)
            .with_vpf(self.vp.map_or(0, ValidityPeriod::format_bits));
        let mut out = Vec::with_capacity(176);
        out.extend([first.0, self.mr.0]);
        self.da.encode(&mut out, "TP-DA")?;
        out.extend([self.pid.0, self.dcs.0]);
        match &self.vp {
            None => {}
            Some(ValidityPeriod::Relative(value)) => out.push(*value),
            Some(ValidityPeriod::Absolute(time)) => out.extend(time.octets()),
            Some(ValidityPeriod::Enhanced(octets)) => out.extend(octets),
        }
        self.ud.encode(&mut out, self.dcs, MAX_USER_DATA)?;
        Ok(out)
    }
}
