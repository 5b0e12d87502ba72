//! What TP-PI announces at the end of reports: TP-PID, TP-DCS, TP-UD (TS 23.040 §9.2.3.27).

use alloc::vec::Vec;

use crate::dcs::Dcs;
use crate::error::{DecodeError, EncodeError};
use crate::octets::Octets;
use crate::pid::Pid;
use crate::user_data::UserData;

/// The parameters a report may end with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Optional {
    pub(crate) pid: Option<Pid>,
    pub(crate) dcs: Option<Dcs>,
    pub(crate) ud: Option<UserData>,
}

impl Optional {
    /// TP-PI for these parameters.
    fn indicator(&self) -> u8 {
        u8::from(self.pid.is_some())
            | u8::from(self.dcs.is_some()) << 1
            | u8::from(self.ud.is_some()) << 2
    }

    /// Whether there is none of them.
    pub(crate) fn is_empty(&self) -> bool {
        self.indicator() == 0
    }

    /// Reads TP-PI, and gives it for [`Optional::decode_after`].
    pub(crate) fn decode_indicator(octets: &mut Octets<'_>) -> Result<u8, DecodeError> {
        let indicator = octets.octet("TP-PI")?;
        let mut last = indicator;
        // Bit 7 announces one more octet of indicators, all of them reserved.
        while last & 0x80 != 0 {
            last = octets.octet("TP-PI")?;
        }
        Ok(indicator)
    }

    /// Reads TP-PI and what it announces.
    pub(crate) fn decode(octets: &mut Octets<'_>, udhi: bool) -> Result<Self, DecodeError> {
        let indicator = Self::decode_indicator(octets)?;
        Self::decode_after(octets, indicator, udhi)
    }

    /// Reads what `indicator` announces.
    pub(crate) fn decode_after(
        octets: &mut Octets<'_>,
        indicator: u8,
        udhi: bool,
    ) -> Result<Self, DecodeError> {
        let has = |bit| indicator & bit != 0;
        let pid = has(1).then(|| octets.octet("TP-PID")).transpose()?;
        let dcs = has(2).then(|| octets.octet("TP-DCS")).transpose()?;
        let (pid, dcs) = (pid.map(Pid), dcs.map(Dcs));
        let ud = has(4).then(|| UserData::decode(octets, udhi, dcs.unwrap_or_default()));
        let ud = ud.transpose()?;
        Ok(Self { pid, dcs, ud })
    }

    /// Writes TP-PI.
    pub(crate) fn encode_indicator(&self, out: &mut Vec<u8>) {
        out.push(self.indicator());
    }

    /// Writes what TP-PI announces.
    pub(crate) fn encode_after(
        &self,
        out: &mut Vec<u8>,
        max_octets: usize,
    ) -> Result<(), EncodeError> {
        out.extend(self.pid.map(|pid| pid.0));
        out.extend(self.dcs.map(|dcs| dcs.0));
        match &self.ud {
            Some(ud) => ud.encode(out, self.dcs.unwrap_or_default(), max_octets),
            None => Ok(()),
        }
    }

    /// TP-UDHI.
    pub(crate) fn has_header(&self) -> bool {
        self.ud.as_ref().is_some_and(UserData::has_header)
    }
}
