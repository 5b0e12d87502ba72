//! SMS-COMMAND, what a mobile asks of the service centre (TS 23.040 §9.2.2.4).

use alloc::vec::Vec;

use crate::address::Address;
use crate::error::{DecodeError, EncodeError};
use crate::first_octet::{FirstOctet, MTI_STATUS_REPORT};
use crate::header::InformationElement;
use crate::octets::Octets;
use crate::pid::Pid;
use crate::submit::MessageRef;
use crate::user_data::{UserBody, UserData};

/// TP-CD holds at most 157 octets.
const MAX_DATA: usize = 157;

/// SMS-COMMAND, TS 23.040 §9.2.2.4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// TP-SRR: a status report is asked for.
    pub srr: bool,
    /// TP-MR.
    pub mr: MessageRef,
    /// TP-PID.
    pub pid: Pid,
    /// TP-CT, what is to be done.
    pub ct: CommandType,
    /// TP-MN, the TP-MR of the message it is about.
    pub mn: MessageRef,
    /// TP-DA, the destination of the message it is about.
    pub da: Address,
    /// Header elements in front of TP-CD.
    pub header: Vec<InformationElement>,
    /// TP-CD, command data.
    pub cd: Vec<u8>,
}

/// TP-CT, command type (§9.2.3.19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommandType(pub u8);

impl CommandType {
    /// Asks what became of a message.
    pub const ENQUIRY: Self = Self(0);
    /// Cancels the status report of a message.
    pub const CANCEL_STATUS_REPORT: Self = Self(1);
    /// Deletes a message that was not delivered yet.
    pub const DELETE: Self = Self(2);
    /// Asks for the status report of a message.
    pub const ENABLE_STATUS_REPORT: Self = Self(3);
}

impl Command {
    /// Reads the TPDU. The two bits of TP-MTI are not looked at.
    pub fn decode(tpdu: &[u8]) -> Result<Self, DecodeError> {
        let mut octets = Octets::new(tpdu);
        let first = FirstOctet(octets.octet("TP-MTI")?);
        let mr = MessageRef(octets.octet("TP-MR")?);
        let pid = Pid(octets.octet("TP-PID")?);
        let ct = CommandType(octets.octet("TP-CT")?);
        let mn = MessageRef(octets.octet("TP-MN")?);
        let da = Address::decode(&mut octets, "TP-DA")?;
        let length = usize::from(octets.octet("TP-CDL")?);
        let start = octets.position();
        let data = octets.take(length, "TP-CD")?;
        let ud =
            UserData::from_octets(data, length, first.udhi(), false).map_err(|e| e.moved(start))?;
        let (UserBody::Octets(cd) | UserBody::Septets(cd)) = ud.body;
        Ok(Self {
            srr: first.bit(5),
            mr,
            pid,
            ct,
            mn,
            da,
            header: ud.header,
            cd,
        })
    }

    /// Writes the TPDU.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let first = FirstOctet(MTI_STATUS_REPORT)
            .with(5, self.srr)
            .with(6, !self.header.is_empty());
        let mut out = Vec::new();
        out.extend([first.0, self.mr.0, self.pid.0, self.ct.0, self.mn.0]);
        self.da.encode(&mut out, "TP-DA")?;
        let ud = UserData {
            header: self.header.clone(),
            body: UserBody::Octets(self.cd.clone()),
        };
        let (_, data) = ud.to_octets()?;
        let length = u8::try_from(data.len())
            .ok()
            .filter(|&length| usize::from(length) <= MAX_DATA)
            .ok_or(EncodeError::too_long("TP-CD", MAX_DATA, data.len()))?;
        out.push(length);
        out.extend(data);
        Ok(out)
    }
}
